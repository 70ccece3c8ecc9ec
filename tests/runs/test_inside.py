"""What the histories of probes and statistics promise: all of it, read once, shared, and within bounds."""

from __future__ import annotations

import threading

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bn_core.config import TrainingConfig
from bn_core.runs.checks import Reading
from bn_core.runs.history import Histories
from bn_core.runs.inside import ProbeHistory, Probes, Statistics, StatisticsHistory
from bn_core.runs.store import Store
from bn_core.training.events import Event, RecordedEvent, Step, pack
from tests.runs.stand_ins import probe, statistics

RUN = "a123456789"
CONFIG = TrainingConfig()


class Recorded:
    """A source of events that remembers what was read from it."""

    def __init__(self, events: list[Event]) -> None:
        self.events = events
        self.visible = len(events)
        self.read: list[tuple[str, int]] = []

    def read_on(self, run_id: str, reading: Reading) -> list[tuple[int, bytes]]:
        found = [
            (place, pack(event))
            for place, event in enumerate(self.events[: self.visible], 1)
            if place > reading.number and (reading.kinds is None or type(event).__name__ in reading.kinds)
        ]
        self.read += [(run_id, place) for place, _ in found]
        reading.number = max([reading.number, *(place for place, _ in found)])
        return found


events: st.SearchStrategy[Event] = st.one_of(
    st.builds(statistics, st.integers(0, 5000)),
    st.builds(probe, st.integers(0, 5000)),
    st.builds(Step, st.integers(0, 5000), st.just(1.0), st.just(1.0), st.just(1.0)),
)


def seen(probes: ProbeHistory, statistics: StatisticsHistory) -> tuple[object, ...]:
    """Everything in both, as something that can be compared."""
    return (
        [pack(probe) for probe in probes.probes],
        probes.last_number,
        statistics.steps.tolist(),
        statistics.means.tolist(),
        statistics.variances.tolist(),
        statistics.last_number,
    )


@given(recorded=st.lists(events, max_size=40), cuts=st.lists(st.integers(0, 40), max_size=6))
def test_read_in_pieces_they_are_what_they_would_be_read_at_once(recorded: list[Event], cuts: list[int]) -> None:
    source = Recorded(recorded)
    probes, batches = Probes(source), Statistics(source)
    handed_out = []
    for cut in (*sorted(cuts), len(recorded)):
        source.visible = min(cut, len(recorded))
        pair = probes.read(RUN), batches.read(RUN)
        handed_out.append((pair, seen(*pair), source.visible))
    assert len(source.read) == len(set(source.read)), "an event was read twice"
    for pair, then, count in handed_out:
        assert seen(*pair) == then, "what was handed out has changed"
        whole = Recorded(recorded[:count])
        assert then == seen(Probes(whole).read(RUN), Statistics(whole).read(RUN))


def test_they_have_every_number_in_its_place_to_the_bit() -> None:
    recorded = [statistics(step) for step in range(1, 501)]
    history = Statistics(Recorded([*recorded[:100], probe(100), *recorded[100:]])).read(RUN)
    assert history.steps.tolist() == list(range(1, 501))
    assert (history.means.dtype, history.variances.dtype, history.steps.dtype) == (np.float32, np.float32, np.int64)
    np.testing.assert_array_equal(history.means, [event.mean for event in recorded])
    np.testing.assert_array_equal(history.variances, [event.variance for event in recorded])
    assert history.last_number == 501
    assert history.bytes == 500 * (8 + 2 * 3 * 4)


def test_nobody_can_write_into_them() -> None:
    history = Statistics(Recorded([statistics(1)])).read(RUN)
    for array in (history.means, history.variances, history.steps):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 0


@given(steps=st.lists(st.integers(0, 50), unique=True).map(sorted), asked=st.integers(-1, 60))
def test_a_snapshot_is_found_by_its_step(steps: list[int], asked: int) -> None:
    source = Recorded([event for step in steps for event in (probe(step), statistics(step))])
    probes, batches = Probes(source).read(RUN), Statistics(source).read(RUN)
    before = [step for step in steps if step <= asked]
    found = probes.at(asked)
    assert (found and found.step) == (before[-1] if before else None)
    assert probes.steps == tuple(steps)
    assert batches.steps[: np.searchsorted(batches.steps, asked, "right")].tolist() == before


