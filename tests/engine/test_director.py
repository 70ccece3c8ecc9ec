"""The director with a real store and pretended workers: what is recorded, whatever comes in whatever order."""

from __future__ import annotations

import logging
from dataclasses import replace

import numpy as np
import pytest

from bn_core.config import TrainingConfig
from bn_core.engine import director as module
from bn_core.engine.actions import Fetch, WarmExaminer, WarmUp
from bn_core.engine.director import Director
from bn_core.engine.holdings import Inventory
from bn_core.engine.inquiry import Answered, Refused
from bn_core.engine.ledger import MAX_SNAPSHOTS, SECONDS_UNTIL_RETRIED
from bn_core.engine.messages import Batch, CheckpointReady, Compiling, Ended, Held, Recorded, SnapshotReady
from bn_core.engine.moments import Moments
from bn_core.engine.policy import SECONDS_OF_CALM, SECONDS_ON_WORKER_WHILE_PAUSED
from bn_core.engine.question_desk import SECONDS_UNTIL_READ_AGAIN
from bn_core.engine.reports import (
    CheckpointFetched,
    Connected,
    Disconnected,
    Done,
    Gathered,
    Joined,
    Left,
    NotDone,
    NotReplied,
    Replied,
    Said,
    SnapshotFetched,
    TaskFailed,
)
from bn_core.questions.decay import statistics_after
from bn_core.questions.questions import ApplyDecay, Question, Recalibrate
from bn_core.runs.questions import MAX_TAKEN
from bn_core.runs.records import AnswerBytes, NotPossible, Pending, canonical_question
from bn_core.runs.sources import StoredRuns
from bn_core.runs.store import Store, StoreUnavailable
from bn_core.training.events import (
    CheckpointTaken,
    Failed,
    RunStarted,
    Score,
    Scored,
    SnapshotTaken,
    StatisticsRecorded,
    Step,
    Stopped,
    pack,
    unpack,
)

CONFIG = TrainingConfig(dataset="mnist-5k", batches=200)
OWNER = "d" * 64
WARM = Inventory(frozenset({TrainingConfig().program}), frozenset({"mnist", "mnist-5k"}))
STARTED = RunStarted(0, CONFIG.to_json(), "mnist-5k", "sha", 4000, {"python": "3.11"})
CHECKPOINT_50 = pack(CheckpointTaken(50, {"weights": np.arange(3.0)}))


class FlakyStore(Store):
    """A store whose disk can be full."""

    full = False

    def _writing(self):
        if self.full:
            raise StoreUnavailable("The disk is full: make room.")
        return super()._writing()


class PretendedWorkers:
    """Remembers what it was asked."""

    def __init__(self):
        self.placed, self.told, self.fetched, self.released, self.chores = [], [], [], [], []
        self.snapshots, self.asked = [], []
        self.acknowledged = {}

    def place(self, address, assignment):
        self.placed.append((address, assignment))

    def tell(self, address, key, word):
        self.told.append((key, word))

    def acknowledge(self, address, numbers):
        self.acknowledged |= numbers

    def release(self, address, key):
        self.released.append(key)

    def fetch_snapshot(self, address, key, step):
        self.snapshots.append((key, step))

    def fetch_checkpoint(self, address, key):
        self.fetched.append(key)

    def answer(self, address, inquiry):
        self.asked.append((address, inquiry))

    def do(self, chore):
        self.chores.append(chore)


class PretendedFinder:
    """Remembers what it was to look for."""

    def __init__(self):
        self.gathering = []

    def gather(self, question):
        self.gathering.append(question)


