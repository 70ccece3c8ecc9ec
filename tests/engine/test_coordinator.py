"""The coordinator with a real store and pretended workers: what is recorded, whatever goes wrong."""

from __future__ import annotations

import logging
from dataclasses import replace

import numpy as np
import pytest

from bn_core.config import TrainingConfig
from bn_core.engine import coordinator as module
from bn_core.engine import recorder
from bn_core.engine.actions import Chore
from bn_core.engine.dispatcher import SECONDS_ON_WORKER_WHILE_PAUSED
from bn_core.engine.examiners import SECONDS_OF_CALM
from bn_core.engine.inquiry import Answered, Refused
from bn_core.engine.items import Compiling, Ended, Paused
from bn_core.engine.question_queue import SECONDS_UNTIL_LOOKED_AGAIN
from bn_core.engine.reports import (
    Connected,
    Disconnected,
    Gathered,
    Left,
    NotDone,
    Replied,
    TrainingFailed,
    Unusable,
)
from bn_core.engine.write_queue import SECONDS_UNTIL_RETRIED
from bn_core.questions.decay import statistics_after
from bn_core.questions.questions import ApplyDecay, Recalibrate
from bn_core.runs.questions import MAX_TAKEN
from bn_core.runs.records import AnswerBytes, NotPossible, Pending
from bn_core.runs.store import Store, StoreUnavailable
from bn_core.training.events import Failed, RecordedEvent, RunStarted, Scored, Step, Stopped
from tests.engine.bench import OWNER, WARM, Bench
from tests.engine.factories import (
    CONFIG,
    STARTED,
    checkpoint,
    items,
    packed_checkpoint,
    packed_snapshot,
    scored,
    snapshot,
    statistics,
    step,
    steps,
)


@pytest.fixture
def bench(tmp_path):
    bench = Bench(tmp_path)
    bench.warm("a")
    yield bench
    bench.store.close()


# Order


def test_what_is_read_is_recorded_once_and_in_order(bench):
    key = bench.start()
    bench.read(key, *items(STARTED, step(1)))
    bench.read(key, *items(step(2), step(3)))
    assert bench.events(key) == [STARTED, step(1), step(2), step(3)]


def test_only_what_is_stored_is_acknowledged(bench):
    key = bench.start()
    bench.read(key, *items(STARTED, step(1)))
    assert bench.workers.cursors[key] == 2
    bench.store.full = True
    bench.read(key, *items(step(2)))
    bench.look(1.0)
    assert bench.workers.cursors[key] == 2
    bench.store.full = False
    bench.look(1.0)
    assert bench.workers.cursors[key] == 3


def test_what_nothing_was_read_of_is_acknowledged_as_well(bench):
    key = bench.start()
    bench.read(key, *items(STARTED))
    bench.workers.cursors.clear()
    bench.read(key)
    assert bench.workers.cursors[key] == 1


def test_what_is_read_of_a_training_that_nobody_placed_is_ignored(bench):
    bench.read(("abcdefghij", 1), *items(STARTED))
    key = bench.start()
    bench.read((key[0], key[1] + 1), *items(STARTED))
    assert bench.events(key) == []


# Life of a run


def test_a_run_is_queued_compiling_running_and_finished(bench):
    key = bench.start(replace(CONFIG, placement="after"))
    assert bench.run(key).status == "compiling"
    bench.read(key, Compiling())
    assert bench.run(key).compiling_since is not None
    bench.read(key, *items(replace(STARTED, config=replace(CONFIG, placement="after").to_json())))
    assert (bench.run(key).status, bench.run(key).worker) == ("running", "a")
    bench.read(key, *items(step(1), scored(1)), Ended("finished"))
    assert bench.run(key).status == "finished"
    assert bench.workers.released == [key]


def test_queued_runs_start_with_the_engine_without_being_asked_again(tmp_path):
    store = Store.open(tmp_path)
    run_id = store.add_run(CONFIG, OWNER)
    store.take_requests()
    bench = Bench(tmp_path)
    bench.warm("a")
    assert bench.key(run_id)


@pytest.mark.parametrize("status", ["compiling", "running", "paused"])
def test_runs_that_a_dead_engine_left_are_interrupted_and_say_how_to_go_on(tmp_path, status):
    store = Store.open(tmp_path)
    run_id = store.add_run(CONFIG, OWNER)
    store.set_status(run_id, status, worker="tcp://gone")
    Bench(tmp_path)
    assert store.run(run_id).status == "interrupted"
    assert "Resume" in store.run(run_id).message


