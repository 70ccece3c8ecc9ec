"""The charts of the page: specifications that depend on which runs are shown, and not on what was measured in them.

A run under way has the latest snapshot only, so its charts have no slider; any other has all snapshots in its data, and
a parameter that picks one of them in the browser.

Histograms stand on the bins of `bn_core.network.bins`, whatever the run, so that any two pictures can be compared:
5 bins to a factor of ten on either side of 0. Shares are drawn by their square root, or the tails would not be seen
beside a spike.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain, zip_longest
from typing import Any

import altair as alt

from bn_core.chart_tables.layers import ROOT_OF_ALL, Quantity
from bn_core.network.bins import BINS_PER_DECADE, COUNTS, SMALLEST_DECADE, ZERO
from pages.charts.axes import batch_axis, bin_axis
from pages.charts.kit import (
    PERCENT,
    Encoding,
    Layer,
    Look,
    Spec,
    at,
    built_once,
    colour_legend,
    constants,
    finished,
    lookup,
    over,
    power_of_ten,
    quiet,
    quoted,
    rows,
    told,
    value_axis,
)
from pages.charts.palette import QUIET
from pages.layers_page.marking import CHOSEN, NOTHING
from pages.layers_page.words import TEXT
from pages.parts.step_slider import at_snapshot, parameter

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


@dataclass(frozen=True)
class DepthChart:
    """How one number a layer is drawn.

    Attributes:
        reach, reach_without: what it can reach with BN in every run on the chart, and without in any; what lies outside
            is drawn at the edge.
        logarithmic: whether its axis is.
        percent: whether it is a share.
        nothing: the key of the sentence at a step at which the run has no such number.
    """

    reach: tuple[float, float]
    reach_without: tuple[float, float]
    logarithmic: bool = False
    percent: bool = False
    nothing: str = "nothing.not_measured"


DEPTH_CHARTS: dict[Quantity, DepthChart] = {
    "rms": DepthChart((1e-2, 1e2), (1e-8, 1e2), logarithmic=True),
    "gradient": DepthChart((1e-4, 1e1), (1e-9, 1e1), logarithmic=True, nothing="nothing.no_gradient"),
    "dead": DepthChart((0, 1), (0, 1), percent=True),
    "cosine": DepthChart((-0.25, 1), (-0.25, 1)),
}
"""In the order in which they stand, one above the other."""


@built_once
def ridges_spec(look: Look) -> Spec:
    """All layers as ridges, for `histogram_table`: the run filled, the one beside it as an outline."""
    height = f"datum.root / {ROOT_OF_ALL} * {TALLEST}"
    y = _row_position("layer:Q", look)
    binned = _shown(look, f"datum.entry != {ZERO} && datum.entry != {CHOSEN}")
    binned = binned.transform_calculate(x="datum.entry + 0.5", top=f"datum.layer - {height}")
    filled = (
        binned.transform_filter("datum.run == 0")
        .mark_area(interpolate="step", fillOpacity=0.5, line={"strokeWidth": 1, "clip": True}, clip=True)
        .encode(x=_bin_position("x:Q", look), y=y, y2="top:Q", detail="layer:N", color=alt.value(look.hue))
    )
    layers = [_chosen(look).mark_rect(opacity=0.16), _zero_heading(look), filled]
    if look.beside:
        layers.append(
            binned.transform_filter("datum.run == 1")
            .mark_line(interpolate="step", strokeWidth=1.5, strokeDash=look.beside.stroke, clip=True)
            .encode(
                x=_bin_position("x:Q", look),
                y=_row_position("top:Q", look),
                detail="layer:N",
                color=alt.value(look.beside.hue),
            )
        )
    return _scrubbed(alt.layer(*layers, *_zero_strip(look)), look, look.rows(look.layers + 0.8, ROW, 40))


@built_once
def heat_spec(look: Look) -> Spec:
    """All layers as rows of a heat map, for `histogram_table`; with a run beside it each row has two halves."""
    halves = len(look.runs)
    cells = _shown(look, f"datum.entry != {ZERO} && datum.root > 0").transform_calculate(
        x="datum.entry",
        x2="datum.entry + 1",
        top=f"datum.layer - 0.96 + datum.run * {0.92 / halves:g}",
        bottom=f"datum.layer - 0.96 + (datum.run + 1) * {0.92 / halves:g}",
        share=f"pow(datum.root / {ROOT_OF_ALL}, 2)",
    )
    legend = colour_legend(
        look,
        TEXT("axes.share"),
        [0, 0.05, 0.25],
        f"{PERCENT} + (datum.value == 0.25 ? {quoted(' ' + TEXT('axes.or_more'))} : '')",
        gradientLength=160,
        gradientThickness=8,
        labelLimit=150,
        titleLimit=300,
    )
    scale = alt.Scale(type="sqrt", domain=[0, 0.25], clamp=True, scheme="viridis")
    colour = alt.Color("share:Q", scale=scale, legend=legend)
    tooltip = [told(TEXT, "layer:Q"), told(TEXT, "share:Q", ".2%")]
    cells = _box(cells.mark_rect(), look, _bin_position("x:Q", look), "x2:Q", color=colour, tooltip=tooltip)
    outline = _chosen(look).mark_rect(filled=False, strokeWidth=1.5).encode(stroke=alt.value(QUIET))
    layers = [_zero_heading(look), cells, *_zero_strip(look), outline]
    return _scrubbed(alt.layer(*layers), look, look.rows(look.layers + 0.8, ROW, 40))


@built_once
def layer_spec(look: Look) -> Spec:
    """The histogram of one layer, for `layer_table`: the run as bars, the one beside it as their outlines."""
    shifted = f"datum.entry + (datum.entry > {ZERO} ? {ZERO_WIDTH - 1} : 0)"
    low = f"pow(10, (abs(datum.entry - {ZERO}) - 2) / {BINS_PER_DECADE} + {SMALLEST_DECADE})"

    to, beyond = (quoted(f" {words}") for words in (TEXT("axes.to"), TEXT("axes.beyond")))

    def number_at(size: str) -> str:
        return f"(datum.entry < {ZERO} ? '−' : '') + format({size}, '.2~g')"

    bins = bin_axis(look, ZERO_WIDTH - 1)
    shares = value_axis(look, values=[0, 0.01, 0.05, 0.1, 0.25, 0.5, 1], labelExpr=PERCENT)
    x2: Encoding = alt.X2("x2:Q")
    floor: Encoding = alt.Y2Datum(0)
    bar = alt.SharedEncoding(
        x=over(alt.X, "x:Q", [0, COUNTS + ZERO_WIDTH - 1], bins, TEXT("axes.value")),
        x2=x2,
        y=over(alt.Y, "share:Q", [0, 1], shares, type="sqrt"),
        y2=floor,
        tooltip=[told(TEXT, "bin:N"), told(TEXT, "values:Q", ","), told(TEXT, "share:Q", ".2%")],
    )
    zero, mine = f"datum.entry == {ZERO}", "datum.run == 0"
    bars = [
        rows(f"{mine} && !({zero})").mark_rect(opacity=0.8).encode(color=alt.value(look.hue)),
        quiet(rows(f"{mine} && {zero}").mark_rect(opacity=0.8)),
    ]
    if look.beside:
        outline = rows("datum.run == 1").mark_rect(filled=False, strokeWidth=1.25)
        bars.append(outline.encode(color=alt.value(look.beside.hue)))
    number = quiet(
        rows(f"{mine} && {zero}")
        .transform_calculate(words="'0: ' + format(100 * datum.share, '.0f') + ' %'", middle="(datum.x + datum.x2) / 2")
        .mark_text(align="center", baseline="bottom", dy=-3, fontSize=12 * look.scale, fontWeight=600),
        x="middle:Q",
        y="share:Q",
        text="words:N",
    )
    histogram = (
        _current(alt.LayerChart(layer=[alt.LayerChart(layer=bars, encoding=bar), number]), look)
        .transform_joinaggregate(all="sum(values)", groupby=["snapshot", "run"])
        .transform_calculate(
            x=shifted,
            x2=f"{shifted} + (datum.entry == {ZERO} ? {ZERO_WIDTH} : 1)",
            share="datum.values / datum.all",
            size=low,
            bin=(
                f"datum.entry == {ZERO} ? {quoted(TEXT('axes.zeros'))} : {number_at('datum.size')} + "
                f"(datum.entry == 0 || datum.entry == {COUNTS - 1} ? {beyond} : "
                f"{to} + ' ' + {number_at(f'datum.size * {10 ** (1 / BINS_PER_DECADE):.6f}')})"
            ),
        )
    )
    outside = [f"format(datum.{part}, ',')" for part in ("below", "above", "all")]
    between = [quoted(f" {words} ") for words in TEXT.list("axes.outside")]
    totals = quiet(
        _shown(look, mine)
        .transform_calculate(
            below="datum.entry == 0 ? datum.values : 0",
            above=f"datum.entry == {COUNTS - 1} ? datum.values : 0",
        )
        .transform_aggregate(below="sum(below)", above="sum(above)", all="sum(values)")
        .transform_calculate(words=" + ".join(chain.from_iterable(zip_longest(outside, between, fillvalue="''"))))
        .mark_text(align="left", baseline="top", dy=-16 * look.scale, fontSize=11 * look.scale),
        x=alt.value(0),
        y=alt.value(0),
        text="words:N",
    )
    return _scrubbed(alt.layer(histogram, totals), look, look.height(210), top=round(22 * look.scale))


@built_once
def band_spec(look: Look, title: str, names: tuple[str, ...]) -> Spec:
    """A band and its middle over training, for `band_table`. The early batches, where most happens, have more room.

    Args:
        names: three: of the lower edge, the middle and the upper edge.
    """
    x = batch_axis(look)
    y: dict[str, Any] = {"title": None, "axis": value_axis(look, format="~g", tickCount=4)}
    colour, dashes = _run_colour(look), _run_dash(look)
    band = rows().mark_area(opacity=0.22).encode(x=x, y=alt.Y("low:Q", **y), y2="high:Q", color=colour)
    middle = (
        rows()
        .mark_line(strokeWidth=1.75, point={"filled": True, "size": 14})
        .encode(x=x, y=alt.Y("middle:Q", **y), color=colour, strokeDash=dashes)
    )
    tooltip = [told(TEXT, "step:Q", "d")]
    tooltip += [
        alt.Tooltip(f"{field}:Q", title=name, format=".3~g")
        for field, name in zip(("high", "middle", "low"), reversed(names), strict=True)
    ]
    reader = quiet(
        rows().mark_rule(strokeWidth=7, opacity=0.001), x=x, y=alt.Y("low:Q", **y), y2="high:Q", tooltip=tooltip
    )
    now = quiet(_shown(look, "datum.run == 0").mark_rule(strokeWidth=1, opacity=0.8 if look.snapshots else 0), x=x)
    return _scrubbed(alt.layer(band, middle, now, reader), look, look.height(112), title)


@built_once
def depth_spec(look: Look, quantity: Quantity) -> Spec:
    """One number by layer, for `depth_table`: norms on a logarithmic axis, shares and cosines on a linear one."""
    chart, title = DEPTH_CHARTS[quantity], TEXT(f"depth.{quantity}")
    low, high = chart.reach if all(run.normalized for run in look.runs) else chart.reach_without
    numbers = alt.Axis(grid=False, values=_marked(look.layers), titleAnchor="start", titlePadding=2, **look.text())
    lowest = quantity == next(reversed(DEPTH_CHARTS))
    x = over(alt.X, "layer:Q", [0.5, look.layers + 0.5], numbers, TEXT("axes.layer") if lowest else None)
    kind = "log" if chart.logarithmic else "linear"
    y = over(alt.Y, "drawn:Q", [low, high], value_axis(look, **_ticks(chart, low, high)), type=kind, clamp=True)
    shape = alt.Shape("run:N", scale=_run_scale(["circle", "diamond"][: len(look.runs)]), legend=None)
    form = ".1%" if chart.percent else ".3~g"
    tooltip = [told(TEXT, "layer:Q"), alt.Tooltip("value:Q", title=title, format=form)]
    line = rows().mark_line(strokeWidth=1.25, opacity=0.7).encode(strokeDash=_run_dash(look))
    dots = rows().mark_point(filled=True, size=26, opacity=1).encode(shape=shape, tooltip=tooltip)
    both = alt.LayerChart(layer=[line, dots], encoding=alt.SharedEncoding(x=x, y=y, color=_run_colour(look)))
    both = both.transform_filter(f"datum.layer != {NOTHING}").transform_calculate(drawn=f"max(datum.value, {low:g})")
    nothing = _shown(look, f"datum.layer == {NOTHING}").mark_text(text=TEXT(chart.nothing), fontSize=12 * look.scale)
    layers = [_current(both, look), quiet(nothing, x=at("width / 2"), y=at("height / 2"))]
    return _scrubbed(alt.layer(*layers), look, look.height(120), title)


def _marked(layers: int) -> list[int]:
    """Which of so many layers have their number on an axis: the first, every fifth, and the last."""
    return [1, *range(5, layers - 2, 5), layers]


def _current(chart: Layer, look: Look) -> Layer:
    """The rows of the snapshot that is shown, in a chart or in some of its layers."""
    return at_snapshot(chart) if look.snapshots else chart


def _shown(look: Look, condition: str) -> Layer:
    """The rows of the snapshot that is shown that meet a condition of Vega."""
    return _current(rows(), look).transform_filter(condition)


def _run_colour(look: Look) -> Encoding:
    return alt.Color("run:N", scale=_run_scale([run.hue for run in look.runs]), legend=None)


def _run_dash(look: Look) -> Encoding:
    return alt.StrokeDash("run:N", scale=_run_scale([run.stroke for run in look.runs]), legend=None)


def _run_scale(values: Sequence[Any]) -> Encoding:
    return alt.Scale(domain=list(range(len(values))), range=list(values))


def _box(mark: Layer, look: Look, left: Encoding, right: str, **channels: Encoding) -> Layer:
    """A mark from one place in bins to another, and from `top` to `bottom` in rows."""
    return mark.encode(x=left, x2=right, y=_row_position("top:Q", look), y2="bottom:Q", **channels)


def _bin_position(field: str, look: Look) -> Encoding:
    return over(alt.X, field, [0, EDGE], bin_axis(look, 0))


def _row_position(field: str, look: Look) -> Encoding:
    axis = alt.Axis(
        values=list(range(1, look.layers + 1)),
        labelExpr=f"datum.value == {look.layers} ? {quoted(TEXT('axes.dense'))} : datum.value",
        labelBaseline="bottom",
        labelOverlap=False,
        grid=True,
        ticks=False,
        domain=False,
        **look.text(),
    )
    # Layer 1 on top. Vega would make a falling domain that ends below 0 one that starts and ends at 0.
    return over(alt.Y, field, [look.layers + 0.2, -0.6], axis, zero=False)


def _chosen(look: Look) -> Layer:
    """The row of the layer that is looked at."""
    row = rows(f"datum.entry == {CHOSEN}")
    row = row.transform_calculate(left="0", right=f"{EDGE}", top="datum.layer - 1", bottom="datum.layer")
    return _box(row.mark_rect(), look, _bin_position("left:Q", look), "right:Q", color=alt.value(QUIET))


def _zero_heading(look: Look) -> Layer:
    """What the strip of zeros is called, above it."""
    text = constants(HEADING).mark_text(
        align="left", baseline="bottom", fontSize=11 * look.scale, text=TEXT("axes.zeros"), fontWeight=600
    )
    return quiet(text, x=alt.XDatum(STRIP), y=_row_position("at:Q", look))


def _zero_strip(look: Look) -> list[Layer]:
    """The share of exact zeros in each layer, as bars of their own right of the bins, and in numbers for the run."""
    thick = 0.5 / len(look.runs)
    zeros = _shown(look, f"datum.entry == {ZERO}").transform_calculate(
        share=f"pow(datum.root / {ROOT_OF_ALL}, 2)",
        start=f"{STRIP}",
        end=f"{STRIP} + {STRIP_WIDTH} * pow(datum.root / {ROOT_OF_ALL}, 2)",
        top=f"datum.layer - 0.62 + datum.run * {thick:g}",
        bottom=f"datum.layer - 0.62 + (datum.run + 1) * {thick:g}",
    )
    tooltip = [told(TEXT, "layer:Q"), alt.Tooltip("share:Q", title=TEXT("axes.zeros"), format=".1%")]
    bars = []
    for place, run in enumerate(look.runs):
        bar = zeros.transform_filter(f"datum.run == {place}").mark_rect(opacity=0.85)
        bars.append(_box(bar, look, "start:Q", "end:Q", color=alt.value(run.hue), tooltip=tooltip))
    numbers = quiet(
        zeros.transform_filter("datum.run == 0")
        .transform_calculate(
            words=(
                "datum.share > 0 && datum.share < 0.005 ? '<1 %' : datum.share >= 0.995 && datum.share < 1 ? '>99 %' : "
                "format(100 * datum.share, '.0f') + ' %'"
            ),
            place=f"{STRIP + STRIP_WIDTH + 1}" if look.beside else "datum.end + 1",
            middle="datum.layer - 0.37",
        )
        .mark_text(align="left", baseline="middle", fontSize=11 * look.scale),
        x="place:Q",
        y=_row_position("middle:Q", look),
        text="words:N",
    )
    return [*bars, numbers]


def _ticks(chart: DepthChart, low: float, high: float) -> dict[str, Any]:
    """The marks of an axis: every second power of ten from the highest down, or none, half and all."""
    if not chart.logarithmic:
        words = {"labelExpr": PERCENT} if chart.percent else {"format": ".1f"}
        return {"values": [0, high / 2, high]} | words
    powers = range(round(math.log10(high)), round(math.log10(low)) - 1, -2)
    names = lookup({f"{power}": power_of_ten(power) for power in range(-9, 3)}, "'' + round(log(datum.value) / LN10)")
    return {"values": [10.0**power for power in powers], "labelExpr": names}


def _scrubbed(chart: Layer, look: Look, height: int, title: str = "", top: int = 2) -> Spec:
    """As `finished`, with the parameter that picks a snapshot where there are some to scrub through."""
    chart = chart.add_params(parameter(look.snapshots)) if look.snapshots else chart
    return finished(chart, look, height, title, top=top)
