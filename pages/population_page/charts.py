"""The charts of the page: specifications that depend on the run's configuration, not on what was measured in it.

All but the scores have an axis of batches on which the early ones have more room. What is chosen (a layer, a step, a
decay) stands in the tables, so that choosing draws nothing anew.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import altair as alt

from bn_core.chart_tables.population import MARK, Statistic
from bn_core.config import TrainingConfig
from pages.charts.axes import batch_axis
from pages.charts.palette import HUES, QUIET, SOLID, dash

Spec = dict[str, Any]

ROW = 18
"""Pixels from one layer to the next."""

COUNT_ROOM = 76
"""Pixels kept free right of the heat map for the number of values behind each mean."""

BAR = 32
"""Pixels from one score to the next."""

NAME_ROOM = 152
"""Pixels for the names of the scores."""

CURVE_HEIGHT = 210

TOO_LARGE, TOO_SMALL = "142, 59, 158", "128, 116, 0"
"""Red, green and blue of what is above and below the truth. None of them is a placement's hue; no drift is no colour,
in either theme."""

FADES = {0.0: 0.0, 0.1: 0.12, 0.301: 0.36, 0.699: 0.62, 1.0: 0.78, 1.6: 1.0}
"""How opaque a factor is whose logarithm to the base 10 has this size."""

LARGEST, SMALLEST = 1.6, -1.0
"""From which logarithm to the base 10 on factors look the same."""

MEAN_FADES = {0.0: 0.0, 0.1: 0.2, 0.25: 0.45, 0.5: 0.72, 1.0: 1.0}

CURVES = {"batch": "each batch", "truth": "average of 10", "own": "moving", "chosen": "chosen decay"}
"""The lines of a statistic: the table's columns, and what a tooltip calls them."""

PICK = "pick"
"""The heat map's selection: the layer whose row was clicked."""

KEPT = ("title", "height", "width", "padding", "transform", "encoding", "layer", "params")


@dataclass(frozen=True)
class Shown:
    """What decides how the charts look.

    Attributes:
        config: the run's.
        scale: of the text, 1 for a desk and more for a room.
    """

    config: TrainingConfig
    scale: float = 1.0

    @property
    def hue(self) -> str:
        """The theme's name of the run's colour."""
        return HUES[self.config.placement]

    @property
    def dash(self) -> list[int]:
        """The stroke that says whether there is a bias."""
        return list(dash(self.config.bias))

    @property
    def text(self) -> dict[str, Any]:
        """Sizes and distances of an axis' labels."""
        size = 11 * self.scale
        return {"labelFontSize": size, "titleFontSize": size, "labelPadding": 5, "labelFlush": False}


