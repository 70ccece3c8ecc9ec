"""A chart as the page has it: one specification, and what it shows at each choice."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import pyarrow as pa

from bn_core.exports.pictures import Spec, standalone
from pages.exported_page.theme import light
from pages.parts.step_slider import PARAMETER


@dataclass(frozen=True, eq=False)
class State:
    """What a chart shows at a choice.

    Attributes:
        table: its data.
        alt: what it shows, for whoever does not see it.
    """

    table: pa.Table
    alt: str


@dataclass(frozen=True, eq=False)
class Figure:
    """A chart with its words.

    Attributes:
        name: short, unique in a run: letters of a-z and hyphens.
        spec: as the app has it.
        states: by the values that are chosen, joined by a space; an empty text where there is no choice.
        chosen: what is chosen, in this order: names of the part's choices.
        title: above it; empty where the chart has its own.
        caption: what there is to see; empty for nothing.
    """

    name: str
    spec: Spec
    states: Mapping[str, State]
    chosen: tuple[str, ...] = ()
    title: str = ""
    caption: str = ""

    def drawn(self, width: int | None = None) -> Spec:
        """Return the specification that needs no app: see `pictures.standalone`."""
        return _unbound(standalone(self.spec, light(), width))


@dataclass(frozen=True)
class Choice:
    """Something that a person chooses on the page.

    Attributes:
        name: as figures name it.
        label: what it is called.
        values: what there is to choose, and what each is called.
    """

    name: str
    label: str
    values: Mapping[str, str]


@dataclass(frozen=True)
class Row:
    """Charts side by side, below what is chosen for them and for the other rows of the same part.

    Attributes:
        figures: at least one.
        heading: empty for none.
        choices: none where all that the charts need is chosen in another row.
        notes: how the charts are to be read.
    """

    figures: tuple[Figure, ...]
    heading: str = ""
    choices: tuple[Choice, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Part:
    """Rows of charts that belong together.

    Attributes:
        heading: what they are of.
        steps: updates done at each snapshot, where the charts show one of several; else empty.
        captions: what there is to see at each of them, by the place that is chosen.
    """

    heading: str
    rows: tuple[Row, ...]
    steps: tuple[int, ...] = ()
    captions: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def figures_of(parts: Iterable[Part]) -> tuple[Figure, ...]:
    """Return all charts, in the order in which they stand."""
    return tuple(figure for part in parts for row in part.rows for figure in row.figures)


def alone(name: str, spec: Spec, table: pa.Table, alt: str, *, title: str = "", caption: str = "") -> Figure:
    """Return a chart without a choice."""
    return Figure(name, spec, {"": State(table, alt)}, (), title, caption)


def _unbound(spec: Spec) -> Spec:
    """Return a specification whose snapshot is chosen by the page's slider, and not by one of the chart's own."""
    if "params" not in spec:
        return spec
    params = [
        {name: value for name, value in each.items() if name != "bind" or each["name"] != PARAMETER}
        for each in spec["params"]
    ]
    return spec | {"params": params}
