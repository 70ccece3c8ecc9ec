"""What the networks and their choices are called: every name that a person sees of them, from one file, names.toml."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from bn_core.config import TrainingConfig


@dataclass(frozen=True)
class ValueNames:
    """What one value of a choice is called.

    Attributes:
        control: at the control that offers it.
        short: where a caption says what network it is about; empty for what goes without saying.
        program: in the heading of a generated program.
    """

    control: str
    short: str = ""
    program: str = ""


@dataclass(frozen=True)
class Variant:
    """A configuration that is recorded over some seeds.

    Attributes:
        key: how code and addresses name it.
        label: how a person does.
        config: with seed 0.
    """

    key: str
    label: str
    config: TrainingConfig


@dataclass(frozen=True)
class Network(Variant):
    """One of the six networks that race.

    Attributes:
        line: what it is called at its line in a chart.
        spoken: what it is called in a sentence.
    """

    line: str
    spoken: str


@dataclass(frozen=True)
class Preset(Variant):
    """A configuration that can be chosen by name; `help` says what it is."""

    help: str


Named = TypeVar("Named", bound=Variant)

_TABLES: dict[str, Any] = tomllib.loads(Path(__file__).with_name("names.toml").read_text(encoding="utf-8"))


def _listed(table: str, kind: type[Named]) -> tuple[Named, ...]:
    return tuple(kind(**entry | {"config": TrainingConfig.of(entry["config"])}) for entry in _TABLES[table])


VALUES: dict[str, dict[str, ValueNames]] = {
    field: {value: ValueNames(**names) for value, names in values.items()}
    for field, values in _TABLES["values"].items()
}
"""By field and value. A field that is not here is written by its value."""

ORDERS: dict[str, str] = _TABLES["orders"]
"""In which order each placement has the parts of a block."""

NETWORKS = _listed("networks", Network)
NETWORK_BY_KEY = {network.key: network for network in NETWORKS}
PRESETS = _listed("presets", Preset)

MISTAKES = _listed("mistakes", Variant)
"""What Break it shows."""
