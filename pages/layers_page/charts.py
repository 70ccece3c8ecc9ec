"""The charts of the page: specifications that depend on which runs are shown, and not on what was measured in them.

A run under way has the latest moment only, so its charts have no slider; any other has all moments in its data, and a
parameter that picks one of them in the browser.

Histograms stand on the bins of `bn_core.network.bins`, whatever the run, so that any two pictures can be compared:
5 bins to a factor of ten on either side of 0. Shares are drawn by their square root, or the tails would not be seen
beside a spike.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import altair as alt

from bn_core.chart_tables.layers import ROOT_OF_ALL, Quantity
from bn_core.network.bins import BINS_PER_DECADE, COUNTS, SMALLEST_DECADE, ZERO
from pages.charts.axes import batch_axis
from pages.charts.palette import HUES, QUIET, dash
from pages.layers_page.marking import CHOSEN, NOTHING
from pages.layers_page.words import TEXT
from pages.parts.moment_slider import at_moment, parameter

Spec = dict[str, Any]

ROW = 24
"""Pixels from one layer to the next."""

TALLEST = 3.2
"""How many rows high a ridge is whose layer has all its values in one bin."""

STRIP = COUNTS + 4
STRIP_WIDTH = 13
"""Where the share of exact zeros is drawn, right of the bins, and how wide a share of 1 is; in bins."""

HEADING = {"at": 0.15}
"""On which row, counted from layer 1, the strip's heading stands."""

EDGE = STRIP + STRIP_WIDTH + 11

ZERO_WIDTH = 5
"""How wide the bar of exact zeros is in a layer's own histogram, in bins."""

DECADES = (2, 0, -3, -6)
"""The powers of ten that the axes of values name, on both sides of 0."""

KEPT = ("title", "height", "width", "padding", "transform", "encoding", "layer", "params")

PERCENT = "format(100 * datum.value, 'd') + ' %'"

SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")

# What a chart of one number a layer can reach, with BN in every run on it and without in any; what lies outside is
# drawn at the edge.
RANGES: dict[Quantity, tuple[tuple[float, float], tuple[float, float]]] = {
    "rms": ((1e-2, 1e2), (1e-8, 1e2)),
    "gradient": ((1e-4, 1e1), (1e-9, 1e1)),
    "dead": ((0, 1), (0, 1)),
    "cosine": ((-0.25, 1), (-0.25, 1)),
}

TITLES: dict[Quantity, str] = TEXT.table("depth")  # type: ignore[assignment]


@dataclass(frozen=True)
class Shown:
    """What decides how the charts look.

    Attributes:
        placements, biases: of the run, and of the one beside it if there is one.
        batches: the most batches of any of them.
        moments: how many there are to scrub through; 0 for a run under way, of which the latest is shown.
        layers: how many a run has at most.
        scale: of the text, 1 for a desk and more for a room.
    """

    placements: tuple[str, ...]
    biases: tuple[bool, ...]
    batches: int
    moments: int
    layers: int
    scale: float = 1.0


@functools.lru_cache(maxsize=64)
def ridges_spec(shown: Shown) -> Spec:
    """All layers as ridges, for `histogram_table`: the run filled, the one beside it as an outline."""
    height = f"datum.root / {ROOT_OF_ALL} * {TALLEST}"
    y = _row_position("layer:Q", shown)
    binned = (
        _at_moment(_chart(), shown)
        .transform_filter(f"datum.entry != {ZERO} && datum.entry != {CHOSEN}")
        .transform_calculate(x="datum.entry + 0.5", top=f"datum.layer - {height}")
    )
    x = alt.X("x:Q", title=None, scale=alt.Scale(domain=[0, EDGE], nice=False), axis=_value_axis(shown, 0))
    filled = (
        binned.transform_filter("datum.run == 0")
        .mark_area(interpolate="step", fillOpacity=0.5, line={"strokeWidth": 1, "clip": True}, clip=True)
        .encode(x=x, y=y, y2="top:Q", detail="layer:N", color=alt.value(_hue(shown, 0)))
    )
    layers = [_chosen(shown).mark_rect(opacity=0.16), _zero_heading(shown), filled]
    if _beside(shown):
        layers.append(
            binned.transform_filter("datum.run == 1")
            .mark_line(interpolate="step", strokeWidth=1.5, strokeDash=_dash(shown, 1), clip=True)
            .encode(x=x, y=_row_position("top:Q", shown), detail="layer:N", color=alt.value(_hue(shown, 1)))
        )
    return _finished(alt.layer(*layers, *_zero_strip(shown)), shown, round(ROW * (shown.layers + 0.8)))


