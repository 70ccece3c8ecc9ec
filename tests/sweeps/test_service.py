"""What pages can rely on of sweeps: a browser changes its own alone, and what is shown is what is so."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bn_core.presenting.key import kept_key
from bn_core.runs.presented import NotPresenting, Presenter, sha256
from bn_core.runs.records import (
    EngineStatus,
    NotPossible,
    NotYours,
    QueueFull,
    RunProblem,
    UnknownSweep,
    owner_hash,
)
from bn_core.runs.service import RunService
from bn_core.runs.store import Store
from bn_core.runs.sweeps import PLACES
from bn_core.sweeps.plan import Sweep
from bn_core.sweeps.service import SweepService
from bn_core.sweeps.standing import UNREADABLE
from bn_core.training.events import Evaluated, Event, RecordedEvent, Score, Step
from tests.pages.lab import scored

MINE, THEIRS = "the-browser-of-this-test", "the-browser-of-another-person"
PLAN = Sweep.of("two", {"batches": 20}, {"placement": ["none", "before"], "seed": [0, 1]})

Act = Callable[[SweepService, str, str], object]
ACTS: dict[str, Act] = {
    "pause": lambda sweeps, sweep, owner: sweeps.pause(sweep, owner),
    "resume": lambda sweeps, sweep, owner: sweeps.resume(sweep, owner),
    "stop": lambda sweeps, sweep, owner: sweeps.stop(sweep, owner),
}


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store.open(tmp_path)
    opened.set_engine(EngineStatus("ready", workers=2, heartbeat=time.time()))
    yield opened
    opened.close()


@pytest.fixture
def sweeps(store: Store) -> SweepService:
    return SweepService(store, RunService(store))


def state(sweeps: SweepService, sweep_id: str) -> str:
    found = sweeps.sweep(sweep_id)
    assert found is not None
    return found.state


def train(store: Store, sweep_id: str, place: int, *, status: str = "finished", owner: str = MINE) -> str:
    """Train a member of the plan as the engine does; return the run's id."""
    config = PLAN.members[place]
    run_id = store.add_member(sweep_id, config) if sweep_id else store.add_run(config, owner_hash(owner) or "")
    store.take_requests()
    store.set_status(run_id, "running", worker="one")
    score = Score(0.1, 0.9)
    said: list[Event] = [Step(step, 0.1, 0.5 if step < 5 else 1.0, 30.0) for step in range(1, config.batches + 1)]
    said += [Evaluated(config.batches, 250, score, score, Score(0.1, 0.8), 10.0), scored(config)]
    store.append(run_id, [RecordedEvent.of(event) for event in said])
    store.set_status(run_id, status)
    return run_id


class TestWhoMayChangeIt:
    @pytest.mark.parametrize("act", ACTS)
    def test_another_browser_may_not(self, sweeps: SweepService, act: str) -> None:
        sweep_id = sweeps.begin(PLAN, MINE)
        if act == "resume":
            sweeps.pause(sweep_id, MINE)
        before = state(sweeps, sweep_id)
        for stranger in (THEIRS, "", "short"):
            with pytest.raises(NotYours):
                ACTS[act](sweeps, sweep_id, stranger)
        assert state(sweeps, sweep_id) == before

    @pytest.mark.parametrize("act", ACTS)
    @pytest.mark.parametrize("sweep_id", ["nothing123", "", "' OR 1=1", "\x00"])
    def test_what_is_no_sweep_is_said(self, sweeps: SweepService, act: str, sweep_id: str) -> None:
        with pytest.raises(UnknownSweep):
            ACTS[act](sweeps, sweep_id, MINE)

    @pytest.mark.parametrize("act", ACTS)
    def test_one_that_has_ended_stays_so(self, sweeps: SweepService, store: Store, act: str) -> None:
        sweep_id = sweeps.begin(PLAN, MINE)
        store.set_sweep(sweep_id, "finished")
        with pytest.raises(NotPossible):
            ACTS[act](sweeps, sweep_id, MINE)
        assert state(sweeps, sweep_id) == "finished"

    def test_who_presents_stops_anybodys(self, sweeps: SweepService, store: Store) -> None:
        sweep_id = sweeps.begin(PLAN, THEIRS)
        somebody = Presenter("x" * 43, "0" * 64)
        for act in (lambda: sweeps.stop(sweep_id, somebody), lambda: sweeps.running(somebody)):
            with pytest.raises(NotPresenting):
                act()
        store.add_presenter(somebody, sha256(kept_key(store.path.parent)), handed_over=False)
        assert [one.id for one in sweeps.running(somebody)] == [sweep_id]
        sweeps.stop(sweep_id, somebody)
        assert state(sweeps, sweep_id) == "stopped"


