"""What a damaged disk gives back is never drawn as measured: it is what was recorded, or said to be damaged."""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import json
import random
import shutil
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from bn_core.config import TrainingConfig
from bn_core.runs import database as database_module
from bn_core.runs.database import FILE_NAME
from bn_core.runs.keeper import StoreKeeper
from bn_core.runs.records import (
    AnswerBytes,
    EngineStatus,
    NotPossible,
    Pending,
    RunDamaged,
    SweepDamaged,
    UnknownRun,
    WeightsDamaged,
    owner_hash,
)
from bn_core.runs.service import RunService
from bn_core.runs.store import Store, StoreUnavailable
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
)
from tests.runs.stand_ins import probe, snapshot, statistics, tamper

ME = "the-browser-of-this-test"
OWNER = owner_hash(ME)
CONFIG = TrainingConfig.of({"batches": 20})
PAGE = 4096
QUESTION = "{}"
PLAN = "[varied]\nseed = [100, 101]\n"

assert OWNER is not None


def recorded(step: int) -> list[Event]:
    """What one batch says, other numbers at every step."""
    score = Score(1 / (step + 1), step / 100)
    events: list[Event] = [Step(step, 0.5 + step / 7, step / 101, 20.25 + step), statistics(step)]
    if step % 5 == 0:
        events += [Evaluated(step, 250, score, score, score, 7.0), Checked(step, step, "training", score, 9.0)]
    return events


def scored(step: int) -> Scored:
    counts, labels, score = np.arange(100).reshape(10, 10), np.arange(100, dtype=np.uint8), Score(0.1, 0.2)
    return Scored(step, score, score, 0.9, None, counts, counts * 2, labels, labels[::-1], None, 12.5)


def trained(store: Store, seed: int, steps: int, status: str, sweep: str | None = None) -> str:
    """A run, or a member of a sweep, with what is recorded of it, its weights and the answer to a question."""
    config = CONFIG.with_(seed=seed)
    run = store.add_run(config, str(OWNER)) if sweep is None else store.add_member(sweep, config)
    store.append(run, [RecordedEvent.of(RunStarted(0, config.to_json(), "mnist", "sha", 55_000, {"tensorflow": "2"}))])
    store.set_status(run, "running", worker="one")
    for step in range(1, steps + 1):
        store.append(run, [RecordedEvent.of(event) for event in recorded(step)])
        if step in (1, steps):
            store.put_snapshot(run, step, snapshot(step, 200 + seed))
    if seed == 0:
        store.append(run, [RecordedEvent.of(probe(steps))])
    store.put_checkpoint(run, steps, pack(CheckpointTaken(steps, {"kernel": np.full(150, seed, np.float32)})))
    ends = {"finished": scored(steps), "failed": Failed(steps, "No number.", None), "stopped": Stopped(steps)}
    if status in ends:
        store.append(run, [RecordedEvent.of(ends[status])])
    store.set_status(run, status, message="The app ended." if status == "interrupted" else None)  # type: ignore[arg-type]
    store.set_dataset_note(run, f"MNIST, {seed}")
    store.rename(run, f"run {seed}")
    store.ask(run, QUESTION)
    (question,) = store.take_questions()
    store.answer_question(question.id, pack(Step(seed, 1.0, 2.0, 3.0)))
    store.take_requests()
    return run


def filled(home: Path, runs: int = 8) -> list[str]:
    store = Store.open(home)
    states = ["finished", "interrupted", "failed", "stopped"]
    sweep = store.add_sweep(PLAN, str(OWNER))
    made = [trained(store, seed, 6 + 2 * seed, states[seed % 4]) for seed in range(runs)]
    made += [trained(store, 100 + number, 6, state, sweep) for number, state in enumerate(states[:2])]
    store.close()
    return made


Told = dict[str, object]
"""All that can be known of a run, by what was asked; what was refused is left out."""


def told(service: RunService, store: Store, run: str) -> Told:
    """Everything that pages and the engine can get of a run, as values that can be compared."""
    found: Told = {}

    def tell(name: str, read: Callable[[], object]) -> None:
        try:
            found[name] = read()
        except (RunDamaged, WeightsDamaged, UnknownRun, NotPossible, StoreUnavailable) as problem:
            assert_is_sentence(problem)

    tell("run", lambda: service.run(run))
    tell("sweep", lambda: sweep_of(store, run))
    tell("history", lambda: as_values(service.history(run)))
    tell("probes", lambda: [pack(one) for one in service.probes(run).probes])
    tell("statistics", lambda: as_values(service.statistics(run)))
    tell("steps", lambda: service.snapshot_steps(run))
    for step in range(25):
        tell(f"snapshot {step}", lambda step=step: store.snapshot(run, step))
    tell("events", lambda: store.events(run))
    tell("checkpoint", lambda: store.checkpoint(run))
    tell("answer", lambda: service.ask(run, {}))
    return found