@functools.lru_cache(maxsize=64)
def heat_spec(shown: Shown) -> Spec:
    """All layers as rows of a heat map, for `histogram_table`; with a run beside it each row has two halves."""
    halves = len(shown.placements)
    cells = (
        _at_moment(_chart(), shown)
        .transform_filter(f"datum.entry != {ZERO} && datum.root > 0")
        .transform_calculate(
            x="datum.entry",
            x2="datum.entry + 1",
            top=f"datum.layer - 0.96 + datum.run * {0.92 / halves:g}",
            bottom=f"datum.layer - 0.96 + (datum.run + 1) * {0.92 / halves:g}",
            share=f"pow(datum.root / {ROOT_OF_ALL}, 2)",
        )
        .mark_rect()
        .encode(
            x=alt.X("x:Q", title=None, scale=alt.Scale(domain=[0, EDGE], nice=False), axis=_value_axis(shown, 0)),
            x2="x2:Q",
            y=_row_position("top:Q", shown),
            y2="bottom:Q",
            color=alt.Color(
                "share:Q",
                scale=alt.Scale(type="sqrt", domain=[0, 0.25], clamp=True, scheme="viridis"),
                legend=alt.Legend(
                    title=TEXT("axes.share"),
                    orient="top",
                    direction="horizontal",
                    gradientLength=160,
                    gradientThickness=8,
                    values=[0, 0.05, 0.25],
                    labelExpr=f"{PERCENT} + (datum.value == 0.25 ? ' or more' : '')",
                    labelLimit=150,
                    labelFontSize=11 * shown.scale,
                    titleFontSize=11 * shown.scale,
                    titleFontWeight="normal",
                    titleLimit=300,
                ),
            ),
            tooltip=[
                alt.Tooltip("layer:Q", title="layer"),
                alt.Tooltip("share:Q", title="share", format=".2%"),
            ],
        )
    )
    outline = _chosen(shown).mark_rect(filled=False, strokeWidth=1.5).encode(stroke=alt.value(QUIET))
    layers = [_zero_heading(shown), cells, *_zero_strip(shown), outline]
    return _finished(alt.layer(*layers), shown, round(ROW * (shown.layers + 0.8)))


