"""The curves of a training: the charts that Train and Break it share."""

from __future__ import annotations

import functools
import json
import math
from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import altair as alt
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from bn_core.chart_tables.curves import MEAN_OVER, accuracy_table, loss_table, strided, trailing_means
from bn_core.runs.history import RunHistory
from pages.charts.kit import (
    PERCENT,
    WHOLE,
    Encoding,
    Layer,
    Look,
    Spec,
    built_once,
    constants,
    finished,
    lookup,
    over,
    quiet,
    quoted,
    reader,
    rows,
)
from pages.charts.palette import QUIET
from pages.words.prose import prose

TEXT = prose("charts")

HEIGHT = 350
"""Of a plot, in pixels at the usual size of type."""

LABEL_ROOM = 134
LOSS_LABEL_ROOM = 46
"""Pixels kept free right of the last batch for what stands at the ends of the lines."""

NARROW = 420
"""A plot of accuracy with fewer pixels than this has the names of its lines above it, two in a row, and its whole width
for the lines. So has each in larger type: at the lines' ends the names would stand on one another."""

NARROW_ROW = 19
"""Pixels between two rows of names above a narrow plot."""

LABEL_GAP = 0.062
"""The least distance between two such names, as a share of the accuracy axis: one line of text."""

MARKS_APART = 1 / 16
"""From which share of the run's batches on the points have marks: before it they would lie on top of each other."""

CHANCE = 0.1
"""Accuracy of naming one of ten classes without looking."""

BLIND_LOSS = 0.325083
"""Mean sigmoid cross-entropy of giving every one of ten equally frequent classes its share of one tenth:
-(0.1 ln 0.1 + 0.9 ln 0.9)."""

POINTS = 56
"""How many points these have at most: the losses, their mean, and the accuracy on the training batches, which is a mean
too and stands in the background. Of the losses each stretch keeps its lowest and its highest."""

LOSS_RANGE = (0.005, 1.5)

MARKS = {"moving": "━ ", "recalibrated": "◆ ", "batch": "○ ", "training batch": "┄ "}
"""What stands before a line's name: a piece of the line, since a name may have to make way for another."""

BESIDE = 0.75
"""The opacity of a grey line that stands beside: with less of it, it has no contrast of 3 to 1 on white."""

LINES: dict[str, tuple[float, float]] = {
    "training batch": (1, BESIDE),
    "batch": (2, 1),
    "recalibrated": (1.5, 0.35),
    "moving": (5, 1),
}
"""Width in pixels and opacity of each line of the accuracy: told apart without colour, and from the back of a room."""

SHIFT = "shift"
"""The column that says by how many hundredths of the axis a line's name stands above the line's end; null in every row
but that end."""


@built_once
def accuracy_spec(placement: str, bias: bool, batches: int, scale: float = 1.0) -> Spec:  # noqa: FBT001 - a value of the network, not a switch
    """Accuracy over the batches of one run, for `accuracy_points`. Callers must not change it.

    One hue for the placement, one dash for the bias. What the statistics are is told without colour: the moving ones by
    a thick line, those of the batch by a thin one with rings, recalibrated ones by diamonds, each by its name at the
    end. What lies between moving and batch statistics is shaded: it is what the same weights lose by the former.

    Args:
        scale: of the text, 1 for a desk and more for a room.
    """
    look = Look(placement, bias, batches, scale)
    axis = alt.Axis(grid=True, values=[0, 0.25, 0.5, 0.75, 1], labelExpr=PERCENT, **_text(look))
    y = over(alt.Y, "accuracy:Q", [0, 1], axis)
    titles = {"moving": TEXT("names.validation")}
    kinds = [_line(look, "training batch"), _line(look, "moving")]
    if look.normalized:
        titles = {name: TEXT(f"names.{name}") for name in ("moving", "recalibrated", "batch")}
        kinds = [
            _gap(look),
            *(_line(look, statistics) for statistics in LINES),
            _points(look, "batch", shape="circle", size=90, filled=False, strokeWidth=2),
            _points(look, "recalibrated", shape="diamond", size=60, filled=True),
        ]
    names = {name: MARKS[name] + title for name, title in titles.items()}
    names["training batch"] = MARKS["training batch"] + TEXT("names.training_batch")
    return _finished(
        look,
        TEXT("training.accuracy"),
        (CHANCE, TEXT("axes.chance"), "top"),
        linear_batch_axis(look, f"{_narrow(look)} ? width - 8 : width - {LABEL_ROOM}"),
        y,
        kinds,
        [_accuracy_names(look, names), _accuracy_reader(titles)],
    )