def test_a_run_that_was_stopped_while_it_waited_is_not_trained(bench):
    first = bench.start()
    waiting = bench.store.add_run(CONFIG, OWNER)
    bench.look()
    bench.store.set_status(waiting, "stopped", only_from=("queued",))
    bench.read(first, Ended("finished"))
    assert len(bench.workers.placed) == 1
    assert bench.store.run(waiting).status == "stopped"


def test_turns_are_written_down_and_a_new_engine_goes_on_with_them(tmp_path):
    bench = Bench(tmp_path)
    bench.warm("a")
    bench.start()
    second, other = bench.store.add_run(CONFIG, OWNER), bench.store.add_run(CONFIG, "e" * 64)
    bench.look()
    assert bench.store.turns().latest == 1
    assert [run.id for run in bench.store.queued()] == [other, second]
    again = Bench(tmp_path)
    again.warm("a")
    again.look()
    assert again.workers.placed[0][1].key[0] == other
    assert again.store.turns().latest == 2


def test_whoever_starts_and_stops_in_turn_leaves_nothing_in_the_line(bench):
    key = bench.start()
    for _ in range(20):
        waiting = bench.store.add_run(CONFIG, OWNER)
        bench.look()
        assert bench.store.stop_queued(waiting, OWNER)
        bench.look()
    assert bench.coordinator._dispatcher.runs == {key[0]}
    assert bench.store.take_requests() == []


def test_a_run_paused_for_a_minute_is_off_its_worker_and_comes_back_from_its_checkpoint(bench):
    key = bench.start()
    bench.read(key, *items(STARTED, *steps(1, 50)), checkpoint(50), Paused(50))
    bench.ask("pause", key[0])
    bench.look(SECONDS_ON_WORKER_WHILE_PAUSED)
    assert bench.workers.commands == [(key, "pause"), (key, "leave")]
    bench.read(key, Ended("left"))
    assert (bench.run(key).status, bench.run(key).worker) == ("paused", None)
    bench.ask("resume", key[0])
    _, assignment = bench.workers.placed[-1]
    assert assignment.checkpoint == packed_checkpoint(50)


def test_a_paused_run_that_no_worker_has_can_be_stopped_and_its_record_says_so(bench):
    key = bench.start()
    bench.read(key, *items(STARTED, step(1)), Paused(1))
    bench.ask("pause", key[0])
    bench.look(SECONDS_ON_WORKER_WHILE_PAUSED)
    bench.read(key, Ended("left"))
    bench.ask("stop", key[0])
    assert bench.run(key).status == "stopped"
    assert bench.events(key)[-1] == Stopped(1)


# Weights


def test_snapshots_and_checkpoints_are_stored_in_their_place_as_they_came(bench):
    key = bench.start()
    bench.read(key, *items(STARTED), snapshot(0), *items(step(1)), snapshot(1), checkpoint(1))
    assert bench.store.snapshot_steps(key[0]) == (0, 1)
    assert bench.store.snapshot(key[0], 1) == packed_snapshot(1)
    assert bench.store.checkpoint(key[0]) == packed_checkpoint(1)
    bench.read(key, *items(step(2)), checkpoint(2))
    assert bench.run(key).checkpoint_step == 2


def test_a_training_that_left_is_kept_by_its_worker_until_all_of_it_is_stored(bench):
    key = bench.start()
    bench.store.full = True
    bench.read(key, *items(STARTED, step(1)), snapshot(1), checkpoint(1), Ended("left"))
    assert bench.workers.released == []
    assert not bench.coordinator.done
    bench.store.full = False
    bench.look(SECONDS_UNTIL_RETRIED)
    assert bench.workers.released == [key]
    assert (bench.run(key).checkpoint_step, bench.store.snapshot_steps(key[0])) == (1, (1,))


