"""The recorded runs that come with the app: all are there, readable with no engine and no home, and not too large."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest

from bn_core.architecture import Architecture
from bn_core.batch_norm.population import MEAN_START, VARIANCE_START, moving_averages
from bn_core.config import TrainingConfig
from bn_core.exhibits import library
from bn_core.exhibits.catalogue import (
    BUG_SEEDS,
    BUGS,
    CAPTURED,
    DECAYS,
    HEALTHY,
    RACE,
    SHORT,
    SNAPSHOT_STEPS,
    SWEEP_SEEDS,
    Exhibit,
    exhibits,
    recorded_questions,
)
from bn_core.exhibits.reader import DATA
from bn_core.network.initial_weights import initial_kernels
from bn_core.questions import answers
from bn_core.questions.answers import BatchSizeVaried, CompanyChanged, DecayApplied, OneByOneScored, Recalibrated
from bn_core.questions.questions import ApplyDecay, ChangeCompany, Question, Recalibrate, ScoreOneByOne, VaryBatchSize
from bn_core.runs.records import NAME_LIMIT, canonical_question
from bn_core.training.events import SnapshotTaken, unpack
from tests.exhibits.recorded_events import answered_questions, recorded_events

MOST_BYTES = 25_000_000

FULL = [exhibit for exhibit in exhibits() if exhibit.full]
NORMALIZED = [exhibit for exhibit in FULL if exhibit.config.normalized]


def keys(exhibit: Exhibit) -> str:
    return exhibit.key


def answer(exhibit: Exhibit, question: Question) -> answers.Answer:
    packed = library().answer(exhibit.run_id, canonical_question(question.to_json()))
    assert packed is not None, question
    return answers.unpack(packed)


def test_the_table_of_exhibits_is_what_was_asked_for() -> None:
    every = exhibits()
    assert len({exhibit.run_id for exhibit in every}) == len({exhibit.key for exhibit in every}) == len(every)
    assert len(every) == len(RACE) * len(SWEEP_SEEDS) + (len(BUGS) + 1) * len(BUG_SEEDS) + 2
    assert {exhibit.variant for exhibit in FULL} == {variant.key for variant in RACE}
    assert [exhibit.variant for exhibit in every if exhibit.captured] == [CAPTURED]
    healthy = next(variant for variant in RACE if variant.key == HEALTHY).config
    for bug in BUGS:
        changed = [name for name, value in bug.config.to_json().items() if value != getattr(healthy, name)]
        assert changed == (["placement", "bias", "learning_rate"] if bug.key.endswith("none") else changed[:1])


def test_every_exhibit_is_recorded_and_nothing_else() -> None:
    members = {member.record.id: member for member in library().members()}
    assert list(members) == [exhibit.run_id for exhibit in exhibits()]
    for exhibit in exhibits():
        member = members[exhibit.run_id]
        assert (member.variant, member.group, member.full) == (exhibit.variant, exhibit.group, exhibit.full)
        assert member.label == exhibit.label
        assert (member.record.config, member.snapshot_steps) == (exhibit.config, exhibit.snapshot_steps)
        assert library().find(exhibit.variant, exhibit.config.seed) == member
    assert [member.variant for member in library().members("race")] == [variant.key for variant in RACE]
    assert len(library().members("sweep")) == len(RACE) * len(SWEEP_SEEDS)


def test_they_take_no_more_room_than_they_may() -> None:
    assert sum(file.stat().st_size for file in DATA.iterdir()) <= MOST_BYTES
    assert {file.name for file in DATA.iterdir()} == {"index.zip", *(f"{exhibit.variant}.zip" for exhibit in FULL)}


@pytest.mark.parametrize("exhibit", exhibits(), ids=keys)
def test_every_run_is_whole(exhibit: Exhibit) -> None:
    record, history = library().run(exhibit.run_id), library().history(exhibit.run_id)
    assert record is not None
    assert record.name is not None
    assert len(record.name) <= NAME_LIMIT
    assert history.started is not None
    assert TrainingConfig.of(history.started.config) == exhibit.config
    assert np.all(np.isfinite(history.losses))
    if record.status == "failed":
        assert history.failed is not None
        return
    assert (record.status, record.step, history.last_step) == (
        "finished",
        exhibit.config.batches,
        exhibit.config.batches,
    )
    assert history.scored is not None
    assert (
        record.test_accuracy
        == history.scored.test.accuracy
        == history.scored.test_confusion.trace() / (history.scored.test_confusion.sum())
    )
    assert history.evaluations[-1].step == exhibit.config.batches
    assert (history.evaluations[-1].batch is not None) == exhibit.config.normalized


@pytest.mark.parametrize("exhibit", exhibits(), ids=keys)
def test_every_run_says_where_it_comes_from(exhibit: Exhibit) -> None:
    member, history = library().member(exhibit.run_id), library().history(exhibit.run_id)
    assert member is not None
    assert history.started is not None
    provenance = member.provenance
    assert (provenance.dataset, provenance.dataset_sha256) == (exhibit.config.dataset, history.started.dataset_sha256)
    assert provenance.versions == history.started.versions
    assert {"python", "tensorflow", "keras", "numpy"} <= provenance.versions.keys()
    assert provenance.processor
    assert provenance.command == f"python -m bn_core record --only {exhibit.key}"
    assert library().find(SHORT.key) is not None


def test_all_runs_of_a_data_set_saw_the_same_data() -> None:
    seen = {(member.provenance.dataset, member.provenance.dataset_sha256) for member in library().members()}
    assert sorted(dataset for dataset, _ in seen) == ["mnist", "mnist-5k"]


@pytest.mark.parametrize("exhibit", FULL, ids=keys)
def test_a_full_run_has_its_layers_weights_and_answers(exhibit: Exhibit) -> None:
    run, config = exhibit.run_id, exhibit.config
    probes = library().probes(run)
    assert probes.steps == tuple(
        event.step for event in library().history(run).evaluations if event.step in probes.steps
    )
    assert {0, 1, 100, config.batches} <= set(probes.steps)
    statistics = library().statistics(run)
    assert statistics.means.shape == ((config.batches, config.architecture.channels) if config.normalized else (0, 0))
    assert library().snapshot_steps(run) == SNAPSHOT_STEPS
    initial = initial_kernels(config)
    for step in SNAPSHOT_STEPS:
        packed = library().snapshot(run, step)
        assert packed is not None
        taken = unpack(packed)
        assert isinstance(taken, SnapshotTaken)
        for path, array in taken.arrays.items():
            if path.endswith("/kernel"):
                assert array.shape == initial[path.split("/")[-2]].shape
        for question in recorded_questions(config, step):
            assert answer(exhibit, question) is not None
    asked = [question for step in SNAPSHOT_STEPS for question in recorded_questions(config, step)]
    assert answered_questions(library(), run) == tuple(question.to_json() for question in asked)


@pytest.mark.parametrize("exhibit", NORMALIZED, ids=keys)
def test_recorded_statistics_give_the_runs_own_moving_ones(exhibit: Exhibit) -> None:
    """Replayed from what is shipped, which is rounded, against the snapshots', which are exact."""
    statistics = library().statistics(exhibit.run_id)
    for step in SNAPSHOT_STEPS:
        taken = unpack(library().snapshot(exhibit.run_id, step) or b"")
        assert isinstance(taken, SnapshotTaken)
        rows = np.searchsorted(statistics.steps, step, "right")
        means = moving_averages(statistics.means[:rows], exhibit.config.momentum, MEAN_START)[-1]
        variances = moving_averages(statistics.variances[:rows], exhibit.config.momentum, VARIANCE_START)[-1]
        for layer in Architecture().numbers:
            mean, variance = (taken.arrays[f"bn_{layer}/moving_{name}"] for name in ("mean", "variance"))
            np.testing.assert_allclose(variances[Architecture().channels_of(layer)], variance, rtol=1e-3)
            deviation = np.sqrt(variance)
            assert np.all(np.abs(means[Architecture().channels_of(layer)] - mean) <= 1e-2 * deviation)


