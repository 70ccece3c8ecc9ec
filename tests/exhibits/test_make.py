"""Making a recording: what is kept is what training said, and what was asked of its weights."""

from __future__ import annotations

import dataclasses
import shutil
import zipfile
from pathlib import Path

import numpy as np
import pytest

from bn_core.runtime import start_tensorflow

start_tensorflow()

from bn_core.config import TrainingConfig  # noqa: E402
from bn_core.data.dataset import Dataset  # noqa: E402
from bn_core.data.files import load  # noqa: E402
from bn_core.data.order import pixels  # noqa: E402
from bn_core.exhibits import Library, catalogue, library  # noqa: E402
from bn_core.exhibits.catalogue import Exhibit  # noqa: E402
from bn_core.exhibits.recording import complete as complete_module  # noqa: E402
from bn_core.exhibits.recording import make as module  # noqa: E402
from bn_core.exhibits.recording.complete import complete  # noqa: E402
from bn_core.exhibits.recording.make import make, predictions  # noqa: E402
from bn_core.exhibits.recording.processor import processor  # noqa: E402
from bn_core.exhibits.recording.publish import publish  # noqa: E402
from bn_core.exhibits.recording.recording import Recording  # noqa: E402
from bn_core.network.compiled import CompiledNetwork, prepare  # noqa: E402
from bn_core.questions import answers  # noqa: E402
from bn_core.questions.answers import DecayApplied, Recalibrated  # noqa: E402
from bn_core.questions.decay import statistics_after  # noqa: E402
from bn_core.questions.examiner import Examiner, loaded  # noqa: E402
from bn_core.questions.questions import ApplyDecay, Recalibrate  # noqa: E402
from bn_core.runs.records import canonical_question  # noqa: E402
from bn_core.training.events import RunStarted, SnapshotTaken, Step, unpack  # noqa: E402
from bn_core.training.loop import train, training_batch, versions  # noqa: E402
from tests.exhibits.recorded_events import answered_questions  # noqa: E402

CONFIG = TrainingConfig(dataset="mnist-5k", batches=3)
FULL = Exhibit("before", "race", "A tiny run", CONFIG, full=True, snapshot_steps=(1, 3), captured=True)


@pytest.fixture(scope="module")
def digits() -> Dataset:
    dataset = load("mnist-5k")
    return dataclasses.replace(dataset, test_images=dataset.test_images[:120], test_labels=dataset.test_labels[:120])


@pytest.fixture(scope="module")
def compiled() -> CompiledNetwork:
    return prepare(CONFIG)


@pytest.fixture(scope="module")
def made(digits: Dataset, compiled: CompiledNetwork) -> tuple[Recording, list[int]]:
    """A full recording of three updates, with two questions at each of its two steps, and what it said meanwhile."""

    def asked(config: TrainingConfig, step: int) -> list[Recalibrate | ApplyDecay]:
        return [Recalibrate(step), ApplyDecay(step, config.momentum)]

    said: list[int] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "prepare", lambda config: compiled)
        patch.setattr(catalogue, "recorded_questions", asked)
        return make(FULL, digits, said.append), said


