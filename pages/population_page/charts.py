"""The charts of the page: specifications that depend on the run's configuration, not on what was measured in it.

All but the scores have an axis of batches on which the early ones have more room. What is chosen (a layer, a step, a
decay) stands in the tables, so that choosing draws nothing anew.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt

from bn_core.chart_tables.population import MARK, Statistic
from pages.charts.axes import batch_axis
from pages.charts.kit import (
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
    quiet,
    quoted,
    reader,
    rows,
    told,
    value_axis,
)
from pages.charts.palette import QUIET, SOLID
from pages.population_page.words import TEXT

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

SMALLEST = -1.0
"""From which logarithm to the base 10 down factors look the same."""

MEAN_FADES = {0.0: 0.0, 0.1: 0.2, 0.25: 0.45, 0.5: 0.72, 1.0: 1.0}

PICK = "pick"
"""The heat map's selection: the layer whose row was clicked."""

TURN = "turn"
"""When a cell was picked before, in milliseconds: what tells a pick from an earlier one of the same cell."""


@built_once
def heat_spec(look: Look, values: Sequence[int], statistic: Statistic) -> Spec:
    """The drift of every layer over training, for `heat_table`: a row a layer.

    Args:
        values: how many values are behind each mean, by layer.
    """
    x, dense = batch_axis(look, round(COUNT_ROOM * look.scale)), quoted(TEXT("axes.dense"))
    axis = alt.Axis(
        values=[layer - 0.5 for layer in range(1, look.layers + 1)],
        labelExpr=f"datum.value > {look.layers - 1} ? {dense} : datum.value + 0.5",
        labelOverlap=False,
        grid=False,
        ticks=False,
        domain=False,
        **look.text(),
    )
    y = over(alt.Y, "top:Q", [look.layers, 0], axis)
    cells = (
        rows()
        .transform_filter(f"datum.since != {MARK}")
        .transform_calculate(at="datum.step")
        .transform_calculate(
            step="datum.since",
            step_end="datum.at",
            top="datum.layer - 1",
            bottom="datum.layer",
            drawn="log(datum.value) / LN10" if statistic == "variance" else "datum.value",
            name=f"datum.layer == {look.layers} ? {dense} : {quoted(TEXT('axes.layer'))} + ' ' + datum.layer",
            **{TURN: f"isValid({PICK}) ? now() : 0"},
        )
    )
    # The release counts, not the click: an update between press and release draws the cells anew, and a browser clicks
    # only what it also pressed. A pick is sent only where it differs from the one before: so every pick gives each cell
    # another turn, here in the browser, for the next may come before the server has answered.
    picked = alt.selection_point(
        name=PICK, fields=["layer", "at", TURN], on="pointerup[event.button === 0]", clear=False, toggle=False
    )
    row = {"x": x, "x2": "step_end:Q", "y": y, "y2": "bottom:Q"}
    rects = cells.mark_rect(cursor="pointer").encode(
        **row,
        color=alt.Color("drawn:Q", scale=_heat_scale(statistic), legend=_heat_legend(look, statistic)),
        tooltip=[
            told(TEXT, "name:N"),
            alt.Tooltip("at:Q", title=TEXT("tooltips.step"), format=",d"),
            alt.Tooltip("value:Q", title=TEXT(f"drift.{statistic}_legend"), format=".3~g"),
        ],
    )
    rects = rects.add_params(picked)
    marked = rows(f"datum.since == {MARK}")
    whole = {"top": "datum.layer - 1", "bottom": "datum.layer", "step": "0", "step_end": f"{look.batches}"}
    outline = marked.transform_calculate(**whole).mark_rect(filled=False, strokeWidth=1.5)
    outline = outline.encode(**row, stroke=alt.value(QUIET))
    step = marked.transform_filter("datum.step >= 0").transform_calculate(top="0", bottom=f"{look.layers}")
    step = quiet(step.mark_rule(strokeWidth=1.5), x=x, y=y, y2="bottom:Q")
    counts = constants(*({"top": layer - 0.5, "words": f"{count:,}"} for layer, count in enumerate(values, 1)))
    numbers = quiet(
        counts.mark_text(align="right", baseline="middle", fontSize=11 * look.scale),
        x=at("width"),
        y=y,
        text="words:N",
    )
    heading = constants().mark_text(
        align="right", baseline="top", fontSize=11 * look.scale, text=TEXT("axes.values_behind")
    )
    heading = quiet(heading, x=at("width"), y=at(f"height + {22 * look.scale:g}"))
    return finished(alt.layer(rects, outline, step, numbers, heading), look, look.rows(look.layers, ROW, 85))


@built_once
def scores_spec(look: Look) -> Spec:
    """The same weights under each kind of statistics, for `score_table`: the run's own score is the strongest bar."""
    size = 12 * look.scale
    room = round(NAME_ROOM * look.scale)
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
    grid = value_axis(look, values=[0, 0.25, 0.5, 0.75, 1], labels=False, gridOpacity=0.5)
    x = over(alt.X, "accuracy:Q", [0, 1], grid, range=[0, alt.ExprRef("max(width - 60, width / 2)")])
    there = rows("isValid(datum.accuracy)")
    bars = there.mark_bar(height={"band": 0.62}).encode(
        x=x,
        y=y,
        color=alt.value(look.hue),
        opacity=alt.condition("datum.kind == 'moving'", alt.value(1), alt.value(0.5)),
        tooltip=[alt.Tooltip("name:N", title=TEXT("tooltips.kind")), told(TEXT, "accuracy:Q", ".1%")],
    )
    numbers = there.transform_calculate(words="format(100 * datum.accuracy, '.0f') + ' %'").mark_text(
        align="left", baseline="middle", dx=6, fontSize=1.1 * size, fontWeight=600
    )
    notes = rows("!isValid(datum.accuracy)").mark_text(align="left", baseline="middle", dx=4, fontSize=size)
    numbers, notes = quiet(numbers, x=x, y=y, text="words:N"), quiet(notes, x=at("0"), y=y, text="note:N")
    return finished(alt.layer(bars, numbers, notes), look, look.height(5 * BAR))


