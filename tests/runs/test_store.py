"""What the store promises: nothing recorded is lost or changed, whoever writes at once and whatever goes wrong."""

from __future__ import annotations

import itertools
import os
import re
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bn_core.config import TrainingConfig
from bn_core.protocol import is_scheduled
from bn_core.runs import checks
from bn_core.runs import database as database_module
from bn_core.runs import store as store_module
from bn_core.runs.checks import Reading
from bn_core.runs.database import FILE_NAME
from bn_core.runs.records import ENDED, STATUSES, BadName, EngineStatus, QueueFull, UnknownRun, is_run_id
from bn_core.runs.store import Store, StoreUnavailable
from bn_core.runs.turns import Places
from bn_core.training.events import (
    Checked,
    CheckpointTaken,
    Evaluated,
    Event,
    Failed,
    RecordedEvent,
    RunStarted,
    Score,
    Scored,
    Step,
    Stopped,
    pack,
    unpack,
)
from tests.runs.stand_ins import probe, snapshot, statistics

CONFIG = TrainingConfig()
OWNER = "a" * 64
OTHER = "b" * 64

steps = st.integers(0, 5000)
numbers = st.floats(allow_nan=False)
scores = st.builds(Score, numbers, numbers)
events: st.SearchStrategy[Event] = st.one_of(
    st.builds(Step, steps, numbers, numbers, numbers),
    st.builds(Evaluated, steps, st.just(250), scores, st.none() | scores, st.none() | scores, numbers),
    st.builds(Checked, steps, steps, st.sampled_from(["training", "validation"]), scores, numbers),
    st.builds(
        RunStarted, steps, st.just(CONFIG.to_json()), st.text(), st.text(), st.integers(1, 60000), st.just({"a": "b"})
    ),
    st.builds(Stopped, steps),
    st.builds(Failed, steps, st.text(), st.none() | st.text()),
)


def step(number: int, milliseconds: float = 20.0) -> RecordedEvent:
    return RecordedEvent.of(Step(number, 0.3, 0.9, milliseconds))


def checkpoint(at: int, floats: int = 10) -> bytes:
    return pack(CheckpointTaken(at, {"kernel": np.full(floats, at, np.float32)}))


def raw(store: Store) -> sqlite3.Connection:
    """The database as another program would open it."""
    return sqlite3.connect(store.path, isolation_level=None)


def python(code: str, *arguments: object) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", code, *map(str, arguments)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(store_module.__file__).parents[2],
    )


# Events