class Bench:
    """A director, its store, its workers and its clock."""

    def __init__(self, home):
        self.store = FlakyStore.open(home)
        self.workers = PretendedWorkers()
        self.finder = PretendedFinder()
        self.moments = Moments([StoredRuns(self.store)])
        self.now = 1000.0
        self.director = Director(self.store, self.workers, self.finder, 10**9, clock=lambda: self.now)
        self.director.look()

    def warm(self, *addresses):
        for address in addresses:
            self.director.hear(Joined(address))
            self.director.hear(Done(WarmUp(address), WARM))

    def look(self, seconds=0.0):
        self.now += seconds
        self.director.look()

    def start(self, config=CONFIG):
        """Queues a run, lets it be placed and gives its key."""
        run_id = self.store.add_run(config, OWNER)
        self.look()
        return self.key(run_id)

    def key(self, run_id):
        return [assignment.key for _, assignment in self.workers.placed if assignment.key[0] == run_id][-1]

    def ask(self, kind, run_id):
        self.store.add_request(kind, run_id)
        self.look()

    def say(self, key, number, *items):
        self.director.hear(Said(Batch(*key, number, items)))
        self.look()

    def deliver(self, key, step):
        """The snapshot that was asked for arrives."""
        self.director.hear(SnapshotFetched(*key, step, snapshot(step)))
        self.look()

    def put(self, key, question):
        """A page asks; gives what it is told. A question may be a JSON object that is none."""
        as_json = question.to_json() if isinstance(question, Question) else question
        return self.store.ask(key[0], canonical_question(as_json))

    def find(self):
        """What questions need is looked for."""
        questions, self.finder.gathering = self.finder.gathering, []
        for question in questions:
            self.director.hear(Gathered(question, self.moments.find(question)))
        self.look()

    def run(self, key):
        return self.store.run(key[0])

    def events(self, key):
        return [unpack(packed) for _, packed in self.store.events_after(key[0], 0)]


@pytest.fixture
def bench(tmp_path):
    bench = Bench(tmp_path)
    bench.warm("a")
    yield bench
    bench.store.close()


def recorded(*events):
    return [Recorded(pack(event)) for event in events]


def step(number, loss=0.5):
    return Step(number, loss, 0.1, 20.0)


def snapshot(number):
    return pack(SnapshotTaken(number, {"weights": np.full(3, number, np.float32)}))


def statistics(number):
    values = np.random.default_rng(number).random((2, 860), np.float32)
    return StatisticsRecorded(number, *values)


def scored(number):
    score, labels, confusion = Score(0.1, 0.9), np.zeros(100, np.uint8), np.zeros((10, 10), int)
    return Scored(number, score, score, 0.9, None, confusion, confusion, labels, labels, None, 1.0)


# Order


def test_batches_are_recorded_once_and_in_order_whatever_order_they_come_in(bench):
    key = bench.start()
    bench.say(key, 2, *recorded(step(2)))
    bench.say(key, 1, *recorded(STARTED, step(1)))
    bench.say(key, 1, *recorded(STARTED, step(1)))
    bench.say(key, 3, *recorded(step(3)))
    bench.say(key, 2, *recorded(step(2)))
    bench.say(key, 3, *recorded(step(3)))
    assert bench.events(key) == [STARTED, step(1), step(2), step(3)]


def test_only_what_is_stored_is_acknowledged(bench):
    key = bench.start()
    bench.say(key, 1, *recorded(STARTED, step(1)))
    bench.look(1.0)
    assert bench.workers.acknowledged[key] == 1
    bench.store.full = True
    bench.say(key, 2, *recorded(step(2)))
    bench.look(1.0)
    assert bench.workers.acknowledged[key] == 1


def test_what_a_training_says_that_nobody_placed_is_ignored(bench):
    bench.say(("abcdefghij", 1), 1, *recorded(STARTED))
    key = bench.start()
    bench.say((key[0], key[1] + 1), 1, *recorded(STARTED))
    assert bench.events(key) == []


# Life of a run


def test_a_run_is_queued_compiling_running_and_finished(bench):
    key = bench.start(replace(CONFIG, placement="after"))
    assert bench.run(key).status == "compiling"
    bench.say(key, 1, Compiling())
    assert bench.run(key).compiling_since is not None
    bench.say(key, 2, *recorded(replace(STARTED, config=replace(CONFIG, placement="after").to_json())))
    assert (bench.run(key).status, bench.run(key).worker) == ("running", "a")
    bench.say(key, 3, *recorded(step(1), scored(1)), Ended("finished"))
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
    bench.say(first, 1, Ended("finished"))
    assert len(bench.workers.placed) == 1
    assert bench.store.run(waiting).status == "stopped"


def test_a_run_paused_for_a_minute_is_off_its_worker_and_comes_back_from_its_checkpoint(bench):
    key = bench.start()
    bench.say(key, 1, *recorded(STARTED, *[step(number) for number in range(1, 51)]), CheckpointReady(50), Held(50))
    bench.director.hear(CheckpointFetched(*key, (50, CHECKPOINT_50)))
    bench.ask("pause", key[0])
    bench.look(SECONDS_ON_WORKER_WHILE_PAUSED)
    assert bench.workers.told == [(key, "hold"), (key, "leave")]
    bench.say(key, 2, Ended("left"))
    assert (bench.run(key).status, bench.run(key).worker) == ("paused", None)
    bench.ask("resume", key[0])
    _, assignment = bench.workers.placed[-1]
    assert assignment.checkpoint == CHECKPOINT_50


