"""The charts of the page: specifications that depend on the network, and not on what it answered.

Kinds of statistics look as they do on the Train page: moving a heavy line, recalibrated a line with diamonds, batch one
with circles, all in the placement's hue.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Sequence
from itertools import groupby
from typing import Any, Literal

import altair as alt
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from bn_core.architecture import CLASSES
from bn_core.chart_tables.answers import SINGLE, SMALLEST, Measure, batch_size_table, variation_table
from bn_core.questions.answers import BatchSizeVaried, OneByOneScored
from bn_core.questions.questions import BATCH_SIZES
from pages.charts.kit import (
    PERCENT,
    Encoding,
    Layer,
    Look,
    Spec,
    built_once,
    constants,
    finished,
    lookup,
    quiet,
    quoted,
    rows,
    value_axis,
)
from pages.charts.training import CHANCE, LABEL_GAP, MARKS, spread
from pages.one_image_page.text import TEXT
from pages.words.prose import prose

LARGEST = 1e2
TICKS = (1, 1e-3, 1e-6, 1e-9)
POWERS = {"0": "1", "-3": "10⁻³", "-6": "10⁻⁶", "-9": "10⁻⁹"}
"""Of the axis of variation: what 100 images can keep of their difference."""

LOGITS = (-20.0, 12.0)
"""Of an axis of logits; what lies outside is drawn at its edge."""

NAME_ROOM = 104
"""Pixels kept free at the right for the names of the lines."""

NAMED = 244
"""Pixels of a chart's height, at the usual size of type, in which no two names at the lines' ends touch."""

Heights = NDArray[np.floating]

AT = "at"
"""The column that says where a line's name stands, in units of the axis; null in every row but the line's last."""


def kinds(look: Look) -> tuple[str, ...]:
    """The kinds of statistics that there are, the heaviest last."""
    return ("batch", "recalibrated", "moving") if look.normalized else ("moving",)


@built_once
def variation_spec(look: Look, counts: tuple[int, ...]) -> Spec:
    """How different images still are by layer, for `named_variation`.

    Args:
        counts: how many values of one image are behind a mean, by layer; empty without batch normalization.
    """
    numbers = list(range(1, look.layers + 1))
    x = _x_axis(look, "layer", _room(look, [0.5, look.layers + 0.5]), values=numbers, labelOverlap="greedy", format="d")
    y = alt.Y(
        "value:Q",
        title=None,
        scale=alt.Scale(type="log", domain=[SMALLEST, LARGEST], nice=False, clamp=True),
        axis=value_axis(look, values=list(TICKS), labelExpr=lookup(POWERS, "'' + round(log(datum.value) / LN10)")),
    )
    tooltip = [_told("layer:Q"), _told("statistics:N"), _told("value:Q", ".2~e")]
    if look.normalized:
        tooltip.append(_told("own:Q", ".2~g"))
    behind = _counts(look, counts) if counts else []
    layers = [*behind, _curves(look, x, y, tooltip), _names(look, "layer:Q")]
    return finished(alt.layer(*layers), look, max(look.height(330), round(NAMED * look.scale)), top=4)


@built_once
def batch_size_spec(look: Look) -> Spec:
    """Accuracy by images in a batch, for `named_batch_sizes`."""
    room = _room(look, [0.85, 300], "log")
    x = _x_axis(look, "size", room, values=list(BATCH_SIZES), labelOverlap=False, format="d")
    tooltip = [_told("size:Q"), _told("statistics:N"), _told("accuracy:Q", ".1%")]
    chance = constants().mark_rule(opacity=0.45)
    chance = quiet(chance, x=alt.XDatum(0.85), x2=alt.X2Datum(300), y=alt.YDatum(CHANCE))
    layers = [chance, _curves(look, x, _share(look, "accuracy:Q"), tooltip), _names(look, "size:Q")]
    return finished(alt.layer(*layers), look, round(250 * look.scale), TEXT("batch-size.title"))


@built_once
def single_class_spec(look: Look, classes: Sequence[str]) -> Spec:
    """The share that is right of each class in different company, for `single_class_table`."""
    x, y = _class_axis(look, classes), _share(look, "accuracy:Q")
    points = _points(look, x, y, [_told("statistics:N"), _told("right:Q"), _told("images:Q")])
    layers = [points("moving", shape="stroke", size=420, strokeWidth=3.25)]
    if look.normalized:
        fall = (
            rows(f"datum.statistics == '{SINGLE}' || datum.statistics == 'batch'")
            .transform_aggregate(low="min(accuracy)", high="max(accuracy)", groupby=["class"])
            .mark_rule(strokeWidth=1, opacity=0.6)
            .encode(x=x, y=_share(look, "low:Q"), y2="high:Q", color=alt.value(look.hue))
        )
        layers = [
            fall,
            *layers,
            points("recalibrated", shape="diamond", size=70, filled=True),
            points("batch", shape="circle", size=60, filled=False, strokeWidth=1.5),
            points(SINGLE, shape="cross", size=70, filled=True, angle=45),
        ]
    return finished(alt.layer(*layers), look, round(250 * look.scale), TEXT("single.title"))


@built_once
def company_spec(look: Look, classes: Sequence[str], measure: Measure, statistics: Literal["batch", "moving"]) -> Spec:
    """Ten scores of one image in every set of companions, for `company_table`: under the batch's own statistics, with
    the recalibrated ones beside them, or under moving ones."""
    x = _class_axis(look, classes)
    if measure == "sigmoid":
        y = _share(look, "score:Q")
    else:
        y = alt.Y(
            "score:Q",
            title=None,
            scale=alt.Scale(domain=list(LOGITS), nice=False, clamp=True),
            axis=value_axis(look, values=[-20, -10, 0, 10]),
        )
    score = alt.Tooltip("score:Q", title=TEXT(f"company.{measure}"), format=".3~f")
    points = _points(look, x, y, [_told("statistics:N"), _told("set:Q"), score])
    layers = (
        [
            points("batch", shape="circle", size=46, filled=False, opacity=0.75, xOffset=-5),
            points("recalibrated", shape="diamond", size=90, filled=True, xOffset=7),
        ]
        if statistics == "batch"
        else [points("moving", shape="stroke", size=360, strokeWidth=3.25)]
    )
    title = TEXT(f"company.{statistics if look.normalized else 'none'}-title")
    return finished(alt.layer(*layers), look, look.height(230), title)


@built_once
def bars_spec(look: Look, classes: Sequence[str]) -> Spec:
    """Ten scores of one image as bars, for `scores_table`: the prediction stands out."""
    bars = (
        rows()
        .mark_bar(width={"band": 0.72})
        .encode(
            x=_class_axis(look, classes),
            y=_share(look, "score:Q"),
            color=alt.value(look.hue),
            opacity=alt.condition("datum.best", alt.value(1), alt.value(0.4)),
            tooltip=[_told("score:Q", ".4~f")],
        )
    )
    return finished(alt.layer(bars), look, look.height(120), top=4)


@functools.lru_cache(maxsize=64)
def named_variation(scored: OneByOneScored) -> pa.Table:
    """`variation_table` with the places of the lines' names."""
    table = variation_table(scored)
    decades = np.log10(LARGEST / SMALLEST)
    heights = np.log10(table["value"].to_numpy() / SMALLEST) / decades
    return _with_places(table, heights, lambda height: float(SMALLEST * 10 ** (height * decades)))


