"""A run's history as small Arrow tables for live charts: explicit types, the same columns when empty, few points.

Curves only ever thin out: a point that was drawn keeps its place until it goes, and the only point that comes is the
newest. So a chart that is updated in place does not jitter.
"""

from __future__ import annotations

import functools
from typing import Literal

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from bn_core.runs.history import RunHistory

MAX_POINTS = 200
"""How many points a curve has at most."""

MEAN_OVER = 10
"""Over how many of the latest batches "training batch" accuracy is averaged: the score of 64 images has a standard
error of up to 6 percentage points, that of ten such batches of 2."""

REACHED = 0.9
"""The accuracy in training mode from which a network is said to have learned."""

STATISTICS = ("training batch", "batch", "recalibrated", "moving")
"""The values of `statistics` in the accuracy table. "training batch" is the training step's own accuracy, averaged over
the latest MEAN_OVER batches; the others score the fixed validation images."""

LOSS_SCHEMA = pa.schema([pa.field("step", pa.int32(), nullable=False), pa.field("loss", pa.float32(), nullable=False)])
ACCURACY_SCHEMA = pa.schema(
    [
        pa.field("step", pa.int32(), nullable=False),
        pa.field("statistics", pa.string(), nullable=False),
        pa.field("accuracy", pa.float32(), nullable=False),
    ]
)

Score = Literal["training", "moving", "recalibrated", "loss"]
"""What a curve of a chart of several runs is of: see `one_curve`."""

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]


def loss_table(history: RunHistory, most: int = MAX_POINTS) -> pa.Table:
    """The loss of the training batches: step, loss, in order. At most `most` rows.

    Where there are more batches, equal stretches of them each keep their lowest and their highest loss, so that no
    spike is lost. A loss that is not finite has no row.
    """
    finite = np.flatnonzero(np.isfinite(history.losses))
    losses = history.losses[finite]
    kept = finite[extremes(losses, most)]
    return pa.table([history.steps[kept].astype(np.int32), history.losses[kept].astype(np.float32)], LOSS_SCHEMA)


def accuracy_table(history: RunHistory, training_points: int = MAX_POINTS) -> pa.Table:
    """The four accuracy curves (0 to 1) in long form: step, statistics, accuracy; each curve in order.

    "batch" and "recalibrated" have no rows for a network without batch normalization. At most 200 rows a curve,
    `training_points` on the training batches; three-way evaluations are never left out.
    """
    means = trailing_means(history.accuracies, MEAN_OVER)
    kept = strided(len(means), training_points)
    scheduled = [event for event in history.evaluations if event.batch is not None or event.recalibrated is not None]
    between = [event for event in history.evaluations if event.batch is None and event.recalibrated is None]
    shown = [between[index] for index in strided(len(between), MAX_POINTS - len(scheduled))]
    curves = [
        list(zip(history.steps[kept], means[kept], strict=True)),
        [(event.step, event.batch.accuracy) for event in scheduled if event.batch is not None],
        [(event.step, event.recalibrated.accuracy) for event in scheduled if event.recalibrated is not None],
        sorted((event.step, event.moving.accuracy) for event in (*scheduled, *shown)),
    ]
    names = np.repeat(np.array(STATISTICS, dtype=object), list(map(len, curves)))
    points = np.array([point for curve in curves for point in curve], np.float64).reshape(-1, 2)
    steps, accuracies = points[:, 0].astype(np.int32), points[:, 1].astype(np.float32)
    return pa.table([steps, pa.array(names, pa.string()), accuracies], ACCURACY_SCHEMA)


@functools.lru_cache(maxsize=1024)
def reached(history: RunHistory) -> int | None:
    """Return after how many batches the accuracy in training mode, averaged over the latest `MEAN_OVER`, first was
    `REACHED` or more; None where it never was, or before so many batches."""
    return reached_at(history.steps, history.accuracies)


def reached_at(steps: Floats, accuracies: Floats) -> int | None:
    """Return `reached` of the steps of a run and the accuracy of each, (n,)."""
    means = trailing_means(accuracies, MEAN_OVER)
    there = np.flatnonzero(means[MEAN_OVER - 1 :] >= REACHED)
    return int(steps[MEAN_OVER - 1 + there[0]]) if len(there) else None


@functools.lru_cache(maxsize=256)
def one_curve(history: RunHistory, score: Score, most: int) -> tuple[Floats, Floats]:
    """One curve of a run for a chart of several runs: its steps and its values, float64 (n,), n at most about `most`.

    What is not finite is left out. Of a network without batch normalization every score of the validation images is
    its only one.

    Args:
        score: the accuracy in training mode or the loss, both averaged over the latest `MEAN_OVER` batches, or the
            accuracy on the validation images with the moving or the recalibrated statistics.
    """
    if score in ("training", "loss"):
        measured = history.accuracies if score == "training" else history.losses
        values, steps = trailing_means(measured, MEAN_OVER), history.steps
    else:
        plain = all(event.recalibrated is None for event in history.evaluations)
        scores = [
            (event.step, found.accuracy)
            for event in history.evaluations
            if (found := event.moving if plain or score == "moving" else event.recalibrated) is not None
        ]
        steps, values = np.array(scores, np.float64).reshape(-1, 2).T
    kept = strided(len(values), most)
    kept = kept[np.isfinite(values[kept])]
    return steps[kept], values[kept]


def trailing_means(values: Floats, count: int) -> Floats:
    """For each value the mean of it and up to `count - 1` values before it. (n,) gives (n,)."""
    sums = np.concatenate([[0.0], np.cumsum(values)])
    ends = np.arange(1, len(values) + 1)
    starts = np.maximum(0, ends - count)
    return np.asarray((sums[ends] - sums[starts]) / (ends - starts))


def strided(count: int, most: int) -> Indices:
    """At most `most` of the indices 0 .. count - 1, evenly, the first and the last among them.

    The stride is a power of two: when it doubles, half of the points go and the others stay.
    """
    stride = 1
    while -(-count // stride) + 1 > most:
        stride *= 2
    kept = np.arange(0, count, stride)
    return kept if count == 0 or kept[-1] == count - 1 else np.append(kept, count - 1)


def extremes(values: Floats, most: int = MAX_POINTS) -> Indices:
    """At most `most` indices of these finite values, in order: the first, the last, and each stretch's lowest and
    highest.

    Stretches have a power of two of values: when they double, the extremes of two become those of one.
    """
    count = len(values)
    if count <= most:
        return np.arange(count)
    width = 2
    while 2 * -(-count // width) + 2 > most:
        width *= 2
    full = count // width * width
    stretches = values[:full].reshape(-1, width)
    offsets = np.arange(0, full, width)
    kept = [np.array([0, count - 1]), offsets + stretches.argmin(axis=1), offsets + stretches.argmax(axis=1)]
    if full < count:
        kept.append(full + np.array([values[full:].argmin(), values[full:].argmax()]))
    return np.unique(np.concatenate(kept))
