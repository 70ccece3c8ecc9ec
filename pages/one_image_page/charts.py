"""The charts of the page: specifications that depend on the network, and not on what it answered.

Kinds of statistics look as they do on the Train page: moving a heavy line, recalibrated a line with diamonds, batch one
with circles, all in the placement's hue.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import altair as alt
import numpy as np
import pyarrow as pa

from bn_core.chart_tables.answers import SINGLE, SMALLEST, Measure, batch_size_table, variation_table
from bn_core.network.architecture import CLASSES
from bn_core.questions.answers import BatchSizeVaried, OneByOneScored
from bn_core.questions.questions import BATCH_SIZES
from pages.charts.palette import HUES, QUIET, dash
from pages.charts.training import CHANCE, LABEL_GAP, MARKS, spread

Spec = dict[str, Any]

LARGEST = 1e2
TICKS = (1, 1e-3, 1e-6, 1e-9)
"""Of the axis of variation: what 100 images can keep of their difference."""

LOGITS = (-20.0, 12.0)
"""Of an axis of logits; what lies outside is drawn at its edge."""

NAME_ROOM = 104
"""Pixels kept free at the right for the names of the lines."""

AT = "at"
"""The column that says where a line's name stands, in units of the axis; null in every row but the line's last."""

PERCENT = "format(100 * datum.value, 'd') + ' %'"

KEPT = ("title", "height", "width", "padding", "layer", "params")


@dataclass(frozen=True)
class Look:
    """What decides how the charts look.

    Attributes:
        placement, bias: of the run.
        classes: the ten names.
        scale: of the text, 1 for a desk and more for a room.
    """

    placement: str
    bias: bool
    classes: tuple[str, ...]
    scale: float = 1.0

    @property
    def normalized(self) -> bool:
        """Whether there are statistics to choose."""
        return self.placement != "none"

    @property
    def hue(self) -> str:
        """The theme's name of the placement's colour."""
        return HUES[self.placement]

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of statistics there are, the heaviest last."""
        return ("batch", "recalibrated", "moving") if self.normalized else ("moving",)


@functools.lru_cache(maxsize=64)
def variation_spec(look: Look, layers: int, counts: tuple[int, ...], heading: str, one_value: str) -> Spec:
    """How different images still are by layer, for `named_variation`.

    Args:
        layers: how many layers there are.
        counts: how many values of one image are behind a mean, by layer; empty without batch normalization.
        heading: what these counts are called.
        one_value: what is written where there is one.
    """
    x = alt.X(
        "layer:Q",
        title="layer",
        scale=_room(look, [0.5, layers + 0.5]),
        axis=alt.Axis(
            grid=False,
            values=list(range(1, layers + 1)),
            labelOverlap="greedy",
            titleAnchor="start",
            titlePadding=2,
            **_text(look),
        ),
    )
    y = alt.Y(
        "value:Q",
        title=None,
        scale=alt.Scale(type="log", domain=[SMALLEST, LARGEST], nice=False, clamp=True),
        axis=alt.Axis(
            grid=True,
            values=list(TICKS),
            labelExpr="({'0': '1', '-3': '10⁻³', '-6': '10⁻⁶', '-9': '10⁻⁹'})['' + round(log(datum.value) / LN10)]",
            domain=False,
            tickSize=0,
            **_text(look),
        ),
    )
    tooltip = [
        alt.Tooltip("layer:Q", title="layer"),
        alt.Tooltip("statistics:N", title="statistics"),
        alt.Tooltip("value:Q", title="variation", format=".2~e"),
    ]
    if look.normalized:
        tooltip.append(alt.Tooltip("own:Q", title="variance of one image", format=".2~g"))
    behind = [] if not counts else _counts(look, counts, heading, one_value)
    return _finished(alt.layer(*behind, _curves(look, x, y, tooltip), _names(look, "layer:Q")), look, 330)


@functools.lru_cache(maxsize=64)
def batch_size_spec(look: Look, title: str) -> Spec:
    """Accuracy by images in a batch, for `named_batch_sizes`."""
    x = alt.X(
        "size:Q",
        title="images in a batch",
        scale=_room(look, [0.85, 300], "log"),
        axis=alt.Axis(
            grid=False,
            values=list(BATCH_SIZES),
            labelOverlap=False,
            format="d",
            titleAnchor="start",
            titlePadding=2,
            **_text(look),
        ),
    )
    tooltip = [
        alt.Tooltip("size:Q", title="images in a batch"),
        alt.Tooltip("statistics:N", title="statistics"),
        alt.Tooltip("accuracy:Q", title="accuracy", format=".1%"),
    ]
    chance = (
        alt.Chart(alt.Data(values=[{}]))
        .mark_rule(opacity=0.45)
        .encode(x=alt.XDatum(0.85), x2=alt.X2Datum(300), y=alt.YDatum(CHANCE), color=alt.value(QUIET))
    )
    layers = [chance, _curves(look, x, _share(look, "accuracy:Q"), tooltip), _names(look, "size:Q")]
    return _finished(alt.layer(*layers), look, 250, title)