@settings(max_examples=60, deadline=None)
@given(events=st.lists(events, max_size=30), cuts=st.lists(st.integers(0, 30)))
def test_events_come_back_as_they_were_however_they_were_split(events: list[Event], cuts: list[int]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        store = Store.open(Path(folder))
        run = store.add_run(CONFIG, OWNER)
        rows = [RecordedEvent.of(event) for event in events]
        edges = [0, *sorted(min(cut, len(rows)) for cut in cuts), len(rows)]
        reading, of_steps, steps, growing = Reading(), Reading(["Step", "Failed"]), [], []
        for low, high in itertools.pairwise(edges):
            assert store.append(run, rows[low:high]) == high
            growing += store.read_on(run, reading)
            steps += store.read_on(run, of_steps)
        read = store.events(run)
        assert read == growing
        assert [number for number, _ in read] == list(range(1, len(events) + 1))
        assert [unpack(item) for _, item in read] == events
        of_kind = [(number, item) for number, item in read if isinstance(unpack(item), Step | Failed)]
        assert store.events(run, {"Step", "Failed"}) == of_kind == steps
        assert store.events(run, []) == store.events(run, ["'"]) == []
        record = store.run(run)
        assert record is not None
        assert record.step == max((event.step for event in events), default=0)
        store.close()


def test_a_run_keeps_its_step_and_the_time_it_took(store: Store) -> None:
    run = store.add_run(CONFIG, OWNER)
    store.append(
        run, [step(1, 10.0), step(2, 20.0), RecordedEvent.of(Evaluated(2, 250, Score(1, 0.5), None, None, 5.0))]
    )
    store.append(run, [RecordedEvent.of(Stopped(1))])
    record = store.run(run)
    assert record is not None
    assert (record.step, record.milliseconds) == (2, 35.0)


@pytest.mark.parametrize("odd", [[np.inf, -np.inf], [np.nan], [-1.0], [1e308, 1e308, -1e308]])
def test_a_time_that_is_none_keeps_no_event_out(store: Store, odd: list[float]) -> None:
    run = store.add_run(CONFIG, OWNER)
    for spent in odd:
        store.append(run, [step(1, spent)])
    assert store.append(run, [step(2, spent) for spent in odd]) == 2 * len(odd)
    record = store.run(run)
    assert record is not None
    assert record.step == 2
    assert record.milliseconds >= 0


def test_a_run_keeps_its_test_accuracy(store: Store) -> None:
    run, other = store.add_run(CONFIG, OWNER), store.add_run(CONFIG, OWNER)
    store.append(run, [step(1)])
    assert [record.test_accuracy for record in store.runs()] == [None, None]
    counts, labels = np.zeros((10, 10), int), np.zeros(100, np.uint8)
    scored = Scored(1, Score(1, 0.5), Score(1, 0.9375), 0.1, None, counts, counts, labels, labels, None, 1.0)
    store.append(run, [step(2), RecordedEvent.of(scored)])
    store.append(run, [step(3)])
    assert [(record.id, record.test_accuracy) for record in store.runs()] == [(other, None), (run, 0.9375)]


def test_an_append_is_all_or_nothing(store: Store) -> None:
    run = store.add_run(CONFIG, OWNER)
    nameless, damaged = RecordedEvent("Nonsense", 2, None, b"nonsense"), RecordedEvent("Scored", 2, None, b"nonsense")
    for bad in (nameless, damaged, RecordedEvent.of(CheckpointTaken(2, {}))):
        with pytest.raises(ValueError, match=r"kind|checkpoint"):
            store.append(run, [step(1), bad])
    assert store.events(run) == []


def test_only_the_final_score_is_decoded_on_its_way_to_the_disk(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    run = store.add_run(CONFIG, OWNER)
    decoded: list[bytes] = []

    def counted(packed: bytes) -> Event:
        decoded.append(packed)
        return unpack(packed)

    monkeypatch.setattr(store_module, "unpack", counted)
    counts, labels = np.zeros((10, 10), int), np.zeros(100, np.uint8)
    score = Score(1, 0.5)
    scored = RecordedEvent.of(Scored(9, score, score, 0.1, None, counts, counts, labels, labels, None, 1.0))
    store.append(run, [step(1), RecordedEvent.of(statistics(1)), RecordedEvent.of(probe(1)), scored])
    assert decoded == [scored.packed]


def test_what_is_too_large_for_an_event_is_shown_its_place(store: Store) -> None:
    run = store.add_run(CONFIG, OWNER)
    for bad, place in (("CheckpointTaken", "put_checkpoint"), ("SnapshotTaken", "put_snapshot")):
        with pytest.raises(ValueError, match=place):
            store.append(run, [step(1), RecordedEvent(bad, 1, None, b"")])
    assert store.events(run) == []
    assert store.append(run, [RecordedEvent.of(probe(1)), RecordedEvent.of(statistics(1))]) == 2


def test_no_event_is_taken_for_a_run_that_is_not_there(store: Store) -> None:
    run = store.add_run(CONFIG, OWNER)
    store.set_status(run, "stopped")
    store.delete(run)
    for unknown in (run, "zzzzzzzzzz", "'; DROP TABLE events; --"):
        with pytest.raises(UnknownRun):
            store.append(unknown, [step(1)])
        with pytest.raises(UnknownRun):
            store.put_checkpoint(unknown, 0, checkpoint(0))
        with pytest.raises(UnknownRun):
            store.put_snapshot(unknown, 0, snapshot(0))


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE events SET packed = x'00'",
        "UPDATE events SET number = number + 10",
        "DELETE FROM events WHERE number = 2",
        "DELETE FROM events",
        "INSERT OR REPLACE INTO events SELECT run_id, 1, kind, x'00' FROM events LIMIT 1",
        "INSERT INTO events SELECT run_id, 5, kind, x'00' FROM events LIMIT 1",
        "UPDATE runs SET config = '{}'",
        "UPDATE runs SET owner = 'me'",
        "UPDATE runs SET test_accuracy = 1.0",
    ],
)
def test_the_database_itself_refuses_to_change_what_is_recorded(store: Store, statement: str) -> None:
    run = store.add_run(CONFIG, OWNER)
    store.append(run, [step(1), step(2), step(3)])
    connection = raw(store)
    with pytest.raises(sqlite3.IntegrityError, match=r"append-only|a run keeps"):
        connection.execute(statement)
    connection.close()
    assert [item for _, item in store.events(run)] == [step(number).packed for number in (1, 2, 3)]
    assert store.runs()[0].config == CONFIG


def test_events_go_with_their_run_and_with_no_other(store: Store) -> None:
    kept, gone = store.add_run(CONFIG, OWNER), store.add_run(CONFIG, OWNER)
    for run in (kept, gone):
        store.append(run, [step(1)])
        store.put_checkpoint(run, 1, checkpoint(1))
        store.put_snapshot(run, 1, snapshot(1))
        store.set_status(run, "finished")
    assert store.delete(gone)
    assert store.run(gone) is None
    assert store.events(gone) == []
    assert store.checkpoint(gone) is None
    assert (store.snapshot(gone, 1), store.snapshot_steps(gone)) == (None, ())
    assert len(store.events(kept)) == 1
    assert store.checkpoint(kept) == checkpoint(1)
    assert store.snapshot(kept, 1) == snapshot(1)


# Many at once