@functools.lru_cache(maxsize=64)
def named_batch_sizes(varied: BatchSizeVaried) -> pa.Table:
    """`batch_size_table` with the places of the lines' names."""
    table = batch_size_table(varied)
    return _with_places(table, table["accuracy"].to_numpy(), lambda height: height, 0.08)


def _with_places(
    table: pa.Table, heights: Heights, value_at: Callable[[float], float], gap: float = LABEL_GAP
) -> pa.Table:
    """Names stand at the lines' ends, but no two of them over each other."""
    codes = table["statistics"].combine_chunks().indices.to_numpy()
    ends = np.flatnonzero(np.diff(codes, append=-1))
    places = np.full(len(heights), np.nan)
    places[ends] = [value_at(height) for height in spread([float(heights[end]) for end in ends], gap)]
    return table.append_column(AT, pa.array(places, pa.float32(), from_pandas=True))


def _told(field: str, form: str = "") -> alt.Tooltip:
    """What a pointer reads of a field."""
    title = TEXT(f"tooltips.{field.partition(':')[0]}")
    return alt.Tooltip(field, title=title, format=form) if form else alt.Tooltip(field, title=title)


def _points(look: Look, x: Encoding, y: Encoding, tooltip: list[alt.Tooltip]) -> Callable[..., Layer]:
    """What makes the points of a kind of statistics, given how its mark looks."""

    def points(kind: str, **mark: Any) -> Layer:
        shapes = rows(alt.datum.statistics == kind).mark_point(**{"opacity": 1} | mark)
        return shapes.encode(x=x, y=y, color=alt.value(look.hue), tooltip=tooltip)

    return points


