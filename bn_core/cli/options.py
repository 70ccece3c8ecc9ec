"""TrainingConfig's table of fields as options of the command line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from bn_core.config import FIELDS, ConfigError, Field, Switch, TrainingConfig

STANDARD_OUTPUT = Path("-")
"""What stands for standard output where an option takes a file."""


def config_options() -> list[click.Option]:
    """An option for every field. Values arrive as text, or None where nothing was given: `TrainingConfig.of` checks."""
    return [_option(field) for field in FIELDS]


def config_from(values: dict[str, Any]) -> TrainingConfig:
    """The configuration that was asked for.

    Raises:
        click.UsageError: with a sentence for every value that is wrong; the command line then ends with exit code 2.
    """
    try:
        return TrainingConfig.of({name: value for name, value in values.items() if value is not None})
    except ConfigError as error:
        raise click.UsageError("\n".join(problem.sentence for problem in error.problems)) from error


def _option(field: Field) -> click.Option:
    flag = "--" + field.name.replace("_", "-")
    if isinstance(field, Switch):
        return click.Option([f"{flag}/--no-{field.name}"], default=None, help=field.help)
    return click.Option(
        [flag],
        metavar="VALUE",
        help=f"{field.help} Takes {field.domain}. Default: {field.default}.",
    )