def test_of_a_run_without_any_there_is_nothing() -> None:
    source = Recorded([Step(1, 1, 1, 1)])
    probes, batches = Probes(source).read(RUN), Statistics(source).read(RUN)
    assert (probes.probes, probes.at(800)) == ((), None)
    assert (batches.means.shape, batches.variances.shape, np.searchsorted(batches.steps, 800, "right")) == (
        (0, 0),
        (0, 0),
        0,
    )


def test_statistics_of_another_network_are_left_out(caplog: pytest.LogCaptureFixture) -> None:
    history = Statistics(Recorded([statistics(1), statistics(2, channels=4), statistics(3)])).read(RUN)
    assert history.steps.tolist() == [1, 3]
    assert history.means.shape == history.variances.shape == (2, 3)
    assert history.last_number == 3
    assert "another number of channels" in caplog.text


def runs_read(source: Recorded) -> list[str]:
    runs = [run for run, _ in source.read]
    source.read.clear()
    return runs


def test_only_the_probes_looked_at_lately_are_kept() -> None:
    source = Recorded([probe(0)])
    probes = Probes(source, kept=2)
    for run in ("one", "two", "one", "three", "one", "two"):
        probes.read(run)
    assert runs_read(source) == ["one", "two", "three", "two"]
    probes.forget("two")
    probes.forget("never seen")
    probes.read("two")
    assert runs_read(source) == ["two"]


def test_statistics_are_kept_by_their_size() -> None:
    source = Recorded([statistics(step) for step in range(1, 11)])
    size = Statistics(source).read(RUN).bytes
    source.visible = 5
    source.read.clear()
    batches = Statistics(source, bytes_kept=size)
    for run in ("one", "two", "one", "two"):
        batches.read(run)
    assert runs_read(source) == ["one"] * 5 + ["two"] * 5, "two halves fit"
    source.visible = 10
    batches.read("two")
    batches.read("two")
    assert runs_read(source) == ["two"] * 5, "it has grown, and stays"
    batches.read("one")
    assert runs_read(source) == ["one"] * 10, "the other one had to make room"


def test_a_run_larger_than_all_the_room_is_still_read_only_once() -> None:
    source = Recorded([statistics(step) for step in range(1, 11)])
    batches = Statistics(source, bytes_kept=1)
    batches.read(RUN)
    batches.read(RUN)
    assert len(source.read) == 10


# With the store


def record(store: Store, run: str, step: int) -> None:
    """One batch as a training records it."""
    events = [RecordedEvent.of(Step(step, 1.0, 0.5, 20.0)), RecordedEvent.of(statistics(step))]
    store.append(run, [*events, RecordedEvent.of(probe(step))] if step % 50 == 0 else events)


def test_each_history_reads_its_own_kinds_from_the_store(store: Store) -> None:
    run = store.add_run(CONFIG, "a" * 64)
    for step in range(1, 101):
        record(store, run, step)
    read: list[int] = []

    class Watched:
        def read_on(self, run_id: str, reading: Reading) -> list[tuple[int, bytes]]:
            rows = store.read_on(run_id, reading)
            read.append(sum(len(row) for _, row in rows))
            return rows

    steps = Histories(Watched()).read(run).steps
    assert steps.tolist() == list(range(1, 101))
    assert sum(read) == sum(len(pack(Step(step, 1.0, 0.5, 20.0))) for step in range(1, 101)), "it reads nothing else"
    assert Statistics(store).read(run).steps.tolist() == list(range(1, 101))
    assert Probes(store).read(run).steps == (50, 100)


def test_many_readers_of_a_growing_run_all_see_whole_statistics(store: Store) -> None:
    run = store.add_run(CONFIG, "a" * 64)
    batches = Statistics(store)
    problems: list[str] = []
    done = threading.Event()

    def look() -> None:
        while not done.is_set():
            history = batches.read(run)
            expected = [statistics(step).mean for step in history.steps.tolist()]
            if history.steps.tolist() != list(range(1, len(expected) + 1)):
                problems.append("steps")
            if expected and not np.array_equal(history.means, expected):
                problems.append("means")

    readers = [threading.Thread(target=look) for _ in range(4)]
    for reader in readers:
        reader.start()
    for step in range(1, 301):
        record(store, run, step)
    done.set()
    for reader in readers:
        reader.join()
    assert problems == []
    assert np.searchsorted(batches.read(run).steps, 5000, "right") == 300
