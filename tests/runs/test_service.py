"""What pages can rely on: a run obeys its browser alone, and what is shown is what is so."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bn_core.config import TrainingConfig
from bn_core.runs import service as service_module
from bn_core.runs import wastebasket
from bn_core.runs.records import (
    ACTIVE,
    ENDED,
    ON_WORKER,
    BadName,
    EngineStatus,
    NotPossible,
    NotYours,
    RunProblem,
    RunRecord,
    Status,
    UnknownRun,
    is_run_id,
    owner_hash,
)
from bn_core.runs.service import LOST_SECONDS, READY_SECONDS, Pulse, RunService
from bn_core.runs.store import Store, StoreUnavailable
from bn_core.training.events import Evaluated, RecordedEvent, Score, Step
from tests.runs.stand_ins import probe, statistics

CONFIG = TrainingConfig()
MINE = "0f8fad5b-d9cb-469f-a165-70867728950e"
THEIRS = "7c9e6679-7425-40de-944b-e07fc1f90ae7"

Act = Callable[[RunService, str, str], object]
ACTS: dict[str, Act] = {
    "stop": lambda runs, run, owner: runs.stop(run, owner),
    "pause": lambda runs, run, owner: runs.pause(run, owner),
    "resume": lambda runs, run, owner: runs.resume(run, owner),
    "step": lambda runs, run, owner: runs.step(run, owner),
    "rename": lambda runs, run, owner: runs.rename(run, owner, "x"),
    "share": lambda runs, run, owner: runs.share(run, owner, shared=True),
    "pin": lambda runs, run, owner: runs.pin(run, owner, pinned=True),
    "delete": lambda runs, run, owner: runs.delete(run, owner),
}


def beat(store: Store, age: float = 0.0, **values: object) -> EngineStatus:
    said = EngineStatus("ready", workers=2, heartbeat=time.time() - age)
    said = replace(said, **values)  # type: ignore[arg-type]
    store.set_engine(said)
    return said


@pytest.fixture
def runs(store: Store) -> RunService:
    """A service with an engine that answers."""
    beat(store)
    return RunService(store)


def in_status(store: Store, runs: RunService, status: Status) -> str:
    """A run of mine that is in this status, with no request waiting."""
    run = runs.start(CONFIG, MINE)
    if status != "queued":
        store.set_status(run, status, worker="one")
    store.take_requests()
    return run


def get(runs: RunService, run: str) -> RunRecord:
    record = runs.run(run)
    assert record is not None
    return record


def asked(store: Store) -> list[str]:
    return [request.kind for request in store.take_requests()]


# Whose run it is


def test_a_started_run_waits_for_the_engine_and_belongs_to_its_browser(store: Store, runs: RunService) -> None:
    run = runs.start(CONFIG, MINE)
    record = get(runs, run)
    assert is_run_id(run)
    assert (record.status, record.config, record.step) == ("queued", CONFIG, 0)
    assert runs.owns(run, MINE)
    assert not runs.owns(run, THEIRS)
    assert [(r.kind, r.run_id) for r in store.take_requests()] == [("start", run)]
    assert [r.id for r in runs.runs(MINE)] == [run]
    assert runs.runs(THEIRS) == runs.listed(THEIRS) == runs.runs(None) == []


def test_the_browsers_id_itself_is_not_stored(store: Store, runs: RunService) -> None:
    runs.start(CONFIG, MINE)
    store.close()
    for file in store.path.parent.iterdir():
        assert MINE.encode() not in file.read_bytes()


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("owner", [THEIRS, "", "x", owner_hash(MINE), None, 7])
def test_nobody_else_can_do_anything_to_a_run(store: Store, runs: RunService, act: str, owner: str) -> None:
    for status in ("running", "queued"):
        run = in_status(store, runs, status)
        before = get(runs, run)
        with pytest.raises(NotYours, match="browser"):
            ACTS[act](runs, run, owner)
        assert get(runs, run) == before
        assert asked(store) == []


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("run", ["zzzzzzzzzz", "", "'; DROP TABLE runs; --", "\ud800", None, 7])
def test_an_unknown_run_is_said_to_be_unknown(runs: RunService, act: str, run: str) -> None:
    with pytest.raises(UnknownRun, match="no run with this id"):
        ACTS[act](runs, run, MINE)
    assert runs.run(run) is None
    assert not runs.owns(run, MINE)
    assert runs.queue(run) is None
    assert runs.history(run).last_number == runs.probes(run).last_number == runs.statistics(run).last_number == 0
    assert runs.snapshot_steps(run) == ()


@given(owner=st.text(max_size=20) | st.text(min_size=120, max_size=140))
def test_only_printable_text_of_some_length_is_a_browsers_id(owner: str) -> None:
    good = 16 <= len(owner) <= 128 and all("!" <= character <= "~" for character in owner)
    assert (owner_hash(owner) is not None) == good


def test_a_browser_without_an_id_cannot_start_and_owns_nothing(store: Store, runs: RunService) -> None:
    for owner in ("", "short", "with spaces in it all along", None):
        with pytest.raises(NotPossible, match="reload"):
            runs.start(CONFIG, owner)  # type: ignore[arg-type]
        assert runs.runs(owner) == []
    assert runs.runs(MINE) == []


# What can be done when


POSSIBLE: dict[str, tuple[Status, ...]] = {
    "stop": (*ACTIVE, "stopped"),
    "pause": ON_WORKER,
    "resume": (*ACTIVE, "interrupted"),
    "step": ON_WORKER,
    "rename": (*ACTIVE, *ENDED),
    "share": (*ACTIVE, *ENDED),
    "pin": (*ACTIVE, *ENDED),
    "delete": ENDED,
}


@pytest.mark.parametrize("status", [*ACTIVE, *ENDED])
@pytest.mark.parametrize("act", ACTS)
def test_what_makes_no_sense_is_refused_with_a_sentence(
    store: Store, runs: RunService, act: str, status: Status
) -> None:
    run = in_status(store, runs, status)
    if status in POSSIBLE[act]:
        ACTS[act](runs, run, MINE)
    else:
        with pytest.raises(NotPossible, match=r"^[A-Z][^\n]*\.$"):
            ACTS[act](runs, run, MINE)
        assert get(runs, run).status == status
        assert asked(store) == []


@pytest.mark.parametrize("act", ["stop", "pause", "resume", "step"])
@pytest.mark.parametrize("status", ON_WORKER)
def test_what_a_worker_must_do_is_asked_of_the_engine(store: Store, runs: RunService, act: str, status: Status) -> None:
    run = in_status(store, runs, status)
    ACTS[act](runs, run, MINE)
    (request,) = store.take_requests()
    assert (request.kind, request.run_id, request.asked_by) == (act, run, owner_hash(MINE))
    assert get(runs, run).status == status, "only the engine says that a run has stopped"


def test_a_waiting_run_is_stopped_without_an_engine(store: Store) -> None:
    runs = RunService(store)
    run = runs.start(CONFIG, MINE)
    runs.stop(run, MINE)
    assert get(runs, run).status == "stopped"
    runs.stop(run, MINE)


def test_pause_resume_pause_ends_in_a_pause(store: Store, runs: RunService) -> None:
    run = in_status(store, runs, "running")
    runs.pause(run, MINE)
    runs.pause(run, MINE)
    runs.resume(run, MINE)
    runs.pause(run, MINE)
    assert asked(store) == ["pause", "resume", "pause"]


def test_an_interrupted_run_is_put_into_the_queue_again(store: Store, runs: RunService) -> None:
    run = in_status(store, runs, "interrupted")
    assert get(runs, run).resumable
    runs.resume(run, MINE)
    runs.resume(run, MINE)
    assert [(r.id, r.status) for r in store.queued()] == [(run, "queued")]
    assert asked(store) == ["start"]


def test_a_deleted_run_is_gone_with_its_history(store: Store, runs: RunService) -> None:
    run = in_status(store, runs, "running")
    inside = [RecordedEvent.of(probe(1)), RecordedEvent.of(statistics(1))]
    store.append(run, [RecordedEvent.of(Step(1, 1, 1, 1)), *inside])
    store.put_snapshot(run, 1, b"weights")
    assert runs.history(run).last_step == 1
    assert runs.probes(run).steps == runs.snapshot_steps(run) == (1,)
    assert np.searchsorted(runs.statistics(run).steps, 1, "right") == 1
    store.set_status(run, "finished")
    runs.delete(run, MINE)
    assert runs.run(run) is None
    assert runs.history(run).last_step == 0
    assert runs.probes(run).steps == runs.snapshot_steps(run) == ()
    assert np.searchsorted(runs.statistics(run).steps, 1, "right") == 0


def test_a_deleted_run_can_be_had_back_for_a_while(
    store: Store, runs: RunService, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = in_status(store, runs, "finished")
    store.append(run, [RecordedEvent.of(Step(1, 1, 1, 1))])
    before = get(runs, run)
    runs.delete(run, MINE)
    assert (runs.run(run), runs.runs(MINE), runs.identical(before.config, MINE)) == (None, [], None)
    with pytest.raises(NotYours):
        runs.undelete(run, THEIRS)
    runs.undelete(run, MINE)
    assert (get(runs, run), runs.history(run).last_step) == (before, 1)
    monkeypatch.setattr(wastebasket, "UNDO_SECONDS", 0.0)
    runs.delete(run, MINE)
    wait_until(lambda: store.run(run) is None)
    assert not runs.can_undelete(run)
    with pytest.raises(NotPossible, match="for good"):
        runs.undelete(run, MINE)


def test_what_cannot_be_deleted_yet_stays_out_of_sight_and_is_tried_again(
    store: Store, runs: RunService, monkeypatch: pytest.MonkeyPatch
) -> None:
    run, tries, really = in_status(store, runs, "finished"), [], store.delete

    def busy_at_first(run_id: str) -> bool:
        tries.append(run_id)
        if len(tries) == 1:
            raise StoreUnavailable("The store is busy.")
        return really(run_id)

    monkeypatch.setattr(store, "delete", busy_at_first)
    monkeypatch.setattr(wastebasket, "UNDO_SECONDS", 0.0)
    monkeypatch.setattr(wastebasket, "RETRY_SECONDS", 0.05)
    runs.delete(run, MINE)
    assert runs.run(run) is None
    wait_until(lambda: store.run(run) is None)
    assert tries == [run, run]


def test_the_end_of_the_process_does_not_bring_a_deleted_run_back(store: Store) -> None:
    gone: list[str] = []
    basket = wastebasket.Wastebasket(gone.append)
    for run in ("one", "two", "three"):
        basket.put(run)
    assert basket.take_back("two")
    basket.empty()
    assert gone == ["one", "three"]
    assert not basket.take_back("one")


def wait_until(so: Callable[[], bool]) -> None:
    end = time.monotonic() + 10
    while not so():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_names_are_kept_or_refused(store: Store, runs: RunService) -> None:
    run = in_status(store, runs, "finished")
    runs.rename(run, MINE, "  no bias, seed 3 ")
    assert get(runs, run).name == "no bias, seed 3"
    for bad in ("x" * 81, "two\nlines", "\x00", "\ud800", 7):
        with pytest.raises(BadName, match=r"\.$"):
            runs.rename(run, MINE, bad)  # type: ignore[arg-type]
    assert get(runs, run).name == "no bias, seed 3"
    for empty in ("", "   ", None):
        runs.rename(run, MINE, empty)
        assert get(runs, run).name is None


def test_a_pinned_run_can_be_unpinned(store: Store, runs: RunService) -> None:
    run = in_status(store, runs, "finished")
    runs.pin(run, MINE, pinned=True)
    assert get(runs, run).pinned
    runs.pin(run, MINE, pinned=False)
    assert not get(runs, run).pinned


# The engine, seen from here


def test_an_engine_is_ready_while_its_heart_beats(store: Store) -> None:
    runs = RunService(store)
    assert runs.engine().state == "off"
    said = beat(store)
    assert runs.engine() == said
    beat(store, age=READY_SECONDS + 60)
    assert RunService(store).engine().state == "off"


def test_who_starts_the_engine_speaks_for_a_silent_one(store: Store) -> None:
    class Starter:
        def status(self) -> EngineStatus:
            return EngineStatus("unavailable", "Training is not available: no TensorFlow.")

    runs = RunService(store, starter=Starter())
    assert runs.engine().state == "unavailable"
    with pytest.raises(NotPossible, match="no TensorFlow"):
        runs.start(CONFIG, MINE)
    assert runs.runs(MINE) == []
    beat(store)
    assert runs.engine().state == "ready"
    assert runs.start(CONFIG, MINE)
    beat(store, state="off")
    assert runs.engine().state == "unavailable", "a host's farewell is no sign of life"


def test_an_engine_that_says_it_is_unavailable_takes_no_run(store: Store) -> None:
    beat(store, state="unavailable", message="No scheduler answers at tcp://192.0.2.1:8786.")
    with pytest.raises(NotPossible, match="192"):
        RunService(store).start(CONFIG, MINE)


def test_a_heart_that_was_seen_beating_is_not_declared_dead_by_a_clock_that_jumped() -> None:
    pulse = Pulse()
    assert not pulse.beats(None, 5, now=1000, tick=10)
    assert pulse.beats(1000, 5, now=1001, tick=10)
    assert pulse.beats(1001, 5, now=1001, tick=11)
    assert pulse.beats(1001, 5, now=9000, tick=11.5), "the machine slept"
    assert pulse.beats(1001, 5, now=100, tick=12), "the clock was set back"
    assert not pulse.beats(1001, 5, now=9006, tick=17)
    assert pulse.beats(1001, 20, now=9006, tick=17)
    assert pulse.beats(9007, 5, now=9007, tick=18)


def test_an_old_heartbeat_says_nothing_to_a_process_that_has_just_started() -> None:
    assert not Pulse().beats(1000, 5, now=9000, tick=10)
    assert not Pulse().beats(9000, 5, now=1000, tick=10)


@pytest.mark.parametrize("status", [*ACTIVE, *ENDED])
def test_a_run_on_a_worker_of_a_silent_engine_is_shown_as_interrupted(store: Store, status: Status) -> None:
    beat(store, age=LOST_SECONDS + 60)
    runs = RunService(store)
    run = in_status(store, runs, status)
    record = get(runs, run)
    assert runs.runs(MINE) == [record]
    recorded = store.run(run)
    assert recorded is not None
    assert recorded.status == status, "only a host writes that down"
    if status in ON_WORKER:
        assert (record.status, record.presumed, record.resumable, record.active) == ("interrupted", True, False, False)
        assert record.message
        for act in ("stop", "pause", "resume", "step", "delete"):
            with pytest.raises(NotPossible):
                ACTS[act](runs, run, MINE)
    else:
        assert record == recorded


def test_a_short_silence_interrupts_nothing(store: Store) -> None:
    beat(store, age=(READY_SECONDS + LOST_SECONDS) / 2)
    runs = RunService(store)
    run = in_status(store, runs, "running")
    assert runs.engine().state != "ready"
    assert get(runs, run).status == "running"


# Preparing


def test_a_program_is_asked_for_once(store: Store, runs: RunService, monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr(service_module.time, "monotonic", lambda: now)
    runs.prepare(CONFIG)
    (request,) = store.take_requests()
    assert (request.kind, request.run_id) == ("prepare", None)
    assert TrainingConfig.of(request.argument).compile_key == CONFIG.compile_key
    runs.prepare(CONFIG.with_(seed=3))
    assert asked(store) == [], "it is being traced"
    runs.prepare(CONFIG.with_(bias=True))
    assert asked(store) == ["prepare"]
    now += 60
    runs.prepare(CONFIG)
    assert asked(store) == ["prepare"], "the worker may have died since"


def test_a_warm_program_is_not_asked_for(store: Store, runs: RunService) -> None:
    beat(store, warm=(CONFIG.compile_key,))
    runs.prepare(CONFIG.with_(learning_rate=0.1))
    assert asked(store) == []
    runs.prepare(CONFIG.with_(placement="after"))
    assert asked(store) == ["prepare"]


def test_nothing_is_prepared_where_there_is_no_engine(store: Store) -> None:
    RunService(store).prepare(CONFIG)
    assert asked(store) == []


def test_a_service_that_is_closed_trains_nothing_though_an_engine_answers(store: Store, runs: RunService) -> None:
    run = in_status(store, runs, "interrupted")
    closed = RunService(store, closed="Nothing is trained here.")
    assert closed.engine() == EngineStatus("unavailable", "Nothing is trained here.")
    for ask in (lambda: closed.start(CONFIG, MINE), lambda: closed.resume(run, MINE), lambda: closed.ask(run, {})):
        with pytest.raises(NotPossible, match=r"Nothing is trained here\."):
            ask()
    closed.prepare(CONFIG)
    assert asked(store) == []
    assert closed.runs(MINE) == [get(closed, run)]


# What others find


def test_a_run_is_listed_for_others_where_its_owner_shares_it_and_its_link_opens_it_either_way(
    store: Store, runs: RunService
) -> None:
    run = in_status(store, runs, "finished")
    assert runs.listed(THEIRS) == runs.listed(None) == []
    assert runs.identical(CONFIG, THEIRS) is None
    assert get(runs, run).id == run
    runs.share(run, MINE, shared=True)
    assert [r.id for r in runs.listed(THEIRS)] == [r.id for r in runs.listed(None)] == [run]
    assert runs.runs(THEIRS) == []
    found = runs.identical(CONFIG, THEIRS)
    assert found is not None
    assert found.shared
    runs.share(run, MINE, shared=False)
    assert runs.listed(THEIRS) == []
    assert [r.id for r in runs.listed(MINE)] == [run]


def test_a_stopped_run_that_waited_is_told_to_the_engine(store: Store, runs: RunService) -> None:
    run = in_status(store, runs, "queued")
    runs.stop(run, MINE)
    runs.stop(run, MINE)
    assert asked(store) == ["stop"]
    for _ in range(20):
        runs.stop(runs.start(CONFIG, MINE), MINE)
    assert asked(store) == [], "an engine that is away hears of none of them"


# Identical runs


def test_an_identical_run_is_found_if_it_can_be_joined_or_opened(store: Store, runs: RunService) -> None:
    assert runs.identical(CONFIG, MINE) is None
    finished = in_status(store, runs, "finished")
    for status in ("failed", "stopped", "interrupted"):
        in_status(store, runs, status)
    found = runs.identical(CONFIG, MINE)
    assert found is not None
    assert found.id == finished
    active = in_status(store, runs, "running")
    found = runs.identical(CONFIG, MINE)
    assert found is not None
    assert found.id == active
    for change in ({"seed": 1}, {"dataset": "mnist-5k"}, {"bias": True}):
        assert runs.identical(CONFIG.with_(**change), MINE) is None

    beat(store, age=LOST_SECONDS + 60)
    found = RunService(store).identical(CONFIG, MINE)
    assert found is not None
    assert found.id == finished, "a run that has lost its engine cannot be joined"


def test_identity_leaves_out_what_does_nothing(runs: RunService) -> None:
    config = TrainingConfig.of({"placement": "none"})
    run = runs.start(config, MINE)
    found = runs.identical(config.with_(momentum=0.5), MINE)
    assert found is not None
    assert found.id == run


# Queue and progress


def steps(count: int, milliseconds: float, first: int = 1) -> list[RecordedEvent]:
    return [RecordedEvent.of(Step(number, 1.0, 0.5, milliseconds)) for number in range(first, first + count)]


def test_a_place_in_the_queue_has_minutes_only_where_something_was_measured(store: Store, runs: RunService) -> None:
    beat(store, workers=2)
    first, second = (runs.start(CONFIG, MINE) for _ in range(2))
    place = runs.queue(first)
    assert place is not None
    assert (place.position, place.minutes) == (1, 0.0), "nobody is in front, and two workers are idle"
    place = runs.queue(second)
    assert place is not None
    assert (place.position, place.minutes) == (2, None)


def test_minutes_follow_from_what_the_workers_and_the_queue_still_have_to_do(store: Store, runs: RunService) -> None:
    beat(store, workers=2)
    config = CONFIG.with_(batches=1000)
    for done in (400, 700):
        run = runs.start(config, MINE)
        store.set_status(run, "running", worker="w")
        store.append(run, steps(done, 100.0))
    waiting = [runs.start(config, MINE) for _ in range(3)]
    # 100 ms a batch: the workers are free in 60 s and in 30 s, and each run takes 100 s.
    minutes = []
    for run in waiting:
        place = runs.queue(run)
        assert place is not None
        minutes.append(place.minutes)
    assert minutes == pytest.approx([30 / 60, 60 / 60, 130 / 60])
    other = runs.start(config.with_(batch_size=128), MINE)
    place = runs.queue(other)
    assert place is not None
    assert place.minutes == pytest.approx(160 / 60)
    place = runs.queue(runs.start(config, MINE))
    assert place is not None
    assert place.minutes is None, "no run of 128 images a batch was ever measured"


def test_a_resumed_run_goes_on_from_its_checkpoint(store: Store, runs: RunService) -> None:
    beat(store, workers=1)
    config = CONFIG.with_(batches=1000)
    run = runs.start(config, MINE)
    store.set_status(run, "running", worker="w")
    store.append(run, steps(730, 60.0))
    store.put_checkpoint(run, 700, b"weights")
    store.interrupt_all("gone")
    runs.resume(run, MINE)
    place = runs.queue(runs.start(config, MINE))
    assert place is not None
    assert place.minutes == pytest.approx(300 * 60 / 60_000)


def test_a_run_that_does_not_wait_has_no_place(store: Store, runs: RunService) -> None:
    assert runs.queue(in_status(store, runs, "running")) is None


def test_progress_is_measured(store: Store, runs: RunService) -> None:
    run = in_status(store, runs, "running")
    assert runs.progress(get(runs, run)) == service_module.Progress(0.0, None, None)
    store.append(run, [*steps(200, 20.0), RecordedEvent.of(Evaluated(200, 250, Score(1, 1), None, None, 500.0))])
    progress = runs.progress(get(runs, run))
    assert progress.fraction == 0.25
    assert progress.batches_per_second == pytest.approx(1000 / 25)
    assert progress.seconds_left == pytest.approx(600 * 0.025)
    store.append(run, steps(600, 20.0, first=201))
    store.set_status(run, "finished")
    progress = runs.progress(get(runs, run))
    assert (progress.fraction, progress.seconds_left) == (1.0, None)
    assert progress.batches_per_second == pytest.approx(50)


def test_every_problem_of_a_run_is_caught_by_one_name() -> None:
    for problem in (UnknownRun(), NotYours(), NotPossible("x."), BadName("x.")):
        assert isinstance(problem, RunProblem)
        assert str(problem).endswith(".")


def test_what_pages_import_brings_in_neither_tensorflow_nor_dask() -> None:
    code = (
        "import sys, bn_core.runs.service, bn_core.chart_tables.curves, bn_core.engine.host_process; "
        "print([name for name in ('tensorflow', 'keras', 'dask', 'distributed', 'streamlit') if name in sys.modules])"
    )
    root = Path(service_module.__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
