"""What the charts of all pages share: how they look, how marks read a table, and how a specification is finished.

A specification depends on the run's configuration and never on what was measured, so that it stays the same while the
run goes on: only small Arrow tables travel. One that changed, in a title, a domain or a layer, would make the browser
throw the chart away and draw another. Two builds of a specification are equal to the byte.
"""

from __future__ import annotations

import functools
import json
import math
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ParamSpec, TypeAlias

import altair as alt

# Altair asks pandas for its types wherever that is loaded. In the first seconds of a server on which several people
# arrive at once, another session's thread may just be loading it, and it has none yet: so it is loaded whole, before.
import pandas  # type: ignore[import-untyped]  # noqa: F401

from bn_core.config import TrainingConfig
from pages.charts.palette import HUES, QUIET, dash
from pages.words.prose import Prose

Spec = dict[str, Any]

Arguments = ParamSpec("Arguments")

Layer: TypeAlias = Any
"""A chart of Altair or a layer of one: its own types do not say what its methods return."""

Encoding: TypeAlias = Any
"""What one of Altair's channels takes."""

KEPT = ("title", "height", "width", "padding", "transform", "encoding", "layer", "params", "config")
"""What Streamlit needs of a specification: data and theme come from elsewhere."""

WHOLE = 10_000
"""Pixels that a title may take: Streamlit would cut it, however much room there is."""

PERCENT = "format(100 * datum.value, 'd') + ' %'"
"""How an axis writes a share."""

LINE = 11.5
"""Pixels that a row of text needs, at the usual size of type."""

AROUND = 50
"""Pixels that the title and the axes of a chart take of its height, at the usual size of type."""

THICKER = ("strokeWidth", "strokeDash", "size", "xOffset")
"""What of a mark grows with the type."""

USUAL = {"line": {"strokeWidth": 2}, "rule": {"strokeWidth": 1}, "point": {"size": 30, "strokeWidth": 2}}
"""How marks are of which nothing is said: Vega's own sizes."""

MOST_SPECS = 256
"""How many specifications of a kind are kept."""

_BUILDING = threading.RLock()

SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
PLAIN_POWERS = {-1: "0.1", 0: "1", 1: "10", 2: "100"}


@dataclass(frozen=True)
class Look:
    """What decides how the charts of a run look.

    Attributes:
        placement, bias: of the run.
        batches: how many the axes have room for.
        scale: of text, lines and marks, 1 for a desk and more for a room.
        layers: how many the charts have room for; 0 where they show none.
        beside: of a run that is laid over it; None where none is.
        snapshots: how many there are to scrub through; 0 where the latest is shown.
    """

    placement: str
    bias: bool
    batches: int
    scale: float = 1.0
    layers: int = 0
    beside: Look | None = None
    snapshots: int = 0

    @classmethod
    def of(cls, config: TrainingConfig, scale: float = 1.0) -> Look:
        """The look of a run of this configuration."""
        return cls(config.placement, config.bias, config.batches, scale, config.architecture.layers)

    @property
    def runs(self) -> tuple[Look, ...]:
        """Of the run, and of the one that is laid over it if one is."""
        return (self,) if self.beside is None else (self, self.beside)

    @property
    def normalized(self) -> bool:
        """Whether there are statistics to choose."""
        return self.placement != "none"

    @property
    def hue(self) -> str:
        """The theme's name of the placement's colour."""
        return HUES[self.placement]

    @property
    def stroke(self) -> list[int]:
        """The dash that says whether there is a bias."""
        return list(dash(self.bias))

    def height(self, pixels: float) -> int:
        """How high a chart is that has so many pixels at scale 1: see `grown`."""
        return grown(pixels, self.scale)

    def rows(self, count: float, each: float, around: float) -> int:
        """How high a chart of so many rows is that have `each` pixels at scale 1: as much higher as their names need.

        Args:
            around: pixels at scale 1 of what stands above and below the rows.
        """
        return round(max(count * each, (count * LINE + around) * self.scale))

    def text(self, size: float = 11, padding: float = 5) -> dict[str, Any]:
        """Sizes and distances of an axis' labels and title, given in pixels at scale 1."""
        pixels = size * self.scale
        whole = {} if self.scale == 1 else {"labelLimit": WHOLE}
        padded = {"labelPadding": round(padding * self.scale), "labelFlush": False}
        return {"labelFontSize": pixels, "titleFontSize": pixels} | padded | whole


def grown(pixels: float, scale: float) -> int:
    """How high a chart is that has so many pixels at scale 1. Its text needs as much more room as it is larger, but a
    room's screen is no higher than a desk's: so the plot itself grows with the root of the scale."""
    return round((pixels - AROUND) * math.sqrt(scale) + AROUND * scale)


def rows(condition: str | None = None) -> Layer:
    """The rows of the table that meet a condition of Vega; all without one."""
    chart = alt.Chart(alt.NamedData("run"))
    return chart if condition is None else chart.transform_filter(condition)


def constants(*values: dict[str, Any]) -> Layer:
    """Rows that stand in the specification; one without values for a mark that needs none."""
    return alt.Chart(alt.InlineData(values=list(values) or [{}]))


def over(
    channel: Any, field: str, domain: Sequence[float], axis: Encoding, title: str | None = None, **scale: Any
) -> Any:
    """A place by a field: an axis over just this domain.

    Args:
        channel: Altair's X or Y.
        scale: what else is to be said of the scale.
    """
    return channel(field, title=title, scale=alt.Scale(domain=list(domain), nice=False, **scale), axis=axis)