@pytest.mark.parametrize("exhibit", NORMALIZED, ids=keys)
def test_answers_agree_with_one_another_and_with_the_curves(exhibit: Exhibit) -> None:
    evaluations = {event.step: event for event in library().history(exhibit.run_id).evaluations}
    for step in SNAPSHOT_STEPS:
        recalibrated = answer(exhibit, Recalibrate(step))
        applied = answer(exhibit, ApplyDecay(step, exhibit.config.momentum))
        assert isinstance(recalibrated, Recalibrated)
        assert isinstance(applied, DecayApplied)
        event = evaluations[step]
        assert event.batch is not None
        assert event.recalibrated is not None
        assert recalibrated.batch is not None
        assert recalibrated.recalibrated is not None
        assert applied.score is not None
        accuracies = (recalibrated.moving.accuracy, recalibrated.batch.accuracy, recalibrated.recalibrated.accuracy)
        assert accuracies == (event.moving.accuracy, event.batch.accuracy, event.recalibrated.accuracy)
        assert applied.score.accuracy == event.moving.accuracy
        alone = answer(exhibit, ScoreOneByOne(step))
        assert isinstance(alone, OneByOneScored)
        assert alone.batch is not None
        assert len(set(alone.batch.predictions.tolist())) == 1, "E2: alone, every image is told the same"
        sizes = answer(exhibit, VaryBatchSize(step))
        assert isinstance(sizes, BatchSizeVaried)
        assert sizes.batch is not None
        assert sizes.batch[0] < sizes.batch[-1]
        for image, digit in ((3, 0), (7, 9)):
            company = answer(exhibit, ChangeCompany(step, image, "mixed"))
            assert isinstance(company, CompanyChanged)
            assert company.label == digit
            assert company.companions.shape == (63, 28, 28)
            assert np.ptp(company.moving, axis=0).max() < 1e-3