def test_a_checkpoint_is_not_stored_before_the_snapshots_that_who_resumes_there_will_not_take(bench):
    key = bench.start()
    bench.store.full_for_weights = True
    bench.read(key, *items(STARTED, *steps(1, 50)), snapshot(20), snapshot(50), checkpoint(50))
    assert (bench.run(key).step, bench.run(key).checkpoint_step) == (50, None)
    bench.read(key, *items(step(51)))
    bench.look(SECONDS_UNTIL_RETRIED)
    assert bench.run(key).step == 51, "weights that find no room hold up no event"
    bench.store.full_for_weights = False
    bench.look(SECONDS_UNTIL_RETRIED)
    assert (bench.store.snapshot_steps(key[0]), bench.run(key).checkpoint_step) == ((20, 50), 50)


def test_a_resumed_run_takes_the_same_snapshots_again_and_nothing_changes(tmp_path):
    bench = Bench(tmp_path)
    bench.warm("a")
    key = bench.start()
    course = [*items(STARTED), snapshot(0), *items(step(1)), snapshot(1)]
    bench.read(key, *course)
    bench.coordinator.end()
    bench.coordinator.give_up()
    bench.store.requeue(key[0], OWNER)
    again = Bench(tmp_path)
    again.warm("a")
    key = again.key(key[0])
    again.read(key, *course)
    assert again.store.snapshot_steps(key[0]) == (0, 1)
    assert again.run(key).status == "running"


def test_a_resumed_run_goes_on_where_its_weights_are_kept_in_other_bytes(bench):
    key = bench.start()
    bench.read(key, *items(STARTED))
    bench.store.put_snapshot(key[0], 0, b"as an earlier version wrote it")
    bench.read(key, snapshot(0), *items(step(1)))
    assert bench.store.snapshot(key[0], 0) == b"as an earlier version wrote it"
    assert bench.events(key) == [STARTED, step(1)]


# Questions

RECALIBRATE_0 = Recalibrate(0)


@pytest.fixture
def asked_about(bench):
    """A run that has come to step 1, with its snapshots."""
    key = bench.start()
    bench.read(key, *items(STARTED), snapshot(0), *items(step(1), statistics(1)), snapshot(1))
    return key


def refusal(bench, key, question):
    """The sentence that a page is told."""
    with pytest.raises(NotPossible) as told:
        bench.put(key, question)
    return str(told.value)


def test_a_question_goes_to_a_worker_with_all_that_it_needs_and_its_answer_to_the_store(bench, asked_about):
    assert isinstance(bench.put(asked_about, RECALIBRATE_0), Pending)
    bench.look()
    bench.find()
    ((address, inquiry),) = bench.workers.asked
    assert address == "a", "also while it trains"
    assert (inquiry.question, inquiry.config) == (RECALIBRATE_0.to_json(), CONFIG)
    assert (inquiry.dataset_sha256, inquiry.snapshot, inquiry.statistics) == ("sha", packed_snapshot(0), None)
    bench.coordinator.hear(Replied(inquiry.id, address, Answered(b"the answer"), WARM))
    bench.look()
    assert bench.put(asked_about, RECALIBRATE_0) == AnswerBytes(b"the answer")


def test_another_decay_goes_with_the_statistics_that_it_gives(bench, asked_about):
    question = ApplyDecay(1, 0.5)
    bench.put(asked_about, question)
    bench.look()
    bench.find()
    ((_, inquiry),) = bench.workers.asked
    recorded_ones = statistics(1)
    expected = statistics_after(question, recorded_ones.mean[np.newaxis], recorded_ones.variance[np.newaxis])
    assert np.array_equal(inquiry.statistics.means, expected.means)
    assert np.array_equal(inquiry.statistics.variances, expected.variances)


def test_a_worker_has_one_question_at_a_time_and_the_rest_wait_in_the_store(bench, asked_about):
    for batches in (1, 2, 3):
        bench.put(asked_about, Recalibrate(0, batches))
    bench.look()
    bench.find()
    bench.look()
    assert [inquiry.question["batches"] for _, inquiry in bench.workers.asked] == [1]
    bench.coordinator.hear(Replied(bench.workers.asked[0][1].id, "a", Answered(b"1"), WARM))
    bench.look()
    bench.find()
    assert [inquiry.question["batches"] for _, inquiry in bench.workers.asked] == [1, 2]