def test_a_paused_run_that_no_worker_has_can_be_stopped_and_its_record_says_so(bench):
    key = bench.start()
    bench.say(key, 1, *recorded(STARTED, step(1)), Held(1))
    bench.ask("pause", key[0])
    bench.look(SECONDS_ON_WORKER_WHILE_PAUSED)
    bench.say(key, 2, Ended("left"))
    bench.ask("stop", key[0])
    assert bench.run(key).status == "stopped"
    assert bench.events(key)[-1] == Stopped(1)


# Checkpoints


def test_a_checkpoint_is_stored_when_all_events_up_to_it_are(bench):
    key = bench.start()
    bench.say(key, 1, *recorded(STARTED, *[step(number) for number in range(1, 21)]), CheckpointReady(20))
    assert bench.workers.fetched == [key]
    # The worker answers with a newer one, whose events are still under way.
    bench.director.hear(CheckpointFetched(*key, (50, CHECKPOINT_50)))
    bench.look()
    assert bench.run(key).checkpoint_step is None
    bench.say(key, 2, *recorded(*[step(number) for number in range(21, 51)]), CheckpointReady(50))
    assert bench.run(key).checkpoint_step == 50
    assert bench.workers.fetched == [key]


def test_a_checkpoint_that_became_old_on_its_way_is_followed_by_the_next(bench):
    key = bench.start()
    bench.say(key, 1, *recorded(STARTED, *[step(number) for number in range(1, 51)]), CheckpointReady(50))
    bench.say(key, 2, *recorded(*[step(number) for number in range(51, 101)]), CheckpointReady(100))
    assert len(bench.workers.fetched) == 1
    bench.director.hear(CheckpointFetched(*key, (50, CHECKPOINT_50)))
    assert len(bench.workers.fetched) == 2


def test_a_training_that_left_is_kept_by_its_worker_until_its_checkpoint_is_here(bench):
    key = bench.start()
    bench.say(key, 1, *recorded(STARTED, step(1)), CheckpointReady(1), Ended("left"))
    assert bench.workers.released == []
    assert not bench.director.done
    bench.director.hear(CheckpointFetched(*key, (1, CHECKPOINT_50)))
    assert bench.workers.released == [key]


# Snapshots


def test_every_snapshot_is_fetched_in_order_and_stored_as_it_came(bench):
    key = bench.start()
    bench.say(key, 1, *recorded(STARTED), SnapshotReady(0), *recorded(step(1)), SnapshotReady(1))
    bench.say(key, 2, *recorded(step(2)), SnapshotReady(2))
    assert bench.workers.snapshots == [(key, 0)], "one at a time: who asks for a later one has this one"
    for number in (0, 1, 2):
        assert bench.workers.snapshots[-1] == (key, number)
        bench.deliver(key, number)
        assert bench.store.snapshot(key[0], number) == snapshot(number)
    assert bench.store.snapshot_steps(key[0]) == (0, 1, 2)


def test_a_training_that_is_over_is_kept_by_its_worker_until_all_its_snapshots_are_here(bench):
    key = bench.start()
    last = [SnapshotReady(1), *recorded(scored(1)), Ended("finished")]
    bench.say(key, 1, *recorded(STARTED), SnapshotReady(0), *recorded(step(1)), *last)
    assert bench.run(key).status == "finished"
    bench.deliver(key, 0)
    assert bench.workers.released == []
    assert not bench.director.done
    bench.deliver(key, 1)
    assert bench.workers.released == [key]
    assert bench.store.snapshot_steps(key[0]) == (0, 1)


def test_a_checkpoint_is_not_stored_before_the_snapshots_that_who_resumes_there_will_not_take(bench):
    key = bench.start()
    steps = recorded(STARTED, *[step(number) for number in range(1, 51)])
    bench.say(key, 1, *steps, SnapshotReady(20), SnapshotReady(50), CheckpointReady(50), Ended("left"))
    bench.director.hear(CheckpointFetched(*key, (50, CHECKPOINT_50)))
    bench.look()
    bench.deliver(key, 20)
    assert bench.run(key).checkpoint_step is None
    bench.deliver(key, 50)
    assert bench.run(key).checkpoint_step == 50
    assert bench.workers.fetched == [key]
    assert bench.workers.released == [key]


