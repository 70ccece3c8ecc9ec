import logging

import pytest

from bn_core.engine.write_queue import MAX_WAITING, SECONDS_UNTIL_RETRIED, WriteQueue
from bn_core.runs.records import UnknownRun
from bn_core.runs.store import StoreUnavailable


class Disk:
    """A disk that can be full, or too full for weights, with a clock."""

    def __init__(self):
        self.full = False
        self.full_for_weights = False
        self.now = 0.0
        self.written = []

    def write(self, what):
        if self.full:
            raise StoreUnavailable("The disk is full: make room.")
        self.written.append(what)

    def write_weights(self, what):
        if self.full_for_weights:
            raise StoreUnavailable("The disk is full: make room.")
        self.write(what)

    def make_room(self):
        self.full = self.full_for_weights = False
        self.now += SECONDS_UNTIL_RETRIED


@pytest.fixture
def disk():
    return Disk()


@pytest.fixture
def queue(disk):
    return WriteQueue(clock=lambda: disk.now)


def add(queue, disk, *things, to="run"):
    for thing in things:
        queue.add(to, lambda thing=thing: disk.write(thing))


def put(queue, disk, *things, to="weights"):
    for thing in things:
        queue.put(to, lambda thing=thing: disk.write_weights(thing))


def test_writes_are_done_in_their_order(queue, disk):
    add(queue, disk, 1, 2, 3)
    queue.flush()
    assert disk.written == [1, 2, 3]
    assert queue.empty


def test_what_a_write_adds_is_written_after_it(queue, disk):
    queue.add("run", lambda: add(queue, disk, 2))
    add(queue, disk, 1)
    queue.flush()
    assert disk.written == [1, 2]


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


def test_what_cannot_be_written_holds_up_nothing_in_another_queue(queue, disk):
    def refused():
        raise StoreUnavailable("The disk is full: make room.")

    queue.add("run", refused)
    add(queue, disk, 1, to="other")
    queue.flush()
    add(queue, disk, 2, to="other")
    queue.flush()
    assert disk.written == [1, 2]
    assert queue.problem == "The disk is full: make room."
    assert not queue.empty


def test_trouble_is_logged_when_it_comes_and_when_it_goes(queue, disk, caplog):
    disk.full = True
    add(queue, disk, 1)
    add(queue, disk, 2, to="other")
    with caplog.at_level(logging.WARNING):
        for _ in range(5):
            queue.flush()
            disk.now += SECONDS_UNTIL_RETRIED
        disk.make_room()
        queue.flush()
    assert [record.getMessage() for record in caplog.records] == [
        "The run store cannot be written; what comes is kept and tried again: The disk is full: make room.",
        "The run store can be written again.",
    ]


def test_one_write_that_can_never_be_done_does_not_hold_up_the_others(queue, disk, caplog):
    def impossible():
        raise ValueError("these bytes are no event")

    def deleted():
        raise UnknownRun

    queue.add("run", impossible)
    queue.add("run", deleted)
    add(queue, disk, 1)
    with caplog.at_level(logging.ERROR):
        queue.flush()
    assert disk.written == [1]
    assert [record.getMessage() for record in caplog.records] == ["Something could not be recorded"]


# Weights


def test_weights_are_written_at_once(queue, disk):
    put(queue, disk, "snapshot")
    assert disk.written == ["snapshot"]
    assert queue.empty


def test_weights_that_find_no_room_wait_in_their_order_and_hold_up_nothing_else(queue, disk):
    disk.full_for_weights = True
    put(queue, disk, "snapshot")
    add(queue, disk, 1)
    queue.flush()
    assert disk.written == [1]
    disk.make_room()
    put(queue, disk, "checkpoint")
    assert disk.written == [1]
    queue.flush()
    assert disk.written == [1, "snapshot", "checkpoint"]


def test_weights_that_wait_are_bounded(queue, disk):
    disk.full_for_weights = True
    put(queue, disk, *range(MAX_WAITING))
    with pytest.raises(StoreUnavailable):
        put(queue, disk, "one more")
    put(queue, disk, "another run's", to="other weights")
    disk.make_room()
    queue.flush()
    assert disk.written == [*range(MAX_WAITING), "another run's"]