@pytest.fixture(scope="module")
def folder(made: tuple[Recording, list[int]], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where that recording is published."""
    work = tmp_path_factory.mktemp("made")
    made[0].save(work / "one.zip")
    publish([work / "one.zip"], work / "data", [FULL])
    return work / "data"


@pytest.fixture(scope="module")
def shelf(folder: Path) -> Library:
    """That recording as the app reads it."""
    return Library(folder)


def test_every_event_is_kept_but_the_large_ones(
    made: tuple[Recording, list[int]], digits: Dataset, compiled: CompiledNetwork
) -> None:
    recording, said = made
    kept = [unpack(packed) for packed in recording.events]
    trained = list(train(CONFIG, digits, compiled=compiled))
    assert [type(event).__name__ for event in kept] == [
        type(event).__name__ for event in trained if type(event).__name__ not in ("CheckpointTaken", "SnapshotTaken")
    ]
    assert [event.loss for event in kept if isinstance(event, Step)] == [
        event.loss for event in trained if isinstance(event, Step)
    ]
    snapshots = {event.step: event.arrays for event in trained if isinstance(event, SnapshotTaken)}
    assert list(recording.weights) == [1, 3]
    for step, arrays in recording.weights.items():
        for name, array in arrays.items():
            assert np.array_equal(array, snapshots[step][name]), name
    assert said == [1, 2, 3]


def test_of_other_runs_curves_are_kept(
    digits: Dataset, compiled: CompiledNetwork, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "prepare", lambda config: compiled)
    recording = make(Exhibit("before", "sweep", "A tiny run", CONFIG), digits, lambda step: None)
    kinds = {type(unpack(packed)).__name__ for packed in recording.events}
    assert kinds == {"RunStarted", "Step", "Evaluated", "Checked", "Scored"}
    assert recording.weights == recording.answers == recording.captured == {}
    assert recording.captured_batch is None


def test_a_recording_says_where_it_comes_from(made: tuple[Recording, list[int]], digits: Dataset) -> None:
    provenance = made[0].provenance
    started = unpack(made[0].events[0])
    assert isinstance(started, RunStarted)
    assert provenance.versions == started.versions
    assert (provenance.dataset, provenance.dataset_sha256) == ("mnist-5k", digits.sha256)
    assert provenance.processor == processor() != ""
    assert provenance.command == "python -m bn_core record --only before"
    assert provenance.date.endswith("+00:00")


def test_what_is_shipped_of_it(
    made: tuple[Recording, list[int]], digits: Dataset, compiled: CompiledNetwork, shelf: Library
) -> None:
    recording, run = made[0], FULL.run_id
    for step, exact in recording.weights.items():
        packed = shelf.snapshot(run, step)
        assert packed is not None
        taken = unpack(packed)
        assert isinstance(taken, SnapshotTaken)
        assert np.array_equal(
            predictions(compiled, CONFIG, digits, taken.arrays), predictions(compiled, CONFIG, digits, exact)
        ), "rounding must not change a prediction"

        recalibrated = answers.unpack(shelf.answer(run, canonical_question(Recalibrate(step).to_json())) or b"")
        applied = answers.unpack(shelf.answer(run, canonical_question(ApplyDecay(step, 0.99).to_json())) or b"")
        assert isinstance(recalibrated, Recalibrated)
        assert isinstance(applied, DecayApplied)
        assert applied.score == recalibrated.moving, "the run's own momentum gives the run's own score"

    batch = shelf.captured_batch(run)
    assert batch is not None
    images, labels = training_batch(CONFIG, digits, 0)
    assert np.array_equal(batch.pictures, images)
    assert np.array_equal(batch.labels, labels)


def test_captured_values_are_what_batch_normalization_gets(
    made: tuple[Recording, list[int]], digits: Dataset, compiled: CompiledNetwork, shelf: Library
) -> None:
    """Their means and variances are those that a layer's moving statistics become without a memory."""
    recording = made[0]
    batch = shelf.captured_batch(FULL.run_id)
    assert batch is not None
    with loaded(compiled, CONFIG, recording.weights[1]), compiled.borrowed_statistics():
        compiled.momentum.assign(0.0)
        compiled.in_training_mode(pixels(batch.pictures), batch.labels.astype(np.int32))
        layers = [(layer.moving_mean.numpy(), layer.moving_variance.numpy()) for layer in compiled.normalization_layers]
    for layer, (means, variances) in enumerate(layers, 1):
        for place in (0, 1):
            captured = shelf.channel(FULL.run_id, 1, layer, place)
            assert captured is not None
            spread = float(np.sqrt(variances[captured.channel]))
            assert captured.values.mean(dtype=np.float64) == pytest.approx(means[captured.channel], abs=spread / 1000)
            assert captured.values.var(dtype=np.float64) == pytest.approx(variances[captured.channel], rel=1e-3)


def test_the_short_run_repeats(compiled: CompiledNetwork) -> None:
    """The first 20 batches of the short run that comes with the app: to the last bit on the same kind of processor."""
    member = library().find("short")
    assert member is not None
    recorded = library().history(member.record.id)
    losses = []
    for event in train(member.record.config, load("mnist-5k"), compiled=compiled):
        if isinstance(event, Step):
            losses.append(event.loss)
        if len(losses) == 20:
            break
    if (processor(), versions()) == (member.provenance.processor, member.provenance.versions):
        assert losses == recorded.losses[:20].tolist()
    else:
        # Another order of summing, and Adam's first steps make whole steps of its rounding: after a few updates the
        # single losses differ in their second digit. Before the first, nothing has grown yet.
        np.testing.assert_allclose(losses[0], recorded.losses[0], rtol=1e-5)
        np.testing.assert_allclose(np.mean(losses), np.mean(recorded.losses[:20]), rtol=0.1)


def test_missing_answers_are_added_and_nothing_else_changes(
    folder: Path,
    shelf: Library,
    compiled: CompiledNetwork,
    digits: Dataset,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Answers to questions that came later are of what was shipped, and the rest of the file stays as it was."""
    for file in folder.iterdir():
        shutil.copy(file, tmp_path)

    def asked(config: TrainingConfig, step: int) -> list[Recalibrate | ApplyDecay]:
        return [ApplyDecay(step, 0.0), Recalibrate(step), ApplyDecay(step, config.momentum)]

    monkeypatch.setattr(catalogue, "recorded_questions", asked)
    monkeypatch.setattr(complete_module, "CompiledNetwork", lambda config: compiled)
    assert complete(FULL, digits, tmp_path) == 2
    completed = Library(tmp_path)
    run = FULL.run_id
    assert answered_questions(completed, run) == tuple(question.to_json() for question in FULL.questions())
    for question in map(canonical_question, answered_questions(shelf, run)):
        assert completed.answer(run, question) == shelf.answer(run, question)
    for step in FULL.snapshot_steps:
        question = ApplyDecay(step, 0.0)
        taken = unpack(shelf.snapshot(run, step))
        known = shelf.statistics(run)
        expected = Examiner(compiled).answer(
            question, CONFIG, digits, taken.arrays, statistics_after(question, known.means, known.variances)
        )
        assert answers.unpack(completed.answer(run, canonical_question(question.to_json()))).score == expected.score
    with zipfile.ZipFile(folder / "before.zip") as before, zipfile.ZipFile(tmp_path / "before.zip") as after:
        assert before.namelist() == after.namelist()
        assert [name for name in before.namelist() if before.read(name) != after.read(name)] == ["answers"]
    written = (tmp_path / "before.zip").read_bytes()
    assert complete(FULL, digits, tmp_path) == 0
    assert (tmp_path / "before.zip").read_bytes() == written