@pytest.mark.parametrize(
    ("question", "sentence"),
    [
        ({"kind": "Guess", "step": 0}, "There is no question of kind 'Guess'"),
        (Recalibrate(5), "This run has not come to batch 5 yet; it is at batch 1."),
        (ApplyDecay(0, 0.9, debiased=True), "Before the first batch there is nothing but the start"),
    ],
    ids=["no question", "not taken yet", "nothing left"],
)
def test_what_cannot_be_answered_is_refused_with_a_sentence(bench, asked_about, question, sentence):
    bench.put(asked_about, question)
    bench.look()
    bench.find()
    bench.find()
    assert refusal(bench, asked_about, question).startswith(sentence)
    assert bench.workers.asked == []


def test_what_a_worker_refuses_is_refused(bench, asked_about):
    bench.put(asked_about, RECALIBRATE_0)
    bench.look()
    bench.find()
    bench.coordinator.hear(Replied(bench.workers.asked[0][1].id, "a", Refused("Connect this machine."), WARM))
    bench.look()
    assert refusal(bench, asked_about, RECALIBRATE_0) == "Connect this machine."


def test_a_question_about_a_snapshot_that_is_on_its_way_waits_for_it(bench, asked_about):
    bench.read(asked_about, *items(step(2)))
    # What is recorded ends here: whoever sees step 2 may ask about it.
    bench.put(asked_about, Recalibrate(2))
    bench.look()
    bench.find()
    assert bench.gathering == []
    assert isinstance(bench.put(asked_about, Recalibrate(2)), Pending)
    bench.read(asked_about, snapshot(2))
    bench.look(SECONDS_UNTIL_LOOKED_AGAIN)
    bench.find()
    assert [inquiry.snapshot for _, inquiry in bench.workers.asked] == [packed_snapshot(2)]


def test_a_question_whose_worker_dies_goes_to_another_and_is_refused_in_the_end(bench, asked_about):
    bench.put(asked_about, RECALIBRATE_0)
    for number in range(1, MAX_TAKEN + 1):
        bench.look()
        bench.find()
        assert len(bench.workers.asked) == number
        address, inquiry = bench.workers.asked[-1]
        # Either of the two may be heard first.
        news = [Left((address,)), Replied(inquiry.id, address, None, None)]
        for report in news if number % 2 else reversed(news):
            bench.coordinator.hear(report)
        bench.warm(f"worker {number}")
        bench.look()
    assert "tried 3 times" in refusal(bench, asked_about, RECALIBRATE_0)


def test_questions_that_a_dead_engine_took_are_taken_again(tmp_path, bench):
    key = bench.start()
    bench.put(key, RECALIBRATE_0)
    bench.store.take_questions()
    again = Bench(tmp_path)
    again.warm("a")
    again.look()
    assert [question.run_id for question in again.gathering] == [key[0]]


def test_at_the_end_no_question_is_taken_and_those_without_an_answer_are_put_back(bench, asked_about):
    bench.put(asked_about, RECALIBRATE_0)
    bench.look()
    bench.coordinator.end()
    bench.put(asked_about, Recalibrate(1))
    bench.find()
    assert bench.workers.asked == []
    bench.coordinator.give_up()
    assert [question.question["step"] for question in bench.store.take_questions()] == [0, 1]


def test_an_answer_that_finds_no_room_is_kept_until_there_is_some(bench, asked_about):
    bench.put(asked_about, RECALIBRATE_0)
    bench.look()
    bench.find()
    bench.store.full = True
    bench.coordinator.hear(Replied(bench.workers.asked[0][1].id, "a", Answered(b"the answer"), WARM))
    bench.look()
    bench.store.full = False
    bench.look(SECONDS_UNTIL_RETRIED)
    assert bench.put(asked_about, RECALIBRATE_0) == AnswerBytes(b"the answer")


def test_while_the_store_cannot_be_read_a_question_waits(bench, asked_about):
    bench.put(asked_about, RECALIBRATE_0)
    bench.look()
    (question,) = bench.gathering
    bench.coordinator.hear(Gathered(question, None))
    bench.gathering.clear()
    bench.look()
    assert bench.gathering == []
    bench.look(SECONDS_UNTIL_LOOKED_AGAIN)
    assert bench.gathering == [question]


