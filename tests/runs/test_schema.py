"""What an update promises: a database that an earlier version made opens with everything that it had."""

from __future__ import annotations

import hashlib
import json
import shutil
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bn_core.config import TrainingConfig
from bn_core.runs import database as database_module
from bn_core.runs import schema
from bn_core.runs.database import FILE_NAME
from bn_core.runs.records import AnswerBytes, SweepRecord, UnknownRun
from bn_core.runs.schema import SCHEMA_VERSION, kind_of
from bn_core.runs.store import Store, StoreUnavailable
from bn_core.training.events import (
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
from tests.runs.stand_ins import tamper

CONFIG = TrainingConfig.of({"placement": "after", "seed": 7})
SCORE = Score(0.5, 0.75)
COUNTS = np.zeros((10, 10), int)
LABELS = np.zeros(100, np.uint8)
SCORED = Scored(2, SCORE, Score(0.25, 0.9375), 0.5, None, COUNTS, COUNTS, LABELS, LABELS, None, 1.0)
EVENTS: list[Event] = [
    RunStarted(0, CONFIG.to_json(), "mnist", "sha", 55000, {}),
    Evaluated(0, 250, SCORE, SCORE, SCORE, 7.0),
    Step(1, 2.0, 0.25, 30.0),
    Step(2, 1.0, 0.5, 20.0),
    SCORED,
]
JUNK = b"somebody else wrote this"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A folder with a database of version 1: a finished run, an interrupted one and one that waits."""
    connection = sqlite3.connect(tmp_path / FILE_NAME, isolation_level=None)
    connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.executescript((Path(__file__).parent / "version_1.sql").read_text())
    for number, (run, status, step) in enumerate(
        [("finished00", "finished", 2), ("interrupt0", "interrupted", 1), ("queued0000", "queued", 0)], 1
    ):
        connection.execute(
            "INSERT INTO runs (id, config, identity, owner, created, name, pinned, status, step, queue_number) "
            "VALUES (?, ?, ?, ?, ?, 'a name', 1, ?, ?, ?)",
            (run, json.dumps(CONFIG.to_json()), CONFIG.identity, "o" * 64, number, status, step, number),
        )
    insert = "INSERT INTO events (run_id, number, packed) VALUES (?, ?, ?)"
    connection.executemany(insert, [("finished00", n, pack(event)) for n, event in enumerate(EVENTS, 1)])
    connection.executemany(insert, [("interrupt0", 1, pack(EVENTS[2])), ("interrupt0", 2, JUNK)])
    connection.execute("INSERT INTO blobs VALUES ('interrupt0', 'checkpoint', 1, x'0102')")
    connection.execute(
        "INSERT INTO requests (kind, run_id, argument, created) VALUES ('start', 'queued0000', 'null', 5)"
    )
    connection.execute('INSERT INTO engine VALUES (1, \'{"state": "off", "warm": []}\')')
    connection.execute("PRAGMA user_version = 1")
    connection.close()
    return tmp_path


@pytest.fixture
def home_of_2(tmp_path: Path) -> Path:
    """A folder with a database of version 2: a finished run with an answered question and one that waits."""
    connection = sqlite3.connect(tmp_path / FILE_NAME, isolation_level=None)
    connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.executescript((Path(__file__).parent / "version_2.sql").read_text())
    connection.execute(
        "INSERT INTO runs (id, config, identity, owner, created, status, step) VALUES (?, ?, ?, ?, 1, 'finished', 2)",
        ("finished00", json.dumps(CONFIG.to_json()), CONFIG.identity, "o" * 64),
    )
    connection.executemany(
        "INSERT INTO questions (id, run_id, digest, one_off, state, since, asked, question, answer) "
        "VALUES (?, 'finished00', ?, 0, ?, ?, ?, ?, ?)",
        [
            (7, digest("{}"), "answered", 5, 5, "{}", b"42"),
            (9, digest('{"a":1}'), "waiting", time.time(), time.time(), '{"a":1}', None),
        ],
    )
    connection.execute("PRAGMA user_version = 2")
    connection.close()
    return tmp_path


def digest(question: str) -> str:
    return hashlib.sha256(question.encode()).hexdigest()


def definitions(connection: sqlite3.Connection) -> dict[str, str]:
    """Every table, index and trigger as its SQL, without white space: a column that was added later stands apart."""
    rows = connection.execute("SELECT type || ' ' || name, sql FROM sqlite_schema WHERE sql IS NOT NULL").fetchall()
    return {name: "".join(sql.split()) for name, sql in rows}


def dumped(version: int) -> sqlite3.Connection:
    """The empty tables as this version of the lab made them."""
    connection = sqlite3.connect(":memory:", isolation_level=None)
    connection.executescript((Path(__file__).parent / f"version_{version}.sql").read_text())
    connection.execute(f"PRAGMA user_version = {version}")
    return connection


def shape(path: Path) -> dict[str, object]:
    """Everything about the tables that matters to who uses them."""
    connection = sqlite3.connect(path)
    names = connection.execute("SELECT type, name, tbl_name FROM sqlite_schema ORDER BY type, name").fetchall()
    columns = {
        name: connection.execute(f"SELECT * FROM pragma_table_info('{name}')").fetchall()
        for kind, name, _ in names
        if kind == "table"
    }
    triggers = connection.execute("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger' ORDER BY name").fetchall()
    version = connection.execute("PRAGMA user_version").fetchone()
    connection.close()
    return {"names": names, "columns": columns, "triggers": triggers, "version": version}


def content(path: Path, table: str) -> list[tuple[object, ...]]:
    connection = sqlite3.connect(path)
    rows = connection.execute(f"SELECT * FROM {table}").fetchall()
    connection.close()
    return rows


def test_everything_recorded_is_there_after_an_update(home: Path) -> None:
    store = Store.open(home)
    finished, interrupted, queued = (store.run(run) for run in ("finished00", "interrupt0", "queued0000"))
    assert finished is not None
    assert interrupted is not None
    assert queued is not None
    assert (finished.config, finished.name, finished.pinned, finished.status) == (CONFIG, "a name", True, "finished")
    assert (finished.step, finished.test_accuracy, finished.snapshots_removed) == (2, 0.9375, 0)
    assert finished.checked_late
    assert store.damaged("o" * 64) == []
    new = store.run(store.add_run(CONFIG, "o" * 64))
    assert new is not None
    assert not new.checked_late
    assert (interrupted.resumable, interrupted.checkpoint_step, interrupted.test_accuracy) == (True, 1, None)
    assert store.checkpoint("interrupt0") == b"\x01\x02"
    assert [run.id for run in store.queued()] == ["queued0000", new.id]
    assert [request.run_id for request in store.take_requests()] == ["queued0000", new.id]
    assert store.events("finished00") == [(n, pack(event)) for n, event in enumerate(EVENTS, 1)]
    assert store.events("interrupt0") == [(1, pack(EVENTS[2])), (2, JUNK)]
    assert [n for n, _ in store.events("finished00", ["Step"])] == [3, 4]
    assert [n for n, _ in store.events("interrupt0", ["Step"])] == [1], "what is no event is of no kind"


def test_an_updated_database_is_like_a_new_one(home: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    new = tmp_path_factory.mktemp("new")
    Store.open(home).close()
    Store.open(new).close()
    assert shape(home / FILE_NAME) == shape(new / FILE_NAME)
    assert shape(home / FILE_NAME)["version"] == (SCHEMA_VERSION,)


@pytest.mark.parametrize("version", [1, 2, 3, 4, 5])
def test_each_migration_makes_the_tables_of_the_next_version(version: int) -> None:
    migrated, expected = dumped(version), dumped(version + 1)
    schema.bring_up_to_date(migrated, version + 1)
    assert definitions(migrated) == definitions(expected)


@pytest.mark.parametrize("version", [1, 2, 3, 4, 5, 6])
def test_a_migrated_database_has_the_definitions_of_a_new_one(version: int) -> None:
    migrated, new = dumped(version), sqlite3.connect(":memory:", isolation_level=None)
    schema.bring_up_to_date(migrated)
    schema.bring_up_to_date(new)
    assert definitions(migrated) == definitions(new)
    assert migrated.execute("PRAGMA user_version").fetchone() == (SCHEMA_VERSION,)


def test_a_later_migration_seals_what_it_changes_but_not_what_was_damaged_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Store.open(tmp_path)
    whole, changed = (store.add_run(CONFIG, "o" * 64) for _ in range(2))
    kept, spoilt = (store.add_sweep(f"title = '{name}'", "o" * 64) for name in "ab")
    tamper(store, "UPDATE runs SET test_accuracy = 0.99 WHERE id = ?", changed)
    tamper(store, "UPDATE sweeps SET plan = 'title = 1' WHERE id = ?", spoilt)
    migrations = Path(shutil.copytree(schema.MIGRATIONS, tmp_path / "migrations"))
    next_version = SCHEMA_VERSION + 1
    script = "".join(f"ALTER TABLE {table} ADD COLUMN more REAL NOT NULL DEFAULT 1;\n" for table in ("runs", "sweeps"))
    (migrations / f"{next_version}_more.sql").write_text(script)
    monkeypatch.setattr(schema, "MIGRATIONS", migrations)
    connection = sqlite3.connect(store.path, isolation_level=None)
    schema.bring_up_to_date(connection, next_version)
    connection.close()
    assert [run.id for run in store.runs()] == [whole]
    assert store.damaged("o" * 64) == [changed]
    assert [sweep.id for sweep in store.sweeps("o" * 64)] == [kept]


def test_a_sweep_is_there_after_an_update(tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / FILE_NAME, isolation_level=None)
    connection.executescript((Path(__file__).parent / "version_6.sql").read_text())
    connection.execute("INSERT INTO sweeps VALUES ('sweep00000', 'a plan', 'me', 'here', 5.0, 1, 'paused')")
    connection.execute("PRAGMA user_version = 6")
    connection.close()
    store = Store.open(tmp_path)
    assert store.sweep("sweep00000") == SweepRecord("sweep00000", "a plan", "me", 5.0, "paused")
    store.set_sweep("sweep00000", "running")
    assert store.run(store.add_member("sweep00000", CONFIG)) is not None


def test_there_is_one_migration_for_every_version_after_the_first() -> None:
    names = sorted(file.name for file in schema.MIGRATIONS.iterdir())
    assert names == [schema.migration(version).name for version in range(2, SCHEMA_VERSION + 1)]


FROZEN = {
    2: "c2390b08430aaf6fbb49ae389b0eba68ba4709be87f7cb6969c126ec0d34c8d7",
    3: "756f754b6324244a2e2e9cb6a77d352d9d08c8d01afe5b83afc44b3548abda5a",
    4: "248ea5fb0ce623bf45c24aca95da655747501c06d82723c0c47fc6a332477df9",
    5: "6f69dc8c17f829deda09bf48ef22d9f0de904e9ea51d08b75939d723d6cf69cb",
    6: "ff0be07071a742cda513726abd2103034ef9b9aba42bbff07674c1054849833d",
    7: "9e58b6f28ed69689d180d1aaa95fa49d80fd62e9249b8665b268a1b5b23cc285",
}
"""SHA-256 of each migration: databases exist that were made with it, and later versions build on what it made."""


@pytest.mark.parametrize("version", FROZEN)
def test_a_migration_is_never_changed(version: int) -> None:
    text = schema.migration(version).read_text(encoding="utf-8")
    assert hashlib.sha256(text.encode()).hexdigest() == FROZEN[version], "write a new migration instead"


def test_questions_and_answers_are_there_after_an_update(
    home_of_2: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    new = tmp_path_factory.mktemp("new")
    Store.open(new).close()
    store = Store.open(home_of_2)
    assert shape(home_of_2 / FILE_NAME) == shape(new / FILE_NAME)
    assert store.ask("finished00", "{}", closed="No engine.") == AnswerBytes(b"42")
    (question,) = store.take_questions()
    assert (question.id, question.question) == (9, {"a": 1})
    store.ask("recorded00", "{}", stored=False)
    (question,) = store.take_questions()
    assert (question.id, question.run_id) == (10, "recorded00"), "an id is never given twice"
    store.delete("finished00")
    with pytest.raises(UnknownRun):
        store.ask("finished00", "{}")
    assert store.answer_question(question.id, b"x")


def test_work_goes_on_after_an_update(home: Path) -> None:
    store = Store.open(home)
    assert store.append("interrupt0", [RecordedEvent.of(Step(2, 1.0, 0.5, 20.0)), RecordedEvent.of(Stopped(2))]) == 4
    store.put_snapshot("finished00", 2, b"weights")
    assert store.snapshot_steps("finished00") == (2,)
    store.ask("finished00", "{}")
    (question,) = store.take_questions()
    assert store.answer_question(question.id, b"42")
    assert store.ask("finished00", "{}") == AnswerBytes(b"42")
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        sqlite3.connect(store.path).execute("UPDATE events SET packed = x'00'")


@pytest.mark.parametrize("version", [2, 3, 4, 5, 6, 7])
def test_an_update_that_fails_leaves_the_database_as_it_was(
    home: Path, version: int, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = Path(shutil.copytree(schema.MIGRATIONS, tmp_path_factory.mktemp("broken") / "migrations"))
    with (broken / schema.migration(version).name).open("a") as script:
        script.write("INSERT INTO nowhere VALUES (1);\n")
    before = shape(home / FILE_NAME), content(home / FILE_NAME, "events")
    with monkeypatch.context() as patch:
        patch.setattr(schema, "MIGRATIONS", broken)
        with pytest.raises(StoreUnavailable, match="nowhere"):
            Store.open(home)
    assert (shape(home / FILE_NAME), content(home / FILE_NAME, "events")) == before
    assert len(Store.open(home).runs()) == 3


def test_an_old_database_that_cannot_be_written_gets_one_sentence(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database_module, "BUSY_SECONDS", 0.05)
    other = sqlite3.connect(home / FILE_NAME, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreUnavailable, match="busy"):
        Store.open(home)
    other.execute("ROLLBACK")
    other.close()
    assert len(Store.open(home).runs()) == 3


OPEN = """
import sys
from pathlib import Path
from bn_core.runs.store import Store
print(len(Store.open(Path(sys.argv[1])).events("finished00")))
"""


def test_processes_can_update_a_database_at_once(home: Path) -> None:
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", OPEN, str(home)],
            stdout=subprocess.PIPE,
            text=True,
            cwd=Path(schema.__file__).parents[2],
        )
        for _ in range(4)
    ]
    assert [process.communicate(timeout=60)[0] for process in processes] == [f"{len(EVENTS)}\n"] * 4


@pytest.mark.parametrize("event", [*EVENTS, Stopped(3), Failed(3, "x" * 300, None)])
def test_the_kind_of_an_event_stands_at_its_start(event: Event) -> None:
    assert kind_of(pack(event)) == type(event).__name__


@given(junk=st.binary(max_size=40))
def test_any_bytes_have_a_kind_or_none(junk: bytes) -> None:
    assert isinstance(kind_of(junk), str)
