"""Probes of a run, and of another beside it, as small Arrow tables for charts.

A chart that scrubs through training gets every probed step in one table and shows the rows of one; a chart of a run
that is under way gets the latest one alone. So a row is a few bytes, and an entry that counts nothing has none.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from bn_core.network import bins
from bn_core.network.layers_probed import LayersProbed
from bn_core.runs.inside import ProbeHistory

Point = Literal["linear", "bn", "relu"]
"""Where a layer is looked at: see `LayersProbed`."""

Quantity = Literal["rms", "gradient", "dead", "cosine"]
"""What is told of each layer in one number: the root mean square at a point (so is cosine), the norm of the gradient of
its kernel, the share of its channels that are dead, the mean cosine between images."""

Band = Callable[[LayersProbed, int], NDArray[np.float32]]

Values = int | np.ndarray

ROOT_OF_ALL = 65535
"""How the histogram table writes the square root of a share of 1."""

MOST_PROBES = 255
"""The column `snapshot` counts the probed steps in one byte. The longest run has 26."""


@dataclass(frozen=True, eq=False)
class Lane:
    """One run at each of some steps.

    Attributes:
        placement: of its batch normalization.
        probes: one for each step; None where the run had none yet.
    """

    placement: str
    probes: tuple[LayersProbed | None, ...]


@dataclass(frozen=True, eq=False)
class ProbedSteps:
    """The steps at which a run was probed, and maybe another run at the same ones.

    Attributes:
        steps: updates done in the first lane's run, ascending.
        lanes: the run, and the one beside it where there is one: at its latest probe up to the same step.
    """

    steps: tuple[int, ...]
    lanes: tuple[Lane, ...]


@functools.lru_cache(maxsize=64)
def probed_steps(
    history: ProbeHistory, placement: str, beside: ProbeHistory | None, placement_beside: str, first: int = 0
) -> ProbedSteps:
    """Return the steps at which a run was probed, with another run beside it or None.

    Args:
        first: the number of the first step to take, counted from the last where it is negative: -1 for the latest.
    """
    probes = history.probes[first:][-MOST_PROBES:]
    lanes = [Lane(placement, probes)]
    if beside is not None:
        lanes.append(Lane(placement_beside, tuple(beside.at(probe.step) for probe in probes)))
    return ProbedSteps(tuple(probe.step for probe in probes), tuple(lanes))


def counts(probe: LayersProbed, point: Point, placement: str) -> NDArray[np.int32] | None:
    """The histograms of all layers at a point, int32 (layers, `bins.COUNTS`); None where there is no such point."""
    if point not in probe.points:
        return None
    if point != "relu":
        return np.asarray(probe.histograms[probe.points.index(point)])
    before_relu: Point = "bn" if placement == "before" else "linear"
    return bins.after_relu(probe.histograms[probe.points.index(before_relu)])


@functools.lru_cache(maxsize=64)
def histogram_table(probed: ProbedSteps, point: Point) -> pa.Table:
    """The histograms of all layers: snapshot, run (the lane), layer (from 1), entry (of `bins`), root.

    `root` is `ROOT_OF_ALL` times the square root of the share of the layer's values, and at least 1 where there is any
    value. Entries without values have no row, but for exact zeros, and for those beside an entry that has some: there
    an outline comes down to the base.
    """
    rows: list[tuple[Values, ...]] = []
    for run, snapshot, values in _histograms(probed, point):
        share = values / np.maximum(values.sum(axis=-1, keepdims=True), 1)
        root = np.round(ROOT_OF_ALL * np.sqrt(share)).astype(np.uint16)
        root[(values > 0) & (root == 0)] = 1
        there = values > 0
        there[:, 1:] |= values[:, :-1] > 0
        there[:, :-1] |= values[:, 1:] > 0
        there[:, bins.ZERO] = True
        layer, entry = np.nonzero(there)
        rows.append((snapshot, run, layer + 1, entry, root[there]))
    return _table(rows, "layer", "entry", root=np.uint16)


@functools.lru_cache(maxsize=128)
def layer_table(probed: ProbedSteps, point: Point, layer: int) -> pa.Table:
    """The histogram of one layer in full: snapshot, run, entry, values (how many, int32).

    Only entries that count something have a row.
    """
    rows: list[tuple[Values, ...]] = []
    for run, snapshot, values in _histograms(probed, point):
        (entry,) = np.nonzero(values[layer - 1])
        rows.append((snapshot, run, entry, values[layer - 1][entry]))
    return _table(rows, "entry", values=np.int32)


@functools.lru_cache(maxsize=256)
def depth_table(probed: ProbedSteps, point: Point, quantity: Quantity) -> pa.Table:
    """One number a layer: snapshot, run, layer (from 1), value (float32). What is not finite has no row."""
    rows: list[tuple[Values, ...]] = []
    for run, lane in enumerate(probed.lanes):
        for snapshot, probe in enumerate(lane.probes):
            values = None if probe is None else by_layer(probe, point, quantity)
            if values is not None:
                (layer,) = np.nonzero(np.isfinite(values))
                rows.append((snapshot, run, layer + 1, values[layer]))
    return _table(rows, "layer", value=np.float32)


def by_layer(probe: LayersProbed, point: Point, quantity: Quantity) -> NDArray[np.float32] | None:
    """One number a layer, float32 (layers,); None where there is none: no such point, no gradient before an update."""
    if quantity == "gradient":
        return probe.kernel_gradients
    if quantity == "dead":
        return probe.dead_channels
    if point not in probe.points:
        return None
    values = probe.rms if quantity == "rms" else probe.cosine
    return np.asarray(values[probe.points.index(point)])


@functools.lru_cache(maxsize=256)
def percentile_table(probed: ProbedSteps, point: Point, layer: int, channel: int) -> pa.Table:
    """The 15th, 50th and 85th percentile of a channel over training, as a band: see `band_table`.

    Args:
        channel: 0 to 2, which of the three channels that are probed in the layer.
    """

    def band(probe: LayersProbed, place: int) -> NDArray[np.float32]:
        return np.asarray(probe.percentiles[place, layer - 1, channel])

    return band_table(probed, point, band)


@functools.lru_cache(maxsize=256)
def spread_table(probed: ProbedSteps, point: Point, layer: int) -> pa.Table:
    """The mean of all values of a layer over training and one standard deviation to both sides: see `band_table`."""

    def band(probe: LayersProbed, place: int) -> NDArray[np.float32]:
        mean, rms = float(probe.mean[place, layer - 1]), float(probe.rms[place, layer - 1])
        deviation = standard_deviation(mean, rms)
        return np.array([mean - deviation, mean, mean + deviation], np.float32)

    return band_table(probed, point, band)


def standard_deviation(mean: float, rms: float) -> float:
    """The standard deviation of values with this mean and root mean square."""
    return float(np.sqrt(max(0.0, rms**2 - mean**2)))


def band_table(probed: ProbedSteps, point: Point, band: Band) -> pa.Table:
    """snapshot, run, step (int16), low, middle, high (float32): one row for each probe, at the probe's own step.

    What is not finite has no row.

    Args:
        band: of a probe and the number of the point in it: the three values, float32 (3,).
    """
    rows: list[tuple[Values, ...]] = []
    for run, lane in enumerate(probed.lanes):
        for snapshot, probe in enumerate(lane.probes):
            again = snapshot > 0 and probe is lane.probes[snapshot - 1]
            if probe is None or again or point not in probe.points:
                continue
            low, middle, high = band(probe, probe.points.index(point))
            if np.isfinite([low, middle, high]).all():
                rows.append((snapshot, run, probe.step, low, middle, high))
    return _table(rows, step=np.int16, low=np.float32, middle=np.float32, high=np.float32)


def _histograms(probed: ProbedSteps, point: Point) -> Iterator[tuple[int, int, NDArray[np.int32]]]:
    """Lane, number of the step and the histograms of all layers, wherever there are some."""
    for run, lane in enumerate(probed.lanes):
        for snapshot, probe in enumerate(lane.probes):
            values = None if probe is None else counts(probe, point, lane.placement)
            if values is not None:
                yield run, snapshot, values


def _table(rows: list[tuple[Values, ...]], *small: str, **others: type[np.generic]) -> pa.Table:
    """Return a table of rows that come in groups.

    Args:
        rows: the columns of each group, in order; a single value stands in all of the group's rows.
        small: the columns of one byte after snapshot and run.
        others: the types of the columns after them.
    """
    types: dict[str, type[np.generic]] = dict.fromkeys(("snapshot", "run", *small), np.uint8) | others
    groups = [np.broadcast_arrays(*map(np.atleast_1d, group)) for group in rows]
    return pa.table(
        {
            name: np.concatenate([np.empty(0, kind), *(group[place].astype(kind) for group in groups)])
            for place, (name, kind) in enumerate(types.items())
        }
    )