def test_an_idle_worker_gets_ready_for_questions_when_all_is_calm(bench):
    bench.look(1.0)
    bench.look(SECONDS_OF_CALM)
    warmed = Chore("a", "warm_examiner", TrainingConfig())
    assert bench.workers.chores[-1] == warmed
    bench.coordinator.hear(NotDone(warmed, "out of memory"))
    bench.look(SECONDS_OF_CALM)
    assert bench.workers.chores.count(warmed) == 1, "what does not work is not tried again and again"


# Going on


def interrupted_at(bench, last, kept=None):
    """Interrupt a run and queue it again; return its key."""
    key = bench.start()
    bench.read(key, *items(STARTED, *steps(1, last)))
    if kept is not None:
        bench.store.put_checkpoint(key[0], kept, packed_checkpoint(kept))
    bench.coordinator.end()
    bench.coordinator.give_up()
    assert bench.run(key).status == "interrupted"
    bench.store.requeue(key[0], OWNER)
    return key


def test_a_run_goes_on_from_its_checkpoint_and_what_it_repeats_is_not_stored_twice(tmp_path):
    bench = Bench(tmp_path)
    bench.warm("a")
    key = interrupted_at(bench, 53, kept=50)
    again = Bench(tmp_path)
    again.warm("a")
    _, assignment = again.workers.placed[-1]
    assert assignment.checkpoint == packed_checkpoint(50)
    slower = [replace(event, milliseconds=99.0) for event in steps(51, 55)]
    again.read(assignment.key, *items(replace(STARTED, step=50), *slower))
    assert [event.step for event in again.events(key) if isinstance(event, Step)] == list(range(1, 56))
    assert again.run(key).status == "running"


def test_a_run_without_a_checkpoint_goes_on_from_its_beginning(tmp_path):
    bench = Bench(tmp_path)
    bench.warm("a")
    key = interrupted_at(bench, 3)
    again = Bench(tmp_path)
    again.warm("a")
    _, assignment = again.workers.placed[-1]
    assert assignment.checkpoint is None
    again.read(assignment.key, *items(STARTED, *steps(1, 4)))
    assert again.events(key) == [STARTED, *steps(1, 4)]


def test_a_run_that_comes_out_differently_fails_and_what_is_recorded_stays(tmp_path):
    bench = Bench(tmp_path)
    bench.warm("a")
    key = interrupted_at(bench, 3)
    before = bench.events(key)
    again = Bench(tmp_path)
    again.warm("a")
    _, assignment = again.workers.placed[-1]
    again.read(assignment.key, *items(STARTED, step(1, 1 / 7), step(2, 0.4), step(3), step(4)), Paused(4))
    assert again.run(key).status == "failed"
    assert "came out differently at step 2" in again.run(key).message
    assert again.events(key) == [*before, Failed(3, again.run(key).message, None)]
    assert again.workers.commands == [(assignment.key, "leave")]
    again.read(assignment.key, *items(step(5)), Ended("left"))
    assert again.events(key)[-1] == Failed(3, again.run(key).message, None)
    assert again.workers.released == [assignment.key]


# Trouble


def test_a_full_disk_loses_nothing_and_the_engine_says_what_is_wrong(bench):
    key = bench.start()
    bench.store.full = True
    bench.read(key, *items(STARTED, step(1)), checkpoint(1))
    bench.read(key, *items(step(2), scored(2)), Ended("finished"))
    bench.look(SECONDS_UNTIL_RETRIED)
    assert bench.events(key) == []
    bench.store.full = False
    bench.look(SECONDS_UNTIL_RETRIED)
    assert [type(event) for event in bench.events(key)] == [RunStarted, Step, Step, Scored]
    assert bench.run(key).status == "finished"


def test_a_store_that_can_be_read_only_says_so_and_goes_on_by_itself(bench, monkeypatch):
    key = bench.start()
    said = []
    monkeypatch.setattr(bench.store, "set_engine", said.append)
    bench.store.full = True
    bench.read(key, *items(STARTED))
    bench.look(1.0)
    assert said[-1].message == "The disk is full: make room. Nothing is lost: the runs wait, and go on by themselves."
    bench.store.full = False
    bench.look(1.0)
    assert said[-1].message == ""


def test_a_store_that_stays_broken_does_not_fill_the_log(bench, caplog):
    def broken():
        raise StoreUnavailable("The database of runs is damaged.")

    bench.store.take_requests = broken
    with caplog.at_level(logging.WARNING):
        for _ in range(500):
            bench.look(0.1)
    assert [record.getMessage() for record in caplog.records] == [
        "Requests cannot be read: The database of runs is damaged."
    ]


