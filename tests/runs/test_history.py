"""What a history promises: read in pieces it is what it would be read at once, and what was handed out stays."""

from __future__ import annotations

import threading

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bn_core.config import TrainingConfig
from bn_core.runs.checks import Reading
from bn_core.runs.history import Histories, RunHistory
from bn_core.runs.store import Store
from bn_core.training.events import (
    Checked,
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
)

RUN = "a123456789"
CONFIG = TrainingConfig()
numbers = st.floats(0, 1e6)
scores = st.builds(Score, numbers, numbers)
zeros = np.zeros((10, 10), int)
labels = np.zeros(100, np.uint8)
events: st.SearchStrategy[Event] = st.one_of(
    st.builds(Step, st.integers(0, 5000), numbers, numbers, numbers),
    st.builds(Step, st.integers(0, 5000), numbers, numbers, numbers),
    st.builds(Evaluated, st.integers(0, 5000), st.just(250), scores, st.none() | scores, st.none() | scores, numbers),
    st.builds(Checked, st.integers(1, 5000), st.integers(0, 4999), st.just("validation"), scores, numbers),
    st.builds(RunStarted, st.integers(0, 50), st.just({}), st.just("mnist"), st.text(), st.just(1), st.just({})),
    st.builds(Stopped, st.integers(0, 5000)),
    st.builds(Failed, st.integers(0, 5000), st.text(), st.none()),
    st.builds(
        Scored,
        st.integers(0, 5000),
        scores,
        scores,
        numbers,
        st.none(),
        st.just(zeros),
        st.just(zeros),
        st.just(labels),
        st.just(labels),
        st.none(),
        numbers,
    ),
)


class Recorded:
    """A source of events that remembers what was read from it."""

    def __init__(self, events: list[Event]) -> None:
        self.packed = [pack(event) for event in events]
        self.visible = len(events)
        self.asked: list[tuple[str, int]] = []

    def read_on(self, run_id: str, reading: Reading) -> list[tuple[int, bytes]]:
        self.asked.append((run_id, reading.number))
        found = list(enumerate(self.packed, 1))[reading.number : self.visible]
        reading.number = self.visible
        return found


def seen(history: RunHistory) -> tuple[object, ...]:
    """Everything in a history, as something that can be compared."""
    scored = history.scored and pack(history.scored)
    arrays = (history.steps, history.losses, history.accuracies, history.milliseconds)
    return (
        *(array.tolist() for array in arrays),
        history.last_number,
        history.evaluations,
        history.checks,
        history.started,
        history.resumed,
        scored,
        history.stopped,
        history.failed,
    )


@given(events=st.lists(events, max_size=60), cuts=st.lists(st.integers(0, 60), max_size=10))
def test_read_in_pieces_it_is_what_it_would_be_read_at_once(events: list[Event], cuts: list[int]) -> None:
    source = Recorded(events)
    histories = Histories(source)
    snapshots = []
    for cut in (*sorted(cuts), len(events)):
        source.visible = min(cut, len(events))
        history = histories.read(RUN)
        snapshots.append((history, seen(history), source.visible))
    for history, then, count in snapshots:
        assert seen(history) == then, "a history that was handed out has changed"
        assert then == seen(Histories(Recorded(events[:count])).read(RUN))


def test_it_has_every_event_in_its_place() -> None:
    score = Score(0.5, 0.75)
    given_events: list[Event] = [
        RunStarted(0, CONFIG.to_json(), "mnist", "sha", 55000, {}),
        Evaluated(0, 250, score, score, score, 7.0),
        Step(1, 2.0, 0.25, 30.0),
        Checked(1, 0, "training", score, 3.0),
        RunStarted(1, CONFIG.to_json(), "mnist", "sha", 55000, {}),
        Step(2, 1.0, 0.5, 20.0),
        Evaluated(2, 250, score, None, None, 5.0),
        Stopped(2),
    ]
    history = Histories(Recorded(given_events)).read(RUN)
    assert history.steps.tolist() == [1, 2]
    assert history.losses.tolist() == [2.0, 1.0]
    assert history.accuracies.tolist() == [0.25, 0.5]
    assert history.milliseconds.tolist() == [30.0, 20.0]
    assert history.evaluations == (given_events[1], given_events[6])
    assert history.checks == (given_events[3],)
    assert (history.started, history.resumed) == (given_events[0], (given_events[4],))
    assert (history.stopped, history.scored, history.failed) == (given_events[7], None, None)
    assert (history.last_number, history.last_step) == (8, 2)