def sweep_of(store: Store, run: str) -> object:
    """The sweep that a run was trained for, and what that has of it; None for none."""
    record = store.run(run)
    if record is None or record.sweep is None:
        return None
    members = {one.id: one for one in store.members(record.sweep)}
    return store.sweep(record.sweep), members[run]


def as_values(history: object) -> object:
    assert dataclasses.is_dataclass(history)
    values = {field.name: getattr(history, field.name) for field in dataclasses.fields(history)}
    packed = {"scored"}
    return {
        name: value.tolist()
        if isinstance(value, np.ndarray)
        else pack(value)
        if name in packed and value is not None
        else value
        for name, value in values.items()
    }


NOTHING = (None, [], (), b"")


def is_nothing(name: str, value: object) -> bool:
    """Whether an answer has no number in it."""
    if isinstance(value, dict):
        kept = {key: part for key, part in value.items() if key not in ("run_id", "last_number")}
        return all(part in ([], (), None) for part in kept.values())
    return isinstance(value, Pending) or (not isinstance(value, AnswerBytes) and value in NOTHING)


def assert_is_sentence(problem: Exception) -> None:
    assert "\n" not in str(problem)
    assert str(problem).endswith(".")


@dataclass(frozen=True)
class Truth:
    """Undamaged stores: their files, and what can be known of each run at each time."""

    home: Path
    runs: list[str]
    states: dict[str, list[Told]]
    foreign: Path


def look(home: Path) -> tuple[StoreKeeper, Store | None]:
    keeper = StoreKeeper(home, contextlib.nullcontext)
    try:
        return keeper, keeper.store()
    except StoreUnavailable as problem:
        assert_is_sentence(problem)
        return keeper, None


def everything(home: Path, runs: list[str]) -> dict[str, Told]:
    store = Store.open(home)
    service = RunService(store, closed="Nothing is trained here.")
    found = {run: told(service, store, run) for run in runs}
    store.close()
    return found


def copied(source: Path, target: Path) -> Path:
    """The database with its journal, as a program leaves them that was killed."""
    target.mkdir()
    for ending in ("", "-wal"):
        if (source / f"{FILE_NAME}{ending}").exists():
            shutil.copy(source / f"{FILE_NAME}{ending}", target / f"{FILE_NAME}{ending}")
    return target


@pytest.fixture(scope="module")
def truth(tmp_path_factory: pytest.TempPathFactory) -> Truth:
    """A store whose last transactions are still in its journal, and a journal of another store."""
    folder = tmp_path_factory.mktemp("truth")
    runs = filled(folder / "made")
    states = {run: [one] for run, one in everything(folder / "made", runs).items()}
    store = Store.open(folder / "made")
    for turn in range(3):
        store.rename(runs[1], f"turn {turn}")
        store.append(runs[2], [RecordedEvent.of(event) for event in recorded(30 + turn)])
        for run, one in everything(folder / "made", runs).items():
            states[run].append(one)
    home = copied(folder / "made", folder / "home")
    store.close()

    others = filled(folder / "other", runs=3)
    other = Store.open(folder / "other")
    for step in range(40, 60):
        other.append(others[0], [RecordedEvent.of(event) for event in recorded(step)])
    foreign = copied(folder / "other", folder / "foreign")
    for run, one in everything(folder / "other", others).items():
        states[run] = [one]
    other.close()
    assert (home / f"{FILE_NAME}-wal").stat().st_size > 10 * PAGE
    return Truth(home, runs, states, foreign / f"{FILE_NAME}-wal")