def test_the_images_whose_company_is_changed_are_one_of_each_class() -> None:
    exhibit = FULL[0]
    questions = recorded_questions(exhibit.config, SNAPSHOT_STEPS[0])
    images = [question for question in questions if isinstance(question, ChangeCompany) and question.company == "alone"]
    changed = [answer(exhibit, question) for question in images]
    assert [found.label for found in changed if isinstance(found, CompanyChanged)] == list(range(10))


def test_captured_channels_are_there_for_every_layer() -> None:
    (exhibit,) = (exhibit for exhibit in FULL if exhibit.captured)
    sides = [28, 28, *[14] * 3, *[7] * 3, *[4] * 3, *[2] * 3, *[1] * 6]
    for step in SNAPSHOT_STEPS:
        for layer, side in enumerate(sides, 1):
            for place in (0, 1):
                captured = library().channel(exhibit.run_id, step, layer, place)
                assert captured is not None
                assert captured.side == side
                assert captured.values.shape == (64, side * side)
                assert np.all(np.isfinite(captured.values))
    batch = library().captured_batch(exhibit.run_id)
    assert batch is not None
    assert (batch.pictures.shape, batch.labels.shape) == ((64, 28, 28), (64,))


EVENTS = {
    "none": "cc4392542e286d7e",
    "none-he": "e2a7302126cf9146",
    "before": "896774d415270d84",
    "before-bias": "f6bb9b5048db0ddb",
    "after": "7f91eacbd8daea51",
    "after-bias": "456909a12abcd473",
    "all": "1b8148b3c47d643e",
}
"""What the recorded events hash to, of each full run and of all runs together."""


def test_recorded_events_are_what_they_were_to_the_bit() -> None:
    """Whatever is added to the files, or read another way: the events are those of the training that was recorded."""
    found, whole = {}, hashlib.sha256()
    for member in library().members():
        own = hashlib.sha256()
        for number, packed in recorded_events(library(), member.record.id):
            own.update(number.to_bytes(4, "big") + packed)
        whole.update(own.hexdigest().encode())
        if member.full:
            found[member.variant] = own.hexdigest()[:16]
    assert found | {"all": whole.hexdigest()[:16]} == EVENTS


@pytest.mark.parametrize("exhibit", FULL, ids=keys)
def test_every_question_that_a_page_offers_has_its_answer(exhibit: Exhibit) -> None:
    asked = [canonical_question(question.to_json()) for question in exhibit.questions()]
    assert [canonical_question(question) for question in answered_questions(library(), exhibit.run_id)] == asked
    offered = [
        ApplyDecay(step, decay, debiased) for step in SNAPSHOT_STEPS for decay in DECAYS for debiased in (False, True)
    ]
    if exhibit.config.normalized:
        assert {canonical_question(question.to_json()) for question in offered} <= set(asked)
