"""The part's charts: specifications that depend on the plan, never on what its runs came to."""

from __future__ import annotations

from typing import Any

import altair as alt

from bn_core.sweeps.measures import FEWER_IS_BETTER, Measure
from pages.charts.kit import (
    WHOLE,
    Encoding,
    Look,
    Spec,
    at,
    built_once,
    finished,
    over,
    quiet,
    quoted,
    rows,
    told,
    value_axis,
)
from pages.charts.palette import DASHED, HUES, QUIET, SOLID
from pages.sweeps_page.text import TEXT

ROW, TWO_LINES = 26, 36
"""Pixels of a row of the grid, and of the strip plot: with names on one line, and on two."""

NAME_LINE = 15
"""Pixels of a line of a name, at the usual size of type."""

AROUND = 50
"""Pixels above and below the rows: axes and their titles."""

NAMES = 150
"""Pixels for the names of the configurations at most."""

NARROW = 34
"""Below so many pixels a cell has a sign in place of a number."""

NOTE_ROOM = 104
"""Pixels kept free right of the strip plot for what stands at the ends of its rows."""

CURVE_HEIGHT = 330

LINE_ROOM = 150
"""Pixels kept free right of the curves for the lines' names."""

LOGARITHMIC = ("learning_rate", "batch_size", "epsilon", "batches")
"""The fields whose values are told by their ratio."""

JOINT = " · "
"""What stands between the words of a configuration's name: where its name breaks."""


@built_once
def grid_spec(arms: tuple[str, ...], seeds: tuple[int, ...], scale: float) -> Spec:
    """A cell for each run, for `grid_table`: what is trained of it is filled."""
    look = _look(scale)

    def across(field: str) -> Any:
        return over(alt.X, field, [0, len(seeds)], _seed_axis(look, seeds), TEXT("grid.seed"))

    y, read = _rows(look, arms), [told(TEXT, "arm:N"), told(TEXT, "seed:Q", "d"), told(TEXT, "said:N")]
    cells = rows().transform_calculate(
        bottom="datum.row + 1",
        right="datum.column + 1",
        done="datum.column + datum.share",
        middle="datum.column + 0.5",
        half="datum.row + 0.5",
        words=f"width / {len(seeds)} < {NARROW * scale:g} ? datum.sign : datum.label",
    )
    frame = cells.mark_rect(fillOpacity=0.05, strokeWidth=1, strokeOpacity=0.45).encode(
        x=across("column:Q"), x2="right:Q", y=y, y2="bottom:Q", fill=alt.value(QUIET), stroke=alt.value(QUIET)
    )
    done = cells.transform_filter("(datum.state == 'finished' || datum.state == 'training') && datum.share > 0")
    filled = done.mark_rect().encode(
        x=across("column:Q"),
        x2="done:Q",
        y=y,
        y2="bottom:Q",
        color=_placements(),
        opacity=alt.condition("datum.state == 'finished'", alt.value(0.17), alt.value(0.1)),
    )
    said = cells.mark_text(fontSize=11.5 * scale, baseline="middle")
    said = quiet(said, x=across("middle:Q"), y=_rows(look, arms, "half:Q"), text="words:N")
    whole = cells.mark_rect(opacity=0).encode(x=across("column:Q"), x2="right:Q", y=y, y2="bottom:Q", tooltip=read)
    return finished(alt.layer(frame, filled, said, whole), look, _height(look, arms))


@built_once
def strip_spec(arms: tuple[str, ...], measure: Measure, scale: float) -> Spec:
    """Every run a dot, for `strip_table`: with the median of each configuration and its interval."""
    look, form = _look(scale), _form(measure)
    room = round(NOTE_ROOM * scale)

    def across(field: str) -> Any:
        # Above, as the grid's: a tall chart is scrolled, and its axis is in sight to begin with.
        ends = [0, alt.ExprRef(f"max(width - {room}, width / 2)")]
        return _value(alt.X, field, look, measure, "top", range=ends, padding=8)

    placed = rows().transform_calculate(
        half="datum.row + 0.5",
        top="datum.row + 0.24",
        bottom="datum.row + 0.76",
        under="datum.row + 0.84",
        words=_written(measure),
    )
    half = _rows(look, arms, "half:Q")
    middle = placed.transform_filter("datum.kind == 'middle'")
    ends = [told(TEXT, "arm:N"), told(TEXT, "median:Q", form), told(TEXT, "low:Q", form), told(TEXT, "high:Q", form)]
    interval = middle.transform_calculate(median="datum.value").mark_rule(strokeWidth=4, opacity=0.4)
    interval = interval.encode(
        x=across("low:Q"), x2="high:Q", y=half, color=_placements(), strokeDash=_dashes(), tooltip=ends
    )
    median = middle.mark_rule(strokeWidth=2.5).encode(
        x=across("value:Q"), y=_rows(look, arms, "top:Q"), y2="bottom:Q", color=_placements()
    )
    dots = placed.transform_filter("datum.kind == 'run'")
    read = [told(TEXT, "arm:N"), told(TEXT, "seed:Q", "d"), told(TEXT, "value:Q", form)]
    marks = [
        dots.transform_filter(f"{'' if bias else '!'}datum.bias")
        .mark_point(filled=not bias, size=46, strokeWidth=1.5, opacity=0.75)
        .encode(x=across("value:Q"), y=half, color=_placements(), tooltip=read)
        for bias in (False, True)
    ]
    figures = middle.mark_text(align="right", baseline="middle", fontSize=12 * scale, fontWeight=600)
    notes = placed.transform_filter("datum.kind == 'note'")
    notes = notes.mark_text(align="right", baseline="middle", fontSize=10.5 * scale)
    at_end = [
        quiet(figures, x=at("width"), y=half, text="words:N"),
        quiet(notes, x=at("width"), y=_rows(look, arms, "under:Q"), text="note:N"),
    ]
    return finished(alt.layer(interval, *marks, median, *at_end), look, _height(look, arms))