def test_threads_that_write_to_the_same_run_lose_nothing_and_mix_nothing_up(store: Store) -> None:
    run = store.add_run(CONFIG, OWNER)

    def write(writer: int) -> None:
        for turn in range(25):
            store.append(run, [step(turn + 1, writer), step(turn + 1, writer + 0.5)])

    threads = [threading.Thread(target=write, args=(writer,)) for writer in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    read = store.events(run)
    assert [number for number, _ in read] == list(range(1, 6 * 50 + 1))
    written = [(event.milliseconds, event.step) for _, item in read if isinstance(event := unpack(item), Step)]
    for writer in range(6):
        own = [entry for entry in written if int(entry[0]) == writer]
        assert own == [(writer + half, turn + 1) for turn in range(25) for half in (0, 0.5)]
    pairs = [(int(a[0]), int(b[0])) for a, b in zip(written[::2], written[1::2], strict=True)]
    assert all(a == b for a, b in pairs), "two events of one append were torn apart"


WRITER = """
import sys
from pathlib import Path
from bn_core.training.events import RecordedEvent
from bn_core.runs.store import Store
from bn_core.training.events import Step
store = Store.open(Path(sys.argv[1]))
print("open", flush=True)
for turn in range(int(sys.argv[3])):
    print(store.append(sys.argv[2], [RecordedEvent.of(Step(turn + 1, 0.5, 0.5, 1.0))]), flush=True)
"""


def test_processes_that_write_to_the_same_run_lose_nothing(store: Store) -> None:
    run = store.add_run(CONFIG, OWNER)
    processes = [python(WRITER, store.path.parent, run, 60) for _ in range(3)]
    said = [int(line) for process in processes for line in process.communicate(timeout=60)[0].split()[1:]]
    assert [process.returncode for process in processes] == [0, 0, 0]
    assert sorted(said) == list(range(1, 181)), "two writers got the same number"
    assert len(store.events(run)) == 180


def test_a_killed_writer_loses_no_event_that_was_committed(store: Store) -> None:
    run = store.add_run(CONFIG, OWNER)
    process = python(WRITER, store.path.parent, run, 1_000_000)
    assert process.stdout is not None
    while process.stdout.readline() != "40\n":
        assert process.poll() is None
    process.kill()
    said = [int(line) for line in process.stdout.read().splitlines(keepends=True) if line.endswith("\n")]
    process.wait()
    read = store.events(run)
    assert len(read) >= max([40, *said])
    assert [number for number, _ in read] == list(range(1, len(read) + 1))
    assert store.append(run, [step(1)]) == len(read) + 1


def test_processes_can_open_a_new_store_at_once(tmp_path: Path) -> None:
    processes = [python(WRITER, tmp_path / "new", "zzzzzzzzzz", 0) for _ in range(5)]
    assert [process.communicate(timeout=60)[0] for process in processes] == ["open\n"] * 5
    store = Store.open(tmp_path / "new")
    assert is_run_id(store.add_run(CONFIG, OWNER))


def test_threads_can_open_a_new_store_at_once(tmp_path: Path) -> None:
    problems: list[Exception] = []
    gate = threading.Barrier(8)

    def open_it() -> None:
        gate.wait()
        try:
            Store.open(tmp_path / "new").close()
        except Exception as error:
            problems.append(error)

    threads = [threading.Thread(target=open_it) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []


def test_readers_and_a_writer_do_not_wait_for_each_other(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database_module, "BUSY_SECONDS", 0.05)
    store.close()
    run = store.add_run(CONFIG, OWNER)
    store.append(run, [step(1)])
    other = raw(store)
    other.execute("BEGIN IMMEDIATE")
    other.execute("UPDATE runs SET step = 99, seal = NULL")
    assert len(store.events(run)) == 1
    assert store.runs()[0].step == 1
    other.execute("ROLLBACK")

    other.execute("BEGIN")
    assert len(other.execute("SELECT * FROM events").fetchall()) == 1
    assert store.append(run, [step(2)]) == 2
    assert len(other.execute("SELECT * FROM events").fetchall()) == 1
    other.execute("COMMIT")
    assert len(other.execute("SELECT * FROM events").fetchall()) == 2
    other.close()


# A run's life


def test_times_follow_from_the_status(store: Store) -> None:
    run = store.add_run(CONFIG, OWNER)
    record = store.run(run)
    assert record is not None
    assert (record.status, record.started, record.ended) == ("queued", None, None)
    assert store.set_status(run, "compiling", worker="one")
    compiling = store.run(run)
    assert compiling is not None
    assert compiling.compiling_since is not None
    assert (compiling.worker, compiling.started) == ("one", None)
    assert store.set_status(run, "running", worker="one")
    running = store.run(run)
    assert running is not None
    assert running.started is not None
    assert (running.compiling_since, running.ended) == (None, None)
    assert store.set_status(run, "paused")
    assert store.set_status(run, "running", worker="two")
    again = store.run(run)
    assert again is not None
    assert (again.worker, again.started) == ("two", running.started)
    assert store.set_status(run, "failed", message="The loss is not finite.", worker="two")
    failed = store.run(run)
    assert failed is not None
    assert failed.ended is not None
    assert (failed.worker, failed.message, failed.active) == (None, "The loss is not finite.", False)


@pytest.mark.parametrize("end", ENDED)
def test_a_run_that_has_ended_keeps_its_end(store: Store, end: str) -> None:
    run = store.add_run(CONFIG, OWNER)
    store.set_status(run, end)  # type: ignore[arg-type]
    for status in STATUSES:
        if status != "queued":
            assert not store.set_status(run, status)
            assert not store.set_status(run, status, only_from=STATUSES)
    assert store.requeue(run, OWNER) == (end == "interrupted")


def test_a_status_is_changed_only_from_what_was_said(store: Store) -> None:
    run = store.add_run(CONFIG, OWNER)
    assert not store.set_status(run, "paused", only_from=("running",))
    assert store.set_status(run, "stopped", only_from=("queued",))
    assert not store.set_status(run, "compiling", only_from=("queued",))
    assert not store.set_status("zzzzzzzzzz", "stopped")
    with pytest.raises(ValueError, match="requeue"):
        store.set_status(run, "queued")


def test_what_a_dead_host_left_is_interrupted_and_what_waits_goes_on_waiting(store: Store) -> None:
    runs = {status: store.add_run(CONFIG, f"{number:064}") for number, status in enumerate(STATUSES)}
    for status, run in runs.items():
        if status != "queued":
            store.set_status(run, status, worker="one")
    assert set(store.interrupt_all("The app ended.")) == {runs[s] for s in ("compiling", "running", "paused")}
    for status, run in runs.items():
        record = store.run(run)
        assert record is not None
        if status in ("compiling", "running", "paused"):
            assert (record.status, record.message, record.worker) == ("interrupted", "The app ended.", None)
            assert record.ended is not None
            assert record.resumable
        else:
            assert record.status == status
    assert store.interrupt_all("again") == []


def test_the_queue_is_first_come_first_served_and_a_resumed_run_queues_at_the_end(store: Store) -> None:
    first, second, third = (store.add_run(CONFIG, OWNER) for _ in range(3))
    assert [run.id for run in store.queued()] == [first, second, third]
    store.set_status(first, "running")
    store.interrupt_all("gone")
    assert store.requeue(first, OWNER)
    assert [run.id for run in store.queued()] == [second, third, first]
    record = store.run(first)
    assert record is not None
    assert (record.message, record.ended) == (None, None)
    assert [request.run_id for request in store.take_requests()] == [first, second, third, first]


def test_browsers_take_turns_in_the_queue_and_addresses_before_them_over_a_restart(store: Store) -> None:
    here, there = "192.0.2.1", "192.0.2.2"
    first, second = (store.add_run(CONFIG, OWNER, here) for _ in range(2))
    third = store.add_run(CONFIG, OTHER, here)
    fourth, fifth = (store.add_run(CONFIG, "c" * 64, there) for _ in range(2))
    assert [run.id for run in store.queued()] == [first, fourth, third, fifth, second]
    begins = store.waiting()[0]
    store.take_turn(begins.browser, begins.address)
    store.set_status(first, "running")
    again = Store.open(store.path.parent)
    assert [run.id for run in again.queued()] == [fourth, third, fifth, second]
    newcomer = again.add_run(CONFIG, "e" * 64, "192.0.2.3")
    assert [run.id for run in again.queued()] == [fourth, newcomer, third, fifth, second]
    again.close()


def test_only_the_latest_turns_are_kept(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store_module, "TURNS_KEPT", 3)
    for number in range(5):
        store.take_turn(f"{number}", "there")
    assert [row["number"] for row in store._rows("SELECT number FROM turns ORDER BY number")] == [3, 4, 5]
    assert store.turns().latest == 5


def test_the_queue_is_bounded_for_a_browser_for_an_address_and_for_all(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store_module, "PLACES", Places(all=12, of_browser=3, parts=2))
    interrupted = store.add_run(CONFIG, OWNER)
    store.set_status(interrupted, "interrupted")
    own = [store.add_run(CONFIG, OWNER) for _ in range(2)]
    with pytest.raises(QueueFull, match="2 of your runs are waiting"):
        store.add_run(CONFIG, OWNER)
    with pytest.raises(QueueFull, match="of your runs"):
        store.requeue(interrupted, OWNER)
    for number in range(4):
        store.add_run(CONFIG, f"{number}" * 64)
    with pytest.raises(QueueFull, match="6 runs are waiting"):
        store.add_run(CONFIG, "c" * 64)
    assert store.add_run(CONFIG, "c" * 64, "192.0.2.1"), "there is a place behind another address"
    store.set_status(own[0], "running")
    with pytest.raises(QueueFull, match="One of your runs is waiting"):
        store.add_run(CONFIG, OWNER)
    store.set_status(own[1], "running")
    assert store.add_run(CONFIG, OWNER)


def test_no_address_can_be_read_from_the_store(store: Store) -> None:
    run = store.add_run(CONFIG, OWNER, "192.0.2.123")
    store.ask(run, "{}", OTHER, "192.0.2.123")
    (waiting,) = store.waiting()
    assert re.fullmatch("[0-9a-f]{64}", waiting.address)
    assert not hasattr(store.run(run), "address")
    store.close()
    for file in store.path.parent.iterdir():
        assert b"192.0.2" not in file.read_bytes()


def test_each_store_has_a_salt_of_its_own(store: Store, tmp_path_factory: pytest.TempPathFactory) -> None:
    other = Store.open(tmp_path_factory.mktemp("other"))
    for each in (store, other):
        each.add_run(CONFIG, OWNER, "192.0.2.1")
    assert store.waiting()[0].address != other.waiting()[0].address
    again = Store.open(store.path.parent)
    again.add_run(CONFIG, OTHER, "192.0.2.1")
    assert len({one.address for one in again.waiting()}) == 1
    again.close()
    other.close()


def test_visitors_are_counted_by_browser_and_address(store: Store) -> None:
    for owner, address in ((OWNER, "192.0.2.1"), (OTHER, "192.0.2.1"), (OTHER, "192.0.2.2")):
        store.add_run(CONFIG, owner, address)
    assert store.visitors(time.time() - 60) == (2, 2)
    assert store.visitors(time.time() + 60) == (0, 0)


def test_a_waiting_run_that_is_stopped_leaves_no_request_behind_where_nobody_heard_of_it(store: Store) -> None:
    for _ in range(20):
        assert store.stop_queued(store.add_run(CONFIG, OWNER), OWNER)
    assert store.take_requests() == []
    run = store.add_run(CONFIG, OWNER)
    store.take_requests()
    assert store.stop_queued(run, OWNER)
    assert [(request.kind, request.run_id) for request in store.take_requests()] == [("stop", run)]
    assert not store.stop_queued(run, OWNER)
    assert store.take_requests() == []


def test_only_what_is_shared_is_listed_for_others(store: Store) -> None:
    mine, theirs, shared = store.add_run(CONFIG, OWNER), store.add_run(CONFIG, OTHER), store.add_run(CONFIG, OTHER)
    store.share(shared, shared=True)
    assert [run.id for run in store.listed(OWNER)] == [shared, mine]
    assert [run.id for run in store.listed(None)] == [shared]
    assert [run.id for run in store.with_identity(CONFIG.identity, OWNER)] == [shared, mine]
    store.share(shared, shared=False)
    assert [run.id for run in store.listed(OWNER)] == [mine]
    assert {run.id for run in store.listed(OTHER)} == {theirs, shared}
    with pytest.raises(UnknownRun):
        store.share("zzzzzzzzzz", shared=True)


def test_the_shelf_has_pinned_runs_first_and_then_the_newest(store: Store) -> None:
    runs = [store.add_run(CONFIG, OWNER if number % 2 else OTHER) for number in range(5)]
    store.pin(runs[1], pinned=True)
    assert [run.id for run in store.runs()] == [runs[1], runs[4], runs[3], runs[2], runs[0]]
    assert [run.id for run in store.runs(2)] == [runs[1], runs[4]]
    assert [run.id for run in store.runs(owner=OTHER)] == [runs[4], runs[2], runs[0]]
    store.set_status(runs[2], "running")
    assert [run.id for run in store.at_work()] == [runs[2]]


def test_an_active_run_is_not_deleted(store: Store) -> None:
    run = store.add_run(CONFIG, OWNER)
    for status in ("compiling", "running", "paused"):
        assert not store.delete(run)
        store.set_status(run, status)  # type: ignore[arg-type]
    assert not store.delete(run)
    assert store.run(run) is not None


@pytest.fixture(scope="module")
def one_run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """One store with one run for all the examples of a test: making one takes longer than an example."""
    store = Store.open(tmp_path_factory.mktemp("one-run"))
    store.add_run(CONFIG, OWNER)
    yield store
    store.close()


@given(name=st.text(max_size=100))
@settings(max_examples=200, deadline=None)
def test_a_name_comes_back_as_it_was_or_is_refused_with_a_sentence(one_run: Store, name: str) -> None:
    run = one_run.runs()[0].id
    if len(name.strip()) > 80 or not name.strip().isprintable():
        with pytest.raises(BadName, match=r"^A run's name [^\n]*\.$"):
            one_run.rename(run, name)
    else:
        one_run.rename(run, name)
        record = one_run.run(run)
        assert record is not None
        assert record.name == (name.strip() or None)


@given(text=st.text(max_size=40) | st.from_regex(r"[a-zA-Z0-9]{10}\n?", fullmatch=True) | st.just("' OR 1=1 --"))
@settings(max_examples=200, deadline=None)
def test_any_text_can_be_asked_for_as_an_id_and_is_no_run(one_run: Store, text: str) -> None:
    if any(run.id == text for run in one_run.runs()):
        return
    assert one_run.run(text) is None
    assert one_run.events(text) == []
    assert one_run.checkpoint(text) is None
    assert one_run.snapshot(text, 0) is None
    assert one_run.snapshot_steps(text) == ()
    assert not one_run.set_status(text, "stopped")
    assert not one_run.requeue(text, OWNER)
    for act in (
        lambda: one_run.rename(text, "x"),
        lambda: one_run.pin(text, pinned=True),
        lambda: one_run.delete(text),
        lambda: one_run.set_dataset_note(text, "x"),
        lambda: one_run.add_request("stop", text),
        lambda: one_run.append(text, []),
        lambda: one_run.put_snapshot(text, 0, b""),
        lambda: one_run.ask(text, "{}"),
    ):
        with pytest.raises(UnknownRun):
            act()
    assert len(one_run.runs()) == 1


@pytest.mark.parametrize("config", ["{}}", "[]", '{"batches": -1}', '{"who": 1}'])
def test_one_run_that_cannot_be_read_does_not_hide_the_others(store: Store, config: str) -> None:
    good, bad = store.add_run(CONFIG, OWNER), store.add_run(CONFIG, OWNER)
    connection = raw(store)
    connection.execute("DROP TRIGGER run_is_what_was_asked")
    connection.execute(
        "UPDATE runs SET config = ?, step = 50, milliseconds = 5, seal = NULL WHERE id = ?", (config, bad)
    )
    # As another version may have written it.
    checks.put_seal(connection, "runs", bad)
    connection.close()
    assert [run.id for run in store.runs()] == [good]
    assert [run.id for run in store.queued()] == [good]
    assert store.run(bad) is None
    assert store.paces() == {}


def test_paces_are_medians_by_batch_size_of_runs_that_say_something(store: Store) -> None:
    assert store.paces() == {}
    for batch_size, count, milliseconds in (
        (64, 20, 10.0),
        (64, 40, 30.0),
        (64, 100, 20.0),
        (8, 30, 2.0),
        (8, 19, 99.0),
    ):
        run = store.add_run(CONFIG.with_(batch_size=batch_size), f"{count:064}")
        store.append(run, [step(number + 1, milliseconds) for number in range(count)])
    assert store.paces() == {64: 20.0, 8: 2.0}


# Checkpoints


def test_the_latest_checkpoint_is_kept_to_the_bit(store: Store) -> None:
    run, other = store.add_run(CONFIG, OWNER), store.add_run(CONFIG, OWNER)
    store.append(run, [step(1), step(2)])
    assert store.checkpoint(run) is None
    for at in (0, 1, 2):
        store.put_checkpoint(run, at, checkpoint(at))
        assert store.checkpoint(run) == checkpoint(at)
        record = store.run(run)
        assert record is not None
        assert record.checkpoint_step == at
    assert store.checkpoint(other) is None
    assert len(store.events(run)) == 2


def test_a_checkpoint_ahead_of_the_recorded_events_is_refused(store: Store) -> None:
    run = store.add_run(CONFIG, OWNER)
    store.append(run, [step(1)])
    store.put_checkpoint(run, 1, checkpoint(1))
    with pytest.raises(ValueError, match="step 2"):
        store.put_checkpoint(run, 2, checkpoint(2))
    assert store.checkpoint(run) == checkpoint(1)


# Snapshots


def test_the_snapshot_of_every_step_is_kept_to_the_bit(store: Store) -> None:
    run, other = store.add_run(CONFIG, OWNER), store.add_run(CONFIG, OWNER)
    store.append(run, [step(1), step(20)])
    assert store.snapshot_steps(run) == ()
    for at in (0, 20, 1):
        store.put_snapshot(run, at, snapshot(at))
        store.put_checkpoint(run, at, checkpoint(at))
    assert store.snapshot_steps(run) == (0, 1, 20)
    assert [store.snapshot(run, at) for at in (0, 1, 20)] == [snapshot(at) for at in (0, 1, 20)]
    assert store.snapshot(run, 2) is None
    assert store.checkpoint(run) == checkpoint(1), "a checkpoint replaces a checkpoint only"
    assert (store.snapshot_steps(other), store.snapshot(other, 0)) == ((), None)
    assert len(store.events(run)) == 2


def test_a_snapshot_ahead_of_the_recorded_events_is_refused(store: Store) -> None:
    run = store.add_run(CONFIG, OWNER)
    store.append(run, [step(1)])
    with pytest.raises(ValueError, match="step 2"):
        store.put_snapshot(run, 2, snapshot(2))
    assert store.snapshot_steps(run) == ()


def test_a_resumed_run_may_say_a_snapshot_again_but_no_other(store: Store) -> None:
    run = store.add_run(CONFIG, OWNER)
    store.append(run, [step(1)])
    for _ in range(2):
        store.put_snapshot(run, 1, snapshot(1))
    with pytest.raises(ValueError, match="not the one that was kept"):
        store.put_snapshot(run, 1, snapshot(2))
    assert store.snapshot(run, 1) == snapshot(1)
    assert store.snapshot_steps(run) == (1,)


# Requests and the engine


def test_each_request_is_taken_once_and_in_order(store: Store) -> None:
    run = store.add_run(CONFIG, OWNER)
    store.add_request("pause", run, asked_by=OWNER)
    store.add_request("resume", run, asked_by=OWNER)
    store.add_request("prepare", argument=CONFIG.to_json())
    taken = store.take_requests()
    assert [(r.kind, r.run_id) for r in taken] == [("start", run), ("pause", run), ("resume", run), ("prepare", None)]
    assert [r.asked_by for r in taken] == [OWNER, OWNER, OWNER, None]
    assert TrainingConfig.of(taken[-1].argument) == CONFIG
    assert store.take_requests() == []


def test_two_takers_never_take_the_same_request(store: Store) -> None:
    takers = [Store.open(store.path.parent) for _ in range(3)]
    taken: list[list[int]] = [[] for _ in takers]
    done = threading.Event()

    def take(number: int) -> None:
        while not done.is_set():
            taken[number] += [request.id for request in takers[number].take_requests()]

    threads = [threading.Thread(target=take, args=(number,)) for number in range(len(takers))]
    for thread in threads:
        thread.start()
    runs = [store.add_run(CONFIG, f"{number:064}") for number in range(40)]
    for _ in range(500):
        if sum(map(len, taken)) >= len(runs):
            break
        time.sleep(0.02)
    done.set()
    for thread in threads:
        thread.join()
    assert sorted(number for numbers in taken for number in numbers) == list(range(1, 41))


def test_the_same_thing_is_not_asked_twice_while_it_waits(store: Store) -> None:
    run = store.add_run(CONFIG, OWNER)
    store.take_requests()
    assert store.add_request("pause", run)
    assert not store.add_request("pause", run)
    assert store.add_request("resume", run)
    assert store.add_request("pause", run), "pause, resume, pause ends in a pause"
    assert sum(store.add_request("step", run) for _ in range(30)) == 20
    assert [r.kind for r in store.take_requests()] == ["pause", "resume", "pause"] + ["step"] * 20

    assert store.add_request("prepare", argument=CONFIG.to_json())
    assert not store.add_request("prepare", argument=CONFIG.with_(seed=7, learning_rate=0.1).to_json())
    assert store.add_request("prepare", argument=CONFIG.with_(bias=True).to_json())


def test_the_engine_is_what_it_last_said(store: Store) -> None:
    assert store.engine() == EngineStatus("off")
    for busy in (0, 1):
        said = EngineStatus("ready", "", 2, busy, (CONFIG.compile_key, CONFIG.with_(bias=True).compile_key), 1000.5)
        store.set_engine(said)
        assert store.engine() == said


# Room


def ended_run(
    store: Store, owner: int, status: str = "finished", floats: int = 50_000, snapshots: Sequence[int] = ()
) -> str:
    run = store.add_run(CONFIG, f"{owner:064}")
    store.append(run, [step(max((1, *snapshots)))])
    store.put_checkpoint(run, 1, checkpoint(1, floats))
    for at in snapshots:
        store.put_snapshot(run, at, snapshot(at, floats))
    store.set_status(run, status)  # type: ignore[arg-type]
    return run


def test_room_is_made_from_what_is_least_worth_keeping(store: Store) -> None:
    interrupted = ended_run(store, 1, "interrupted", snapshots=[5])
    old, middle, pinned = (ended_run(store, number, snapshots=[1, 20]) for number in (2, 3, 4))
    active = ended_run(store, 5, "running", snapshots=[1])
    new = ended_run(store, 6, snapshots=[1])
    store.pin(pinned, pinned=True)

    assert store.make_room(store.size()) == []
    assert store.make_room(store.size() - 1) == [f"checkpoint at step 1 of run {old}"]
    assert store.make_room(store.size() - 300_000) == [f"checkpoint at step 1 of run {run}" for run in (middle, new)]
    assert store.make_room(store.size() - 1) == [f"snapshot at step 5 of run {interrupted}"]
    assert store.make_room(store.size() - 500_000) == [
        f"snapshot at step {at} of run {run}" for run, at in ((old, 1), (old, 20), (middle, 1))
    ]
    assert store.make_room(store.size() - 300_000) == [
        f"snapshot at step {at} of run {run}" for run, at in ((middle, 20), (new, 1))
    ]
    assert store.make_room(store.size() - 1) == [f"checkpoint at step 1 of run {interrupted}"]
    assert len(store.runs()) == 6, "a run goes only when there is nothing else to give"
    record = store.run(interrupted)
    assert record is not None
    assert record.resumable
    assert record.checkpoint_step is None

    assert store.make_room(0) == [f"run {run}" for run in (interrupted, old, middle, new)]
    assert {run.id for run in store.runs()} == {pinned, active}
    for run, at in ((pinned, (1, 20)), (active, (1,))):
        assert store.checkpoint(run) is not None
        assert store.snapshot_steps(run) == at
    assert len(store.events(pinned)) == 1


def test_a_run_tells_how_many_of_its_snapshots_are_gone(store: Store) -> None:
    first, second = (ended_run(store, number, snapshots=[1, 2, 5]) for number in (1, 2))
    store.make_room(store.size() - 900_000)
    removed = {}
    for run in (first, second):
        record = store.run(run)
        assert record is not None
        removed[run] = record.snapshots_removed
        assert record.checkpoint_step is None
    assert (removed, store.snapshot_steps(second)) == ({first: 3, second: 0}, (1, 2, 5))
    store.make_room(store.size() - 1)
    record = store.run(second)
    assert record is not None
    assert (record.snapshots_removed, store.snapshot_steps(second)) == (1, (2, 5))


def test_a_default_run_fits_its_budget(store: Store) -> None:
    """The default network has 340,406 weights, moving statistics included."""
    run = store.add_run(CONFIG, OWNER)
    empty = store.size()
    score = Score(0.5, 0.75)
    for at in range(CONFIG.batches + 1):
        events = [RecordedEvent.of(statistics(at, CONFIG.architecture.channels)), step(at)] if at else []
        if at % 25 == 0:
            checked, evaluated = Checked(at, at, "training", score, 9.0), Evaluated(at, 250, score, score, score, 9)
            events += [RecordedEvent.of(checked), RecordedEvent.of(evaluated)]
        if is_scheduled(at, CONFIG.batches):
            events.append(RecordedEvent.of(probe(at)))
        store.append(run, events)
    with_events = store.size()
    scheduled = [at for at in range(CONFIG.batches + 1) if is_scheduled(at, CONFIG.batches)]
    for at in scheduled:
        store.put_snapshot(run, at, snapshot(at, 340_406))
    assert len(scheduled) == 16
    assert with_events - empty <= 8_000_000
    assert store.size() - with_events <= 24_000_000


def test_room_that_was_made_is_given_back_to_the_disk(store: Store) -> None:
    for number in range(6):
        ended_run(store, number, floats=300_000)
    before = sum(file.stat().st_size for file in store.path.parent.iterdir())
    store.make_room(1_000_000)
    after = sum(file.stat().st_size for file in store.path.parent.iterdir())
    assert before > 7_000_000
    assert after < 1_000_000
    assert len(store.runs()) == 6


# What can be wrong with the place


def _as_a_file(home: Path) -> None:
    home.write_text("I am not a folder.")


def _as_a_folder(home: Path) -> None:
    (home / FILE_NAME).mkdir(parents=True)


def _as_garbage(home: Path) -> None:
    home.mkdir()
    (home / FILE_NAME).write_bytes(b"This is not a database at all. " * 1000)


def _as_a_version_that_never_was(home: Path) -> None:
    Store.open(home).close()
    connection = sqlite3.connect(home / FILE_NAME)
    connection.execute("PRAGMA user_version = -1")
    connection.close()


def _as_another_database(home: Path) -> None:
    home.mkdir()
    connection = sqlite3.connect(home / FILE_NAME)
    connection.execute("CREATE TABLE recipes (cake TEXT)")
    connection.commit()
    connection.close()


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (_as_a_file, "set BN_HOME"),
        (_as_a_folder, "BN_HOME"),
        (_as_garbage, "damaged: move it away"),
        (_as_another_database, "not one of runs"),
        (_as_a_version_that_never_was, "not one of runs"),
    ],
)
def test_a_place_that_cannot_be_used_gets_one_sentence_and_is_left_alone(
    tmp_path: Path, spoil: Callable[[Path], None], sentence: str
) -> None:
    home = tmp_path / "home"
    spoil(home)
    file = home if home.is_file() else home / FILE_NAME
    before = file.read_bytes() if file.is_file() else None
    with pytest.raises(StoreUnavailable, match=sentence) as caught:
        Store.open(home)
    assert "\n" not in str(caught.value)
    assert str(caught.value).endswith(".")
    if before is not None:
        assert file.read_bytes() == before