def spoil(home: Path, how: random.Random, foreign: Path) -> str:
    """Damage the store in one of the ways that disks and people do; return which."""
    database, journal = home / FILE_NAME, home / f"{FILE_NAME}-wal"
    way = how.choices(["flipped", "journal", "truncated", "foreign", "alone"], [12, 2, 2, 2, 2])[0]
    if way == "foreign":
        shutil.copy(foreign, journal)
    if way == "alone":
        journal.unlink()
    if way in ("flipped", "journal", "alone"):
        file = journal if way == "journal" else database
        content = bytearray(file.read_bytes())
        for _ in range(how.randint(1, 20)):
            content[how.randrange(len(content))] ^= 1 << how.randrange(8) if how.random() < 0.5 else how.randint(1, 255)
        file.write_bytes(content)
    if way == "truncated":
        database.write_bytes(database.read_bytes()[: how.randrange(database.stat().st_size)])
    return way


def problems_of(home: Path, truth: Truth) -> Iterator[str]:
    """What is drawn of this store that was never recorded, and what is missing without a word."""
    keeper, store = look(home)
    if store is None:
        return
    service = RunService(store, closed="Nothing is trained here.")
    for turn in ("first", "again"):
        new = bool(keeper.note)
        try:
            listed = [*service.runs(ME), *service.listed(ME)]
        except StoreUnavailable as problem:
            assert_is_sentence(problem)
            return
        for record in listed:
            if all(record != one["run"] for one in truth.states.get(record.id, [])):
                yield f"{turn}: the list has {record}"
        with contextlib.suppress(StoreUnavailable):
            for sweep in (*store.sweeps(str(OWNER)), *store.running_sweeps()):
                if (sweep.plan, sweep.state) != (PLAN, "running"):
                    yield f"{turn}: the list has {sweep}"
        for run, states in truth.states.items():
            found = told(service, store, run)
            fitting = [
                state
                for state in states
                if all(state[name] == value or is_nothing(name, value) for name, value in found.items())
            ]
            if not fitting:
                wrong = [name for name, value in found.items() if all(state[name] != value for state in states)]
                yield f"{turn}: {run} has other {wrong}"
            with contextlib.suppress(StoreUnavailable):
                missing = found.get("run", "") is None and run in truth.runs and not new
                if missing and not service.damage(run):
                    yield f"{turn}: {run} is gone without a word"
    store.close()


def try_it(truth: Truth, folder: Path, seeds: range) -> dict[str, int]:
    ways: dict[str, int] = {}
    wrong = []
    for seed in seeds:
        home = copied(truth.home, folder / str(seed))
        way = spoil(home, random.Random(seed), truth.foreign)
        ways[way] = ways.get(way, 0) + 1
        wrong += [f"seed {seed}, {way}: {problem}" for problem in problems_of(home, truth)]
        shutil.rmtree(home)
    assert wrong == []
    return ways


def test_the_undamaged_store_has_everything(truth: Truth, tmp_path: Path) -> None:
    home = copied(truth.home, tmp_path / "home")
    assert everything(home, truth.runs) == {run: truth.states[run][-1] for run in truth.runs}
    assert list(problems_of(home, truth)) == []


def test_nothing_is_drawn_of_damaged_stores_that_was_not_recorded(truth: Truth, tmp_path: Path) -> None:
    assert len(try_it(truth, tmp_path, range(40))) >= 4


@pytest.mark.slow
def test_nothing_is_drawn_of_a_thousand_damaged_stores_that_was_not_recorded(truth: Truth, tmp_path: Path) -> None:
    ways = try_it(truth, tmp_path, range(1000, 2000))
    assert min(ways.values()) >= 50


def of_version_6(home: Path) -> bytes:
    """What a store of an earlier schema is made of: runs, events, weights, an answer and a sweep."""
    connection = sqlite3.connect(home / FILE_NAME, isolation_level=None)
    connection.executescript((Path(__file__).parent / "version_6.sql").read_text())
    for number in range(6):
        run = f"run{number:07d}"
        connection.execute(
            "INSERT INTO runs (id, config, identity, owner, created, status) VALUES (?, ?, ?, ?, ?, 'finished')",
            (run, json.dumps(CONFIG.to_json()), CONFIG.identity, OWNER, number),
        )
        connection.executemany(
            "INSERT INTO events VALUES (?, ?, 'Step', ?)",
            [(run, step, pack(Step(step, 0.5, 0.5, 20.0))) for step in range(1, 41)],
        )
        connection.execute("INSERT INTO blobs VALUES (?, 'snapshot', 1, ?)", (run, snapshot(1, 200)))
        connection.execute(
            "INSERT INTO questions (run_id, digest, one_off, since, asked, question, state, answer) "
            "VALUES (?, ?, 0, 1, 1, '{}', 'answered', x'01')",
            (run, hashlib.sha256(b"{}").hexdigest()),
        )
    connection.execute("INSERT INTO sweeps VALUES ('sweep00000', 'a plan', 'me', 'here', 5.0, 1, 'paused')")
    connection.execute("PRAGMA user_version = 6")
    connection.close()
    return (home / FILE_NAME).read_bytes()


