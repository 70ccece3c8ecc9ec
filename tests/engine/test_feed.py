import threading
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bn_core.engine.feed import BATCH_BYTES, Feed
from bn_core.engine.items import Checkpoint, Ended, Paused, Snapshot

PATIENCE = 30


def steps(batch):
    return [item.step for item in batch.items]


def filled(*items, **limits):
    feed = Feed(**limits)
    for item in items:
        feed.put(item)
    return feed


def read_whole(feed):
    """Everything, as a host reads that stores at once."""
    items, cursor = [], 0
    while (batch := feed.read(cursor, 0)).items:
        items += batch.items
        cursor = batch.cursor
    return items


def test_what_is_there_is_read_at_once_and_in_order():
    feed = filled(Paused(1), Paused(2))
    started = time.monotonic()
    batch = feed.read(0, PATIENCE)
    assert steps(batch) == [1, 2]
    assert time.monotonic() - started < PATIENCE / 2


def test_a_read_waits_for_the_next_item_and_gives_up_with_nothing():
    feed = filled(Paused(1))
    cursor = feed.read(0).cursor
    assert feed.read(cursor, 0.01) == feed.read(cursor, 0.01)
    assert feed.read(cursor, 0.01).items == ()
    threading.Timer(0.05, feed.put, [Paused(2)]).start()
    assert steps(feed.read(cursor, PATIENCE)) == [2]


def test_where_nobody_watches_a_read_gathers_until_the_training_ends_or_waits():
    for last in (Ended("finished"), Paused(9)):
        feed = filled(Checkpoint(1, b""), gathering=PATIENCE)
        threading.Timer(0.05, feed.put, [Checkpoint(2, b"")]).start()
        threading.Timer(0.1, feed.put, [last]).start()
        assert feed.read(0).items[-1] == last


def test_what_is_gathered_is_read_before_the_training_has_to_wait():
    feed = filled(Snapshot(1, b""), gathering=PATIENCE, max_snapshots=2)
    threading.Timer(0.05, feed.put, [Snapshot(2, b"")]).start()
    assert steps(feed.read(0)) == [1, 2]


@given(st.data())
def test_whatever_fails_on_the_way_every_item_is_stored_once_and_in_order(data):
    """A host reads, may lose the reply or fail to store, and reads again after the last that it has stored."""
    feed, put, stored, cursor = Feed(max_items=10**6), 0, [], 0
    for _ in range(data.draw(st.integers(1, 40))):
        for _ in range(data.draw(st.integers(0, 3))):
            feed.put(Paused(put))
            put += 1
        batch = feed.read(cursor, 0)
        assert steps(batch) == list(range(cursor, put)), "the same cursor gives the same items, or more"
        if data.draw(st.booleans()):
            stored += steps(batch)
            cursor = batch.cursor
    stored += [item.step for item in _rest(feed, cursor)]
    assert stored == list(range(put))


def _rest(feed, cursor):
    while (batch := feed.read(cursor, 0)).items:
        yield from batch.items
        cursor = batch.cursor


@given(st.lists(st.sampled_from(["event", "snapshot", "checkpoint", "read", "store"]), max_size=60))
def test_only_checkpoints_are_replaced_and_only_by_newer_ones_that_come_after_all_before_them(course):
    feed, put, stored, cursor, latest = Feed(max_items=10**6, max_snapshots=10**6), [], [], 0, None
    for step, act in enumerate(course):
        if act in ("read", "store"):
            batch = feed.read(cursor, 0)
            if act == "store":
                stored += batch.items
                cursor = batch.cursor
            continue
        kind = {"event": lambda step, _: Paused(step), "snapshot": Snapshot, "checkpoint": Checkpoint}[act]
        put.append(kind(step, b"bytes"))
        latest = put[-1] if act == "checkpoint" else latest
        feed.put(put[-1])
    stored += _rest(feed, cursor)
    assert [item for item in stored if not isinstance(item, Checkpoint)] == [
        item for item in put if not isinstance(item, Checkpoint)
    ]
    assert stored == sorted(stored, key=lambda item: item.step)
    checkpoints = [item for item in stored if isinstance(item, Checkpoint)]
    assert checkpoints[-1:] == ([latest] if latest else [])


def test_many_snapshots_come_in_batches_of_two_megabytes_so_that_the_curve_need_not_wait_for_them():
    snapshot = bytes(BATCH_BYTES * 7 // 10)
    feed = filled(Paused(0), Snapshot(0, snapshot), Paused(1), Snapshot(1, snapshot), Paused(2), Snapshot(2, snapshot))
    first = feed.read(0)
    assert steps(first) == [0, 0, 1, 1]
    assert steps(feed.read(first.cursor)) == [2, 2]


@pytest.mark.parametrize("item", [lambda step: Paused(step), lambda step: Snapshot(step, b"")])
def test_a_training_far_ahead_of_the_store_waits_and_goes_on_when_it_catches_up(item):
    feed = filled(item(1), item(2), max_items=2, max_snapshots=2)
    third = threading.Thread(target=feed.put, args=(item(3),), daemon=True)
    third.start()
    batch = feed.read(0)
    assert steps(batch) == [1, 2]
    third.join(0.05)
    assert third.is_alive(), "what was read is not stored yet"
    cursor = feed.read(batch.cursor, PATIENCE).cursor
    third.join(PATIENCE)
    assert cursor == 3


def test_a_training_that_is_to_end_need_not_wait():
    feed = filled(Paused(1), max_items=1)
    second = threading.Thread(target=feed.put, args=(Ended("left"),), daemon=True)
    second.start()
    feed.lift_limit()
    second.join(PATIENCE)
    assert read_whole(feed) == [Paused(1), Ended("left")]


def test_two_threads_lose_nothing_between_them():
    feed = Feed(max_items=5)
    writing = threading.Thread(target=lambda: [feed.put(Paused(step)) for step in range(500)], daemon=True)
    writing.start()
    stored, cursor = [], 0
    while len(stored) < 500:
        batch = feed.read(cursor, PATIENCE)
        stored += steps(batch)
        cursor = batch.cursor
    assert stored == list(range(500))