@pytest.mark.parametrize("name", ["a\0b", "x" * 5000])
def test_an_impossible_folder_gets_one_sentence(tmp_path: Path, name: str) -> None:
    with pytest.raises(StoreUnavailable, match="set BN_HOME to a folder"):
        Store.open(tmp_path / name)


def test_a_folder_below_a_file_gets_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreUnavailable, match="set BN_HOME to a folder"):
        Store.open(tmp_path / "file" / "home")


@pytest.mark.skipif(
    os.name == "nt" or getattr(os, "geteuid", lambda: 0)() == 0, reason="this user may write in any folder"
)
def test_a_folder_that_may_not_be_written_gets_one_sentence(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(StoreUnavailable, match="writable"):
            Store.open(tmp_path)
    finally:
        tmp_path.chmod(0o700)


def test_damage_that_shows_later_gets_one_sentence(tmp_path: Path) -> None:
    store = Store.open(tmp_path)
    run = store.add_run(CONFIG, OWNER)
    store.append(run, [step(number) for number in range(2000)])
    store.close()
    content = store.path.read_bytes()
    store.path.write_bytes(content[:4096] + b"\xff" * (len(content) - 4096))
    with pytest.raises(StoreUnavailable, match="damaged"):
        Store.open(tmp_path).runs()


def test_a_full_disk_gets_one_sentence_and_loses_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = Store.open(tmp_path)
    run = store.add_run(CONFIG, OWNER)
    store.append(run, [step(1)])
    store.close()
    connect = Store._connect

    def connect_to_a_full_disk(self: Store) -> sqlite3.Connection:
        connection = connect(self)
        connection.execute(f"PRAGMA max_page_count = {connection.execute('PRAGMA page_count').fetchone()[0] + 3}")
        return connection

    with monkeypatch.context() as patch:
        patch.setattr(Store, "_connect", connect_to_a_full_disk)
        with pytest.raises(StoreUnavailable, match="disk is full"):
            store.append(run, [RecordedEvent.of(Failed(2, "x" * 100_000, None))])
        assert [unpack(item) for _, item in store.events(run)] == [unpack(step(1).packed)]
    store.close()
    assert store.append(run, [step(2)]) == 2


def test_a_database_that_stays_locked_gets_one_sentence(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database_module, "BUSY_SECONDS", 0.05)
    store.close()
    writer = raw(store)
    writer.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreUnavailable, match="busy"):
        store.add_run(CONFIG, OWNER)
    writer.execute("ROLLBACK")
    writer.close()
    assert store.add_run(CONFIG, OWNER)


def test_scores_survive_to_the_bit(store: Store) -> None:
    run = store.add_run(CONFIG, OWNER)
    counts = np.arange(100).reshape(10, 10)
    labels = np.arange(100, dtype=np.uint8)
    score = Score(0.1, 0.2)
    scored = Scored(3, score, score, 0.9, None, counts, counts * 2, labels, labels[::-1], None, 12.5)
    store.append(run, [RecordedEvent.of(scored)])
    back = unpack(store.events(run)[0][1])
    assert isinstance(back, Scored)
    np.testing.assert_array_equal(back.test_confusion, counts * 2)
    np.testing.assert_array_equal(back.one_by_one_predictions, labels[::-1])
    assert back.one_by_one_predictions.dtype == np.uint8