def test_a_run_that_cannot_be_claimed_on_a_full_disk_starts_when_there_is_room(bench):
    run_id = bench.store.add_run(CONFIG, OWNER)
    requests = bench.store.take_requests()
    bench.store.full = True
    bench.store.take_requests = lambda: requests[:1]
    bench.look()
    bench.store.take_requests = list
    assert bench.workers.placed == []
    bench.look(1.0)
    assert bench.workers.placed == []
    bench.store.full = False
    bench.look(1.0)
    assert [assignment.key[0] for _, assignment in bench.workers.placed] == [run_id]


def test_a_batch_that_an_error_interrupted_is_handled_again_and_nothing_is_lost_or_doubled(bench, monkeypatch):
    key = bench.start()

    def interrupt(owner, name, error):
        """The next call of this goes wrong."""
        method, errors = getattr(owner, name), [error]
        monkeypatch.setattr(owner, name, lambda *arguments: throw(errors.pop()) if errors else method(*arguments))

    interrupt(recorder, "unpack", MemoryError())
    bench.read(key, *items(STARTED, step(1)))
    interrupt(bench.store, "put_checkpoint", MemoryError())
    interrupt(bench.coordinator, "_mark", RuntimeError())
    bench.read(key, *items(step(2)), checkpoint(2), *items(step(3)), Paused(3), *items(step(4)))
    bench.look()
    bench.look()
    assert bench.events(key) == [STARTED, step(1), step(2), step(3), step(4)]
    assert (bench.run(key).status, bench.run(key).checkpoint_step) == ("paused", 2)
    assert bench.workers.cursors[key] == 7


def throw(error):
    raise error


def test_a_batch_that_cannot_be_handled_fails_its_run_with_one_sentence_and_no_other(bench):
    bench.warm("b")
    key, other = bench.start(), bench.start()
    bench.read(key, RecordedEvent("RunStarted", 0, None, b"no event"), *items(step(1)))
    assert bench.run(key).status == "failed"
    assert bench.run(key).message.startswith("What the training did could not be recorded: an error occurred that is")
    assert bench.workers.commands == [(key, "leave")]
    bench.read(other, *items(STARTED, step(1)), Ended("finished"))
    assert bench.run(other).status == "finished"
    bench.read(key, *items(step(2)), Ended("left"))
    assert bench.workers.released == [other, key]
    assert [type(event) for event in bench.events(key)] == [Failed]


def test_events_that_can_never_be_written_fail_their_run_and_no_other(bench, monkeypatch):
    bench.warm("b")
    key, other = bench.start(), bench.start()
    append = bench.store.append

    def broken(run_id, events):
        if run_id == key[0]:
            raise ValueError("odd bytes")
        return append(run_id, events)

    monkeypatch.setattr(bench.store, "append", broken)
    for one in (key, other):
        bench.read(one, *items(STARTED, step(1), scored(1)), Ended("finished"))
    assert (bench.run(key).status, bench.run(other).status) == ("failed", "finished")
    assert "(ValueError: odd bytes)" in bench.run(key).message


def test_a_run_whose_record_cannot_be_read_fails_and_its_worker_takes_the_next(bench, monkeypatch):
    events_after = bench.store.events_after
    monkeypatch.setattr(bench.store, "events_after", lambda run_id, number: [(1, b"no event")])
    failed = bench.store.add_run(CONFIG, OWNER)
    bench.look()
    monkeypatch.setattr(bench.store, "events_after", events_after)
    assert bench.store.run(failed).status == "failed"
    assert bench.store.run(failed).message.startswith("Its worker could not train it (ValueError")
    bench.read(bench.start(), *items(STARTED))


def test_a_training_that_cannot_be_begun_fails_its_run_and_frees_its_worker(bench):
    key = bench.start()
    waiting = bench.store.add_run(CONFIG, OWNER)
    bench.look()
    bench.coordinator.hear(TrainingFailed(key, "No module named 'bn_core'"))
    bench.look()
    assert bench.run(key).status == "failed"
    assert "No module named 'bn_core'" in bench.run(key).message
    assert bench.key(waiting)


