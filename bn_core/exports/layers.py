"""What was recorded by layer, in long form: numbers of a layer or of one of its channels, and histograms."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, get_args

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from bn_core.chart_tables.layers import Point, counts
from bn_core.chart_tables.population import Curves, Statistic, averages, batches_drawn, by_layer, replayed
from bn_core.exports.columns import RUN, Column, Layout
from bn_core.exports.recording import Recording
from bn_core.network import bins
from bn_core.network.layers_probed import PERCENTILES, LayersProbed

AT_POINT = ("mean", "rms", "zeros", "cosine", "correlation")
"""The quantities of `LayersProbed` that a layer has at each point."""

OF_LAYER = (
    "dead_units",
    "dead_channels",
    "kernel_norms",
    "kernel_gradients",
    "bias_gradients",
    "gamma_gradients",
    "beta_gradients",
)
"""Those that a layer has once."""

OF_CHANNEL = ("gamma", "beta")
"""Those that each channel has."""

STATISTICS: tuple[Statistic, ...] = get_args(Statistic)

_STEP = Column("step", pa.int32(), "Updates done: what stands here speaks of the weights after them.")
_LAYER = Column("layer", pa.int16(), "1 to 19 are the convolutions, 20 is the dense layer.")
_POINT = (
    "linear, the output of the convolution or dense product; bn, that of batch normalization; relu, that of the ReLU"
)
_TEXT = pa.dictionary(pa.int16(), pa.string())

LAYOUT = Layout(
    (
        Column("run", _TEXT, RUN),
        _STEP,
        _LAYER,
        Column("point", _TEXT, f"Where in the layer: {_POINT}. Empty for what a layer or a channel has once."),
        Column("channel", pa.int32(), "Counted from 0 in its layer; empty for what speaks of the whole layer."),
        Column(
            "quantity",
            _TEXT,
            "Of the probe batch (the first 64 test images, in training mode): mean, rms, zeros (share of exact zeros), "
            "cosine and correlation (mean over pairs of images), percentile_15 .. of three channels, dead_units, "
            "dead_channels (shares that are 0 after ReLU for every image). Euclidean norms: kernel_norms, and of the "
            "gradients in the update that led here kernel_gradients, bias_gradients, gamma_gradients, beta_gradients. "
            "gamma, beta. Of this step's training batch: batch_mean, batch_variance. moving_mean, moving_variance. "
            "recalibrated_mean, recalibrated_variance: the plain average over 10 training batches with these weights, "
            "where somebody has asked for it. drift_of_mean (in standard deviations) and drift_of_variance (a ratio): "
            "median over the channels of how far the moving statistics are from the recalibrated ones; where there are "
            "none, from the plain average over the 10 latest batches.",
        ),
        Column("value", pa.float64(), "As it was recorded: float32, but for the drift."),
    )
)

HISTOGRAMS = Layout(
    (
        Column("run", _TEXT, RUN),
        _STEP,
        _LAYER,
        Column("point", _TEXT, f"Where in the layer: {_POINT}."),
        Column("low", pa.float64(), "Lower edge of the bin; an edge belongs to the bin that is farther from 0."),
        Column("high", pa.float64(), "Upper edge; equal to the lower one for exact zeros."),
        Column("values", pa.int64(), "How many values of the probe batch lie in it; bins without any have no row."),
    )
)


@dataclass
class _Rows:
    """Rows that come in groups."""

    layout: Layout
    groups: list[dict[str, Any]] = field(default_factory=list)
    counts: list[int] = field(default_factory=list)

    def add(self, count: int, **values: Any) -> None:
        self.groups.append(values)
        self.counts.append(count)

    def table(self) -> pa.Table:
        """Return them as one table, texts as places in a list of texts."""
        values = {each.name: self._column(each) for each in self.layout.columns}
        return self.layout.table(values, sum(self.counts))

    def _column(self, column: Column) -> pa.Array:
        each = [group.get(column.name) for group in self.groups]
        if pa.types.is_dictionary(column.type):
            names = sorted({text for text in each if text is not None})
            places = np.repeat([-1 if text is None else names.index(text) for text in each], self.counts)
            indices = pa.array(places.astype(np.int16), mask=places < 0)
            return pa.DictionaryArray.from_arrays(indices, pa.array(names, pa.string()))
        pairs = zip(each, self.counts, strict=True)
        whole = [np.broadcast_to(-1 if value is None else value, count) for value, count in pairs]
        joined = np.concatenate([np.empty(0, np.dtype(str(column.type))), *whole])
        return pa.array(joined, mask=np.repeat([value is None for value in each], self.counts) if each else None)


def layers(recording: Recording) -> pa.Table:
    """Return the numbers of a run by layer, probe after probe; what was not measured has no row."""
    rows = _Rows(LAYOUT)
    run, config = recording.run.id, recording.run.config
    numbers = np.array(config.architecture.numbers)
    channels = config.architecture.layer_channels
    layer_of, channel_of = np.repeat(numbers, channels), np.concatenate([np.arange(count) for count in channels])
    probed = np.array([config.architecture.probed_channels(int(layer)) for layer in numbers])
    known = courses(recording)
    for probe in recording.probes.probes:
        for point, name, values in _at_points(probe):
            rows.add(len(values), run=run, step=probe.step, layer=numbers, point=point, quantity=name, value=values)
        for place, point in enumerate(probe.points):
            for which, percentile in enumerate(PERCENTILES):
                rows.add(
                    probed.size,
                    run=run,
                    step=probe.step,
                    layer=np.repeat(numbers, probed.shape[1]),
                    point=point,
                    channel=probed.ravel(),
                    quantity=f"percentile_{percentile}",
                    value=probe.percentiles[place, :, :, which].ravel(),
                )
        for name in OF_LAYER:
            if (values := getattr(probe, name)) is not None:
                rows.add(len(values), run=run, step=probe.step, layer=numbers, quantity=name, value=values)
        by_channel = [(name, getattr(probe, name)) for name in OF_CHANNEL]
        for name, values in (*by_channel, *_statistics(known, probe.step), *_recalibrated(recording, probe.step)):
            if values is not None:
                rows.add(
                    len(values),
                    run=run,
                    step=probe.step,
                    layer=layer_of,
                    channel=channel_of,
                    quantity=name,
                    value=values,
                )
        for name, drifts in _drifts(known, probe.step):
            rows.add(len(drifts), run=run, step=probe.step, layer=numbers, quantity=name, value=drifts)
    return rows.table()


def histograms(recording: Recording) -> pa.Table:
    """Return the histograms of a run by layer and point, probe after probe."""
    rows, edges = _Rows(HISTOGRAMS), bins.edges()
    for probe in recording.probes.probes:
        for point, of_layers in histograms_of(probe, recording.run.config.placement):
            layer, entry = np.nonzero(of_layers)
            rows.add(
                len(layer),
                run=recording.run.id,
                step=probe.step,
                layer=layer + 1,
                point=point,
                low=edges[entry],
                high=edges[entry + 1],
                values=of_layers[layer, entry],
            )
    return rows.table()


def histograms_of(probe: LayersProbed, placement: str) -> Iterator[tuple[str, NDArray[np.int32]]]:
    """Yield each point that there is, and the histograms of all layers at it, (layers, `bins.COUNTS`)."""
    for point in get_args(Point):
        if (of_layers := counts(probe, point, placement)) is not None:
            yield point, of_layers


def _at_points(probe: LayersProbed) -> Iterator[tuple[str, str, NDArray[np.float32]]]:
    for place, point in enumerate(probe.points):
        for name in AT_POINT:
            yield point, name, getattr(probe, name)[place]


def courses(recording: Recording) -> Curves | None:
    """Return what the drift is worked out from; None where the moving statistics do not follow from the batches'."""
    config, statistics = recording.run.config, recording.statistics
    if statistics.means.shape[1] != config.architecture.channels or config.effect.scoring_updates:
        return None
    own = replayed(statistics, config, config.moving_momentum)
    truth = averages(statistics, config)
    batch = batches_drawn(statistics, config)
    return Curves(batch, truth, own, own, recording.recalibrated, config.architecture)


def _statistics(known: Curves | None, step: int) -> Iterator[tuple[str, NDArray[Any]]]:
    """Yield the statistics of the batch and the moving ones at a step, by channel."""
    if known is None:
        return
    for name, course in (("batch", known.batch), ("moving", known.own)):
        for row in np.flatnonzero(course.steps == step):
            yield f"{name}_mean", course.means[row]
            yield f"{name}_variance", course.variances[row]


def _recalibrated(recording: Recording, step: int) -> Iterator[tuple[str, NDArray[Any]]]:
    """Yield the recalibrated statistics of a step by channel; nothing where they are of other axes than channels."""
    for name, values in zip(STATISTICS, recording.recalibrated.get(step, ()), strict=False):
        if len(values) == recording.run.config.architecture.channels:
            yield f"recalibrated_{name}", values


def _drifts(known: Curves | None, step: int) -> Iterator[tuple[str, NDArray[np.float64]]]:
    if known is None:
        return
    for statistic in STATISTICS:
        if (drifts := by_layer(known, statistic, step)) is not None:
            yield f"drift_of_{statistic}", drifts
