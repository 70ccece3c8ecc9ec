"""How far a run's moving statistics are from the truth over its training, as small Arrow tables for charts.

Nothing here was stored: moving statistics of any decay follow from the recorded statistics of the batches
(`bn_core.batch_norm.population`). They are drawn at some steps only, closer together at the beginning, where most
happens: `drawn_steps`.

What the statistics of fixed weights truly are, only a recalibration tells. Where there is none, the plain average over
the `TRUTH_OVER` latest batches stands for the truth: the weights have moved a little while these were recorded.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from bn_core.architecture import Architecture
from bn_core.batch_norm import population
from bn_core.config import TrainingConfig
from bn_core.protocol import RECALIBRATION_BATCHES, is_scheduled
from bn_core.runs.inside import StatisticsHistory

Statistic = Literal["mean", "variance"]

Array = NDArray[np.floating]

TRUTH_OVER = RECALIBRATION_BATCHES
"""The plain average over so many of the latest batches stands for the truth: as many as a recalibration takes."""

COLUMNS = 60
"""How many columns the heat map has at most."""

POINTS = 120
"""At how many steps a curve is drawn at most, apart from those of the schedule of snapshots and the latest."""

MARK = -1
"""What stands for the beginning of a column in the row that says which layer and step are looked at."""

BAND = (0.1, 0.5, 0.9)
"""A summary over channels: the 10th percentile, the median, the 90th percentile."""


@dataclass(frozen=True, eq=False)
class Course:
    """A mean and a variance of every channel at some steps of a run.

    Attributes:
        steps: int64 (k,), ascending: updates done.
        means, variances: (k, channels), layer after layer.
    """

    steps: NDArray[np.int64]
    means: Array
    variances: Array


def drawn_steps(batches: int, recorded: int) -> NDArray[np.int64]:
    """At which steps, from 1 to `recorded`, the curves of a run of `batches` batches have a point.

    Their distance grows with the step, so that they stand evenly on an axis of square roots. Those of the snapshots are
    among them, and the latest. As a run goes on none but the latest goes away.
    """
    grid = np.rint(batches * (np.arange(1, POINTS + 1) / POINTS) ** 2).astype(np.int64)
    scheduled = [step for step in range(1, recorded + 1) if is_scheduled(step, batches)]
    steps = np.unique(np.concatenate([grid, np.array([*scheduled, recorded], np.int64)]))
    return steps[(steps >= 1) & (steps <= recorded)]


def column_ends(batches: int, recorded: int) -> NDArray[np.int64]:
    """Which of the `drawn_steps` end a column of the heat map: the latest of each of `COLUMNS` stretches that are even
    on an axis of square roots."""
    steps = drawn_steps(batches, recorded)
    stretches = np.floor(COLUMNS * np.sqrt((steps - 0.5) / batches)).astype(np.int64)
    return steps[np.flatnonzero(np.diff(stretches, append=-1))]


@functools.lru_cache(maxsize=8)
def batches_drawn(statistics: StatisticsHistory, config: TrainingConfig) -> Course:
    """The statistics of single batches, as recorded, at `drawn_steps`."""
    return _course(statistics, config, lambda values, start, steps: values[steps - 1])


@functools.lru_cache(maxsize=8)
def averages(statistics: StatisticsHistory, config: TrainingConfig) -> Course:
    """The plain average over the `TRUTH_OVER` latest batches, or as many as there are, at `drawn_steps`."""

    def average(values: Array, start: float, steps: NDArray[np.int64]) -> Array:
        count = np.minimum(steps, TRUTH_OVER)
        total = np.zeros((len(steps), *values.shape[1:]))
        for back in range(1, TRUTH_OVER + 1):
            there = back <= count
            total[there] += values[steps[there] - back]
        return total / count[:, np.newaxis]

    return _course(statistics, config, average)


@functools.lru_cache(maxsize=16)
def replayed(
    statistics: StatisticsHistory, config: TrainingConfig, momentum: float, *, without_start: bool = False
) -> Course:
    """The moving statistics that this momentum leaves, at `drawn_steps`; with the run's own, its own to the last bit.

    Args:
        without_start: population.debiased.
    """

    def moving(values: Array, start: float, steps: NDArray[np.int64]) -> Array:
        if not without_start:
            return population.moving_averages(values, momentum, start)[steps]
        exact = population.moving_averages(values.astype(np.float64), momentum, start)[steps]
        return population.debiased(exact, steps, momentum, start)

    course = _course(statistics, config, moving)
    # Rounding may leave less than nothing of a variance that is 0.
    return replace(course, variances=np.maximum(course.variances, 0))


def _course(
    statistics: StatisticsHistory,
    config: TrainingConfig,
    at: Callable[[Array, float, NDArray[np.int64]], Array],
) -> Course:
    """Return what becomes of recorded means and variances at `drawn_steps`; no steps before the first batch.

    Args:
        at: makes of the values of all batches, and of what a moving statistic starts from, the values at some steps.
    """
    steps = drawn_steps(config.batches, len(statistics.steps))
    if len(steps) == 0:
        none = np.empty((0, config.architecture.channels))
        return Course(steps, none, none)
    return Course(
        steps,
        at(statistics.means, population.MEAN_START, steps),
        at(statistics.variances, population.VARIANCE_START, steps),
    )


def drift(course: Course, truth: Course, statistic: Statistic) -> NDArray[np.float64]:
    """How far statistics are from the truth at the same steps, (k, channels): see `population.drift_of_mean` and
    `population.drift_of_variance`."""
    if statistic == "mean":
        return population.drift_of_mean(course.means, truth.means, truth.variances)
    return population.drift_of_variance(course.variances, truth.variances)


def over_channels(values: Array) -> NDArray[np.float64]:
    """10th percentile, median and 90th percentile over the channels, (k, channels) gives (k, 3).

    What is not finite is left out; where nothing is left, NaN.
    """
    finite = np.isfinite(values)
    ordered = np.sort(np.where(finite, values, np.nan).astype(np.float64), axis=1)
    count = finite.sum(axis=1, keepdims=True)
    place = np.array(BAND) * np.maximum(count - 1, 0)
    below = np.floor(place).astype(np.int64)
    above = np.minimum(below + 1, np.maximum(count - 1, 0))
    low, high = (np.take_along_axis(ordered, index, axis=1) for index in (below, above))
    return np.asarray(low + (high - low) * (place - below))


@functools.lru_cache(maxsize=16)
def _heat(course: Course, truth: Course, statistic: Statistic, config: TrainingConfig) -> pa.Table:
    architecture = config.architecture
    ends = column_ends(config.batches, int(course.steps[-1]) if len(course.steps) else 0)
    rows = np.searchsorted(course.steps, ends)
    drifts = drift(_part(course, rows), _part(truth, rows), statistic)
    medians = np.stack(
        [over_channels(drifts[:, architecture.channels_of(layer)])[:, 1] for layer in architecture.numbers]
    )
    layer, column = np.nonzero(np.isfinite(medians))
    since = np.concatenate([[0], ends[:-1]])
    return _heat_rows(layer + 1, since[column], ends[column], medians[layer, column])


def heat_table(
    course: Course,
    truth: Course,
    statistic: Statistic,
    config: TrainingConfig,
    mark: tuple[int, int | None],
) -> pa.Table:
    """The drift of every layer over training: layer (from 1), since, step, value (the median over its channels).

    A column goes from after step `since` to `step`, and holds the drift there. What is not finite has no row. One row
    more, whose `since` is `MARK`, says what is looked at: its layer and its step, which is -1 for none.

    Args:
        mark: the layer and the step that are looked at.
    """
    layer, step = mark
    looked_at = _heat_rows([layer], [MARK], [-1 if step is None else step], [0])
    return pa.concat_tables([_heat(course, truth, statistic, config), looked_at]).combine_chunks()


@dataclass(frozen=True, eq=False)
class Curves:
    """What the curves of a run are drawn from.

    Attributes:
        batch: of single batches.
        truth: what stands for the truth at every step: `averages`.
        own, chosen: moving statistics, with the run's own decay and with another.
        recalibrated: mean and variance of every channel, by step, where these weights were recalibrated.
        architecture: of the run, which says where the channels of a layer stand.
    """

    batch: Course
    truth: Course
    own: Course
    chosen: Course
    recalibrated: Mapping[int, tuple[Array, Array]]
    architecture: Architecture


def by_layer(curves: Curves, statistic: Statistic, step: int) -> NDArray[np.float64] | None:
    """The drift of the run's own moving statistics by layer at a step, float64 (layers,): the median over channels.

    It is measured against the recalibrated statistics where these weights were recalibrated, else against the average
    of the latest batches. None where nothing is drawn at this step.
    """
    row = np.flatnonzero(curves.own.steps == step)
    if len(row) == 0:
        return None
    drifts = drift(_part(curves.own, row), _truth_at(curves, row), statistic)
    architecture = curves.architecture
    return np.array([over_channels(drifts[:, architecture.channels_of(layer)])[0, 1] for layer in architecture.numbers])


@functools.lru_cache(maxsize=64)
def drift_at(statistics: StatisticsHistory, config: TrainingConfig, step: int) -> NDArray[np.float64] | None:
    """The run's own moving variance over the true one by layer after `step` updates, float64 (layers,): the median over
    channels. The truth is the average over the `TRUTH_OVER` latest batches. None where no such statistics are known.
    """
    if not 0 < step <= len(statistics.steps) or len(statistics.variances) < step:
        return None
    latest = slice(max(0, step - TRUTH_OVER), step)
    moving = population.moving_averages(statistics.variances[:step], config.moving_momentum, population.VARIANCE_START)
    truth = statistics.variances[latest].astype(np.float64).mean(axis=0, keepdims=True)
    drifts = population.drift_of_variance(moving[-1:], truth)
    architecture = config.architecture
    return np.array([over_channels(drifts[:, architecture.channels_of(layer)])[0, 1] for layer in architecture.numbers])


def statistic_table(curves: Curves, statistic: Statistic, layer: int, channel: int | None) -> pa.Table:
    """A statistic of a layer over training: step; batch, chosen, recalibrated; low, middle and high of truth and own.

    Of all channels the median, and as low and high the 10th and 90th percentile; of one channel its own value, and no
    low and high. What a logarithmic axis could not show is null, and so is what is not there.

    Args:
        channel: counted from 0; None for all.
    """
    steps = curves.batch.steps

    def values(course: Course) -> Array:
        return course.means if statistic == "mean" else course.variances

    channels = curves.architecture.channels_of(layer)
    points = np.full((len(steps), curves.architecture.layer_channels[layer - 1]), np.nan)
    for step, pair in curves.recalibrated.items():
        points[steps == step] = pair[0 if statistic == "mean" else 1][channels]
    columns: dict[str, NDArray[np.float64]] = {}
    for name, course in (("truth", curves.truth), ("own", curves.own)):
        columns |= _banded(name, _summary(values(course)[:, channels], channel))
    for name, course in (("batch", curves.batch), ("chosen", curves.chosen)):
        columns[name] = _summary(values(course)[:, channels], channel)[:, 1]
    columns["recalibrated"] = _summary(points, channel)[:, 1]
    return _curve_table(steps, columns, positive=statistic == "variance")


def drift_table(curves: Curves, statistic: Statistic, layer: int, channel: int | None) -> pa.Table:
    """The drift of a layer over training: step; recalibrated; low, middle and high of own and chosen.

    It is measured against the average of the latest batches; `recalibrated` is the drift of the run's own moving
    statistics against the recalibrated ones. See `statistic_table` for the rest.
    """
    steps, channels = curves.batch.steps, curves.architecture.channels_of(layer)
    columns: dict[str, NDArray[np.float64]] = {}
    for name, course in (("own", curves.own), ("chosen", curves.chosen)):
        drifts = drift(_of(course, channels), _of(curves.truth, channels), statistic)
        columns |= _banded(name, _summary(drifts, channel))
    points = np.full(len(steps), np.nan)
    for step in curves.recalibrated:
        row = np.flatnonzero(steps == step)
        if len(row):
            own, true = (_of(course, channels) for course in (_part(curves.own, row), _truth_at(curves, row)))
            points[row] = _summary(drift(own, true, statistic), channel)[:, 1]
    columns["recalibrated"] = points
    return _curve_table(steps, columns, positive=statistic == "variance")


def _part(course: Course, rows: NDArray[np.int64]) -> Course:
    return Course(course.steps[rows], course.means[rows], course.variances[rows])


def _truth_at(curves: Curves, row: NDArray[np.int64]) -> Course:
    """What is known of the truth at one step."""
    step = int(curves.own.steps[row[0]])
    if step not in curves.recalibrated:
        return _part(curves.truth, row)
    means, variances = curves.recalibrated[step]
    return Course(curves.own.steps[row], means[np.newaxis], variances[np.newaxis])


def _of(course: Course, channels: slice) -> Course:
    return Course(course.steps, course.means[:, channels], course.variances[:, channels])


def _summary(values: Array, channel: int | None) -> NDArray[np.float64]:
    """Low, middle and high of (k, channels) values: (k, 3); of one channel the middle alone, else NaN."""
    if channel is None:
        return over_channels(values)
    one = np.full((len(values), 3), np.nan)
    one[:, 1] = values[:, channel]
    return one


def _banded(name: str, summary: NDArray[np.float64]) -> dict[str, NDArray[np.float64]]:
    return {f"{name}_low": summary[:, 0], name: summary[:, 1], f"{name}_high": summary[:, 2]}


def _curve_table(steps: NDArray[np.int64], columns: dict[str, NDArray[np.float64]], *, positive: bool) -> pa.Table:
    arrays = {"step": pa.array(steps.astype(np.int16))}
    for name, values in columns.items():
        missing = ~np.isfinite(values) | ((values <= 0) if positive else False)
        arrays[name] = pa.array(np.where(missing, 0, values).astype(np.float32), mask=missing)
    return pa.table(arrays)


def _heat_rows(layer: object, since: object, step: object, value: object) -> pa.Table:
    types = {"layer": np.uint8, "since": np.int16, "step": np.int16, "value": np.float32}
    rows = zip(types.items(), (layer, since, step, value), strict=True)
    return pa.table({name: np.asarray(values).astype(kind) for (name, kind), values in rows})