def test_a_damaged_store_of_an_earlier_schema_opens_or_is_set_aside(tmp_path: Path) -> None:
    whole = of_version_6(tmp_path)
    opened = Counter[int]()
    for seed in range(60):
        how, content = random.Random(seed), bytearray(whole)
        for _ in range(how.randint(1, 20)):
            content[how.randrange(len(content))] ^= how.randint(1, 255)
        home = tmp_path / str(seed)
        home.mkdir()
        (home / FILE_NAME).write_bytes(content)
        _, store = look(home)
        if store is not None:
            service = service_of(store)
            for number in range(6):
                told(service, store, f"run{number:07d}")
            opened[len(service.runs(ME))] += 1
            store.close()
    assert opened[6] > 20
    assert opened[0] > 5


# One run


def service_of(store: Store) -> RunService:
    return RunService(store, closed="Nothing is trained here.")


EVENTS_DAMAGED = [
    "UPDATE events SET packed = (SELECT packed FROM events WHERE run_id = ?1 AND number = 4) "
    "WHERE run_id = ?1 AND number = 2",
    "UPDATE events SET packed = x'00' WHERE run_id = ? AND number = 2",
    "UPDATE events SET packed = 'text' WHERE run_id = ? AND number = 2",
    "UPDATE events SET kind = 'Stopped' WHERE run_id = ? AND number = 2",
    "UPDATE events SET number = number + 100 WHERE run_id = ? AND number = 12",
    "DELETE FROM events WHERE run_id = ? AND number = 2",
    "DELETE FROM events WHERE run_id = ? AND kind = 'Step' AND number > 10",
    "INSERT INTO events SELECT run_id, 1000, kind, packed FROM events WHERE run_id = ? AND number = 2",
    "DELETE FROM events WHERE run_id = ?",
]


@pytest.mark.parametrize("statement", EVENTS_DAMAGED)
def test_a_run_whose_events_are_damaged_says_so_and_is_none_from_then_on(store: Store, statement: str) -> None:
    damaged, other = (trained(store, seed, 6, "finished") for seed in (1, 2))
    whole = told(service_of(store), store, other)
    tamper(store, statement, damaged)
    service = service_of(store)
    with pytest.raises(RunDamaged, match=f"^Run {damaged} is damaged: .*Delete it") as caught:
        service.history(damaged)
    assert service.damage(damaged) == str(caught.value)
    assert service.damaged(ME) == [damaged]
    assert service.run(damaged) is None
    assert len(service.history(damaged).steps) == len(service.statistics(damaged).steps) == 0
    assert [run.id for run in (*service.runs(ME), *service.listed(ME))] == [other, other]
    with pytest.raises(RunDamaged):
        service.ask(damaged, {})
    with pytest.raises(RunDamaged):
        service.rename(damaged, ME, "new")
    with pytest.raises(RunDamaged):
        store.events(damaged)
    assert told(service, store, other) == whole
    assert service.damage(other) == service.damage(None) == service.damage("zzzzzzzzzz") == ""


def test_damage_that_comes_later_is_seen_with_what_is_new(store: Store) -> None:
    run = trained(store, 1, 6, "interrupted")
    service = service_of(store)
    assert len(service.history(run).steps) == 6
    store.append(run, [RecordedEvent.of(event) for event in recorded(7)])
    tamper(store, "DELETE FROM events WHERE run_id = ? AND number = (SELECT max(number) - 1 FROM events)", run)
    with pytest.raises(RunDamaged):
        service.history(run)
    assert service.run(run) is None


RUN_DAMAGED = [
    "UPDATE runs SET test_accuracy = 0.99 WHERE id = ?",
    "UPDATE runs SET config = replace(config, '0.002', '0.003') WHERE id = ?",
    "UPDATE runs SET recorded = '{}' WHERE id = ?",
    "UPDATE runs SET seal = NULL WHERE id = ?",
    "UPDATE runs SET name = CAST(x'ff00' AS TEXT) WHERE id = ?",
    "UPDATE runs SET name = CAST(name AS BLOB) WHERE id = ?",
]


