"""What a question needs is found wherever the run is recorded, and where it is not, one sentence says why."""

from __future__ import annotations

from dataclasses import replace
from queue import SimpleQueue

import numpy as np
import pytest

from bn_core.config import TrainingConfig
from bn_core.engine.inquiry import Inquiry, Refused
from bn_core.engine.question_lookup import QuestionLookup
from bn_core.exhibits import Library
from bn_core.questions.decay import statistics_after
from bn_core.questions.questions import ApplyDecay, ChangeCompany, Recalibrate
from bn_core.runs.inside import StatisticsHistory
from bn_core.runs.records import StoredQuestion
from bn_core.runs.sources import StoredRuns
from bn_core.runs.store import Store, StoreUnavailable
from bn_core.training.events import RecordedEvent, RunStarted, StatisticsRecorded, Step
from tests.engine.factories import packed_snapshot

OWNER = "e" * 64
CONFIG = TrainingConfig(dataset="mnist-5k", batches=30)


@pytest.fixture
def store(tmp_path):
    store = Store.open(tmp_path)
    yield store
    store.close()


def lookup_in(*sources):
    reports = SimpleQueue()
    lookup = QuestionLookup(sources, reports.put)
    lookup.reports = reports
    return lookup


@pytest.fixture
def lookup(store, tmp_path):
    return lookup_in(StoredRuns(store), Library(tmp_path / "no recorded runs"))


def recorded(store, config=CONFIG, steps=10, kept=(0, 1, 2, 5, 10)):
    """A run that came so far; gives its id."""
    run_id = store.add_run(config, OWNER)
    store.set_status(run_id, "running")
    noise = np.random.default_rng(0).random((steps, 2, 860), np.float32)
    started = RunStarted(0, config.to_json(), config.dataset, "its sha", 4000, {})
    events = [started, *(StatisticsRecorded(step, *noise[step - 1]) for step in range(1, steps + 1))]
    store.append(run_id, [RecordedEvent.of(event) for event in (*events, Step(steps, 0.1, 0.9, 20.0))])
    for step in kept:
        store.put_snapshot(run_id, step, packed_snapshot(step))
    return run_id


def asked(run_id, question):
    return StoredQuestion(7, run_id, question if isinstance(question, dict) else question.to_json(), 0.0)


def test_a_question_is_furnished_with_the_weights_and_what_they_belong_to(store, lookup):
    run_id = recorded(store)
    question = ChangeCompany(5, 3, "mixed")
    assert lookup.find(asked(run_id, question)) == Inquiry(
        7, question.to_json(), CONFIG, "its sha", packed_snapshot(5), None
    )


def test_another_decay_is_furnished_with_the_statistics_that_it_would_have_left(store, lookup):
    run_id, question = recorded(store), ApplyDecay(5, 0.7, debiased=True)
    history = StoredRuns(store).statistics(run_id)
    expected = statistics_after(question, history.means, history.variances)
    found = lookup.find(asked(run_id, question)).statistics
    assert np.array_equal(found.means, expected.means)
    assert np.array_equal(found.variances, expected.variances)


def test_without_batch_norm_there_are_no_statistics_and_the_question_is_asked_all_the_same(store, lookup):
    run_id = recorded(store, CONFIG.with_(placement="none"))
    assert lookup.find(asked(run_id, ApplyDecay(5, 0.7))).statistics is None


@pytest.mark.parametrize(
    ("question", "sentence"),
    [
        ({"kind": "Recalibrate"}, "Recalibrate needs the field step: "),
        ({"step": 5}, "There is no question of kind None; "),
        ({"kind": "ApplyDecay", "step": 5, "momentum": 1}, "momentum must be "),
        (ApplyDecay(0, 0.9, debiased=True).to_json(), "Before the first batch there is nothing "),
    ],
)
def test_what_makes_no_sense_is_refused_in_the_words_of_the_question(store, lookup, question, sentence):
    found = lookup.find(asked(recorded(store), question))
    assert isinstance(found, Refused)
    assert found.sentence.startswith(sentence)


