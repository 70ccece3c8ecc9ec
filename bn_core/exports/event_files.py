"""Runs as TensorBoard reads them: scalars, histograms and the configuration, in one event file a run.

Messages are TensorBoard's own, which need no TensorFlow; its writer is not used, since it puts the host's name into the
file's and works its checksums out in Python, fifty times as slowly.
"""

from __future__ import annotations

import struct
from collections import defaultdict
from collections.abc import Iterable, Iterator

import google_crc32c
import numpy as np
from numpy.typing import NDArray
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import DATA_CLASS_SCALAR, DATA_CLASS_TENSOR, DataClass, Summary
from tensorboard.compat.proto.tensor_pb2 import TensorProto
from tensorboard.compat.proto.tensor_shape_pb2 import TensorShapeProto
from tensorboard.compat.proto.types_pb2 import DT_DOUBLE, DT_FLOAT, DT_STRING

from bn_core.chart_tables.layers import Quantity, by_layer
from bn_core.exports.curves import CHECKED, KINDS
from bn_core.exports.layers import histograms_of
from bn_core.exports.recording import Recording
from bn_core.exports.zipped import zipped
from bn_core.network import bins
from bn_core.network.layers_probed import LayersProbed
from bn_core.training.events import Score, Scored

FILE = "events.out.tfevents.{began}.batch-norm-lab"
"""What an event file is called; TensorBoard looks for the word before the second dot, and reads the first number."""

VERSION = "brain.Event:2"

OF_KERNELS: tuple[tuple[Quantity, str], ...] = (("gradient", "kernel_gradient"), ("dead", "dead_channels"))
"""What a layer has once, and what it is called."""

Tagged = tuple[str, TensorProto, str, "DataClass.ValueType"]
"""A tag, its value, the plugin that shows it, and the class of its data."""


def event_files_zip(recordings: Iterable[Recording]) -> bytes:
    """Return a zip of event files, one folder a run: a folder of folders is what TensorBoard is started on."""
    return zipped(
        (f"{each.folder}/{FILE.format(began=int(each.run.started or each.run.created))}", event_file(each))
        for each in recordings
    )


def event_file(recording: Recording) -> bytes:
    """Return a run as an event file: one event for each of its steps, at the time when that was recorded.

    Tags: `loss/..` and `accuracy/..` (`training_batch`, and on the validation images `moving`, `batch`,
    `recalibrated`), `notebook_loss/..` and `notebook_accuracy/..` (`training`, `validation`), `final/..`; of the layers
    `rms_linear/layer_01` and so on, as well `rms_bn`, `rms_relu`, `kernel_gradient`, `dead_channels`; their histograms
    `values_linear/layer_01` and so on; the text `configuration`. Scalars are float32, as TensorBoard shows them.
    """
    clock, tags = recording.clock(), set[str]()
    by_step = defaultdict[int, list[Tagged]](list)
    for step, tagged in _tagged(recording):
        by_step[step].append(tagged)
    records = [_record(Event(wall_time=clock(-1), file_version=VERSION))]
    for step in sorted(by_step):
        summary = Summary()
        for tag, tensor, plugin, kind in by_step[step]:
            value = summary.value.add(tag=tag, tensor=tensor)
            # TensorBoard keeps what the first value of a tag says of it.
            if tag not in tags:
                tags.add(tag)
                value.metadata.plugin_data.plugin_name = plugin
                value.metadata.data_class = kind
        records.append(_record(Event(wall_time=clock(step), step=step, summary=summary)))
    return b"".join(records)


def buckets(counts: NDArray[np.int32]) -> NDArray[np.float64]:
    """Return a histogram as TensorBoard has it, (k, 3): left edge, right edge, count.

    It goes from the first bin that has values to the last. What lies beyond the outermost edges counts as on them: how
    far beyond was not recorded.

    Args:
        counts: (`bins.COUNTS`,).
    """
    entries = np.flatnonzero(counts)
    if len(entries) == 0:
        return np.zeros((1, 3))
    edges = np.clip(bins.edges().astype(np.float64), bins.edges()[1], bins.edges()[-2])
    there = slice(entries[0], entries[-1] + 1)
    return np.stack([edges[:-1][there], edges[1:][there], counts[there]], axis=1)


