"""One training on a worker, in a thread, with the fake trainer."""

import itertools
import threading
import time
from dataclasses import replace

import pytest

from bn_core.config import TrainingConfig
from bn_core.engine.control import Control
from bn_core.engine.holdings import Holdings
from bn_core.engine.items import Checkpoint, Compiling, Ended, Paused, Resumed, Snapshot
from bn_core.engine.training_session import SECONDS_BETWEEN_CHECKPOINTS, TrainingSession
from bn_core.training.events import (
    CheckpointTaken,
    Failed,
    RecordedEvent,
    RunStarted,
    Scored,
    SnapshotTaken,
    Step,
    Stopped,
    pack,
    unpack,
)
from tests.engine.fake_trainer import CRASHES, FakeTrainer

CONFIG = TrainingConfig(dataset="mnist-5k", batches=120)
PATIENCE = 60


class Collected:
    """A feed's stand-in: keeps every item, and lets a test wait for one."""

    def __init__(self):
        self.items = []
        self.changed = threading.Condition()

    def put(self, item):
        with self.changed:
            self.items.append(item)
            self.changed.notify_all()

    def wait_for(self, item):
        with self.changed:
            assert self.changed.wait_for(lambda: item in self.items, PATIENCE), self.items

    def wait_for_end(self):
        with self.changed:
            assert self.changed.wait_for(lambda: any(isinstance(item, Ended) for item in self.items), PATIENCE)

    @property
    def events(self):
        return [unpack(item.packed) for item in self.items if isinstance(item, RecordedEvent)]

    @property
    def steps(self):
        return [event.step for event in self.events if isinstance(event, Step)]

    @property
    def snapshots(self):
        return {item.step: unpack(item.packed) for item in self.items if isinstance(item, Snapshot)}

    @property
    def checkpoint(self):
        """The latest one."""
        return [unpack(item.packed) for item in self.items if isinstance(item, Checkpoint)][-1]

    def before(self, kind, step):
        """The items before the snapshot or checkpoint of this step."""
        places = [place for place, item in enumerate(self.items) if isinstance(item, kind) and item.step == step]
        return self.items[: places[0]]


def run(config=CONFIG, checkpoint=None, control=None):
    sink = Collected()
    TrainingSession(config, checkpoint, control or Control(), sink).run(Holdings(FakeTrainer()))
    return sink


def begun(control, config=CONFIG):
    sink = Collected()
    session = TrainingSession(config, None, control, sink)
    thread = threading.Thread(target=session.run, args=(Holdings(FakeTrainer()),), daemon=True)
    thread.start()
    return sink, thread


def test_every_event_is_handed_on_and_the_end_comes_last():
    sink = run()
    assert sink.steps == list(range(1, 121))
    assert isinstance(sink.events[0], RunStarted)
    assert isinstance(sink.events[-1], Scored)
    assert sink.items[-1] == Ended("finished")


def test_of_a_run_of_which_the_scores_are_kept_what_is_inside_the_layers_stays_here():
    whole, sink = run(), Collected()
    TrainingSession(CONFIG, None, Control(), sink, "scores").run(Holdings(FakeTrainer()))
    assert whole.snapshots
    assert sink.snapshots == {}
    kinds = {item.kind for item in sink.items if isinstance(item, RecordedEvent)}
    assert kinds.isdisjoint({"LayersProbed", "StatisticsRecorded"})
    assert sink.steps == whole.steps
    scored = [event for event in whole.events if isinstance(event, Scored)]
    assert [repr(event) for event in sink.events if isinstance(event, Scored)] == [repr(event) for event in scored]


def checkpoints_of_scores(seconds_between_looks, left_at=None):
    """The checkpoints that reach the host of a run of which the scores are kept."""
    control, ticks = Control(), itertools.count(0.0, seconds_between_looks)

    class Sink(Collected):
        def put(self, item):
            super().put(item)
            if isinstance(item, RecordedEvent) and item.kind == "Step" and item.step == left_at:
                control.give("leave")

    sink = Sink()
    TrainingSession(CONFIG, None, control, sink, "scores", lambda: next(ticks)).run(Holdings(FakeTrainer()))
    return [item.step for item in sink.items if isinstance(item, Checkpoint)]


def test_of_a_run_of_which_the_scores_are_kept_checkpoints_are_seldom_and_there_when_it_has_to_leave():
    assert checkpoints_of_scores(0.0) == []
    assert checkpoints_of_scores(SECONDS_BETWEEN_CHECKPOINTS / 2) == [100]
    assert checkpoints_of_scores(SECONDS_BETWEEN_CHECKPOINTS) == [50, 100]
    assert checkpoints_of_scores(0.0, left_at=7) == [7]


def test_events_are_rows_that_nobody_has_to_decode_on_their_way():
    sink = run()
    for item in sink.items:
        if isinstance(item, RecordedEvent):
            event = unpack(item.packed)
            assert (item.kind, item.step) == (type(event).__name__, event.step)
            assert item.milliseconds == getattr(event, "milliseconds", None)


def test_a_network_that_has_to_be_traced_is_announced_and_one_that_is_there_is_not():
    holdings, first, second = Holdings(FakeTrainer()), Collected(), Collected()
    for sink in (first, second):
        TrainingSession(CONFIG, None, Control(), sink).run(holdings)
    assert first.items[0] == Compiling()
    assert Compiling() not in second.items


