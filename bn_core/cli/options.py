"""What several commands share: TrainingConfig's table of fields as options, files to write, data sets to read."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from bn_core.config import FIELDS, ConfigError, Field, Switch, TrainingConfig
from bn_core.data.dataset import Dataset
from bn_core.data.files import load
from bn_core.data.mnist import oddity
from bn_core.environment import EnvironmentProblem, reason

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


@contextmanager
def writing(option: str, path: Path) -> Iterator[None]:
    """Make the folder of a file that this option names, for a block that opens the file to write.

    Raises:
        click.UsageError: the file cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield
    except OSError as error:
        raise click.UsageError(
            f"{option}: {path} cannot be written ({reason(error)}). Name a file in a folder that you may write to."
        ) from error


def opened(name: str) -> Dataset:
    """Load the data set of this name, and say what is odd about it.

    Raises:
        click.UsageError: an environment variable cannot be used.
        DatasetUnavailable: it cannot be had.
    """
    try:
        dataset = load(name)
    except EnvironmentProblem as error:
        raise click.UsageError(str(error)) from error
    if odd := oddity(dataset):
        click.echo(odd, err=True)
    return dataset