@functools.lru_cache(maxsize=64)
def heat_spec(shown: Shown, statistic: Statistic) -> Spec:
    """The drift of every layer over training, for `heat_table`: a row a layer, and how many values share its means."""
    batches, layers = shown.config.batches, shown.config.architecture.layers
    room = round(COUNT_ROOM * shown.scale)
    x = batch_axis(batches, shown.text, room)
    y = alt.Y(
        "top:Q",
        title=None,
        scale=alt.Scale(domain=[layers, 0], nice=False),
        axis=alt.Axis(
            values=[layer - 0.5 for layer in range(1, layers + 1)],
            labelExpr=f"datum.value > {layers - 1} ? 'dense' : datum.value + 0.5",
            labelOverlap=False,
            grid=False,
            ticks=False,
            domain=False,
            **shown.text,
        ),
    )
    cells = (
        _chart()
        .transform_filter(f"datum.since != {MARK}")
        .transform_calculate(at="datum.step")
        .transform_calculate(
            step="datum.since",
            step_end="datum.at",
            top="datum.layer - 1",
            bottom="datum.layer",
            drawn="log(datum.value) / LN10" if statistic == "variance" else "datum.value",
            name=f"datum.layer == {layers} ? 'dense' : 'layer ' + datum.layer",
        )
    )
    picked = alt.selection_point(name=PICK, fields=["layer"], on="click", clear=False, toggle=False)
    rects = cells.mark_rect(cursor="pointer").encode(
        x=x,
        x2="step_end:Q",
        y=y,
        y2="bottom:Q",
        color=alt.Color("drawn:Q", scale=_heat_scale(statistic), legend=_heat_legend(shown, statistic)),
        tooltip=[
            alt.Tooltip("name:N", title="where"),
            alt.Tooltip("at:Q", title="batch", format=",d"),
            alt.Tooltip("value:Q", title=LEGEND[statistic], format=".3~g"),
        ],
    )
    rects = rects.add_params(picked)
    marked = _chart().transform_filter(f"datum.since == {MARK}")
    row = (
        marked.transform_calculate(top="datum.layer - 1", bottom="datum.layer", step="0", step_end=f"{batches}")
        .mark_rect(filled=False, strokeWidth=1.5)
        .encode(x=x, x2="step_end:Q", y=y, y2="bottom:Q", stroke=alt.value(QUIET))
    )
    moment = (
        marked.transform_filter("datum.step >= 0")
        .transform_calculate(top="0", bottom=f"{layers}")
        .mark_rule(strokeWidth=1.5)
        .encode(x=x, y=y, y2="bottom:Q", color=alt.value(QUIET))
    )
    behind = shown.config.values_behind_means(shown.config.batch_size)
    counts = [{"top": layer - 0.5, "words": f"{values:,}"} for layer, values in enumerate(behind, 1)]
    numbers = (
        alt.Chart(alt.Data(values=counts))
        .mark_text(align="right", baseline="middle", fontSize=11 * shown.scale)
        .encode(x=_at("width"), y=y, text="words:N", color=alt.value(QUIET))
    )
    heading = (
        alt.Chart(alt.Data(values=[{}]))
        .mark_text(align="right", baseline="top", fontSize=11 * shown.scale, text="values behind each mean")
        .encode(x=_at("width"), y=_at(f"height + {22 * shown.scale:g}"), color=alt.value(QUIET))
    )
    return _finished(alt.layer(rects, row, moment, numbers, heading), shown, ROW * layers)


@functools.lru_cache(maxsize=64)
def scores_spec(shown: Shown) -> Spec:
    """The same weights under each kind of statistics, for `score_table`: the run's own score is the strongest bar."""
    size = 12 * shown.scale
    room = round(NAME_ROOM * shown.scale)
    y = alt.Y(
        "name:N",
        sort=alt.EncodingSortField("place", op="min"),
        title=None,
        axis=alt.Axis(
            labelFontSize=size,
            labelLimit=room,
            minExtent=room,
            maxExtent=room,
            labelPadding=8,
            ticks=False,
            domain=False,
        ),
    )
    x = alt.X(
        "accuracy:Q",
        title=None,
        scale=alt.Scale(domain=[0, 1], nice=False, range=[0, alt.ExprRef("max(width - 60, width / 2)")]),
        axis=alt.Axis(
            grid=True, domain=False, tickSize=0, values=[0, 0.25, 0.5, 0.75, 1], labels=False, gridOpacity=0.5
        ),
    )
    there = _chart().transform_filter("isValid(datum.accuracy)")
    bars = there.mark_bar(height={"band": 0.62}).encode(
        x=x,
        y=y,
        color=alt.value(shown.hue),
        opacity=alt.condition("datum.kind == 'moving'", alt.value(1), alt.value(0.5)),
        tooltip=[
            alt.Tooltip("name:N", title="with"),
            alt.Tooltip("accuracy:Q", title="accuracy", format=".1%"),
        ],
    )
    numbers = there.mark_text(align="left", baseline="middle", dx=6, fontSize=1.1 * size, fontWeight=600).encode(
        x=x, y=y, text=alt.Text("words:N"), color=alt.value(QUIET)
    )
    numbers = numbers.transform_calculate(words="format(100 * datum.accuracy, '.0f') + ' %'")
    notes = (
        _chart()
        .transform_filter("!isValid(datum.accuracy)")
        .mark_text(align="left", baseline="middle", dx=4, fontSize=size)
        .encode(x=_at("0"), y=y, text="note:N", color=alt.value(QUIET))
    )
    return _finished(alt.layer(bars, numbers, notes), shown, 5 * BAR)