def test_checkpoints_and_snapshots_come_after_all_events_up_to_their_step():
    sink = run()
    assert not any(isinstance(event, CheckpointTaken | SnapshotTaken) for event in sink.events)
    assert sink.checkpoint.step == 100
    assert list(sink.snapshots) == [0, 1, 2, 5, 10, 20, 50, 75, 100, 120]
    for kind, step in [(Checkpoint, 50), (Checkpoint, 100), *((Snapshot, step) for step in sink.snapshots)]:
        before = [unpack(item.packed).step for item in sink.before(kind, step) if isinstance(item, RecordedEvent)]
        assert before[-1] == step
    assert any(item.step == 50 for item in sink.before(Checkpoint, 50) if isinstance(item, Snapshot)), (
        "who resumes there has it"
    )


def test_a_resumed_training_takes_the_same_snapshots_again():
    whole = run()
    rest = run(checkpoint=run(replace(CONFIG, batches=50)).checkpoint)
    assert list(rest.snapshots) == [75, 100, 120]
    assert all(pack(snapshot) == pack(whole.snapshots[step]) for step, snapshot in rest.snapshots.items())


def test_a_training_goes_on_from_a_checkpoint_as_if_it_had_never_stopped():
    whole = run()
    rest = run(checkpoint=run(replace(CONFIG, batches=50)).checkpoint)
    assert rest.steps == list(range(51, 121))
    later = [event for event in whole.events if isinstance(event, Step) and event.step > 50]
    assert [event.loss for event in rest.events if isinstance(event, Step)] == [event.loss for event in later]


def test_a_pause_comes_after_one_more_step_at_most_with_a_checkpoint_of_that_step():
    control = Control(steps=7)
    sink, thread = begun(control)
    sink.wait_for(Paused(7))
    assert sink.steps == list(range(1, 8))
    assert sink.checkpoint.step == 7
    control.give("step")
    sink.wait_for(Paused(8))
    assert sink.steps == list(range(1, 9))
    control.give("resume")
    thread.join(PATIENCE)
    assert Resumed() in sink.items
    assert sink.steps == list(range(1, 121))


def test_a_training_that_is_told_to_go_on_during_a_single_step_says_so():
    class GoOnDuringStep4(Control):
        done = 0

        def after_step(self):
            self.done += 1
            if self.done == 4:
                self.give("resume")
            return super().after_step()

    control = GoOnDuringStep4(steps=3)
    sink, thread = begun(control)
    sink.wait_for(Paused(3))
    control.give("step")
    thread.join(PATIENCE)
    assert sink.steps == list(range(1, 121))
    assert [type(item) for item in sink.items if isinstance(item, Paused | Resumed)] == [Paused, Resumed]


def test_a_training_can_be_paused_before_its_first_step():
    control = Control(steps=0)
    sink, thread = begun(control)
    sink.wait_for(Paused(0))
    assert sink.steps == []
    control.give("stop")
    thread.join(PATIENCE)
    assert sink.items[-1] == Ended("stopped")


def test_a_paused_training_that_is_stopped_does_no_further_step():
    control = Control(steps=3)
    sink, thread = begun(control)
    sink.wait_for(Paused(3))
    control.give("stop")
    thread.join(PATIENCE)
    assert sink.steps == [1, 2, 3]
    assert sink.events[-1] == Stopped(3)
    assert sink.items[-1] == Ended("stopped")


class StopAt(Control):
    """Commands that come during a certain step."""

    def __init__(self, step, command):
        super().__init__()
        self.steps, self.at, self.command = 0, step, command

    def after_step(self):
        self.steps += 1
        if self.steps == self.at:
            self.give(self.command)
        return super().after_step()


@pytest.mark.parametrize("step", [7, 50])
def test_a_stop_takes_effect_after_the_step_in_work(step):
    sink = run(control=StopAt(step, "stop"))
    assert sink.steps[-1] == step
    assert sink.events[-1] == Stopped(step)
    assert sink.items[-1] == Ended("stopped")


def test_a_training_that_is_to_leave_keeps_a_checkpoint_of_its_last_step():
    sink = run(control=StopAt(7, "leave"))
    assert sink.steps[-1] == 7
    assert sink.checkpoint.step == 7
    assert isinstance(sink.items[-2], Checkpoint)
    assert sink.items[-1] == Ended("left")


def test_an_exception_becomes_a_failed_event_and_what_was_recorded_stays():
    sink = run(replace(CONFIG, seed=CRASHES))
    assert sink.steps == [1, 2, 3, 4]
    failed = sink.events[-1]
    assert isinstance(failed, Failed)
    assert failed.step == 4
    assert "RuntimeError: the fake crashed" in failed.cause
    assert sink.items[-1] == Ended("failed", failed.cause)


def test_data_that_cannot_be_had_become_the_cause_in_their_own_words():
    sink = run(replace(CONFIG, dataset="fashion-mnist"))
    assert sink.items[-1] == Ended("failed", "Fashion-MNIST cannot be had: connect this machine to the internet.")


def test_two_threads_that_need_one_network_have_it_traced_once():
    class Counting(FakeTrainer):
        traced = 0

        def prepare(self, config):
            Counting.traced += 1
            time.sleep(0.01)
            return super().prepare(config)

    holdings = Holdings(Counting())
    threads = [threading.Thread(target=holdings.network, args=(CONFIG,)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    assert Counting.traced == 1
    assert holdings.inventory().programs == {CONFIG.compile_key}