@functools.lru_cache(maxsize=64)
def layer_spec(shown: Shown) -> Spec:
    """The histogram of one layer, for `layer_table`: the run as bars, the one beside it as their outlines."""
    shifted = f"datum.entry + (datum.entry > {ZERO} ? {ZERO_WIDTH - 1} : 0)"
    low = f"pow(10, (abs(datum.entry - {ZERO}) - 2) / {BINS_PER_DECADE} + {SMALLEST_DECADE})"
    x = alt.X(
        "x:Q",
        title=TEXT("axes.value"),
        scale=alt.Scale(domain=[0, COUNTS + ZERO_WIDTH - 1], nice=False),
        axis=_value_axis(shown, ZERO_WIDTH - 1),
    )
    y = alt.Y(
        "share:Q",
        title=None,
        scale=alt.Scale(type="sqrt", domain=[0, 1], nice=False),
        axis=alt.Axis(
            values=[0, 0.01, 0.05, 0.1, 0.25, 0.5, 1],
            labelExpr=PERCENT,
            grid=True,
            tickSize=0,
            domain=False,
            **_text(shown),
        ),
    )
    tooltip = [
        alt.Tooltip("bin:N", title="from"),
        alt.Tooltip("values:Q", title="values", format=","),
        alt.Tooltip("share:Q", title="share", format=".2%"),
    ]
    bar = alt.SharedEncoding(x=x, x2=alt.X2("x2:Q"), y=y, y2=alt.Y2Datum(0), tooltip=tooltip)
    zero, mine = f"datum.entry == {ZERO}", "datum.run == 0"
    bars = [
        _chart()
        .transform_filter(f"{mine} && !({zero})")
        .mark_rect(opacity=0.8)
        .encode(color=alt.value(_hue(shown, 0))),
        _chart().transform_filter(f"{mine} && {zero}").mark_rect(opacity=0.8).encode(color=alt.value(QUIET)),
    ]
    if _beside(shown):
        outline = _chart().transform_filter("datum.run == 1").mark_rect(filled=False, strokeWidth=1.25)
        bars.append(outline.encode(color=alt.value(_hue(shown, 1))))
    number = (
        _chart()
        .transform_filter(f"{mine} && {zero}")
        .transform_calculate(words="'0: ' + format(100 * datum.share, '.0f') + ' %'", middle="(datum.x + datum.x2) / 2")
        .mark_text(align="center", baseline="bottom", dy=-3, fontSize=12 * shown.scale, fontWeight=600)
        .encode(x="middle:Q", y="share:Q", text="words:N", color=alt.value(QUIET))
    )
    histogram = (
        _at_moment(alt.LayerChart(layer=[alt.LayerChart(layer=bars, encoding=bar), number]), shown)
        .transform_joinaggregate(all="sum(values)", groupby=["moment", "run"])
        .transform_calculate(
            x=shifted,
            x2=f"{shifted} + (datum.entry == {ZERO} ? {ZERO_WIDTH} : 1)",
            share="datum.values / datum.all",
            size=low,
            bin=(
                f"datum.entry == {ZERO} ? 'exactly 0' : "
                "(datum.entry < 52 ? '−' : '') + format(datum.size, '.2~g') + "
                f"(datum.entry == 0 || datum.entry == {COUNTS - 1} ? ' and beyond' : ' to ' + "
                f"(datum.entry < 52 ? '−' : '') + format(datum.size * {10 ** (1 / BINS_PER_DECADE):.6f}, '.2~g'))"
            ),
        )
    )
    totals = (
        _at_moment(_chart(), shown)
        .transform_filter("datum.run == 0")
        .transform_calculate(
            below="datum.entry == 0 ? datum.values : 0",
            above=f"datum.entry == {COUNTS - 1} ? datum.values : 0",
        )
        .transform_aggregate(below="sum(below)", above="sum(above)", all="sum(values)")
        .transform_calculate(
            words=(
                "format(datum.below, ',') + ' below −100, ' + format(datum.above, ',') + ' above 100, of ' + "
                "format(datum.all, ',')"
            )
        )
        .mark_text(align="left", baseline="top", dy=-16, fontSize=11 * shown.scale)
        .encode(x=alt.value(0), y=alt.value(0), text="words:N", color=alt.value(QUIET))
    )
    return _finished(alt.layer(histogram, totals), shown, 210, top=22)