@functools.lru_cache(maxsize=64)
def statistic_spec(shown: Shown, statistic: Statistic) -> Spec:
    """A statistic of a layer over training, for `statistic_table`."""
    x = batch_axis(shown.config.batches, shown.text)
    y = _curve_axis(shown, logarithmic=statistic == "variance")

    layers = [
        _band("truth", x, y, QUIET, 0.16),
        _band("own", x, y, shown.hue, 0.16),
        _line("batch", x, y, QUIET, 0.75, opacity=0.6),
        _line("truth", x, y, QUIET, 2),
        _line("own", x, y, shown.hue, 2.75, stroke=shown.dash),
        _line("chosen", x, y, shown.hue, 1.25),
        _dots("chosen", x, y, shown),
        _diamonds(x, y, shown),
        _reader(x, [*CURVES.items(), ("recalibrated", "recalibrated")]),
    ]
    return _finished(alt.layer(*layers), shown, CURVE_HEIGHT, TITLES[statistic])


@functools.lru_cache(maxsize=64)
def drift_spec(shown: Shown, statistic: Statistic) -> Spec:
    """The drift of a layer over training, for `drift_table`."""
    x = batch_axis(shown.config.batches, shown.text)
    y = _curve_axis(shown, logarithmic=statistic == "variance")
    layers = [
        alt.Chart(alt.Data(values=[{}]))
        .mark_rule(strokeWidth=1, opacity=0.6)
        .encode(y=alt.YDatum(1 if statistic == "variance" else 0), color=alt.value(QUIET)),
        _band("own", x, y, shown.hue, 0.16),
        _line("own", x, y, shown.hue, 2.75, stroke=shown.dash),
        _line("chosen", x, y, shown.hue, 1.25),
        _dots("chosen", x, y, shown),
        _diamonds(x, y, shown),
        _reader(x, [("own", "moving"), ("chosen", "chosen decay"), ("recalibrated", "moving, against recalibrated")]),
    ]
    return _finished(alt.layer(*layers), shown, CURVE_HEIGHT, DRIFT_TITLES[statistic])


TITLES: dict[Statistic, str] = {"mean": "Mean", "variance": "Variance"}

DRIFT_TITLES: dict[Statistic, str] = {
    "mean": "Drift: |moving mean − truth| ÷ standard deviation",
    "variance": "Drift: moving variance ÷ truth",
}

LEGEND: dict[Statistic, str] = {
    "mean": "|moving mean − true mean| ÷ true standard deviation",
    "variance": "moving variance ÷ true variance",
}


def _heat_scale(statistic: Statistic) -> alt.Scale:
    above = [(size, f"rgba({TOO_LARGE}, {fade:g})") for size, fade in _fades(statistic).items()]
    if statistic == "mean":
        stops = above
    else:
        below = [(-size, f"rgba({TOO_SMALL}, {fade:g})") for size, fade in FADES.items() if 0 < size <= -SMALLEST]
        # On either side of no drift stands a colour that cannot be seen.
        stops = [*sorted(below), (-1e-6, f"rgba({TOO_SMALL}, 0)"), *above]
    return alt.Scale(
        type="linear", domain=[size for size, _ in stops], range=[colour for _, colour in stops], clamp=True
    )


def _fades(statistic: Statistic) -> dict[float, float]:
    return MEAN_FADES if statistic == "mean" else FADES


def _heat_legend(shown: Shown, statistic: Statistic) -> alt.Legend:
    if statistic == "variance":
        ticks = [-1, -0.301, 0, 0.301, 1, LARGEST]
        names = {"-1": "÷10", "-0.301": "½", "0": "1", "0.301": "2", "1": "10", f"{LARGEST:g}": "40 times"}
    else:
        ticks = [0, 0.25, 0.5, 1]
        names = {"0": "0", "0.25": "¼", "0.5": "½", "1": "1 or more"}
    return alt.Legend(
        title=LEGEND[statistic],
        orient="top",
        direction="horizontal",
        gradientLength=220,
        gradientThickness=9,
        gradientStrokeColor="gray",
        gradientStrokeWidth=0.5,
        values=ticks,
        labelExpr=_table(names, "'' + datum.value"),
        labelFontSize=11 * shown.scale,
        titleFontSize=11 * shown.scale,
        titleFontWeight="normal",
        titleLimit=320,
        offset=6,
    )