@functools.lru_cache(maxsize=64)
def single_class_spec(look: Look, title: str) -> Spec:
    """The share that is right of each class in different company, for `single_class_table`."""
    x, y = _class_axis(look), _share(look, "accuracy:Q")
    tooltip = [
        alt.Tooltip("statistics:N", title="statistics"),
        alt.Tooltip("right:Q", title="right"),
        alt.Tooltip("images:Q", title="of images"),
    ]

    def points(kind: str, **mark: Any) -> alt.Chart:
        return (
            _chart()
            .transform_filter(alt.datum.statistics == kind)
            .mark_point(opacity=1, **mark)
            .encode(x=x, y=y, color=alt.value(look.hue), tooltip=tooltip)
        )

    layers = [points("moving", shape="stroke", size=420, strokeWidth=3.25)]
    if look.normalized:
        fall = (
            _chart()
            .transform_filter(f"datum.statistics == '{SINGLE}' || datum.statistics == 'batch'")
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
    return _finished(alt.layer(*layers), look, 250, title)


@functools.lru_cache(maxsize=128)
def company_spec(look: Look, with_batch: bool, measure: Measure, title: str) -> Spec:
    """Ten scores of one image in every set of companions, for `company_table`."""
    x = _class_axis(look)
    if measure == "sigmoid":
        y = _share(look, "score:Q")
    else:
        y = alt.Y(
            "score:Q",
            title=None,
            scale=alt.Scale(domain=list(LOGITS), nice=False, clamp=True),
            axis=alt.Axis(grid=True, values=[-20, -10, 0, 10], domain=False, tickSize=0, **_text(look)),
        )
    tooltip = [
        alt.Tooltip("statistics:N", title="statistics"),
        alt.Tooltip("set:Q", title="set of companions, from 0"),
        alt.Tooltip("score:Q", title=measure, format=".3~f"),
    ]

    def points(kind: str, **mark: Any) -> alt.Chart:
        return (
            _chart()
            .transform_filter(alt.datum.statistics == kind)
            .mark_point(**mark)
            .encode(x=x, y=y, color=alt.value(look.hue), tooltip=tooltip)
        )

    layers = (
        [
            points("batch", shape="circle", size=46, filled=False, opacity=0.75, xOffset=-5),
            points("recalibrated", shape="diamond", size=90, filled=True, opacity=1, xOffset=7),
        ]
        if with_batch
        else [points("moving", shape="stroke", size=360, strokeWidth=3.25, opacity=1)]
    )
    return _finished(alt.layer(*layers), look, 230, title)


@functools.lru_cache(maxsize=64)
def bars_spec(look: Look) -> Spec:
    """Ten scores of one image as bars, for `scores_table`: the prediction stands out."""
    x, y = _class_axis(look), _share(look, "score:Q")
    bars = (
        _chart()
        .mark_bar(width={"band": 0.72})
        .encode(
            x=x,
            y=y,
            color=alt.value(look.hue),
            opacity=alt.condition("datum.best", alt.value(1), alt.value(0.4)),
            tooltip=[alt.Tooltip("score:Q", title="sigmoid", format=".4~f")],
        )
    )
    return _finished(alt.layer(bars), look, 120)


@functools.lru_cache(maxsize=64)
def named_variation(scored: OneByOneScored) -> pa.Table:
    """`variation_table` with the places of the lines' names."""
    table = variation_table(scored)
    decades = np.log10(LARGEST / SMALLEST)
    heights = np.log10(table["value"].to_numpy() / SMALLEST) / decades
    return _with_places(table, heights, lambda height: SMALLEST * 10 ** (height * decades))


@functools.lru_cache(maxsize=64)
def named_batch_sizes(varied: BatchSizeVaried) -> pa.Table:
    """`batch_size_table` with the places of the lines' names."""
    table = batch_size_table(varied)
    return _with_places(table, table["accuracy"].to_numpy(), lambda height: height, 0.08)


def _with_places(table: pa.Table, heights: np.ndarray, value_at: Any, gap: float = LABEL_GAP) -> pa.Table:
    """Names stand at the lines' ends, but no two of them over each other."""
    codes = table["statistics"].combine_chunks().indices.to_numpy()
    ends = np.flatnonzero(np.diff(codes, append=-1))
    places = np.full(len(heights), np.nan)
    places[ends] = [value_at(height) for height in spread([float(heights[end]) for end in ends], gap)]
    return table.append_column(AT, pa.array(places, pa.float32(), from_pandas=True))


def _curves(look: Look, x: alt.X, y: alt.Y, tooltip: list[alt.Tooltip]) -> alt.LayerChart:
    layers = []
    for kind in look.kinds:
        only = _chart().transform_filter(alt.datum.statistics == kind)
        width = 3.25 if kind == "moving" else 1.25
        line = {"strokeWidth": width, "strokeDash": list(dash(look.bias)), "strokeJoin": "round"}
        layers.append(only.mark_line(**line).encode(color=alt.value(look.hue)))
        points = {
            "batch": {"shape": "circle", "size": 34, "filled": False, "opacity": 1},
            "recalibrated": {"shape": "diamond", "size": 42, "filled": True, "opacity": 1},
            "moving": {"shape": "circle", "size": 60, "filled": True, "opacity": 0},
        }[kind]
        layers.append(only.mark_point(**points).encode(color=alt.value(look.hue), tooltip=tooltip))
    return alt.LayerChart(layer=layers, encoding=alt.SharedEncoding(x=x, y=y))


def _names(look: Look, x: str) -> alt.Chart:
    names = {kind: MARKS[kind] + kind for kind in look.kinds} if look.normalized else {"moving": "no BN"}
    table = ", ".join(f"'{kind}': '{name}'" for kind, name in names.items())
    return (
        _chart()
        .transform_filter(f"isValid(datum.{AT})")
        .transform_calculate(name=f"({{{table}}})[datum.statistics]")
        .mark_text(align="left", baseline="middle", dx=9, fontSize=12 * look.scale)
        .encode(x=x, y=f"{AT}:Q", text="name:N", color=alt.value(QUIET))
    )


def _counts(look: Look, counts: tuple[int, ...], heading: str, one_value: str) -> list[alt.Chart]:
    """A shade over the layers where there is one value behind a mean, and how many there are everywhere, on top."""
    groups, first = [], 1
    for count, members in groupby(counts):
        last = first + len(list(members)) - 1
        groups.append({"start": first - 0.5, "end": last + 0.5, "middle": (first + last) / 2, "count": count})
        first = last + 1
    alone = [group for group in groups if group["count"] == 1]
    shade = (
        alt.Chart(alt.Data(values=alone))
        .mark_rect(opacity=0.1)
        .encode(x="start:Q", x2="end:Q", y=alt.YDatum(SMALLEST), y2=alt.Y2Datum(LARGEST), color=alt.value(QUIET))
    )
    edges = (
        alt.Chart(alt.Data(values=groups[1:]))
        .mark_rule(strokeWidth=1, opacity=0.35, strokeDash=[2, 3])
        .encode(x="start:Q", y=alt.value(18 * look.scale), y2=alt.value("height"), color=alt.value(QUIET))
    )
    size = 11 * look.scale
    numbers = (
        alt.Chart(alt.Data(values=groups))
        .transform_calculate(words=f"datum.count == 1 ? '{one_value}' : '' + datum.count")
        .mark_text(baseline="top", fontSize=size, fontWeight=600)
        .encode(x="middle:Q", y=alt.value(18 * look.scale), text="words:N", color=alt.value(QUIET))
    )
    name = (
        alt.Chart(alt.Data(values=[{"start": 0.5}]))
        .mark_text(align="left", baseline="top", fontSize=size, text=heading)
        .encode(x="start:Q", y=alt.value(2), color=alt.value(QUIET))
    )
    return [shade, edges, numbers, name]


def _class_axis(look: Look) -> alt.X:
    names = ", ".join(f'"{name}"' for name in look.classes)
    digits = all(len(name) == 1 for name in look.classes)
    return alt.X(
        "class:O",
        title=None,
        scale=alt.Scale(type="band", domain=list(range(CLASSES)), paddingInner=0.1, paddingOuter=0.05),
        axis=alt.Axis(
            labelExpr=f"[{names}][datum.value]",
            labelAngle=0 if digits else -40,
            grid=False,
            ticks=False,
            labelOverlap=False,
            **_text(look),
        ),
    )


def _share(look: Look, field: str) -> alt.Y:
    return alt.Y(
        field,
        title=None,
        scale=alt.Scale(domain=[0, 1], nice=False),
        axis=alt.Axis(grid=True, values=[0, 0.5, 1], labelExpr=PERCENT, domain=False, tickSize=0, **_text(look)),
    )


def _room(look: Look, domain: list[float], kind: str = "linear") -> alt.Scale:
    free = round(NAME_ROOM * look.scale)
    return alt.Scale(type=kind, domain=domain, nice=False, range=[0, alt.ExprRef(f"max(width - {free}, width / 2)")])


def _text(look: Look) -> dict[str, Any]:
    size = 11.5 * look.scale
    return {"labelFontSize": size, "titleFontSize": size, "labelPadding": 6, "labelFlush": False}


def _chart() -> alt.Chart:
    return alt.Chart(alt.NamedData("run"))


def _finished(chart: alt.LayerChart, look: Look, height: int, title: str = "") -> Spec:
    """As Streamlit wants it: without data or theme."""
    chart = chart.properties(height=round(height * look.scale), width="container")
    if title:
        chart = chart.properties(
            title=alt.TitleParams(title, fontSize=14 * look.scale, fontWeight=600, anchor="start", offset=10)
        )
    spec = chart.to_dict()
    data = spec.get("datasets", {})
    pending = list(spec["layer"])
    while pending:
        layer = pending.pop()
        pending += layer.get("layer", [])
        name = layer.get("data", {}).get("name")
        if name == "run":
            layer.pop("data")
        elif name in data:
            layer["data"] = {"values": data[name]}
    spec["padding"] = {"left": 0, "top": 10 if title else 4, "right": 0, "bottom": 2}
    return {name: spec[name] for name in KEPT if name in spec}