def _curves(look: Look, x: Encoding, y: Encoding, tooltip: list[alt.Tooltip]) -> Layer:
    points: dict[str, dict[str, Any]] = {
        "batch": {"shape": "circle", "size": 34, "filled": False, "opacity": 1},
        "recalibrated": {"shape": "diamond", "size": 42, "filled": True, "opacity": 1},
        "moving": {"shape": "circle", "size": 60, "filled": True, "opacity": 0},
    }
    layers = []
    for kind in kinds(look):
        only, hue = rows(alt.datum.statistics == kind), alt.value(look.hue)
        width = 3.25 if kind == "moving" else 1.25
        line = only.mark_line(strokeWidth=width, strokeDash=look.stroke, strokeJoin="round")
        layers += [line.encode(color=hue), only.mark_point(**points[kind]).encode(color=hue, tooltip=tooltip)]
    return alt.LayerChart(layer=layers, encoding=alt.SharedEncoding(x=x, y=y))


def _names(look: Look, x: str) -> Layer:
    words = prose("charts")
    names = {kind: MARKS[kind] + words(f"names.{kind}") for kind in kinds(look)}
    named = rows(f"isValid(datum.{AT})").transform_calculate(
        name=lookup(names if look.normalized else {"moving": words("names.none")}, "datum.statistics")
    )
    text = named.mark_text(align="left", baseline="middle", dx=9, fontSize=12 * look.scale)
    return quiet(text, x=x, y=f"{AT}:Q", text="name:N")


def _counts(look: Look, counts: tuple[int, ...]) -> list[Layer]:
    """A shade over the layers where there is one value behind a mean, and how many there are everywhere, on top."""
    groups, first = [], 1
    for count, members in groupby(counts):
        last = first + len(list(members)) - 1
        groups.append({"start": first - 0.5, "end": last + 0.5, "middle": (first + last) / 2, "count": count})
        first = last + 1
    alone = [group for group in groups if group["count"] == 1]
    size, top = 11 * look.scale, alt.value(18 * look.scale)
    shade = constants(*alone).mark_rect(opacity=0.1)
    edges = constants(*groups[1:]).mark_rule(strokeWidth=1, opacity=0.35, strokeDash=[2, 3])
    numbers = constants(*groups).transform_calculate(
        words=f"datum.count == 1 ? {quoted(TEXT('depth.one-value'))} : '' + datum.count"
    )
    heading = constants({"start": 0.5}).mark_text(
        align="left", baseline="top", fontSize=size, text=TEXT("depth.counts")
    )
    return [
        quiet(shade, x="start:Q", x2="end:Q", y=alt.YDatum(SMALLEST), y2=alt.Y2Datum(LARGEST)),
        quiet(edges, x="start:Q", y=top, y2=alt.value("height")),
        quiet(numbers.mark_text(baseline="top", fontSize=size, fontWeight=600), x="middle:Q", y=top, text="words:N"),
        quiet(heading, x="start:Q", y=alt.value(2)),
    ]


def _x_axis(look: Look, name: str, scale: Encoding, **settings: Any) -> Encoding:
    """The axis of numbers that the curves stand on."""
    axis = alt.Axis(grid=False, titleAnchor="start", titlePadding=2, **settings, **look.text())
    return alt.X(f"{name}:Q", title=TEXT(f"tooltips.{name}"), scale=scale, axis=axis)


def _class_axis(look: Look, classes: Sequence[str]) -> Encoding:
    digits = all(len(name) == 1 for name in classes)
    return alt.X(
        "class:O",
        title=None,
        scale=alt.Scale(type="band", domain=list(range(CLASSES)), paddingInner=0.1, paddingOuter=0.05),
        axis=alt.Axis(
            labelExpr=f"{json.dumps(classes, ensure_ascii=False)}[datum.value]",
            labelAngle=0 if digits else -40,
            grid=False,
            ticks=False,
            labelOverlap=False,
            **look.text(),
        ),
    )


def _share(look: Look, field: str) -> Encoding:
    return alt.Y(
        field,
        title=None,
        scale=alt.Scale(domain=[0, 1], nice=False),
        axis=value_axis(look, values=[0, 0.5, 1], labelExpr=PERCENT),
    )


def _room(look: Look, domain: list[float], kind: Literal["linear", "log"] = "linear") -> Encoding:
    free = round(NAME_ROOM * look.scale)
    return alt.Scale(type=kind, domain=domain, nice=False, range=[0, alt.ExprRef(f"max(width - {free}, width / 2)")])