def test_only_what_is_new_is_read() -> None:
    source = Recorded([Step(number, 1, 1, 1) for number in range(1, 6)])
    histories = Histories(source)
    source.visible = 3
    first = histories.read(RUN)
    assert histories.read(RUN) is not None
    source.visible = 5
    histories.read(RUN)
    assert source.asked == [(RUN, 0), (RUN, 3), (RUN, 3)]
    assert first.steps.tolist() == [1, 2, 3]


def test_nobody_can_write_into_a_history() -> None:
    history = Histories(Recorded([Step(1, 1, 1, 1)])).read(RUN)
    with pytest.raises(ValueError, match="read-only"):
        history.losses[0] = 0.0


def test_an_event_of_an_unknown_kind_is_left_out_and_the_rest_is_there() -> None:
    source = Recorded([Step(1, 1, 1, 1), Step(2, 1, 1, 1), Step(3, 1, 1, 1)])
    source.packed[1] = b"\x92\xa7Unknown\x80"
    history = Histories(source).read(RUN)
    assert history.steps.tolist() == [1, 3]
    assert history.last_number == 3


def test_only_the_histories_looked_at_lately_are_kept() -> None:
    source = Recorded([Step(1, 1, 1, 1)])
    histories = Histories(source, kept=2)
    for run in ("one", "two", "one", "three", "one", "two"):
        histories.read(run)
    assert source.asked == [("one", 0), ("two", 0), ("one", 1), ("three", 0), ("one", 1), ("two", 0)]
    histories.forget("one")
    histories.forget("never seen")
    histories.read("one")
    assert source.asked[-1] == ("one", 0)


def test_many_readers_of_a_growing_run_all_see_a_whole_history(store: Store) -> None:
    run = store.add_run(CONFIG, "a" * 64)
    histories = Histories(store)
    problems: list[str] = []
    done = threading.Event()

    def look() -> None:
        while not done.is_set():
            history = histories.read(run)
            count = len(history.steps)
            if history.last_number != count or history.steps.tolist() != list(range(1, count + 1)):
                problems.append(f"{history.last_number} events, {count} steps")

    readers = [threading.Thread(target=look) for _ in range(4)]
    for reader in readers:
        reader.start()
    for number in range(1, 601, 3):
        store.append(run, [RecordedEvent.of(Step(number + more, 1, 1, 1)) for more in range(3)])
    done.set()
    for reader in readers:
        reader.join()
    assert problems == []
    assert histories.read(run).last_step == 600


def test_pace_is_that_of_the_latest_batches_with_their_evaluations() -> None:
    def pace(events: list[Event]) -> float | None:
        return Histories(Recorded(events)).read(RUN).milliseconds_per_batch

    score = Score(1, 1)
    slow: list[Event] = [Step(number, 1, 1, 1000.0) for number in range(1, 51)]
    late: list[Event] = [Step(number, 1, 1, 20.0) for number in range(51, 151)]
    assert pace([]) is None
    assert pace([Step(1, 1, 1, 20.0)]) is None
    assert pace(slow) == 1000.0
    assert pace(slow + late) == 20.0
    evaluated = Evaluated(150, 250, score, None, None, 300.0)
    checked = Checked(150, 149, "training", score, 100.0)
    assert pace([*slow, Evaluated(50, 250, score, None, None, 9e9), *late, evaluated, checked]) == 24.0
