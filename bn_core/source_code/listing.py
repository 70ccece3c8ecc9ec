"""Filling in the template, and telling which of its lines a choice decides.

In the template a line may end with `#@ field ..`: the fields of the configuration that decide the line. Lines between
`#@begin field` and `#@end` belong to that field alike. None of it is left in the program.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass, fields
from pathlib import Path

import jinja2

from bn_core import protocol
from bn_core.architecture import HALVED_EVERY
from bn_core.config import TrainingConfig, default_bias
from bn_core.data.catalogue import TITLES
from bn_core.names import VALUES

FOLDER = Path(__file__).parent
WIDTH = 80
"""How long the lines of the heading are at most: two programs side by side fit a page."""

ALWAYS_MARKED = ("placement", "bias", "implementation", "initializer", "bug")
"""The choices whose lines are marked also where they are the default's."""


@dataclass(frozen=True)
class Mark:
    """A line that a choice decides.

    Attributes:
        line: counted from 1.
        field: the field of the configuration whose value decides it.
        changed: whether that value is another than the default.
    """

    line: int
    field: str
    changed: bool


@dataclass(frozen=True)
class Listing:
    """A program for one configuration.

    Attributes:
        text: Python that runs as it is. ASCII, lines of at most 88 characters, formatted as ruff or black would.
        marks: by line, and where a line has several, in the template's order.
    """

    text: str
    marks: tuple[Mark, ...]


def program(config: TrainingConfig) -> Listing:
    """The program that trains what a configuration describes, at the level that its `implementation` says."""
    return _cleared(_template().render(_values(config)), config)


def default_for(config: TrainingConfig) -> TrainingConfig:
    """The default configuration, with the bias that is the default at this configuration's placement."""
    return TrainingConfig(bias=default_bias(config.placement))


def command_line(config: TrainingConfig) -> str:
    """The command that prints this configuration's program."""
    default = default_for(config)
    words = ["python -m bn_core code"]
    for field in fields(config):
        value, flag = getattr(config, field.name), field.name.replace("_", "-")
        if value == getattr(default, field.name):
            continue
        if isinstance(value, bool):
            words.append(f"--{flag}" if value else f"--no-{flag}")
        else:
            words.append(f"--{flag} {value}")
    return " ".join(words)


def _values(config: TrainingConfig) -> dict[str, object]:
    return config.to_json() | {
        "names": {field: names[getattr(config, field)].program for field, names in VALUES.items()},
        "titles": TITLES,
        "normalized": config.normalized,
        "by_hand": config.normalized and config.implementation == "by-hand",
        "effect": config.effect,
        "architecture": config.architecture,
        "halved_every": HALVED_EVERY,
        "protocol": protocol,
        "command": command_line(config),
        "width": WIDTH,
    }


@functools.cache
def _template() -> jinja2.Template:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(FOLDER),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,
    )
    return environment.get_template("program.py.jinja")


def _cleared(tagged: str, config: TrainingConfig) -> Listing:
    """The text without its tags, and the marks that they were."""
    lines: list[str] = []
    marks: list[Mark] = []
    region: list[str] = []
    for line in tagged.splitlines():
        if line.startswith("#@begin "):
            region = line.split()[1:]
        elif line == "#@end":
            region = []
        else:
            code, _, tag = line.partition("  #@ ")
            lines.append(code)
            if code:
                named = dict.fromkeys([*tag.split(), *region])
                marks += [mark for field in named if (mark := _mark(len(lines), field, config))]
    return Listing("\n".join(lines) + "\n", tuple(marks))


def _mark(line: int, field: str, config: TrainingConfig) -> Mark | None:
    changed = getattr(config, field) != getattr(default_for(config), field)
    return Mark(line, field, changed) if changed or field in ALWAYS_MARKED else None