@functools.lru_cache(maxsize=128)
def band_spec(shown: Shown, title: str, names: tuple[str, str, str]) -> Spec:
    """A band and its middle over training, for `band_table`. The early batches, where most happens, have more room.

    Args:
        names: of the lower edge, the middle and the upper edge.
    """
    x = batch_axis(shown.batches, _text(shown))
    y = {"title": None, "axis": alt.Axis(format="~g", tickCount=4, grid=True, domain=False, tickSize=0, **_text(shown))}
    colour = alt.Color("run:N", scale=_run_scale([_hue(shown, run) for run in _runs(shown)]), legend=None)
    dashes = alt.StrokeDash("run:N", scale=_run_scale([_dash(shown, run) for run in _runs(shown)]), legend=None)
    band = _chart().mark_area(opacity=0.22).encode(x=x, y=alt.Y("low:Q", **y), y2="high:Q", color=colour)
    middle = (
        _chart()
        .mark_line(strokeWidth=1.75, point={"filled": True, "size": 14})
        .encode(x=x, y=alt.Y("middle:Q", **y), color=colour, strokeDash=dashes)
    )
    tooltip = [alt.Tooltip("step:Q", title="batches", format="d")]
    tooltip += [
        alt.Tooltip(f"{field}:Q", title=name, format=".3~g")
        for field, name in zip(("high", "middle", "low"), reversed(names), strict=True)
    ]
    reader = (
        _chart()
        .mark_rule(strokeWidth=7, opacity=0.001)
        .encode(x=x, y=alt.Y("low:Q", **y), y2="high:Q", color=alt.value(QUIET), tooltip=tooltip)
    )
    now = (
        _at_moment(_chart(), shown)
        .transform_filter("datum.run == 0")
        .mark_rule(strokeWidth=1, opacity=0.8 if shown.moments else 0)
        .encode(x=x, color=alt.value(QUIET))
    )
    return _finished(alt.layer(band, middle, now, reader), shown, 112, title)


@functools.lru_cache(maxsize=256)
def depth_spec(shown: Shown, quantity: Quantity) -> Spec:
    """One number by layer, for `depth_table`: norms on a logarithmic axis, shares and cosines on a linear one."""
    low, high = RANGES[quantity]["none" in shown.placements]
    logarithmic = quantity in ("rms", "gradient")
    if logarithmic:
        ticks = {"values": _powers(low, high), "labelExpr": _power_label()}
    elif quantity == "dead":
        ticks = {"values": [0, 0.5, 1], "labelExpr": PERCENT}
    else:
        ticks = {"values": [0, 0.5, 1], "format": ".1f"}
    x = alt.X(
        "layer:Q",
        title="layer" if quantity == "cosine" else None,
        scale=alt.Scale(domain=[0.5, shown.layers + 0.5], nice=False),
        axis=alt.Axis(grid=False, values=_marked(shown.layers), titleAnchor="start", titlePadding=2, **_text(shown)),
    )
    y = alt.Y(
        "drawn:Q",
        title=None,
        scale=alt.Scale(type="log" if logarithmic else "linear", domain=[low, high], nice=False, clamp=True),
        axis=alt.Axis(grid=True, domain=False, tickSize=0, **ticks, **_text(shown)),
    )
    colour = alt.Color("run:N", scale=_run_scale([_hue(shown, run) for run in _runs(shown)]), legend=None)
    shape = alt.Shape("run:N", scale=_run_scale(["circle", "diamond"][: len(shown.placements)]), legend=None)
    form = ".1%" if quantity == "dead" else ".3~g"
    tooltip = [alt.Tooltip("layer:Q", title="layer"), alt.Tooltip("value:Q", title=TITLES[quantity], format=form)]
    dashes = alt.StrokeDash("run:N", scale=_run_scale([_dash(shown, run) for run in _runs(shown)]), legend=None)
    line = _chart().mark_line(strokeWidth=1.25, opacity=0.7).encode(strokeDash=dashes)
    dots = _chart().mark_point(filled=True, size=26, opacity=1).encode(shape=shape, tooltip=tooltip)
    both = alt.LayerChart(layer=[line, dots], encoding=alt.SharedEncoding(x=x, y=y, color=colour))
    both = both.transform_filter(f"datum.layer != {NOTHING}").transform_calculate(drawn=f"max(datum.value, {low:g})")
    layers = [_at_moment(both, shown)]
    if quantity == "gradient":
        layers.append(_nothing_yet(shown))
    return _finished(alt.layer(*layers), shown, 120, TITLES[quantity])


def _marked(layers: int) -> list[int]:
    """Which of so many layers have their number on an axis: the first, every fifth, and the last."""
    return [1, *range(5, layers - 2, 5), layers]