@built_once
def loss_spec(placement: str, bias: bool, batches: int, scale: float = 1.0) -> Spec:  # noqa: FBT001 - a value of the network, not a switch
    """The loss of the batches of one run on a logarithmic axis, for `loss_points`. As `accuracy_spec`.

    The batches themselves are thin and grey, since they scatter; the mean of the latest ten is the line to follow, with
    a point at its end: of a single batch there is no line. What lies outside of the axis is drawn at its edge; the
    number at the end of the line is the true one.
    """
    look = Look(placement, bias, batches, scale)
    axis = alt.Axis(grid=True, values=[0.01, 0.03, 0.1, 0.3, 1], format="~r", **_text(look))
    y = over(alt.Y, "loss:Q", LOSS_RANGE, axis, type="log", clamp=True)
    batches_alone = quiet(_only("batch").mark_line(strokeWidth=1, opacity=BESIDE))
    mean = _only("mean").mark_line(strokeWidth=3, **_dashed(look, 3))
    end = rows(f"isValid(datum.{SHIFT})").mark_point(filled=True, size=50, opacity=1)
    read = alt.Tooltip("loss:Q", title=TEXT("training.mean"), format=".4f")
    return _finished(
        look,
        TEXT("training.loss"),
        (BLIND_LOSS, TEXT("axes.blind"), "bottom"),
        linear_batch_axis(look, f"max(width - {round(LOSS_LABEL_ROOM * scale)}, width / 3)"),
        y,
        [batches_alone, *(mark.encode(color=alt.value(look.hue)) for mark in (mean, end))],
        [_latest_loss(look), _reader(_only("mean"), [read])],
    )


# A history never changes and is shared by everybody who looks at the run: so are its tables.
@functools.lru_cache(maxsize=64)
def accuracy_points(history: RunHistory) -> pa.Table:
    """The four accuracy curves for `accuracy_spec`: step, statistics, accuracy (0 to 1), and `shift` in the last row of
    each, where its name stands. At most 200 rows a curve."""
    table = accuracy_table(history, POINTS)
    names = table["statistics"].combine_chunks().cast(pa.dictionary(pa.int8(), pa.string()))
    accuracies = table["accuracy"].to_numpy()
    # Each curve's rows stand together.
    codes = names.indices.to_numpy()
    ends = np.flatnonzero(np.diff(codes, append=-1))
    heights = [float(accuracies[end]) for end in ends]
    shifts = [round(100 * (place - height)) for place, height in zip(spread(heights, LABEL_GAP), heights, strict=True)]
    return _table("accuracy", table["step"].to_numpy(), names, accuracies, dict(zip(ends, shifts, strict=True)))


@functools.lru_cache(maxsize=64)
def loss_points(history: RunHistory) -> pa.Table:
    """The loss of the batches and its mean over the latest ten for `loss_spec`: step, statistics ("batch" or "mean"),
    loss, and `shift` in the last row of the mean. At most `POINTS` rows each; what is not finite has no row."""
    batches = loss_table(history, POINTS)
    means = trailing_means(history.losses, MEAN_OVER)
    kept = strided(len(means), POINTS)
    kept = kept[np.isfinite(means[kept])]
    codes = np.repeat(np.array([0, 1], np.int8), [len(batches), len(kept)])
    names = pa.DictionaryArray.from_arrays(pa.array(codes), pa.array(["batch", "mean"]))
    steps = np.concatenate([batches["step"].to_numpy(), history.steps[kept]])
    losses = np.concatenate([batches["loss"].to_numpy(), means[kept]])
    return _table("loss", steps, names, losses, {len(losses) - 1: 0} if len(kept) else {})