def _record(event: Event) -> bytes:
    """Return an event in the frame of TensorFlow's record files: length, its checksum, the event, its checksum."""
    data = event.SerializeToString()
    length = struct.pack("<Q", len(data))
    return b"".join([length, _masked(length), data, _masked(data)])


def _masked(data: bytes) -> bytes:
    """CRC-32C, turned by 15 bits and shifted by a constant, as the format wants it."""
    crc = google_crc32c.value(data)
    return struct.pack("<I", ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF)


def _tagged(recording: Recording) -> Iterator[tuple[int, Tagged]]:
    """Yield every value with its step."""
    history, config = recording.history, recording.run.config
    yield 0, _configuration(config.to_json())
    for step, loss, accuracy in zip(history.steps, history.losses, history.accuracies, strict=True):
        yield int(step), _scalar("loss/training_batch", float(loss))
        yield int(step), _scalar("accuracy/training_batch", float(accuracy))
    for evaluated in history.evaluations:
        for kind in KINDS:
            for tagged in _scores("", kind, getattr(evaluated, kind)):
                yield evaluated.step, tagged
    for checked in history.checks:
        if checked.images in CHECKED:
            for tagged in _scores("notebook_", checked.images, checked.score):
                yield checked.step, tagged
    if history.scored is not None:
        for tagged in _final(history.scored):
            yield history.scored.step, tagged
    for probe in recording.probes.probes:
        for tagged in _probed(probe, config.placement):
            yield probe.step, tagged


def _scores(prefix: str, name: str, score: Score | None) -> Iterator[Tagged]:
    if score is not None:
        yield _scalar(f"{prefix}loss/{name}", score.loss)
        yield _scalar(f"{prefix}accuracy/{name}", score.accuracy)


def _final(scored: Scored) -> Iterator[Tagged]:
    yield _scalar("final/validation_accuracy", scored.validation.accuracy)
    yield _scalar("final/test_accuracy", scored.test.accuracy)
    yield _scalar("final/one_by_one_accuracy", scored.one_by_one)
    if scored.one_by_one_batch is not None:
        yield _scalar("final/one_by_one_accuracy_batch_statistics", scored.one_by_one_batch)


def _probed(probe: LayersProbed, placement: str) -> Iterator[Tagged]:
    for point, of_layers in histograms_of(probe, placement):
        for number, counts in enumerate(of_layers, 1):
            shape = _tensor(buckets(counts))
            yield f"values_{point}/layer_{number:02}", shape, "histograms", DATA_CLASS_TENSOR
        for number, rms in enumerate(probe.rms[probe.points.index(point)], 1):
            yield _scalar(f"rms_{point}/layer_{number:02}", float(rms))
    for quantity, name in OF_KERNELS:
        values = by_layer(probe, "relu", quantity)
        for number, value in enumerate(() if values is None else values, 1):
            yield _scalar(f"{name}/layer_{number:02}", float(value))


def _scalar(tag: str, value: float) -> Tagged:
    # TensorBoard passes scalars of 64 bits over without a word.
    tensor = TensorProto(dtype=DT_FLOAT, tensor_shape=TensorShapeProto(), float_val=[value])
    return tag, tensor, "scalars", DATA_CLASS_SCALAR


def _configuration(values: dict[str, object]) -> Tagged:
    """The configuration as a table in Markdown."""
    rows = [f"| {name} | {value} |" for name, value in values.items()]
    text = "\n".join(["| field | value |", "| --- | --- |", *rows])
    tensor = TensorProto(dtype=DT_STRING, tensor_shape=TensorShapeProto(), string_val=[text.encode()])
    return "configuration", tensor, "text", DATA_CLASS_TENSOR


def _tensor(values: NDArray[np.float64]) -> TensorProto:
    dimensions = [TensorShapeProto.Dim(size=size) for size in values.shape]
    shape = TensorShapeProto(dim=dimensions)
    return TensorProto(dtype=DT_DOUBLE, tensor_shape=shape, tensor_content=values.astype("<f8").tobytes())