def test_a_checkpoint_waits_for_no_later_snapshot(bench):
    key = bench.start()
    bench.say(key, 1, *recorded(STARTED, *[step(number) for number in range(1, 51)]), CheckpointReady(50))
    bench.say(key, 2, *recorded(*[step(number) for number in range(51, 76)]), SnapshotReady(75))
    bench.director.hear(CheckpointFetched(*key, (50, CHECKPOINT_50)))
    bench.look()
    assert bench.run(key).checkpoint_step == 50


def test_a_snapshot_that_cannot_be_had_holds_up_nothing(bench):
    key = bench.start()
    bench.say(key, 1, *recorded(STARTED), SnapshotReady(0), *recorded(step(1)), SnapshotReady(1))
    bench.director.hear(SnapshotFetched(*key, 0, None))
    bench.deliver(key, 1)
    assert bench.store.snapshot_steps(key[0]) == (1,)


def test_a_resumed_run_takes_the_same_snapshots_again_and_nothing_changes(tmp_path):
    bench = Bench(tmp_path)
    bench.warm("a")
    key = bench.start()
    bench.say(key, 1, *recorded(STARTED), SnapshotReady(0), *recorded(step(1)), SnapshotReady(1))
    bench.deliver(key, 0)
    bench.deliver(key, 1)
    bench.director.end()
    bench.director.give_up()
    bench.store.requeue(key[0], OWNER)
    again = Bench(tmp_path)
    again.warm("a")
    key = again.key(key[0])
    again.say(key, 1, *recorded(STARTED), SnapshotReady(0), *recorded(step(1)), SnapshotReady(1))
    again.deliver(key, 0)
    again.deliver(key, 1)
    assert again.store.snapshot_steps(key[0]) == (0, 1)
    assert again.run(key).status == "running"


def test_while_the_disk_is_full_few_snapshots_are_fetched_and_the_rest_follow(bench):
    key = bench.start()
    numbers = list(range(MAX_SNAPSHOTS + 3))
    bench.say(key, 1, *recorded(STARTED, *[step(number) for number in numbers[1:]]))
    bench.store.full = True
    bench.say(key, 2, *[SnapshotReady(number) for number in numbers])
    for number in numbers[:MAX_SNAPSHOTS]:
        bench.deliver(key, number)
    assert len(bench.workers.snapshots) == MAX_SNAPSHOTS
    bench.store.full = False
    bench.look(SECONDS_UNTIL_RETRIED)
    bench.look()
    for number in numbers[MAX_SNAPSHOTS:]:
        bench.deliver(key, number)
    assert bench.store.snapshot_steps(key[0]) == tuple(numbers)


# Questions

RECALIBRATE_0 = Recalibrate(0)


@pytest.fixture
def asked_about(bench):
    """A run that has come to step 1, with its snapshots."""
    key = bench.start()
    bench.say(key, 1, *recorded(STARTED), SnapshotReady(0), *recorded(step(1), statistics(1)), SnapshotReady(1))
    bench.deliver(key, 0)
    bench.deliver(key, 1)
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
    assert (inquiry.question, inquiry.config) == (RECALIBRATE_0.to_json(), CONFIG.to_json())
    assert (inquiry.dataset_sha256, inquiry.snapshot, inquiry.statistics) == ("sha", snapshot(0), None)
    bench.director.hear(Replied(inquiry.id, address, Answered(b"the answer"), WARM))
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
    bench.director.hear(Replied(bench.workers.asked[0][1].id, "a", Answered(b"1"), WARM))
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
    bench.director.hear(Replied(bench.workers.asked[0][1].id, "a", Refused("Connect this machine."), WARM))
    bench.look()
    assert refusal(bench, asked_about, RECALIBRATE_0) == "Connect this machine."


def test_a_question_about_a_snapshot_that_is_on_its_way_waits_for_it(bench, asked_about):
    bench.say(asked_about, 2, *recorded(step(2)))
    # What is recorded ends here: whoever sees step 2 may ask about it.
    bench.put(asked_about, Recalibrate(2))
    bench.look()
    bench.find()
    bench.find()
    bench.say(asked_about, 3, SnapshotReady(2))
    bench.find()
    assert isinstance(bench.put(asked_about, Recalibrate(2)), Pending)
    bench.deliver(asked_about, 2)
    bench.look()
    bench.find()
    assert [inquiry.snapshot for _, inquiry in bench.workers.asked] == [snapshot(2)]