class TestBeginning:
    def test_it_runs_and_is_in_its_browsers_list_alone(self, sweeps: SweepService) -> None:
        sweep_id = sweeps.begin(PLAN, MINE)
        assert [one.id for one in sweeps.sweeps(MINE)] == [sweep_id]
        assert sweeps.sweeps(THEIRS) == sweeps.sweeps(None) == []
        assert state(sweeps, sweep_id) == "running"

    def test_a_second_click_begins_no_second_one(self, sweeps: SweepService) -> None:
        assert sweeps.begin(PLAN, MINE) == sweeps.begin(PLAN, MINE)
        assert sweeps.begin(PLAN, THEIRS) != sweeps.begin(PLAN, MINE)

    def test_a_browser_without_an_id_begins_none(self, sweeps: SweepService) -> None:
        with pytest.raises(NotPossible):
            sweeps.begin(PLAN, "")

    def test_a_browser_has_no_more_at_once_than_it_may(self, sweeps: SweepService) -> None:
        def another(batches: int) -> str:
            return sweeps.begin(Sweep.of("x", {"batches": batches}, {"seed": [0, 1]}), MINE)

        begun = [another(batches) for batches in range(1, PLACES.of_browser + 1)]
        with pytest.raises(QueueFull):
            another(99)
        sweeps.pause(begun[0], MINE)
        another(99)
        with pytest.raises(QueueFull):
            sweeps.resume(begun[0], MINE)
        sweeps.begin(PLAN, THEIRS, "192.0.2.7")

    def test_where_nothing_is_trained_none_is_begun_and_none_resumed(self, store: Store) -> None:
        closed = "Nothing is trained on this server (BN_LIVE=off)."
        off = SweepService(store, RunService(store, closed=closed))
        with pytest.raises(NotPossible, match="BN_LIVE"):
            off.begin(PLAN, MINE)
        sweep_id = SweepService(store, RunService(store)).begin(PLAN, MINE)
        off.pause(sweep_id, MINE)
        with pytest.raises(NotPossible, match="BN_LIVE"):
            off.resume(sweep_id, MINE)
        off.stop(sweep_id, MINE)

    def test_every_refusal_is_a_sentence(self, sweeps: SweepService) -> None:
        for act in (lambda: sweeps.begin(PLAN, ""), lambda: sweeps.stop("x", MINE)):
            with pytest.raises(RunProblem) as caught:
                act()
            assert str(caught.value).endswith(".")


class TestPausingAndStopping:
    def test_what_was_interrupted_goes_on_with_its_sweep(self, sweeps: SweepService, store: Store) -> None:
        sweep_id = sweeps.begin(PLAN, MINE)
        run_id = train(store, sweep_id, 0, status="running")
        sweeps.pause(sweep_id, MINE)
        store.interrupt_all("The app ended.")
        sweeps.resume(sweep_id, MINE)
        run = store.run(run_id)
        assert run is not None
        assert run.status == "queued"

    def test_stopping_stops_its_members_and_keeps_what_is_trained(self, sweeps: SweepService, store: Store) -> None:
        sweep_id = sweeps.begin(PLAN, MINE)
        done, at_work = train(store, sweep_id, 0), train(store, sweep_id, 1, status="running")
        waits = store.add_member(sweep_id, PLAN.members[2])
        store.take_requests()
        sweeps.stop(sweep_id, MINE)
        statuses = {run.id: run.status for run in store.members(sweep_id)}
        assert (statuses[done], statuses[waits]) == ("finished", "stopped")
        asked = {(request.kind, request.run_id) for request in store.take_requests()}
        assert ("stop", at_work) in asked
        with pytest.raises(NotPossible):
            store.add_member(sweep_id, PLAN.members[3])