def _table(
    value: str,
    steps: NDArray[Any],
    names: pa.DictionaryArray,
    values: NDArray[np.floating],
    shifts: Mapping[int, int],
) -> pa.Table:
    """A table in few bytes, since it travels with every update; `shifts` has those rows that get their line's name."""
    return pa.table(
        {
            "step": pa.array(steps.astype(np.int16)),
            "statistics": names,
            value: pa.array(values.astype(np.float32)),
            SHIFT: pa.array([shifts.get(row) for row in range(len(values))], pa.int8()),
        }
    )


def spread(heights: list[float], gap: float) -> list[float]:
    """Heights close to these, in the same order, no two nearer than `gap`, inside 0..1 where they all fit."""
    placed = list(heights)
    order = sorted(range(len(heights)), key=heights.__getitem__)
    for below, above in pairwise(order):
        placed[above] = max(placed[above], placed[below] + gap)
    top = 1.0
    for place in reversed(order):
        placed[place] = min(placed[place], top)
        top = placed[place] - gap
    return placed


def _only(statistics: str) -> Layer:
    return rows(alt.datum.statistics == statistics)


def _text(look: Look) -> dict[str, Any]:
    return look.text(12, 8)


def _dashed(look: Look, width: float) -> dict[str, Any]:
    """The dash that says whether there is a bias, longer for a thick line; nothing for a solid one, since it travels
    with every update."""
    longer = max(1, width / 2.5)
    return {"strokeDash": [longer * part for part in look.stroke]} if look.bias else {}


def linear_batch_axis(look: Look, end: str) -> Encoding:
    """The axis of batches, its last one at `end`: an expression of Vega in pixels."""
    ticks: dict[str, Any] = {"format": "d", "tickMinStep": 1, "tickCount": 5}
    axis = alt.Axis(grid=False, titleAnchor="start", titlePadding=6, **ticks, **_text(look))
    return over(alt.X, "step:Q", [0, look.batches], axis, TEXT("axes.batches"), range=[0, alt.ExprRef(end)])


def _line(look: Look, statistics: str) -> Layer:
    width, opacity = LINES[statistics]
    line = _only(statistics).mark_line(strokeWidth=width, opacity=opacity, **_dashed(look, width))
    return line.encode(color=alt.value(QUIET if statistics == "training batch" else look.hue))


def _narrow(look: Look) -> str:
    """Whether the names of a plot of accuracy stand above it, as an expression of Vega."""
    return f"width < {NARROW if look.scale == 1 else WHOLE}"


def names_height(look: Look) -> int:
    """Pixels that the names above a plot of accuracy take, where they always stand there."""
    return 0 if look.scale == 1 else 2 * round(NARROW_ROW * look.scale)


def _points(look: Look, statistics: str, **mark: Any) -> Layer:
    """Marks on the line of these statistics, where they keep apart."""
    first = math.ceil(look.batches * MARKS_APART)
    marked = rows(f"datum.statistics == '{statistics}' && (datum.step == 0 || datum.step >= {first})")
    return marked.mark_point(opacity=1, **mark).encode(color=alt.value(look.hue))


def _gap(look: Look) -> Layer:
    """What lies between the lines of moving and of batch statistics, as far as both were measured: there along the
    one, and back along the other."""
    there_and_back = (
        rows("datum.statistics == 'moving' || datum.statistics == 'batch'")
        .transform_calculate(known="datum.statistics == 'batch' ? datum.step : 0")
        .transform_joinaggregate(known="max(known)")
        .transform_filter("datum.step <= datum.known")
        .transform_calculate(way="datum.statistics == 'batch' ? datum.step : -datum.step")
    )
    area = there_and_back.mark_line(interpolate="linear-closed", filled=True, opacity=0.25)
    return area.encode(order=alt.Order("way:Q"), color=alt.value(look.hue))