@pytest.mark.parametrize("statement", RUN_DAMAGED)
def test_a_run_whose_row_is_damaged_says_so_and_no_change_seals_it_again(store: Store, statement: str) -> None:
    damaged, other = (trained(store, seed, 6, "interrupted") for seed in (1, 2))
    tamper(store, statement, damaged)
    service = service_of(store)
    assert service.run(damaged) is None
    assert service.damage(damaged)
    assert [run.id for run in service.runs(ME)] == [other]
    assert service.damaged(ME) == [damaged]
    assert not store.requeue(damaged, str(OWNER))
    assert not store.set_status(damaged, "stopped", only_from=("interrupted",))
    assert store.checkpoint(damaged) is None
    for change in (
        lambda: store.rename(damaged, "new"),
        lambda: store.append(damaged, [RecordedEvent.of(Stopped(6))]),
        lambda: store.put_snapshot(damaged, 2, b"weights"),
        lambda: store.put_checkpoint(damaged, 2, b"weights"),
        lambda: store.add_request("stop", damaged),
        lambda: service.resume(damaged, ME),
    ):
        with pytest.raises(RunDamaged):
            change()
    store.make_room(store.size() - 1)
    assert service_of(Store.open(store.path.parent)).run(damaged) is None


def test_a_damaged_run_can_be_deleted_by_its_owner_at_once(store: Store) -> None:
    damaged, other = (trained(store, seed, 6, "finished") for seed in (1, 2))
    tamper(store, RUN_DAMAGED[0], damaged)
    service = service_of(store)
    with pytest.raises(RunDamaged):
        service.delete(damaged, "another-browser-of-this-test")
    service.delete(damaged, ME)
    assert service.damage(damaged) == ""
    assert service.damaged(ME) == []
    assert [run.id for run in service.runs(ME)] == [other]


def test_damaged_weights_are_used_for_nothing_and_cost_nothing_else(store: Store) -> None:
    run = trained(store, 1, 6, "interrupted")
    whole = told(service_of(store), store, run)
    tamper(store, "UPDATE blobs SET packed = x'00' WHERE run_id = ? AND kind = 'checkpoint'", run)
    assert store.checkpoint(run) is None
    tamper(store, "UPDATE blobs SET packed = x'00' WHERE run_id = ? AND step = 1", run)
    tamper(store, "DELETE FROM blobs WHERE run_id = ? AND kind = 'snapshot' AND step = 6", run)
    for step in (1, 6):
        with pytest.raises(WeightsDamaged, match=f"weights of batch {step} are damaged"):
            store.snapshot(run, step)
    lost = {"checkpoint", "snapshot 1", "snapshot 6"}
    assert {name for name, value in whole.items() if told(service_of(store), store, run).get(name) != value} == lost


def test_a_damaged_answer_is_asked_for_again(store: Store) -> None:
    run = trained(store, 1, 6, "finished")
    tamper(store, "UPDATE questions SET answer = x'00' WHERE run_id = ?", run)
    with pytest.raises(NotPossible, match="Nothing is trained here"):
        store.ask(run, QUESTION, closed="Nothing is trained here.")
    assert isinstance(store.ask(run, QUESTION), Pending)
    (question,) = store.take_questions()
    assert store.answer_question(question.id, b"42")
    assert store.ask(run, QUESTION) == AnswerBytes(b"42")


def test_a_question_that_is_not_the_one_that_was_asked_is_not_answered(store: Store) -> None:
    run = trained(store, 1, 6, "finished")
    store.ask(run, '{"step":1}')
    tamper(store, """UPDATE questions SET question = '{"step":2}' WHERE state = 'waiting'""")
    assert store.take_questions() == []
    assert isinstance(store.ask(run, '{"step":1}'), Pending)


@pytest.mark.parametrize("said", ["x", "[]", "{}", '{"state": "ready", "warm": 5}', '{"warm": [], "other": 1}'])
def test_what_the_engine_is_not_said_to_be_it_is_not(store: Store, said: str) -> None:
    store.set_engine(EngineStatus("ready", heartbeat=5.0))
    tamper(store, "UPDATE engine SET status = ?", said)
    assert store.engine() == EngineStatus("off")


# A sweep