@built_once
def statistic_spec(look: Look, statistic: Statistic) -> Spec:
    """A statistic of a layer over training, for `statistic_table`."""
    x, y = batch_axis(look), _curve_axis(look, statistic)
    layers = [
        _band("truth", x, y, QUIET),
        _band("own", x, y, look.hue),
        _line("batch", x, y, QUIET, 0.75, opacity=0.6),
        _line("truth", x, y, QUIET, 2),
        *_moving(look, x, y),
        _curve_reader(x, TEXT.table("tooltips.statistic")),
    ]
    return finished(alt.layer(*layers), look, look.height(CURVE_HEIGHT), TEXT(f"controls.statistics.{statistic}"))


@built_once
def drift_spec(look: Look, statistic: Statistic) -> Spec:
    """The drift of a layer over training, for `drift_table`."""
    x, y = batch_axis(look), _curve_axis(look, statistic)
    level = constants().mark_rule(strokeWidth=1, opacity=0.6)
    layers = [
        quiet(level, y=alt.YDatum(1 if statistic == "variance" else 0)),
        _band("own", x, y, look.hue),
        *_moving(look, x, y),
        _curve_reader(x, TEXT.table("tooltips.drift")),
    ]
    return finished(alt.layer(*layers), look, look.height(CURVE_HEIGHT), TEXT(f"drift.{statistic}_title"))


def _moving(look: Look, x: Encoding, y: dict[str, Any]) -> list[Layer]:
    """Moving statistics: the run's own as a line, the chosen decay's with dots, recalibrated ones as diamonds."""
    dots = rows("isValid(datum.chosen)").mark_point(filled=True, size=9, opacity=0.9)
    diamonds = rows("isValid(datum.recalibrated)").mark_point(
        shape="diamond", filled=False, size=54, strokeWidth=1.75, opacity=1
    )
    return [
        _line("own", x, y, look.hue, 2.75, stroke=look.stroke),
        _line("chosen", x, y, look.hue, 1.25),
        dots.encode(x=x, y=alt.Y("chosen:Q", **y), color=alt.value(look.hue)),
        quiet(diamonds, x=x, y=alt.Y("recalibrated:Q", **y)),
    ]


def _heat_scale(statistic: Statistic) -> Encoding:
    fades = MEAN_FADES if statistic == "mean" else FADES
    stops = {size: f"rgba({TOO_LARGE}, {fade:g})" for size, fade in fades.items()}
    if statistic == "variance":
        below = {-size: f"rgba({TOO_SMALL}, {fade:g})" for size, fade in fades.items() if 0 < size <= -SMALLEST}
        # On either side of no drift stands a colour that cannot be seen.
        stops |= below | {-1e-6: f"rgba({TOO_SMALL}, 0)"}
    sizes = sorted(stops)
    return alt.Scale(type="linear", domain=sizes, range=[stops[size] for size in sizes], clamp=True)


def _heat_legend(look: Look, statistic: Statistic) -> Encoding:
    names = TEXT.table(f"drift.{statistic}_marks")
    return colour_legend(
        look,
        TEXT(f"drift.{statistic}_legend"),
        [float(size) for size in names],
        lookup(names, "'' + datum.value"),
        gradientLength=220,
        gradientThickness=9,
        gradientStrokeColor="gray",
        gradientStrokeWidth=0.5,
        titleLimit=320,
        offset=6,
    )


def _curve_axis(look: Look, statistic: Statistic) -> dict[str, Any]:
    scale = alt.Scale(type="log") if statistic == "variance" else alt.Scale(type="linear", zero=False)
    return {"title": None, "scale": scale, "axis": value_axis(look, format="~g", tickCount=4)}


def _band(name: str, x: Encoding, y: dict[str, Any], colour: str) -> Layer:
    band = rows(f"isValid(datum.{name}_low) && isValid(datum.{name}_high)").mark_area(opacity=0.16)
    return band.encode(x=x, y=alt.Y(f"{name}_low:Q", **y), y2=f"{name}_high:Q", color=alt.value(colour))


def _line(
    name: str,
    x: Encoding,
    y: dict[str, Any],
    colour: str,
    width: float,
    *,
    opacity: float = 1,
    stroke: Sequence[int] = SOLID,
) -> Layer:
    line = rows(f"isValid(datum.{name})").mark_line(
        strokeWidth=width, opacity=opacity, strokeDash=list(stroke), strokeJoin="round"
    )
    return line.encode(x=x, y=alt.Y(f"{name}:Q", **y), color=alt.value(colour))


def _curve_reader(x: Encoding, names: Mapping[str, str]) -> Layer:
    """Args: `names` are what a pointer reads of each column."""
    step = alt.Tooltip("step:Q", title=TEXT("tooltips.step"), format=",d")
    return reader(rows(), x, [step, *(alt.Tooltip(f"{at}:Q", title=said, format=".3~g") for at, said in names.items())])
