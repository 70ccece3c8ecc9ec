"""The curves of a training: the charts that Train and Break it share."""

from __future__ import annotations

import functools
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
    Encoding,
    Layer,
    Look,
    Spec,
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
"""Of a plot, in pixels. Larger type needs a higher one, but a room's screen is no higher than a desk's: so the height
grows with the root of the scale."""

LABEL_ROOM = 148
LOSS_LABEL_ROOM = 52
"""Pixels kept free right of the last batch for what stands at the ends of the lines."""

LABEL_GAP = 0.062
"""The least distance between two such names, as a share of the accuracy axis: one line of text."""

CHANCE = 0.1
"""Accuracy of naming one of ten classes without looking."""

BLIND_LOSS = 0.325083
"""Mean sigmoid cross-entropy of giving every one of ten equally frequent classes its share of one tenth:
-(0.1 ln 0.1 + 0.9 ln 0.9)."""

MEAN_POINTS = 100
"""How many points the mean of the loss has at most: it is smooth, so fewer than the losses themselves."""

LOSS_RANGE = (0.005, 1.5)

MARKS = {"moving": "━ ", "recalibrated": "◆ ", "batch": "○ ", "training batch": ""}
"""What stands before a line's name: a piece of the line, since a name may have to make way for another."""

SHIFT = "shift"
"""The column that says by how many hundredths of the axis a line's name stands above the line's end; null in every row
but that end."""


@functools.lru_cache(maxsize=256)
def accuracy_spec(placement: str, bias: bool, batches: int, scale: float = 1.0) -> Spec:  # noqa: FBT001 - a value of the network, not a switch
    """Accuracy over the batches of one run, for `accuracy_points`. Callers must not change it.

    One hue for the placement, one dash for the bias; what the statistics are is told by weight, by the shape of the
    points and by the name at the end of the line.

    Args:
        scale: of the text, 1 for a desk and more for a room.
    """
    look = Look(placement, bias, batches, scale)
    label = f"datum.value == {CHANCE} ? {quoted(TEXT('axes.chance'))} : {PERCENT}"
    axis = alt.Axis(grid=True, values=[0, CHANCE, 0.25, 0.5, 0.75, 1], labelExpr=label, **_text(look))
    y = over(alt.Y, "accuracy:Q", [0, 1], axis)

    def curve(statistics: str, width: float, colour: str = look.hue, opacity: float = 1.0) -> Layer:
        line = _only(statistics).mark_line(
            strokeWidth=width, strokeDash=look.stroke, opacity=opacity, strokeJoin="round"
        )
        return line.encode(color=alt.value(colour))

    def points(statistics: str, **mark: Any) -> Layer:
        return _only(statistics).mark_point(opacity=1, **mark).encode(color=alt.value(look.hue))

    if look.normalized:
        titles = {name: TEXT(f"names.{name}") for name in ("moving", "recalibrated", "batch")}
        kinds = [
            curve("batch", 1.25),
            points("batch", shape="circle", size=26, filled=False),
            curve("recalibrated", 1.25),
            points("recalibrated", shape="diamond", size=34, filled=True),
            curve("moving", 3.25),
        ]
    else:
        titles = {"moving": TEXT("names.validation")}
        kinds = [curve("moving", 3.25)]
    names = {name: MARKS[name] + title for name, title in titles.items()}
    names["training batch"] = TEXT("names.training_batch")
    text = f"{lookup(names, 'datum.statistics')} + format(100 * datum.accuracy, ' .0f') + ' %'"
    return _finished(
        look,
        TEXT("training.accuracy"),
        CHANCE,
        _batch_axis(look, LABEL_ROOM),
        y,
        [curve("training batch", 1, QUIET, 0.55), *kinds],
        [_names("accuracy", text, look), _accuracy_reader(titles)],
    )


@functools.lru_cache(maxsize=256)
def loss_spec(placement: str, bias: bool, batches: int, scale: float = 1.0) -> Spec:  # noqa: FBT001 - a value of the network, not a switch
    """The loss of the batches of one run on a logarithmic axis, for `loss_points`. As `accuracy_spec`.

    The batches themselves are faint, since they scatter; the mean of the latest ten is the line to follow. What lies
    outside of the axis is drawn at its edge; the number at the end of the line is the true one.
    """
    look = Look(placement, bias, batches, scale)
    label = f"datum.value == {BLIND_LOSS} ? {quoted(TEXT('axes.blind'))} : format(datum.value, '~r')"
    axis = alt.Axis(grid=True, values=[0.01, 0.03, 0.1, BLIND_LOSS, 1], labelExpr=label, **_text(look))
    y = over(alt.Y, "loss:Q", LOSS_RANGE, axis, type="log", clamp=True)
    faint = _only("batch").mark_line(strokeWidth=1, opacity=0.35, strokeJoin="round")
    mean = _only("mean").mark_line(strokeWidth=2.25, strokeDash=look.stroke, strokeJoin="round")
    read = alt.Tooltip("loss:Q", title=TEXT("training.mean"), format=".4f")
    return _finished(
        look,
        TEXT("training.loss"),
        BLIND_LOSS,
        _batch_axis(look, LOSS_LABEL_ROOM),
        y,
        [line.encode(color=alt.value(look.hue)) for line in (faint, mean)],
        [_names("loss", "format(datum.loss, '.3f')", look), _reader(_only("mean"), [read])],
    )