def _curve_axis(shown: Shown, *, logarithmic: bool) -> dict[str, Any]:
    return {
        "title": None,
        "scale": alt.Scale(type="log") if logarithmic else alt.Scale(type="linear", zero=False),
        "axis": alt.Axis(format="~g", tickCount=4, grid=True, domain=False, tickSize=0, **shown.text),
    }


def _band(name: str, x: alt.X, y: dict[str, Any], colour: str, opacity: float) -> alt.Chart:
    return (
        _chart()
        .transform_filter(f"isValid(datum.{name}_low) && isValid(datum.{name}_high)")
        .mark_area(opacity=opacity)
        .encode(x=x, y=alt.Y(f"{name}_low:Q", **y), y2=f"{name}_high:Q", color=alt.value(colour))
    )


def _line(
    name: str,
    x: alt.X,
    y: dict[str, Any],
    colour: str,
    width: float,
    *,
    opacity: float = 1,
    stroke: Sequence[int] = SOLID,
) -> alt.Chart:
    return (
        _chart()
        .transform_filter(f"isValid(datum.{name})")
        .mark_line(strokeWidth=width, opacity=opacity, strokeDash=list(stroke), strokeJoin="round")
        .encode(x=x, y=alt.Y(f"{name}:Q", **y), color=alt.value(colour))
    )


def _dots(name: str, x: alt.X, y: dict[str, Any], shown: Shown) -> alt.Chart:
    return (
        _chart()
        .transform_filter(f"isValid(datum.{name})")
        .mark_point(filled=True, size=9, opacity=0.9)
        .encode(x=x, y=alt.Y(f"{name}:Q", **y), color=alt.value(shown.hue))
    )


def _diamonds(x: alt.X, y: dict[str, Any], shown: Shown) -> alt.Chart:
    return (
        _chart()
        .transform_filter("isValid(datum.recalibrated)")
        .mark_point(shape="diamond", filled=False, size=54, strokeWidth=1.75, opacity=1)
        .encode(x=x, y=alt.Y("recalibrated:Q", **y), color=alt.value(QUIET))
    )


def _reader(x: alt.X, names: list[tuple[str, str]]) -> alt.Chart:
    """A hair line that follows the pointer to the nearest step, and what it reads there."""
    near = alt.selection_point(
        name="near", fields=["step"], nearest=True, on="pointermove", clear="pointerout", empty=False
    )
    return (
        _chart()
        .mark_rule(strokeWidth=1)
        .encode(
            x=x,
            opacity=alt.condition(near, alt.value(0.6), alt.value(0)),
            color=alt.value(QUIET),
            tooltip=[
                alt.Tooltip("step:Q", title="batch", format=",d"),
                *(alt.Tooltip(f"{field}:Q", title=title, format=".3~g") for field, title in names),
            ],
        )
        .add_params(near)
    )


def _table(names: dict[str, str], key: str) -> str:
    """A dictionary as Vega's expression, looked up."""
    pairs = ", ".join(f"'{name}': '{words}'" for name, words in names.items())
    return f"({{{pairs}}})[{key}]"


def _at(pixels: str) -> Any:
    return alt.value(alt.ExprRef(pixels))


def _chart() -> alt.Chart:
    return alt.Chart(alt.NamedData("run"))


def _finished(chart: alt.LayerChart, shown: Shown, height: int, title: str = "") -> Spec:
    """As Streamlit wants it: without data or theme; what is a constant of the network stays in it."""
    chart = chart.properties(height=round(height * shown.scale), width="container")
    if title:
        chart = chart.properties(
            title=alt.TitleParams(title, fontSize=13 * shown.scale, fontWeight=600, anchor="start", offset=6)
        )
    spec = chart.to_dict()
    for layer in spec["layer"]:
        # Constants of the network stay in the specification; the run's data comes apart.
        if layer.get("data", {}).get("name") == "run":
            layer.pop("data")
    spec["padding"] = {"left": 0, "top": 8 if title else 2, "right": 0, "bottom": 2}
    return {name: spec[name] for name in KEPT if name in spec}
