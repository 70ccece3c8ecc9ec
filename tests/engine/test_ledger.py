import logging

import pytest

from bn_core.engine.ledger import MAX_SNAPSHOTS, SECONDS_UNTIL_RETRIED, Ledger
from bn_core.runs.records import UnknownRun
from bn_core.runs.store import StoreUnavailable


class Disk:
    """A store that can be full, with a clock."""

    def __init__(self):
        self.full = False
        self.full_for_weights = False
        self.now = 0.0
        self.written = []
        self.checkpoints = []
        self.snapshots = []

    def write(self, what):
        if self.full:
            raise StoreUnavailable("The disk is full: make room.")
        self.written.append(what)

    def put_snapshot(self, run_id, step, packed):
        if self.full or self.full_for_weights:
            raise StoreUnavailable("The disk is full: make room.")
        self.snapshots.append((run_id, step, len(self.written)))

    def put_checkpoint(self, run_id, step, packed):
        if self.full or self.full_for_weights:
            raise StoreUnavailable("The disk is full: make room.")
        self.checkpoints.append((run_id, step, len(self.written), len(self.snapshots)))


@pytest.fixture
def disk():
    return Disk()


@pytest.fixture
def ledger(disk):
    return Ledger(disk, clock=lambda: disk.now)


def add(ledger, disk, *things):
    for thing in things:
        ledger.add(lambda thing=thing: disk.write(thing))


def test_writes_are_done_in_their_order(ledger, disk):
    add(ledger, disk, 1, 2, 3)
    ledger.flush()
    assert disk.written == [1, 2, 3]
    assert ledger.empty


def test_what_a_full_disk_refuses_is_kept_and_written_later_in_order(ledger, disk):
    acknowledged = []
    disk.full = True
    ledger.add(lambda: disk.write(1), then=lambda: acknowledged.append(1))
    add(ledger, disk, 2)
    ledger.flush()
    assert (disk.written, acknowledged) == ([], [])
    assert ledger.problem == "The disk is full: make room."
    add(ledger, disk, 3)
    disk.full = False
    disk.now += SECONDS_UNTIL_RETRIED
    ledger.flush()
    assert (disk.written, acknowledged) == ([1, 2, 3], [1])
    assert ledger.problem is None


def test_a_disk_that_is_full_is_not_tried_all_the_time(ledger, disk):
    disk.full = True
    add(ledger, disk, 1)
    ledger.flush()
    disk.full = False
    disk.now += SECONDS_UNTIL_RETRIED / 2
    ledger.flush()
    assert disk.written == []


def test_one_write_that_can_never_be_done_does_not_hold_up_the_others(ledger, disk, caplog):
    def impossible():
        raise ValueError("these bytes are no event")

    def deleted():
        raise UnknownRun

    ledger.add(impossible)
    ledger.add(deleted)
    add(ledger, disk, 1)
    with caplog.at_level(logging.ERROR):
        ledger.flush()
    assert disk.written == [1]
    assert [record.getMessage() for record in caplog.records] == ["Something could not be recorded"]


def test_a_checkpoint_comes_after_all_writes_before_it_and_only_the_latest_counts(ledger, disk):
    ledger.put_checkpoint("run", 50, b"")
    ledger.put_checkpoint("run", 100, b"")
    add(ledger, disk, 1, 2)
    ledger.flush()
    assert disk.checkpoints == [("run", 100, 2, 0)]
    assert ledger.empty


def test_every_snapshot_is_stored_after_all_events_and_before_any_checkpoint(ledger, disk):
    ledger.put_checkpoint("run", 50, b"")
    ledger.put_snapshot("run", 20, b"")
    ledger.put_snapshot("run", 50, b"")
    ledger.put_snapshot("other", 50, b"")
    add(ledger, disk, 1, 2)
    assert ledger.has_snapshot("run", 20)
    ledger.flush()
    assert disk.snapshots == [("run", 20, 2), ("run", 50, 2), ("other", 50, 2)]
    assert disk.checkpoints == [("run", 50, 2, 3)]
    assert ledger.empty
    assert not ledger.has_snapshot("run", 20)


def test_snapshots_that_wait_for_the_disk_are_bounded(ledger, disk):
    disk.full_for_weights = True
    for step in range(MAX_SNAPSHOTS):
        assert ledger.has_room
        ledger.put_snapshot("run", step, b"")
        ledger.flush()
    assert not ledger.has_room
    disk.full_for_weights = False
    disk.now += SECONDS_UNTIL_RETRIED
    ledger.flush()
    assert ledger.has_room
    assert [step for _, step, _ in disk.snapshots] == list(range(MAX_SNAPSHOTS))


def test_weights_that_find_no_room_hold_up_no_event(ledger, disk):
    disk.full_for_weights = True
    ledger.put_snapshot("run", 50, b"")
    ledger.put_checkpoint("run", 50, b"")
    add(ledger, disk, 1)
    ledger.flush()
    add(ledger, disk, 2)
    disk.now += SECONDS_UNTIL_RETRIED
    ledger.flush()
    assert disk.written == [1, 2]
    assert not ledger.empty
    disk.full_for_weights = False
    disk.now += SECONDS_UNTIL_RETRIED
    ledger.flush()
    assert disk.checkpoints == [("run", 50, 2, 1)]