def _nothing_yet(shown: Shown) -> alt.Chart:
    """Why there are no gradients, at a moment without any."""
    return (
        _at_moment(_chart(), shown)
        .transform_filter(f"datum.layer == {NOTHING}")
        .mark_text(text=TEXT("axes.no_gradient"), fontSize=12 * shown.scale)
        .encode(x=alt.value(alt.ExprRef("width / 2")), y=alt.value(alt.ExprRef("height / 2")), color=alt.value(QUIET))
    )


def _chart() -> alt.Chart:
    return alt.Chart(alt.NamedData("run"))


def _at_moment(chart: Any, shown: Shown) -> Any:
    return at_moment(chart) if shown.moments else chart


def _runs(shown: Shown) -> range:
    return range(len(shown.placements))


def _beside(shown: Shown) -> bool:
    return len(shown.placements) > 1


def _hue(shown: Shown, run: int) -> str:
    return HUES[shown.placements[run]]


def _dash(shown: Shown, run: int) -> list[int]:
    return list(dash(shown.biases[run]))


def _run_scale(values: Sequence[Any]) -> alt.Scale:
    return alt.Scale(domain=list(range(len(values))), range=list(values))


def _row_position(field: str, shown: Shown) -> alt.Y:
    # Layer 1 on top. Vega would make a falling domain that ends below 0 one that starts and ends at 0.
    scale = alt.Scale(domain=[shown.layers + 0.2, -0.6], nice=False, zero=False)
    return alt.Y(field, title=None, scale=scale, axis=_layer_axis(shown))


def _text(shown: Shown) -> dict[str, Any]:
    size = 11 * shown.scale
    return {"labelFontSize": size, "titleFontSize": size, "labelPadding": 5, "labelFlush": False}


def _layer_axis(shown: Shown) -> alt.Axis:
    return alt.Axis(
        values=list(range(1, shown.layers + 1)),
        labelExpr=f"datum.value == {shown.layers} ? 'dense' : datum.value",
        labelBaseline="bottom",
        labelOverlap=False,
        grid=True,
        ticks=False,
        domain=False,
        **_text(shown),
    )


def _value_axis(shown: Shown, shift: int) -> alt.Axis:
    """The axis of values under the bins, `shift` bins wider right of 0."""
    labels = {ZERO + 0.5 + shift / 2: "0"}
    for decade in DECADES:
        name = {2: "100", 0: "1"}.get(decade, "10" + str(decade).translate(SUPERSCRIPT))
        distance = BINS_PER_DECADE * (decade - SMALLEST_DECADE) + 1
        labels[ZERO - distance] = f"−{name}"
        labels[ZERO + 1 + shift + distance] = name
    table = ", ".join(f"'{place:g}': '{name}'" for place, name in labels.items())
    return alt.Axis(
        values=sorted(labels),
        labelExpr=f"({{{table}}})[datum.value]",
        grid=True,
        gridOpacity=0.5,
        domain=False,
        titleAnchor="start",
        titlePadding=4,
        labelOverlap="greedy",
        **_text(shown),
    )


def _chosen(shown: Shown) -> alt.Chart:
    """The row of the layer that is looked at."""
    return (
        _chart()
        .transform_filter(f"datum.entry == {CHOSEN}")
        .transform_calculate(left="0", right=f"{EDGE}", top="datum.layer - 1", bottom="datum.layer")
        .mark_rect()
        .encode(
            x=alt.X("left:Q", title=None, scale=alt.Scale(domain=[0, EDGE], nice=False), axis=_value_axis(shown, 0)),
            x2="right:Q",
            y=_row_position("top:Q", shown),
            y2="bottom:Q",
            color=alt.value(QUIET),
        )
    )