def test_a_sweep_that_is_damaged_says_so_and_goes_on_with_nothing(store: Store) -> None:
    sweep, other = (store.add_sweep(plan, str(OWNER)) for plan in ("seed = [0, 1]", "seed = [2, 3]"))
    tamper(store, "UPDATE sweeps SET plan = 'seed = [0, 9]' WHERE id = ?", sweep)
    for use in (
        lambda: store.sweep(sweep),
        lambda: store.set_sweep(sweep, "finished"),
        lambda: store.add_member(sweep, CONFIG),
    ):
        with pytest.raises(SweepDamaged, match=f"^Sweep {sweep} is damaged: .*Begin the same sweep again") as caught:
            use()
        assert_is_sentence(caught.value)
    assert [one.id for one in (*store.sweeps(str(OWNER)), *store.running_sweeps())] == [other, other]


def test_a_sweep_that_is_lost_says_so_too(store: Store) -> None:
    sweep = store.add_sweep("seed = [0, 1]", str(OWNER))
    store.add_member(sweep, CONFIG)
    tamper(store, "DELETE FROM sweeps WHERE id = ?", sweep)
    with pytest.raises(SweepDamaged):
        store.sweep(sweep)
    assert store.sweep("zzzzzzzzzz") is None


def test_a_member_that_is_damaged_is_trained_again(store: Store) -> None:
    sweep = store.add_sweep("seed = [0, 1]", str(OWNER))
    damaged, other = (store.add_member(sweep, CONFIG.with_(seed=seed)) for seed in (0, 1))
    for run in (damaged, other):
        store.set_status(run, "running", worker="one")
    store.interrupt_all("The app ended.")
    tamper(store, "UPDATE runs SET test_accuracy = 0.99 WHERE id = ?", damaged)
    store.take_requests()
    store.set_sweep(sweep, "running")
    assert [run.id for run in store.members(sweep)] == [other]
    assert [request.run_id for request in store.take_requests()] == [other]
    assert [run.id for run in store.queued()] == [other]


# The store


def test_a_store_that_is_set_aside_is_left_as_it_was_with_its_journal(tmp_path: Path, truth: Truth) -> None:
    made = copied(truth.home, tmp_path / "made")
    connection = sqlite3.connect(made / FILE_NAME, isolation_level=None)
    connection.execute("DROP TRIGGER events_are_final")
    home = copied(made, tmp_path / "home")
    connection.close()
    before = [(home / f"{FILE_NAME}{ending}").read_bytes() for ending in ("", "-wal")]
    keeper, store = look(home)
    assert store is not None
    assert store.runs() == []
    assert "damaged" in keeper.note
    (aside,) = home.glob("runs-damaged-*.sqlite3")
    assert [aside.with_name(f"{aside.name}{ending}").read_bytes() for ending in ("", "-wal")] == before


def test_a_run_that_is_added_while_a_store_is_looked_through_is_no_damage(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = Store.open(tmp_path)
    is_whole = database_module.is_whole

    def slowly(connection: sqlite3.Connection) -> bool:
        other.add_run(CONFIG, str(OWNER))
        return is_whole(connection)

    monkeypatch.setattr(database_module, "is_whole", slowly)
    assert len(Store.open(tmp_path).runs()) == 1


@pytest.mark.parametrize("statement", ["DROP TRIGGER events_are_final", "DROP INDEX runs_by_age", "DROP TABLE turns"])
def test_a_store_that_lacks_a_definition_is_set_aside(tmp_path: Path, statement: str) -> None:
    filled(tmp_path, runs=1)
    connection = sqlite3.connect(tmp_path / FILE_NAME, isolation_level=None)
    connection.execute(statement)
    connection.close()
    keeper, store = look(tmp_path)
    assert store is not None
    assert store.runs() == []
    assert "damaged" in keeper.note


def test_an_index_that_hides_a_run_is_made_anew(tmp_path: Path) -> None:
    runs = filled(tmp_path, runs=3)
    connection = sqlite3.connect(tmp_path / FILE_NAME, isolation_level=None)
    root = connection.execute("SELECT rootpage FROM sqlite_schema WHERE name = 'sqlite_autoindex_runs_1'").fetchone()[0]
    connection.close()
    content = bytearray((tmp_path / FILE_NAME).read_bytes())
    place = content.index(runs[1].encode(), (root - 1) * PAGE, root * PAGE)
    content[place] ^= 1
    (tmp_path / FILE_NAME).write_bytes(content)
    keeper, store = look(tmp_path)
    assert store is not None
    assert keeper.note == ""
    assert all(store.run(run) is not None for run in runs)