def test_a_question_about_a_snapshot_that_was_lost_on_its_way_is_refused(bench, asked_about):
    bench.say(asked_about, 2, *recorded(step(2)), SnapshotReady(2))
    bench.put(asked_about, Recalibrate(2))
    bench.look()
    bench.find()
    bench.director.hear(SnapshotFetched(*asked_about, 2, None))
    bench.look()
    bench.find()
    assert "not there yet; ask again" in refusal(bench, asked_about, Recalibrate(2))


def test_a_question_whose_worker_dies_goes_to_another_and_is_refused_in_the_end(bench, asked_about):
    bench.put(asked_about, RECALIBRATE_0)
    for number in range(1, MAX_TAKEN + 1):
        bench.look()
        bench.find()
        assert len(bench.workers.asked) == number
        address, inquiry = bench.workers.asked[-1]
        # Either of the two may be heard first.
        news = [Left(address), NotReplied(inquiry.id, address)]
        for report in news if number % 2 else reversed(news):
            bench.director.hear(report)
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
    assert [question.run_id for question in again.finder.gathering] == [key[0]]


def test_at_the_end_no_question_is_taken_and_those_without_an_answer_are_put_back(bench, asked_about):
    bench.put(asked_about, RECALIBRATE_0)
    bench.look()
    bench.director.end()
    bench.put(asked_about, Recalibrate(1))
    bench.find()
    assert bench.workers.asked == []
    bench.director.give_up()
    assert [question.question["step"] for question in bench.store.take_questions()] == [0, 1]


def test_an_answer_that_finds_no_room_is_kept_until_there_is_some(bench, asked_about):
    bench.put(asked_about, RECALIBRATE_0)
    bench.look()
    bench.find()
    bench.store.full = True
    bench.director.hear(Replied(bench.workers.asked[0][1].id, "a", Answered(b"the answer"), WARM))
    bench.look()
    bench.store.full = False
    bench.look(SECONDS_UNTIL_RETRIED)
    assert bench.put(asked_about, RECALIBRATE_0) == AnswerBytes(b"the answer")


def test_while_the_store_cannot_be_read_a_question_waits(bench, asked_about):
    bench.put(asked_about, RECALIBRATE_0)
    bench.look()
    (question,) = bench.finder.gathering
    bench.director.hear(Gathered(question, None))
    bench.finder.gathering.clear()
    bench.look()
    assert bench.finder.gathering == []
    bench.look(SECONDS_UNTIL_READ_AGAIN)
    assert bench.finder.gathering == [question]


def test_an_idle_worker_gets_ready_for_questions_when_all_is_calm(bench):
    bench.look(1.0)
    bench.look(SECONDS_OF_CALM)
    warmed = WarmExaminer("a", TrainingConfig())
    assert bench.workers.chores[-1] == warmed
    bench.director.hear(NotDone(warmed, "out of memory"))
    bench.look(SECONDS_OF_CALM)
    assert bench.workers.chores.count(warmed) == 1, "what does not work is not tried again and again"


# Going on


def interrupted_at(bench, last, checkpoint=None):
    """A run that was interrupted and queued again; gives its key."""
    key = bench.start()
    items = recorded(STARTED, *[step(number, number / 7) for number in range(1, last + 1)])
    bench.say(key, 1, *items)
    if checkpoint is not None:
        bench.store.put_checkpoint(key[0], checkpoint, CHECKPOINT_50)
    bench.director.end()
    bench.director.give_up()
    assert bench.run(key).status == "interrupted"
    bench.store.requeue(key[0], OWNER)
    return key


def test_a_run_goes_on_from_its_checkpoint_and_what_it_repeats_is_not_stored_twice(tmp_path):
    bench = Bench(tmp_path)
    bench.warm("a")
    key = interrupted_at(bench, 53, checkpoint=50)
    again = Bench(tmp_path)
    again.warm("a")
    _, assignment = again.workers.placed[-1]
    assert assignment.checkpoint == CHECKPOINT_50
    items = recorded(replace(STARTED, step=50), *[replace(step(n, n / 7), milliseconds=1.0) for n in range(51, 56)])
    again.say(assignment.key, 1, *items)
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
    again.say(assignment.key, 1, *recorded(STARTED, *[step(number, number / 7) for number in range(1, 5)]))
    assert again.events(key) == [STARTED, *[step(number, number / 7) for number in range(1, 5)]]