def _zero_heading(shown: Shown) -> alt.Chart:
    """What the strip of zeros is called, above it."""
    return (
        alt.Chart(alt.Data(values=[HEADING]))
        .mark_text(align="left", baseline="bottom", fontSize=11 * shown.scale, text=TEXT("axes.zeros"), fontWeight=600)
        .encode(x=alt.XDatum(STRIP), y=_row_position("at:Q", shown), color=alt.value(QUIET))
    )


def _zero_strip(shown: Shown) -> list[alt.Chart]:
    """The share of exact zeros in each layer, as bars of their own right of the bins, and in numbers for the run."""
    thick = 0.5 / len(shown.placements)
    rows = (
        _at_moment(_chart(), shown)
        .transform_filter(f"datum.entry == {ZERO}")
        .transform_calculate(
            share=f"pow(datum.root / {ROOT_OF_ALL}, 2)",
            start=f"{STRIP}",
            end=f"{STRIP} + {STRIP_WIDTH} * pow(datum.root / {ROOT_OF_ALL}, 2)",
            top=f"datum.layer - 0.62 + datum.run * {thick:g}",
            bottom=f"datum.layer - 0.62 + (datum.run + 1) * {thick:g}",
        )
    )
    tooltip = [alt.Tooltip("layer:Q", title="layer"), alt.Tooltip("share:Q", title="exactly 0", format=".1%")]
    bars = [
        rows.transform_filter(f"datum.run == {run}")
        .mark_rect(opacity=0.85)
        .encode(
            x="start:Q",
            x2="end:Q",
            y=_row_position("top:Q", shown),
            y2="bottom:Q",
            color=alt.value(_hue(shown, run)),
            tooltip=tooltip,
        )
        for run in _runs(shown)
    ]
    numbers = (
        rows.transform_filter("datum.run == 0")
        .transform_calculate(
            words=(
                "datum.share > 0 && datum.share < 0.005 ? '<1 %' : datum.share >= 0.995 && datum.share < 1 ? '>99 %' : "
                "format(100 * datum.share, '.0f') + ' %'"
            ),
            place=f"{STRIP + STRIP_WIDTH + 1}" if _beside(shown) else "datum.end + 1",
            middle="datum.layer - 0.37",
        )
        .mark_text(align="left", baseline="middle", fontSize=11 * shown.scale)
        .encode(x="place:Q", y=_row_position("middle:Q", shown), text="words:N", color=alt.value(QUIET))
    )
    return [*bars, numbers]


def _powers(low: float, high: float) -> list[float]:
    """Every second power of ten from the highest down."""
    return [10.0**power for power in range(round(math.log10(high)), round(math.log10(low)) - 1, -2)]


def _power_label() -> str:
    """How an axis writes a power of ten, as Vega's expression."""
    short = {-1: "0.1", 0: "1", 1: "10", 2: "100"}
    names = {power: short.get(power, "10" + str(power).translate(SUPERSCRIPT)) for power in range(-9, 3)}
    table = ", ".join(f"'{power}': '{name}'" for power, name in names.items())
    return f"({{{table}}})['' + round(log(datum.value) / LN10)]"


def _finished(chart: alt.LayerChart, shown: Shown, height: int, title: str = "", top: int = 2) -> Spec:
    """As Streamlit wants it: without data or theme."""
    chart = chart.properties(height=round(height * shown.scale), width="container")
    if title:
        top = 10
        chart = chart.properties(
            title=alt.TitleParams(title, fontSize=13 * shown.scale, fontWeight=600, anchor="start", offset=6)
        )
    if shown.moments:
        chart = chart.add_params(parameter(shown.moments))
    spec = chart.to_dict()
    for layer in _layers(spec):
        if layer.get("data", {}).get("name") == "run":
            layer.pop("data")
        elif "data" in layer:
            layer["data"] = {"values": [HEADING]}
    spec["padding"] = {"left": 0, "top": top, "right": 0, "bottom": 2}
    return {name: spec[name] for name in KEPT if name in spec}


def _layers(spec: Spec) -> Iterator[Spec]:
    for layer in spec.get("layer", []):
        yield layer
        yield from _layers(layer)