class TestHowItStands:
    def test_each_measure_is_of_the_run_that_was_recorded(self, sweeps: SweepService, store: Store) -> None:
        sweep_id = sweeps.begin(PLAN, MINE)
        train(store, sweep_id, 1)
        found = sweeps.sweep(sweep_id)
        assert found is not None
        standing = sweeps.standing(found)
        outcome = standing.results.outcome(PLAN.members[1])
        assert outcome is not None
        assert outcome.final == store.members(sweep_id)[0].test_accuracy
        assert outcome.recalibrated == 0.8
        # Batches 5 to 14 are all right, and so are 9 of the ten up to 13: four halves and six whole make 0.8 at ten.
        assert outcome.learned == 12
        assert (standing.ended, standing.before) == (1, 0)
        assert standing.batches_done == 20

    def test_what_cannot_be_read_is_a_sentence_and_no_number(self, sweeps: SweepService, store: Store) -> None:
        sweep_id = sweeps.begin(PLAN, MINE)
        run_id = store.add_member(sweep_id, PLAN.members[0])
        store.set_status(run_id, "running", worker="one")
        store.append(run_id, [RecordedEvent("Step", 1, 1.0, b"\xc1 no event")])
        store.set_status(run_id, "finished")
        found = sweeps.sweep(sweep_id)
        assert found is not None
        outcome = sweeps.standing(found).results.outcome(PLAN.members[0])
        assert outcome is not None
        assert (outcome.final, outcome.failed) == (None, UNREADABLE)

    def test_what_was_trained_before_is_counted_and_not_left(self, sweeps: SweepService, store: Store) -> None:
        train(store, "", 0)
        train(store, "", 1, owner=THEIRS)
        assert sweeps.cost(PLAN, MINE).trained == 1
        assert sweeps.cost(PLAN, None).trained == 0
        found = sweeps.sweep(sweeps.begin(PLAN, MINE))
        assert found is not None
        standing = sweeps.standing(found)
        assert (standing.ended, standing.before) == (1, 1)

    def test_time_and_disk_come_from_what_was_measured_here(self, sweeps: SweepService, store: Store) -> None:
        assert (sweeps.cost(PLAN, MINE).minutes, sweeps.cost(PLAN, MINE).megabytes) == (None, None)
        sweep_id = sweeps.begin(PLAN, MINE)
        train(store, sweep_id, 0)
        takes = sweeps.cost(PLAN, MINE)
        pace = store.paces()[64]
        assert takes.minutes == pytest.approx(3 * 20 * pace / 60_000 / 2)
        assert takes.megabytes is not None
        assert 0 < takes.megabytes < 0.2


def test_the_bytes_that_are_told_are_those_that_the_store_grows_by(sweeps: SweepService, store: Store) -> None:
    plan = Sweep.of("x", {"batches": 800}, {"seed": list(range(12))})
    sweep_id = sweeps.begin(plan, MINE)

    def members(first: int, last: int) -> None:
        for config in plan.members[first:last]:
            run_id = store.add_member(sweep_id, config)
            store.set_status(run_id, "running", worker="one")
            said = [Step(step, 0.123456789 / step, 0.984375, 30.0 + 1 / step) for step in range(1, 801)]
            store.append(run_id, [RecordedEvent.of(event) for event in said])
            store.set_status(run_id, "finished")

    members(0, 2)
    before, told = store.size(), store.bytes_per_batch()
    assert told is not None
    members(2, 12)
    grown = (store.size() - before) / 10
    assert 0.7 < 800 * told / grown < 1.3
    assert grown < 200_000