def test_a_run_that_comes_out_differently_fails_and_what_is_recorded_stays(tmp_path):
    bench = Bench(tmp_path)
    bench.warm("a")
    key = interrupted_at(bench, 3)
    before = bench.events(key)
    again = Bench(tmp_path)
    again.warm("a")
    _, assignment = again.workers.placed[-1]
    again.say(assignment.key, 1, *recorded(STARTED, step(1, 1 / 7), step(2, 0.4), step(3), step(4)), Held(4))
    assert again.run(key).status == "failed"
    assert "came out differently at step 2" in again.run(key).message
    assert again.events(key) == [*before, Failed(3, again.run(key).message, None)]
    assert again.workers.told == [(assignment.key, "leave")]
    again.say(assignment.key, 2, *recorded(step(5)), Ended("left"))
    assert again.events(key)[-1] == Failed(3, again.run(key).message, None)
    assert again.workers.released == [assignment.key]


# Trouble


def test_a_full_disk_loses_nothing_and_the_engine_says_what_is_wrong(bench):
    key = bench.start()
    bench.store.full = True
    bench.say(key, 1, *recorded(STARTED, step(1)), CheckpointReady(1))
    bench.director.hear(CheckpointFetched(*key, (1, CHECKPOINT_50)))
    bench.say(key, 2, *recorded(step(2), scored(2)), Ended("finished"))
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
    bench.say(key, 1, *recorded(STARTED))
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


def test_a_worker_of_another_version_fails_its_run_and_says_why(bench):
    key = bench.start()
    bench.say(key, 1, *recorded(STARTED), Recorded(b"from the future"))
    assert bench.run(key).status == "failed"
    assert "another version of Batch Norm Lab" in bench.run(key).message


def test_a_task_that_cannot_be_done_fails_its_run_and_frees_its_worker(bench):
    key = bench.start()
    waiting = bench.store.add_run(CONFIG, OWNER)
    bench.look()
    bench.director.hear(TaskFailed(*key, "No module named 'bn_core'"))
    bench.look()
    assert bench.run(key).status == "failed"
    assert "No module named 'bn_core'" in bench.run(key).message
    assert bench.key(waiting)


def test_a_run_whose_worker_left_goes_on_elsewhere(bench):
    bench.warm("b")
    key = bench.start()
    bench.say(key, 1, *recorded(STARTED, step(1)))
    first, _ = bench.workers.placed[-1]
    bench.director.hear(Left(first))
    bench.look()
    second, assignment = bench.workers.placed[-1]
    assert first != second
    assert assignment.key[1] > key[1]
    assert bench.run(key).status == "running"
    assert "goes on by itself" in bench.run(key).message
    bench.say(assignment.key, 1, *recorded(STARTED, step(1), step(2)))
    assert bench.run(key).message is None
    assert [event.step for event in bench.events(key) if isinstance(event, Step)] == [1, 2]


def test_a_lost_connection_makes_the_engine_unavailable_until_it_is_back(bench):
    key = bench.start()
    bench.director.hear(Disconnected("The scheduler is gone."))
    bench.look()
    assert (bench.store.engine().state, bench.store.engine().message) == ("unavailable", "The scheduler is gone.")
    bench.director.hear(Connected())
    bench.warm("b")
    bench.look()
    assert bench.store.engine().state == "ready"
    assert bench.key(key[0])[1] > key[1]


def test_a_data_set_that_cannot_be_had_fails_the_run_with_its_sentence(bench):
    garments = bench.store.add_run(replace(CONFIG, dataset="fashion-mnist"), OWNER)
    bench.look()
    assert bench.workers.chores[-1] == Fetch("a", "fashion-mnist")
    bench.director.hear(NotDone(Fetch("a", "fashion-mnist"), "Connect this machine to the internet."))
    bench.look()
    record = bench.store.run(garments)
    assert (record.status, record.message) == ("failed", "Connect this machine to the internet.")


def test_the_engine_speaks_every_second_and_when_something_changes(bench):
    bench.look()
    before = bench.store.engine()
    assert (before.state, before.workers, before.busy) == ("ready", 1, 0)
    assert before.warm == (TrainingConfig().program,)
    bench.start()
    assert bench.store.engine().busy == 1
    heartbeat = bench.store.engine().heartbeat
    bench.look(module.HEARTBEAT_SECONDS)
    assert bench.store.engine().heartbeat > heartbeat