def told(text: Prose, field: str, form: str = "") -> alt.Tooltip:
    """What a pointer reads of a field, called as these texts' table `tooltips` says."""
    title = text(f"tooltips.{field.partition(':')[0]}")
    return alt.Tooltip(field, title=title, format=form) if form else alt.Tooltip(field, title=title)


def value_axis(look: Look, **settings: Any) -> Encoding:
    """An axis of values: a grid, and neither a line nor marks."""
    return alt.Axis(grid=True, domain=False, tickSize=0, **settings, **look.text())


def colour_legend(look: Look, title: str, values: Sequence[float], label: str, **settings: Any) -> Encoding:
    """A band of colours above a chart.

    Args:
        label: how its marks are written, as an expression of Vega.
        settings: what else is to be said of it, its lengths in pixels at scale 1.
    """
    size = 11 * look.scale
    lengths = {name: value * look.scale for name, value in settings.items() if isinstance(value, int | float)}
    return alt.Legend(
        title=title,
        values=list(values),
        labelExpr=label,
        orient="top",
        direction="horizontal",
        labelFontSize=size,
        titleFontSize=size,
        titleFontWeight="normal",
        **(settings | lengths),
    )


def at(pixels: str) -> Encoding:
    """A place in a chart, as an expression of Vega in pixels."""
    return alt.value(alt.ExprRef(pixels))


def quiet(mark: Layer, /, **channels: Encoding) -> Layer:
    """A mark in the colour of what stands beside."""
    return mark.encode(color=alt.value(QUIET), **channels)


def power_of_ten(power: int) -> str:
    """A power of ten as a chart writes it: `100`, `10⁻³`."""
    return PLAIN_POWERS.get(power) or f"10{str(power).translate(SUPERSCRIPT)}"


def quoted(words: str) -> str:
    """A text as an expression of Vega."""
    return json.dumps(words, ensure_ascii=False)


def lookup(names: Mapping[str, str], key: str) -> str:
    """The text of a dictionary under the expression `key`, as an expression of Vega."""
    return f"({json.dumps(names, ensure_ascii=False)})[{key}]"


def reader(chart: Layer, x: Encoding, tooltips: Sequence[alt.Tooltip]) -> Layer:
    """A hair line that follows the pointer to the nearest step of the chart, and what it reads there."""
    near = alt.selection_point(
        name="near", fields=["step"], nearest=True, on="pointermove", clear="pointerout", empty=False
    )
    line = chart.mark_rule(strokeWidth=1).encode(
        x=x, opacity=alt.condition(near, alt.value(0.6), alt.value(0)), tooltip=list(tooltips)
    )
    return quiet(line).add_params(near)


def built_once(build: Callable[Arguments, Spec]) -> Callable[Arguments, Spec]:
    """Keep the specifications that a function builds, by its arguments; callers must not change them.

    A class that is led to a page asks for the same ones at once: the first builds, and the others wait for it, instead
    of each building all of them. Altair's own settings are no thread's own either.
    """
    kept = functools.lru_cache(maxsize=MOST_SPECS)(build)

    @functools.wraps(build)
    def spec(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Spec:
        with _BUILDING:
            return kept(*args, **kwargs)  # type: ignore[arg-type]

    return spec


def finished(
    chart: Layer, look: Look, height: int, title: str = "", *, top: int = 2, size: int = 13, gap: int = 6
) -> Spec:
    """A specification as Streamlit wants it: without the run's data and without theme.

    Args:
        height: in pixels: see `Look.height` and `Look.rows`.
        top: pixels kept free above a chart without a title.
        size: of the title at scale 1, in pixels.
        gap: pixels between title and plot.
    """
    chart = chart.properties(height=height, width="container")
    if title:
        heading = alt.TitleParams(
            title, fontSize=size * look.scale, fontWeight=600, anchor="start", offset=gap, limit=WHOLE
        )
        chart = chart.properties(title=heading)
    spec = as_dict(chart)
    thicken(spec, look.scale)
    for layer in _layers(spec):
        name = layer.get("data", {}).get("name")
        if name == "run":
            layer.pop("data")
        elif name is not None:
            layer["data"] = {"values": spec["datasets"][name]}
    spec["padding"] = {"left": 0, "top": 8 if title else top, "right": 0, "bottom": 2}
    return {name: spec[name] for name in KEPT if name in spec}


def as_dict(chart: Layer) -> Spec:
    """Return what Altair makes of a chart."""
    made: Spec = chart.to_dict()
    # A chart is one picture, with one text for whoever does not see it. Vega would call each of its marks one, too.
    made["config"] = {"mark": {"aria": False}}
    return made


def thicken(spec: Spec, scale: float) -> None:
    """Make lines and marks of a specification as much larger as its text."""
    if scale == 1:
        return
    for part in (spec, *_layers(spec)):
        if isinstance(mark := part.get("mark"), dict):
            _multiply(mark, scale)
    usual = {mark: {name: value * scale for name, value in sizes.items()} for mark, sizes in USUAL.items()}
    spec["config"] = spec.get("config", {}) | usual


def _multiply(mark: Spec, scale: float) -> None:
    for name, value in mark.items():
        if isinstance(value, dict) and name in ("line", "point"):
            _multiply(value, scale)
        elif name in THICKER and isinstance(value, int | float):
            mark[name] = value * scale
        elif name in THICKER and isinstance(value, list):
            mark[name] = [part * scale for part in value]


def _layers(spec: Spec) -> Iterator[Spec]:
    for layer in spec.get("layer", []):
        yield layer
        yield from _layers(layer)