@built_once
def curve_spec(field: str, measure: Measure, values: tuple[float, ...], label: str, scale: float) -> Spec:
    """Median and interval over a field, for `curve_table`. Args: `values` are the field's, `label` is its name."""
    look, form = _look(scale), _form(measure)
    kind: dict[str, Any] = {"type": "log"} if field in LOGARITHMIC and min(values) > 0 else {"type": "linear"}
    axis = alt.Axis(
        grid=False, values=list(values), format="~g", titleAnchor="start", titlePadding=6, **look.text(12, 8)
    )
    room = round(LINE_ROOM * scale)
    ends = {"range": [8, alt.ExprRef(f"max(width - {room}, width / 2)")]}
    x = over(alt.X, "x:Q", [min(values), max(values)], axis, label, **kind, **ends)

    def up(field: str) -> Any:
        return _value(alt.Y, field, look, measure, "left")

    detail = alt.Detail("series:N")
    read = [
        told(TEXT, "series:N"),
        alt.Tooltip("x:Q", title=label, format="~g"),
        *(told(TEXT, f"{each}:Q", form) for each in ("median", "low", "high")),
        told(TEXT, "runs:Q", "d"),
    ]
    band = rows().mark_area(opacity=0.16).encode(x=x, y=up("low:Q"), y2="high:Q", color=_placements(), detail=detail)
    line = rows().mark_line(strokeWidth=2.25)
    line = line.encode(x=x, y=up("median:Q"), color=_placements(), strokeDash=_dashes(), detail=detail)
    points = rows().mark_point(filled=True, size=44, opacity=1)
    points = points.encode(x=x, y=up("median:Q"), color=_placements(), tooltip=read)
    names = rows("isValid(datum.name)").mark_text(
        align="left", baseline="middle", dx=9, fontSize=12 * scale, fontWeight=600, limit=room
    )
    named = names.encode(x=x, y=up("name_at:Q"), text="name:N", color=_placements())
    return finished(alt.layer(band, line, points, named), look, look.height(CURVE_HEIGHT))


def _form(measure: Measure) -> str:
    """How a pointer reads a score."""
    return ",.0f" if measure in FEWER_IS_BETTER else ".2%"


def _look(scale: float) -> Look:
    """How the charts of a sweep look: of no single run."""
    return Look("before", False, 1, scale)


def _two(arms: tuple[str, ...]) -> bool:
    """Whether names of configurations take two lines."""
    return any(JOINT in arm for arm in arms)


def _height(look: Look, arms: tuple[str, ...]) -> int:
    """How high the grid and the strip plot are: their rows as high as the names need, also in larger type."""
    each, lines = (TWO_LINES, 2 * NAME_LINE) if _two(arms) else (ROW, NAME_LINE)
    count = max(1, len(arms))
    return round(max(count * each, count * lines * look.scale) + AROUND * look.scale)


def _rows(look: Look, arms: tuple[str, ...], field: str = "row:Q") -> Encoding:
    """The axis of the configurations, from the top down: their names, on two lines where they have several words."""
    names = f"[{', '.join(quoted(arm) for arm in arms)}][floor(datum.value)]"
    words = f"split({names}, {quoted(JOINT)})"
    first = f"length({words}) > 1 ? [{words}[0], join(slice({words}, 1), {quoted(JOINT)})] : {names}"
    axis = alt.Axis(
        values=[row + 0.5 for row in range(len(arms))],
        labelExpr=first,
        labelOverlap=False,
        labelLineHeight=13 * look.scale,
        labelBaseline="middle",
        labelOffset=-6.5 * look.scale if _two(arms) else 0,
        grid=False,
        ticks=False,
        domain=False,
        **(look.text(11.5, 8) | {"labelLimit": NAMES if look.scale == 1 else WHOLE}),
    )
    return over(alt.Y, field, [len(arms), 0], axis)


def _seed_axis(look: Look, seeds: tuple[int, ...]) -> Encoding:
    step = max(1, len(seeds) // 20)
    return alt.Axis(
        values=[column + 0.5 for column in range(0, len(seeds), step)],
        labelExpr=f"'' + [{', '.join(map(str, seeds))}][floor(datum.value)]",
        orient="top",
        grid=False,
        ticks=False,
        domain=False,
        titleAnchor="start",
        titlePadding=2,
        **look.text(11.5, 4),
    )


def _value(channel: Any, field: str, look: Look, measure: Measure, orient: str, **scale: Any) -> Any:
    """An axis of scores, over what was measured: no two sweeps need the same."""
    form = {"format": "~s"} if measure in FEWER_IS_BETTER else {"labelExpr": "format(100 * datum.value, '~r') + ' %'"}
    axis = value_axis(look, orient=orient, tickCount=5, gridOpacity=0.6, labelOverlap=True, **form)
    return channel(field, title=None, scale=alt.Scale(zero=False, nice=True, **scale), axis=axis)


def _written(measure: Measure) -> str:
    return "format(datum.value, ',.0f')" if measure in FEWER_IS_BETTER else "format(100 * datum.value, '.2f') + ' %'"


def _placements() -> Encoding:
    return alt.Color("placement:N", scale=alt.Scale(domain=list(HUES), range=list(HUES.values())), legend=None)


def _dashes() -> Encoding:
    scale = alt.Scale(domain=[False, True], range=[list(SOLID), list(DASHED)])
    return alt.StrokeDash("bias:N", scale=scale, legend=None)
