"""Event files as TensorBoard's own reader has them. It uses TensorFlow where that is installed; here it must not."""

from __future__ import annotations

import io
import subprocess
import sys
import types
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bn_core.exports.event_files import buckets, event_file, event_files_zip
from bn_core.exports.recording import recordings
from bn_core.network import bins
from bn_core.network.layers_probed import LayersProbed
from bn_core.runs.service import RunService
from bn_core.runs.store import Store
from bn_core.training.events import Evaluated, Step
from tests.exports import recorded

WITHOUT_TENSORFLOW = "tensorboard.compat.notf"
"""TensorBoard looks for this module to know that it is to do without."""


@pytest.fixture
def read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Reads the one event file of a folder."""
    monkeypatch.setitem(sys.modules, WITHOUT_TENSORFLOW, types.ModuleType(WITHOUT_TENSORFLOW))
    from tensorboard.backend.event_processing.event_accumulator import TENSORS, EventAccumulator

    def accumulated(content: bytes) -> EventAccumulator:
        folder = tmp_path / "events"
        folder.mkdir()
        (folder / "events.out.tfevents.1.batch-norm-lab").write_bytes(content)
        found = EventAccumulator(str(folder), {TENSORS: 0})
        found.Reload()
        return found

    return accumulated


def values(found: Any, tag: str) -> dict[int, np.ndarray]:
    """What a tag has, by step."""
    from tensorboard.util.tensor_util import make_ndarray

    return {event.step: make_ndarray(event.tensor_proto) for event in found.Tensors(tag)}


def test_scalars_are_those_of_the_store(store: Store, service: RunService, read: Any) -> None:
    run = recorded.run(store, batches=40)
    (recording,) = recordings(service, [run])
    found = read(event_file(recording))
    accuracies = values(found, "accuracy/training_batch")
    assert accuracies == {event.step: np.float32(event.accuracy) for event in recorded.stored(store, run, Step)}
    for statistics in ("moving", "batch", "recalibrated"):
        scores = {event.step: getattr(event, statistics) for event in recorded.stored(store, run, Evaluated)}
        expected = {step: np.float32(score.accuracy) for step, score in scores.items() if score is not None}
        assert values(found, f"accuracy/{statistics}") == expected
    for probe in recorded.stored(store, run, LayersProbed):
        assert values(found, "rms_bn/layer_07")[probe.step] == probe.rms[probe.points.index("bn"), 6]
        assert values(found, "kernel_gradient/layer_20")[probe.step] == probe.kernel_gradients[19]
    assert values(found, "final/one_by_one_accuracy")[40] == np.float32(0.96)
    text = values(found, "configuration")[0].item()
    assert "| placement | before |" in text.decode()


def test_each_kind_of_value_is_for_its_dashboard(store: Store, service: RunService, read: Any) -> None:
    (recording,) = recordings(service, [recorded.run(store)])
    found = read(event_file(recording))
    for plugin, tags in (
        ("scalars", {"loss/training_batch", "rms_linear/layer_01", "dead_channels/layer_20"}),
        ("histograms", {"values_linear/layer_01", "values_bn/layer_07", "values_relu/layer_20"}),
        ("text", {"configuration"}),
    ):
        assert tags <= found.PluginTagToContent(plugin).keys()


def test_histograms_count_what_the_store_counts(store: Store, service: RunService, read: Any) -> None:
    run = recorded.run(store)
    (recording,) = recordings(service, [run])
    shown = values(read(event_file(recording)), "values_linear/layer_03")
    probes = recorded.stored(store, run, LayersProbed)
    assert list(shown) == [probe.step for probe in probes]
    for probe in probes:
        counts = probe.histograms[probe.points.index("linear")][2]
        assert np.array_equal(shown[probe.step], buckets(counts))
        assert shown[probe.step][:, 2].sum() == counts.sum()


class TestBuckets:
    def test_they_lie_side_by_side_from_the_first_value_to_the_last(self) -> None:
        counts = np.zeros(bins.COUNTS, np.int32)
        counts[[bins.ZERO, bins.ZERO + 10, bins.ZERO + 12]] = 7, 3, 1
        found = buckets(counts)
        assert list(found[:, 2]) == [7, *[0] * 9, 3, 0, 1]
        assert np.array_equal(found[1:, 0], found[:-1, 1])
        assert list(found[0, :2]) == [0, 0]

    def test_what_lies_beyond_the_outermost_edges_stands_on_them(self) -> None:
        counts = np.ones(bins.COUNTS, np.int32)
        found = buckets(counts)
        assert np.isfinite(found).all()
        assert list(found[0]) == [-100, -100, 1]
        assert list(found[-1]) == [100, 100, 1]

    def test_nothing_is_an_empty_bucket(self) -> None:
        assert buckets(np.zeros(bins.COUNTS, np.int32)).tolist() == [[0, 0, 0]]


def test_the_clock_is_that_of_the_run(store: Store, service: RunService, read: Any) -> None:
    run = recorded.run(store, batches=10)
    (recording,) = recordings(service, [run])
    began = store.run(run).started
    times = {event.step: event.wall_time for event in read(event_file(recording)).Tensors("loss/training_batch")}
    # Batches take 20 ms, evaluations at 0, 5 and 10 take 40, the line of step 1 takes 5 and probes 50.
    assert times[1] == pytest.approx(began + (40 + 50 + 20 + 5 + 50) / 1000, abs=1e-6)
    assert times[4] - times[3] == pytest.approx(0.02, abs=1e-6)
    assert times[5] - times[4] == pytest.approx(0.02 + 0.04 + 0.05, abs=1e-6)


def test_a_flipped_byte_would_be_noticed(store: Store, service: RunService, read: Any) -> None:
    (recording,) = recordings(service, [recorded.run(store, batches=10)])
    content = bytearray(event_file(recording))
    content[len(content) // 2] ^= 1
    assert 0 < len(read(bytes(content)).Tensors("loss/training_batch")) < 10


def test_each_run_has_a_folder_and_no_file_names_a_host(store: Store, service: RunService) -> None:
    runs = [recorded.run(store, batches=1, seed=seed) for seed in (1, 2)]
    archive = zipfile.ZipFile(io.BytesIO(event_files_zip(recordings(service, runs))))
    began = [int(store.run(run).started) for run in runs]
    assert archive.namelist() == [
        f"before-seed-{seed}-{run}/events.out.tfevents.{when}.batch-norm-lab"
        for seed, run, when in zip((1, 2), runs, began, strict=True)
    ]


def test_writing_needs_no_tensorflow(store: Store, tmp_path: Path) -> None:
    run = recorded.run(store, batches=1)
    code = (
        "import sys\n"
        "from pathlib import Path\n"
        "from bn_core.exports.event_files import event_files_zip\n"
        "from bn_core.exports.recording import recordings\n"
        "from bn_core.runs.service import RunService\n"
        "from bn_core.runs.store import Store\n"
        "written = event_files_zip(recordings(RunService(Store.open(Path(sys.argv[1]))), [sys.argv[2]]))\n"
        "print(len(written) > 0, 'tensorflow' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path), run],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.stdout.split() == ["True", "False"], done.stderr