def test_a_run_that_is_gone_is_refused(lookup):
    assert lookup.find(asked("abcdefghij", Recalibrate(5))) == Refused(
        "There is no run with this id. It may have been deleted, or the link is incomplete."
    )


def why(store, lookup, run_id, step):
    found = lookup.find(asked(run_id, Recalibrate(step)))
    assert isinstance(found, Refused)
    return found.sentence


def test_why_there_are_no_weights_of_a_step(store, lookup):
    trains = recorded(store, kept=(0, 1, 2, 5))
    assert why(store, lookup, trains, 20) == "This run has not come to batch 20 yet; it is at batch 10."
    assert why(store, lookup, trains, 7) == (
        "The weights of this run are kept after batches 0, 1, 2 and 5; ask about one of them, not batch 7."
    )
    ended = recorded(store, kept=(0,))
    store.set_status(ended, "stopped")
    assert why(store, lookup, ended, 20) == "This run ended after batch 10, so there are no weights of batch 20."
    assert why(store, lookup, ended, 10) == (
        "The weights of this run are kept after batch 0; ask about one of them, not batch 10."
    )
    none = recorded(store, kept=())
    store.set_status(none, "interrupted")
    assert why(store, lookup, none, 5).startswith("No weights of this run were kept; ")


def test_weights_that_are_about_to_be_recorded_are_waited_for(store, lookup):
    run_id = recorded(store, kept=(0, 1, 2))
    assert lookup.find(asked(run_id, Recalibrate(10))) is None
    # Snapshots come in their order: this one has been passed over.
    store.put_snapshot(run_id, 10, packed_snapshot(10))
    assert "kept after batches 0, 1, 2 and 10" in why(store, lookup, run_id, 5)
    assert lookup.find(asked(recorded(store, kept=()), Recalibrate(5))) is None


def test_weights_that_made_room_are_missed_with_that_reason(store, lookup):
    run_id = recorded(store)
    store.set_status(run_id, "finished")
    newer = recorded(store)
    while store.snapshot_steps(run_id):
        store.make_room(store.size() - 1)
    assert store.snapshot_steps(newer)
    assert why(store, lookup, run_id, 5) == (
        "The weights of this step were removed to make room for newer runs; what was measured of it stays. Start "
        "the same run again to ask about it."
    )


class OtherRuns:
    """Runs that are kept elsewhere."""

    def __init__(self, record):
        self.record = record

    def run(self, run_id):
        return self.record if run_id == self.record.id else None

    def snapshot(self, run_id, step):
        return b"from elsewhere"

    def snapshot_steps(self, run_id):
        return (5,)

    def statistics(self, run_id):
        return StatisticsHistory(run_id)

    def dataset_sha256(self, run_id):
        return "another sha"


def test_runs_that_come_with_the_lab_are_found_as_well(store):
    stored = recorded(store)
    other = replace(store.run(stored), id="comes-along")
    both = lookup_in(StoredRuns(store), OtherRuns(other))
    found = both.find(asked("comes-along", Recalibrate(5)))
    assert (found.snapshot, found.dataset_sha256) == (b"from elsewhere", "another sha")
    assert both.find(asked(stored, Recalibrate(5))).snapshot == packed_snapshot(5)
    assert both.find(asked("comes-along", ApplyDecay(5, 0.5))) == Refused(
        "This run has no recorded batch statistics, so no other decay can be applied to it."
    )


def reported(lookup, question):
    lookup.gather(question)
    report = lookup.reports.get(timeout=30)
    assert report.question == question
    return report.finding


def test_what_is_found_is_reported(store, lookup):
    question = asked(recorded(store), Recalibrate(5))
    assert reported(lookup, question) == lookup.find(question)


@pytest.mark.parametrize(
    ("error", "sentence"),
    [(StoreUnavailable("The disk is away."), None), (RuntimeError("odd bytes"), "(RuntimeError: odd bytes)")],
)
def test_trouble_ends_no_thread_and_is_told_apart(error, sentence):
    class Broken:
        def run(self, run_id):
            raise error

    lookup = lookup_in(Broken())
    for _ in range(2):
        finding = reported(lookup, asked("abcdefghij", Recalibrate(5)))
        assert finding is None if sentence is None else sentence in finding.sentence
