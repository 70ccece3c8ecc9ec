import logging

import pytest

from bn_core.engine.items import RecordedEvent
from bn_core.engine.write_queue import MAX_WEIGHTS, SECONDS_UNTIL_RETRIED, WriteQueue
from bn_core.runs.records import UnknownRun
from bn_core.runs.store import StoreUnavailable
from tests.engine.factories import step


class Disk:
    """A store that can be full, or too full for weights, with a clock."""

    def __init__(self):
        self.full = False
        self.full_for_weights = False
        self.now = 0.0
        self.written = []

    def write(self, what):
        if self.full:
            raise StoreUnavailable("The disk is full: make room.")
        self.written.append(what)

    def append(self, run_id, events):
        self.write((run_id, len(events)))

    def put_snapshot(self, run_id, step, packed):
        self._write_weights((run_id, "snapshot", step))

    def put_checkpoint(self, run_id, step, packed):
        self._write_weights((run_id, "checkpoint", step))

    def _write_weights(self, what):
        if self.full_for_weights:
            raise StoreUnavailable("The disk is full: make room.")
        self.write(what)

    def fail(self, run_id, error):
        self.write((run_id, str(error)))

    def make_room(self):
        self.full = self.full_for_weights = False
        self.now += SECONDS_UNTIL_RETRIED


@pytest.fixture
def disk():
    return Disk()


@pytest.fixture
def queue(disk):
    return WriteQueue(disk, disk.fail, clock=lambda: disk.now)


def add(queue, disk, *things):
    for thing in things:
        queue.add(lambda thing=thing: disk.write(thing))


def test_writes_are_done_in_their_order(queue, disk):
    add(queue, disk, 1)
    queue.put_snapshot("run", 0, b"")
    add(queue, disk, 2)
    queue.put_checkpoint("run", 50, b"")
    add(queue, disk, 3)
    queue.flush()
    assert disk.written == [1, ("run", "snapshot", 0), 2, ("run", "checkpoint", 50), 3]
    assert queue.empty


def test_events_of_a_run_that_follow_each_other_are_one_write(queue, disk):
    for run_id in ("run", "run", "run", "other", "run"):
        queue.append(run_id, RecordedEvent.of(step(1)))
    queue.put_snapshot("run", 0, b"")
    queue.append("run", RecordedEvent.of(step(2)))
    queue.flush()
    assert disk.written == [("run", 3), ("other", 1), ("run", 1), ("run", "snapshot", 0), ("run", 1)]


def test_what_a_full_disk_refuses_is_kept_and_written_later_in_order(queue, disk):
    disk.full = True
    add(queue, disk, 1, 2)
    queue.flush()
    assert disk.written == []
    assert queue.problem == "The disk is full: make room."
    add(queue, disk, 3)
    disk.make_room()
    queue.flush()
    assert disk.written == [1, 2, 3]
    assert queue.problem is None


def test_a_disk_that_is_full_is_not_tried_all_the_time(queue, disk):
    disk.full = True
    add(queue, disk, 1)
    queue.flush()
    disk.full = False
    disk.now += SECONDS_UNTIL_RETRIED / 2
    queue.flush()
    assert disk.written == []


def test_one_write_that_can_never_be_done_does_not_hold_up_the_others(queue, disk, caplog):
    def impossible():
        raise ValueError("these bytes are no event")

    def deleted():
        raise UnknownRun

    queue.add(impossible)
    queue.add(deleted)
    add(queue, disk, 1)
    with caplog.at_level(logging.ERROR):
        queue.flush()
    assert disk.written == [1]
    assert [record.getMessage() for record in caplog.records] == ["Something could not be recorded"]


def test_events_that_can_never_be_written_are_told_before_anything_else_is_written(queue, disk):
    def append(run_id, events):
        raise ValueError("these bytes are no event")

    disk.append = append
    queue.append("run", RecordedEvent.of(step(1)))
    add(queue, disk, 1)
    queue.flush()
    assert disk.written == [("run", "these bytes are no event"), 1]


# Weights that find no room


def test_weights_that_find_no_room_hold_up_no_event(queue, disk):
    disk.full_for_weights = True
    queue.put_snapshot("run", 50, b"")
    queue.put_checkpoint("run", 50, b"")
    add(queue, disk, 1)
    queue.flush()
    add(queue, disk, 2)
    disk.now += SECONDS_UNTIL_RETRIED
    queue.flush()
    assert disk.written == [1, 2]
    assert not queue.empty
    assert queue.problem == "The disk is full: make room."
    disk.make_room()
    queue.flush()
    assert disk.written == [1, 2, ("run", "snapshot", 50), ("run", "checkpoint", 50)]
    assert queue.problem is None


def test_no_weights_get_ahead_of_those_that_wait(queue, disk):
    disk.full_for_weights = True
    queue.put_snapshot("run", 50, b"")
    queue.flush()
    queue.put_checkpoint("run", 50, b"")
    disk.make_room()
    queue.flush()
    assert disk.written == [("run", "snapshot", 50), ("run", "checkpoint", 50)]


def test_of_the_checkpoints_that_wait_only_the_newest_counts_and_comes_after_the_snapshots_before_it(queue, disk):
    disk.full_for_weights = True
    queue.put_checkpoint("run", 50, b"")
    queue.put_snapshot("run", 75, b"")
    queue.put_checkpoint("other", 50, b"")
    queue.put_checkpoint("run", 100, b"")
    queue.flush()
    disk.make_room()
    queue.flush()
    assert disk.written == [("run", "snapshot", 75), ("other", "checkpoint", 50), ("run", "checkpoint", 100)]


def test_weights_that_wait_for_the_disk_are_bounded_and_then_everything_waits(queue, disk):
    disk.full_for_weights = True
    numbers = range(MAX_WEIGHTS + 1)
    for number in numbers:
        queue.put_snapshot("run", number, b"")
        add(queue, disk, number)
    queue.flush()
    assert disk.written == list(numbers[:-1])
    disk.make_room()
    queue.flush()
    assert [what for what in disk.written if what in numbers] == list(numbers)
    assert [what for what in disk.written if what not in numbers] == [("run", "snapshot", number) for number in numbers]