def test_a_run_whose_worker_left_goes_on_elsewhere(bench):
    bench.warm("b")
    key = bench.start()
    bench.read(key, *items(STARTED, step(1)))
    first, _ = bench.workers.placed[-1]
    bench.coordinator.hear(Left((first,)))
    bench.look()
    second, assignment = bench.workers.placed[-1]
    assert first != second
    assert assignment.key[1] > key[1]
    assert bench.run(key).status == "running"
    assert "goes on by itself" in bench.run(key).message
    bench.read(assignment.key, *items(STARTED, step(1), step(2)))
    assert bench.run(key).message is None
    assert [event.step for event in bench.events(key) if isinstance(event, Step)] == [1, 2]


def test_a_lost_connection_makes_the_engine_unavailable_until_it_is_back(bench):
    bench.start()
    bench.coordinator.hear(Disconnected("The scheduler is gone."))
    bench.look()
    assert (bench.store.engine().state, bench.store.engine().message) == ("unavailable", "The scheduler is gone.")
    bench.coordinator.hear(Connected())
    bench.warm("b")
    bench.look()
    assert bench.store.engine().state == "ready"


def test_a_run_whose_scheduler_is_gone_waits_and_goes_on_by_itself_however_often(bench):
    key = bench.start()
    bench.read(key, *items(STARTED, *steps(1, 50)), checkpoint(50))
    for number in range(5):
        bench.read(key, *items(*steps(51 + number, 51 + number)))
        bench.coordinator.hear(Disconnected("The scheduler is gone."))
        bench.look()
        assert (bench.run(key).status, bench.run(key).worker) == ("running", None)
        assert "goes on by itself as soon as workers are back" in bench.run(key).message
        bench.read(key, *items(step(99)))
        bench.coordinator.hear(Connected())
        bench.warm(f"again {number}")
        bench.look()
        _, assignment = bench.workers.placed[-1]
        assert assignment.checkpoint == packed_checkpoint(50)
        key = assignment.key
        bench.read(key, *items(replace(STARTED, step=50), *steps(51, 51 + number)))
        assert bench.run(key).message is None
    assert [event for event in bench.events(key) if isinstance(event, Step)] == steps(1, 55)


def test_what_a_lost_worker_was_asked_is_asked_again(bench, asked_about):
    bench.put(asked_about, RECALIBRATE_0)
    bench.look()
    bench.find()
    bench.coordinator.hear(Disconnected("The scheduler is gone."))
    bench.coordinator.hear(Connected())
    bench.warm("b")
    bench.look()
    bench.look()
    bench.find()
    assert [address for address, _ in bench.workers.asked] == ["a", "b"]


def test_a_worker_that_cannot_be_used_is_named_and_the_others_are_used(bench):
    bench.coordinator.hear(Unusable("tcp://b", "it has no TensorFlow"))
    bench.look()
    status = bench.store.engine()
    assert (status.state, status.message) == ("ready", "Worker tcp://b cannot be used: it has no TensorFlow.")
    assert bench.start()
    bench.coordinator.hear(Left(("a",)))
    bench.look()
    assert bench.store.engine().state == "unavailable"
    bench.coordinator.hear(Left(("tcp://b",)))
    bench.look()
    assert bench.store.engine().message == "The engine is starting: its workers load TensorFlow."


def test_a_data_set_that_cannot_be_had_fails_the_run_with_its_sentence(bench):
    garments_config = replace(CONFIG, dataset="fashion-mnist")
    garments = bench.store.add_run(garments_config, OWNER)
    bench.look()
    assert bench.workers.chores[-1] == Chore("a", "fetch", garments_config)
    bench.coordinator.hear(NotDone(Chore("a", "fetch", garments_config), "Connect this machine to the internet."))
    bench.look()
    record = bench.store.run(garments)
    assert (record.status, record.message) == ("failed", "Connect this machine to the internet.")


def test_the_engine_speaks_every_second_and_when_something_changes(bench):
    bench.look()
    before = bench.store.engine()
    assert (before.state, before.workers, before.busy) == ("ready", 1, 0)
    assert before.warm == (TrainingConfig().compile_key,)
    bench.start()
    assert bench.store.engine().busy == 1
    heartbeat = bench.store.engine().heartbeat
    bench.look(module.HEARTBEAT_SECONDS)
    assert bench.store.engine().heartbeat > heartbeat