def _accuracy_names(look: Look, names: Mapping[str, str]) -> Layer:
    """The name of each line and its latest score, one below the other at the step that the run has come to; a dotted
    piece leads there from a line that was measured before. Above a narrow plot two in a row."""
    narrow = _narrow(look)
    place = f"indexof({json.dumps(list(names))}, datum.statistics)"
    step = round(NARROW_ROW * look.scale)
    text = rows().mark_text(
        align="left",
        baseline="middle",
        fontSize=13 * look.scale,
        fontWeight=alt.ExprRef("datum.place ? 400 : 700"),
        x=alt.ExprRef(f"{narrow} ? datum.place % 2 * width / 2 : scale('x', datum.now) + 9"),
        y=alt.ExprRef(f"{narrow} ? floor(datum.place / 2) * {step} - {2 * step} : scale('y', datum.height)"),
    )
    leader = rows("datum.step < datum.now").mark_rule(strokeDash=[1, 3], opacity=alt.ExprRef(f"{narrow} ? 0 : 0.8"))
    both = alt.layer(
        quiet(leader, x="step:Q", y="accuracy:Q", x2="now", y2="height"),
        quiet(text, text="name:N"),
    )
    return (
        both.transform_filter(f"isValid(datum.{SHIFT})")
        .transform_joinaggregate(now="max(step)")
        .transform_calculate(
            height=f"datum.accuracy + datum.{SHIFT} / 100",
            name=f"{lookup(names, 'datum.statistics')} + format(100 * datum.accuracy, ' .0f') + ' %'",
            place=place,
        )
    )


def _latest_loss(look: Look) -> Layer:
    """The number at the end of the mean of the losses."""
    named = rows(f"isValid(datum.{SHIFT})").transform_calculate(name="format(datum.loss, '.3f')")
    text = named.mark_text(align="left", baseline="middle", dx=7, fontSize=13 * look.scale)
    return quiet(text, x="step:Q", y="loss:Q", text="name:N")


def _accuracy_reader(titles: dict[str, str]) -> Layer:
    """Read the scores on the validation images, at the batches where there are any; not all kinds are everywhere."""
    unmeasured = quoted(TEXT("training.unmeasured"))
    shown = {
        f"{name}_shown": f"isValid(datum.{name}) ? format(100 * datum.{name}, '.1f') + ' %' : {unmeasured}"
        for name in titles
    }
    scores = rows().transform_pivot("statistics", value="accuracy", groupby=["step"])
    scores = scores.transform_filter("isValid(datum.moving)").transform_calculate(**shown)
    return _reader(scores, [alt.Tooltip(f"{name}_shown:N", title=title) for name, title in titles.items()])


def _reader(chart: Layer, tooltips: list[alt.Tooltip]) -> Layer:
    return reader(chart, "step:Q", [alt.Tooltip("step:Q", title=TEXT("tooltips.batches"), format="d"), *tooltips])


def _finished(
    look: Look,
    title: str,
    reference: tuple[float, str, str],
    x: Encoding,
    y: Encoding,
    curves: list[Layer],
    notes: list[Layer],
) -> Spec:
    """Curves over a reference line, and notes on them.

    What the curves share is written once, since the specification travels with every update.

    Args:
        reference: its height, what it is called, and on which side of its name it is.
    """
    height, name, side = reference
    line = quiet(
        constants().mark_rule(opacity=0.45),
        x=alt.XDatum(0),
        x2=alt.X2Datum(look.batches),
        y=alt.YDatum(height),
    )
    # At the side where the curves seldom are: below chance, above a loss that says nothing of the image.
    # In larger type it stands beside the number of the last batch, not on it.
    aside = 0 if look.scale == 1 else -14 * look.scale
    text = constants().mark_text(align="right", baseline=side, dx=aside, dy=14 if side == "top" else -9, text=name)
    called = quiet(text, x=alt.XDatum(look.batches), y=alt.YDatum(height), size=alt.value(11.5 * look.scale))
    shared = alt.LayerChart(layer=curves, encoding=alt.SharedEncoding(x=x, y=y))
    chart = alt.layer(line, shared, called, *notes)
    return finished(chart, look, look.height(HEIGHT) + names_height(look), title, size=16, gap=14)