# A history never changes and is shared by everybody who looks at the run: so are its tables.
@functools.lru_cache(maxsize=64)
def accuracy_points(history: RunHistory) -> pa.Table:
    """The four accuracy curves for `accuracy_spec`: step, statistics, accuracy (0 to 1), and `shift` in the last row of
    each, where its name stands. At most 200 rows a curve."""
    table = accuracy_table(history)
    names = table["statistics"].combine_chunks().cast(pa.dictionary(pa.int8(), pa.string()))
    accuracies = table["accuracy"].to_numpy()
    # Each curve's rows stand together.
    codes = names.indices.to_numpy()
    ends = np.flatnonzero(np.diff(codes, append=-1))
    heights = [float(accuracies[end]) for end in ends]
    shifts = [round(100 * (place - height)) for place, height in zip(spread(heights, LABEL_GAP), heights, strict=True)]
    return _points("accuracy", table["step"].to_numpy(), names, accuracies, dict(zip(ends, shifts, strict=True)))


@functools.lru_cache(maxsize=64)
def loss_points(history: RunHistory) -> pa.Table:
    """The loss of the batches and its mean over the latest ten for `loss_spec`: step, statistics ("batch" or "mean"),
    loss, and `shift` in the last row of the mean. At most 200 and 100 rows; what is not finite has no row."""
    batches = loss_table(history)
    means = trailing_means(history.losses, MEAN_OVER)
    kept = strided(len(means), MEAN_POINTS)
    kept = kept[np.isfinite(means[kept])]
    codes = np.repeat(np.array([0, 1], np.int8), [len(batches), len(kept)])
    names = pa.DictionaryArray.from_arrays(pa.array(codes), pa.array(["batch", "mean"]))
    steps = np.concatenate([batches["step"].to_numpy(), history.steps[kept]])
    losses = np.concatenate([batches["loss"].to_numpy(), means[kept]])
    return _points("loss", steps, names, losses, {len(losses) - 1: 0} if len(kept) else {})


def _points(
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
    return look.text(12, 8) | {"labelLimit": 120 * look.scale}


def _batch_axis(look: Look, room: int) -> Encoding:
    free = f"max(width - {round(room * look.scale)}, width / 3)"
    ticks: dict[str, Any] = {"format": "d", "tickMinStep": 1, "tickCount": 5}
    axis = alt.Axis(grid=False, titleAnchor="start", titlePadding=6, **ticks, **_text(look))
    return over(alt.X, "step:Q", [0, look.batches], axis, TEXT("axes.batches"), range=[0, alt.ExprRef(free)])


def _names(value: str, text: str, look: Look) -> Layer:
    named = rows(f"isValid(datum.{SHIFT})").transform_calculate(
        name=text, height=f"datum.{value} + datum.{SHIFT} / 100"
    )
    text = named.mark_text(align="left", baseline="middle", dx=8, fontSize=12.5 * look.scale)
    return quiet(text, x="step:Q", y="height:Q", text="name:N")


def _accuracy_reader(titles: dict[str, str]) -> Layer:
    """Reads the scores on the validation images, at the batches where there are any; not all kinds are everywhere."""
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
    look: Look, title: str, reference: float, x: Encoding, y: Encoding, curves: list[Layer], notes: list[Layer]
) -> Spec:
    """Curves over a reference line, and notes on them.

    What the curves share is written once, since the specification travels with every update.
    """
    line = quiet(
        constants().mark_rule(opacity=0.45),
        x=alt.XDatum(0),
        x2=alt.X2Datum(look.batches),
        y=alt.YDatum(reference),
    )
    shared = alt.LayerChart(layer=curves, encoding=alt.SharedEncoding(x=x, y=y))
    return finished(alt.layer(line, shared, *notes), look, HEIGHT / math.sqrt(look.scale), title, size=16, gap=14)
