"""The run store: one SQLite database below the home folder, and all the SQL that there is.

Pages' process and the engine's host use it at once, each from many threads. Events are append-only: the database itself
refuses to change one, and deletes one only together with its run.
"""

from __future__ import annotations

import contextlib
import json
import logging
import secrets
import sqlite3
import statistics
import string
import time
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from functools import lru_cache
from pathlib import Path
from typing import Any

from bn_core.config import ConfigError, TrainingConfig
from bn_core.events import CheckpointTaken, unpack
from bn_core.runs.records import (
    ENDED,
    ON_WORKER,
    EngineStatus,
    QueueFull,
    Request,
    RequestKind,
    RunRecord,
    Status,
    UnknownRun,
    clean_name,
    is_run_id,
)

FILE_NAME = "runs.sqlite3"
SCHEMA_VERSION = 1
MAX_QUEUED = 100
MAX_QUEUED_BY_OWNER = 8
"""One more than there are presets: a person may line them all up."""

BUSY_SECONDS = 10.0
_ID_ALPHABET = string.ascii_lowercase + string.digits
_IDLE_CONNECTIONS = 8
_PAGES_AT_A_TIME = 2000
_UNREADABLE = (ConfigError, ValueError, AttributeError)
"""What reading a configuration raises where somebody else wrote into the file."""

_log = logging.getLogger(__name__)

_SCHEMA = """
CREATE TABLE runs (
    id TEXT PRIMARY KEY,
    config TEXT NOT NULL,
    identity TEXT NOT NULL,
    owner TEXT NOT NULL,
    created REAL NOT NULL,
    name TEXT,
    pinned INTEGER NOT NULL DEFAULT 0,
    status TEXT NOT NULL DEFAULT 'queued',
    message TEXT,
    step INTEGER NOT NULL DEFAULT 0,
    milliseconds REAL NOT NULL DEFAULT 0,
    started REAL,
    ended REAL,
    worker TEXT,
    compiling_since REAL,
    queue_number INTEGER,
    dataset_note TEXT
);
CREATE INDEX runs_by_identity ON runs (identity, created);
CREATE INDEX runs_on_the_shelf ON runs (pinned, created);
CREATE INDEX runs_by_age ON runs (created);
CREATE INDEX runs_by_status ON runs (status, queue_number);
CREATE TRIGGER run_is_what_was_asked BEFORE UPDATE OF id, config, identity, owner, created ON runs
BEGIN
    SELECT RAISE(ABORT, 'a run keeps its id, configuration and owner');
END;

CREATE TABLE events (
    run_id TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
    number INTEGER NOT NULL,
    packed BLOB NOT NULL,
    PRIMARY KEY (run_id, number)
) WITHOUT ROWID;
CREATE TRIGGER events_are_numbered BEFORE INSERT ON events
WHEN NEW.number IS NOT (SELECT coalesce(max(number), 0) + 1 FROM events WHERE run_id = NEW.run_id)
BEGIN
    SELECT RAISE(ABORT, 'events are append-only: this is not the next number');
END;
CREATE TRIGGER events_are_final BEFORE UPDATE ON events
BEGIN
    SELECT RAISE(ABORT, 'events are append-only: none is changed');
END;
CREATE TRIGGER events_stay BEFORE DELETE ON events
WHEN EXISTS (SELECT 1 FROM runs WHERE id = OLD.run_id)
BEGIN
    SELECT RAISE(ABORT, 'events are append-only: they go only with their run');
END;

CREATE TABLE blobs (
    run_id TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
    kind TEXT NOT NULL,
    step INTEGER NOT NULL,
    packed BLOB NOT NULL,
    UNIQUE (run_id, kind, step)
);

CREATE TABLE requests (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL,
    run_id TEXT REFERENCES runs (id) ON DELETE CASCADE,
    argument TEXT NOT NULL,
    asked_by TEXT,
    created REAL NOT NULL
);
CREATE INDEX requests_by_run ON requests (run_id);

CREATE TABLE engine (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    status TEXT NOT NULL
);
"""

# The queue's place is counted, not stored: it changes with every run that starts or leaves.
_SELECT_RUN = """
SELECT id, config, name, pinned, status, message, owner, step, created, started, ended, worker, compiling_since,
    dataset_note, milliseconds,
    CASE WHEN status = 'queued' THEN
        (SELECT count(*) FROM runs AS q WHERE q.status = 'queued' AND q.queue_number <= runs.queue_number)
    END AS queue_position,
    (SELECT max(step) FROM blobs WHERE blobs.run_id = runs.id AND kind = 'checkpoint') AS checkpoint_step
FROM runs
"""


class StoreUnavailable(RuntimeError):  # noqa: N818 - named for what it tells
    """The database of runs cannot be used. `str(error)` says in one sentence what is wrong and what to do."""


class Store:
    """The database of runs. Any thread may call any method; every method that writes is one short transaction.

    Every method may raise StoreUnavailable. A method that is given a run's id takes any text: what cannot be an id is
    no run's.
    """

    def __init__(self, path: Path) -> None:
        """Use `Store.open`, which also makes the database."""
        self.path = path
        # Streamlit runs every tick in a new thread, so connections belong to a pool, not to threads. One is used by
        # one thread at a time.
        self._idle: deque[sqlite3.Connection] = deque()

    @classmethod
    def open(cls, home: Path) -> Store:
        """The store below `home`, made if it is not there yet.

        Raises:
            StoreUnavailable: the folder or the file cannot be used, or a newer version of the lab wrote it. Nothing is
                deleted or changed then.
        """
        try:
            home.mkdir(parents=True, exist_ok=True)
        except (OSError, ValueError) as error:
            raise StoreUnavailable(
                f"The folder for runs cannot be made ({_cause(error)}): set BN_HOME to a folder that you may write."
            ) from error
        store = cls(home / FILE_NAME)
        try:
            store._make()
        except BaseException:
            store.close()
            raise
        return store

    def close(self) -> None:
        """Closes the connections that nobody is using. The store can still be used afterwards."""
        while self._idle:
            with contextlib.suppress(IndexError):
                self._idle.pop().close()

    # Runs

    def add_run(self, config: TrainingConfig, owner: str) -> str:
        """Puts a new run at the end of the queue, with the request to start it, and gives its id.

        Args:
            owner: the SHA-256 of the browser's id (`records.owner_hash`).

        Raises:
            QueueFull: 100 runs wait already, or 8 of this owner.
        """
        with self._writing() as connection:
            self._check_queue(connection, owner)
            while True:
                run_id = "".join(secrets.choice(_ID_ALPHABET) for _ in range(10))
                if connection.execute("SELECT 1 FROM runs WHERE id = ?", (run_id,)).fetchone() is None:
                    break
            connection.execute(
                "INSERT INTO runs (id, config, identity, owner, created, queue_number) "
                "VALUES (?, ?, ?, ?, ?, (SELECT coalesce(max(queue_number), 0) + 1 FROM runs))",
                (run_id, json.dumps(config.to_json()), config.identity, owner, time.time()),
            )
            _insert_request(connection, "start", run_id, None, owner)
        return run_id

    def requeue(self, run_id: str, owner: str) -> bool:
        """Puts an interrupted run at the end of the queue again, with the request to start it.

        Returns:
            False if the run is not interrupted (then nothing changes).

        Raises:
            QueueFull: as `add_run`.
        """
        with self._writing() as connection:
            row = connection.execute("SELECT status FROM runs WHERE id = ?", (_id(run_id),)).fetchone()
            if row is None or row["status"] != "interrupted":
                return False
            self._check_queue(connection, owner)
            connection.execute(
                "UPDATE runs SET status = 'queued', message = NULL, ended = NULL, worker = NULL, "
                "compiling_since = NULL, queue_number = (SELECT coalesce(max(queue_number), 0) + 1 FROM runs) "
                "WHERE id = ?",
                (run_id,),
            )
            _insert_request(connection, "start", run_id, None, owner)
        return True

    def run(self, run_id: str) -> RunRecord | None:
        """The run as it is now; None if there is none."""
        if not is_run_id(run_id):
            return None
        with self._reading() as connection:
            row = connection.execute(_SELECT_RUN + "WHERE id = ?", (run_id,)).fetchone()
        return None if row is None else _record(row)

    def runs(
        self, limit: int = 50, *, statuses: Sequence[Status] | None = None, owner: str | None = None
    ) -> list[RunRecord]:
        """Up to `limit` runs, pinned ones first, else the newest first; of these statuses and of this owner only."""
        conditions: list[str] = []
        values: list[str] = []
        if statuses is not None:
            conditions.append(f"status IN ({', '.join('?' * len(statuses))})")
            values += list(statuses)
        if owner is not None:
            conditions.append("owner = ?")
            values.append(owner)
        where = f"WHERE {' AND '.join(conditions)} " if conditions else ""
        with self._reading() as connection:
            rows = connection.execute(
                f"{_SELECT_RUN}{where}ORDER BY pinned DESC, created DESC, rowid DESC LIMIT ?", (*values, limit)
            ).fetchall()
        return _records(rows)

    def queued(self) -> list[RunRecord]:
        """Every run that waits, the next to start first."""
        with self._reading() as connection:
            rows = connection.execute(_SELECT_RUN + "WHERE status = 'queued' ORDER BY queue_number").fetchall()
        return _records(rows)

    def with_identity(self, identity: str) -> list[RunRecord]:
        """Every run of this identity (`TrainingConfig.identity`) that is active or finished, the newest first."""
        with self._reading() as connection:
            rows = connection.execute(
                _SELECT_RUN + "WHERE identity = ? AND status NOT IN ('failed', 'stopped', 'interrupted') "
                "ORDER BY created DESC, rowid DESC",
                (identity,),
            ).fetchall()
        return _records(rows)

    def set_status(
        self,
        run_id: str,
        status: Status,
        *,
        message: str | None = None,
        worker: str | None = None,
        only_from: Iterable[Status] | None = None,
    ) -> bool:
        """Records where a run is in its life now. `message` and `worker` are stored as given, None included.

        Times follow by themselves: `compiling_since` when it starts to compile, `started` when it first runs, `ended`
        when it ends. A run that has ended keeps its end (`requeue` is the way back for an interrupted one), and no run
        is put into the queue this way.

        Args:
            only_from: change nothing unless the run is in one of these; default: in any that is not an end.

        Returns:
            Whether the status was changed. False also if there is no such run.
        """
        if status == "queued":
            raise ValueError("A run is queued by add_run and requeue.")
        now = time.time()
        allowed = [source for source in (only_from or ("queued", *ON_WORKER)) if source not in ENDED]
        with self._writing() as connection:
            cursor = connection.execute(
                "UPDATE runs SET status = :status, message = :message, worker = :worker, queue_number = NULL, "
                "compiling_since = CASE WHEN :status = 'compiling' THEN :now END, "
                "started = CASE WHEN :status = 'running' THEN coalesce(started, :now) ELSE started END, "
                "ended = CASE WHEN :ends THEN :now END "
                f"WHERE id = :id AND status IN ({', '.join(repr(str(source)) for source in allowed)})",
                {
                    "status": status,
                    "message": message,
                    "worker": None if status in ENDED else worker,
                    "now": now,
                    "ends": status in ENDED,
                    "id": _id(run_id),
                },
            )
        return cursor.rowcount == 1

    def interrupt_all(self, message: str) -> list[str]:
        """Marks every compiling, running or paused run as interrupted; gives their ids. Queued ones stay queued.

        For the engine's host: at its start for what a dead host left, and at its end.
        """
        with self._writing() as connection:
            rows = connection.execute(
                "UPDATE runs SET status = 'interrupted', message = ?, worker = NULL, compiling_since = NULL, "
                "ended = ? WHERE status IN ('compiling', 'running', 'paused') RETURNING id",
                (message, time.time()),
            ).fetchall()
        return [row["id"] for row in rows]

    def set_dataset_note(self, run_id: str, note: str | None) -> None:
        """Records which data the run is trained on. Raises UnknownRun."""
        self._change(run_id, "dataset_note", note)

    def rename(self, run_id: str, name: str | None) -> None:
        """Gives the run a name, or takes it away. Raises UnknownRun, BadName."""
        self._change(run_id, "name", clean_name(name))

    def pin(self, run_id: str, pinned: bool) -> None:
        """Says whether the run stays when room is made. Raises UnknownRun."""
        self._change(run_id, "pinned", int(pinned))

    def delete(self, run_id: str) -> bool:
        """Deletes a run that has ended, with everything recorded of it.

        Returns:
            False if the run is active (then nothing changes).

        Raises:
            UnknownRun: there is no such run.
        """
        with self._writing() as connection:
            row = connection.execute("SELECT status FROM runs WHERE id = ?", (_id(run_id),)).fetchone()
            if row is None:
                raise UnknownRun
            if row["status"] not in ENDED:
                return False
            connection.execute("DELETE FROM runs WHERE id = ?", (run_id,))
        return True

    def paces(self) -> dict[int, float]:
        """For each batch size that was trained lately, the milliseconds a batch took, evaluations included.

        The median of up to 20 of the latest runs of that batch size; runs of fewer than 20 batches do not count.
        """
        with self._reading() as connection:
            rows = connection.execute(
                "SELECT config, milliseconds / step AS pace FROM runs WHERE step >= 20 AND milliseconds > 0 "
                "ORDER BY created DESC LIMIT 200"
            ).fetchall()
        measured: dict[int, list[float]] = {}
        for row in rows:
            with contextlib.suppress(*_UNREADABLE):
                paces = measured.setdefault(_config(row["config"]).batch_size, [])
                if len(paces) < 20:
                    paces.append(row["pace"])
        return {batch_size: statistics.median(paces) for batch_size, paces in measured.items() if paces}

    # Events

    def append(self, run_id: str, packed: Sequence[bytes]) -> int:
        """Appends these events (`events.pack`) to the run, all or none, numbered on from its last one.

        Returns:
            The number of the run's last event. The run's `step` and `milliseconds` go along.

        Raises:
            UnknownRun: there is no such run (any more).
            ValueError: bytes that are no event, or a checkpoint: that belongs in `put_checkpoint`.
        """
        step, milliseconds = 0, 0.0
        for item in packed:
            event = unpack(item)
            if isinstance(event, CheckpointTaken):
                raise ValueError("A checkpoint is no event to append: use put_checkpoint.")
            step = max(step, event.step)
            milliseconds += getattr(event, "milliseconds", 0.0)
        with self._writing() as connection:
            changed = connection.execute(
                "UPDATE runs SET step = max(step, ?), milliseconds = milliseconds + ? WHERE id = ?",
                (step, milliseconds, _id(run_id)),
            )
            if changed.rowcount == 0:
                raise UnknownRun
            last = int(
                connection.execute(
                    "SELECT coalesce(max(number), 0) FROM events WHERE run_id = ?", (run_id,)
                ).fetchone()[0]
            )
            connection.executemany(
                "INSERT INTO events (run_id, number, packed) VALUES (?, ?, ?)",
                [(run_id, number, bytes(item)) for number, item in enumerate(packed, last + 1)],
            )
        return last + len(packed)

    def events_after(self, run_id: str, number: int) -> list[tuple[int, bytes]]:
        """The run's events with a number above `number`, in order: (number, packed). 0 gives all of them."""
        if not is_run_id(run_id):
            return []
        with self._reading() as connection:
            rows = connection.execute(
                "SELECT number, packed FROM events WHERE run_id = ? AND number > ? ORDER BY number", (run_id, number)
            )
            return [(row[0], row[1]) for row in rows]

    # Checkpoints

    def put_checkpoint(self, run_id: str, step: int, packed: bytes) -> None:
        """Keeps these bytes (`events.pack` of a CheckpointTaken) as the run's one checkpoint, in place of an older.

        Append every event up to this step first: a run that goes on from here never makes them again.

        Raises:
            UnknownRun: there is no such run (any more).
            ValueError: the run's recorded events do not reach `step` yet.
        """
        with self._writing() as connection:
            row = connection.execute("SELECT step FROM runs WHERE id = ?", (_id(run_id),)).fetchone()
            if row is None:
                raise UnknownRun
            if step > row["step"]:
                raise ValueError(f"The checkpoint is of step {step}, but events are recorded to step {row['step']}.")
            connection.execute("DELETE FROM blobs WHERE run_id = ? AND kind = 'checkpoint'", (run_id,))
            connection.execute(
                "INSERT INTO blobs (run_id, kind, step, packed) VALUES (?, 'checkpoint', ?, ?)",
                (run_id, step, bytes(packed)),
            )

    def checkpoint(self, run_id: str) -> bytes | None:
        """The run's checkpoint as packed bytes; None if it has none."""
        if not is_run_id(run_id):
            return None
        with self._reading() as connection:
            row = connection.execute(
                "SELECT packed FROM blobs WHERE run_id = ? AND kind = 'checkpoint'", (run_id,)
            ).fetchone()
        return None if row is None else bytes(row["packed"])

    # Requests

    def add_request(
        self, kind: RequestKind, run_id: str | None = None, argument: Any = None, *, asked_by: str | None = None
    ) -> bool:
        """Asks the engine for something. The same thing is not asked twice while it waits: a prepare of the same
        program, or what was the latest request of the same run. (Steps do add up, to 20.)

        Returns:
            Whether a request was added.

        Raises:
            UnknownRun: there is no such run.
        """
        with self._writing() as connection:
            if run_id is not None and (
                connection.execute("SELECT 1 FROM runs WHERE id = ?", (_id(run_id),)).fetchone() is None
            ):
                raise UnknownRun
            waiting = connection.execute(
                "SELECT kind, argument FROM requests WHERE run_id IS ? ORDER BY id DESC", (run_id,)
            ).fetchall()
            if kind == "prepare":
                program = TrainingConfig.of(argument).program
                repeated = any(_config(row["argument"]).program == program for row in waiting)
            elif kind == "step":
                repeated = sum(row["kind"] == kind for row in waiting) >= 20
            else:
                repeated = bool(waiting) and waiting[0]["kind"] == kind
            if repeated:
                return False
            _insert_request(connection, kind, run_id, argument, asked_by)
        return True

    def take_requests(self) -> list[Request]:
        """Takes every waiting request, oldest first: each is given to one taker, once.

        Looking costs some ten microseconds where nothing waits, so it can be called 50 times a second.
        """
        with self._reading() as connection:
            if connection.execute("SELECT 1 FROM requests LIMIT 1").fetchone() is None:
                return []
        with self._writing() as connection:
            rows = connection.execute("SELECT * FROM requests ORDER BY id").fetchall()
            connection.execute("DELETE FROM requests")
        return [
            Request(row["id"], row["kind"], row["run_id"], json.loads(row["argument"]), row["created"], row["asked_by"])
            for row in rows
        ]

    # The engine

    def set_engine(self, status: EngineStatus) -> None:
        """What the engine's host says of itself; its `heartbeat` should be the time now."""
        with self._writing() as connection:
            connection.execute(
                "INSERT INTO engine (one, status) VALUES (1, ?) "
                "ON CONFLICT (one) DO UPDATE SET status = excluded.status",
                (json.dumps(asdict(status)),),
            )

    def engine(self) -> EngineStatus:
        """What the engine's host last said of itself, however long ago; state "off" if it never did."""
        with self._reading() as connection:
            row = connection.execute("SELECT status FROM engine").fetchone()
        if row is None:
            return EngineStatus("off")
        values = json.loads(row["status"])
        values["warm"] = tuple(tuple(key) for key in values["warm"])
        return EngineStatus(**values)

    # Room

    def size(self) -> int:
        """Bytes in use by what is stored (what the file has free for new rows does not count)."""
        with self._reading() as connection:
            return _bytes_in_use(connection)

    def make_room(self, budget_bytes: int) -> list[str]:
        """Removes what is least worth keeping until the store is within its budget, and gives the space back.

        First the weights kept of ended runs, the oldest runs' first (those that nobody can resume before those of
        interrupted runs), then whole ended runs, oldest first. Pinned and active runs stay, even if that exceeds the
        budget.

        Returns:
            What was removed, in words: "checkpoint at step 50 of run ..." or "run ...".
        """
        removed: list[str] = []
        while self.size() > budget_bytes:
            with self._writing() as connection:
                blob = connection.execute(
                    "SELECT blobs.rowid, kind, blobs.step, run_id FROM blobs JOIN runs ON runs.id = run_id "
                    "WHERE NOT pinned AND ended IS NOT NULL "
                    "ORDER BY status = 'interrupted', created, runs.rowid, blobs.step LIMIT 1"
                ).fetchone()
                if blob is not None:
                    connection.execute("DELETE FROM blobs WHERE rowid = ?", (blob["rowid"],))
                    removed.append(f"{blob['kind']} at step {blob['step']} of run {blob['run_id']}")
                    continue
                run = connection.execute(
                    "SELECT id FROM runs WHERE NOT pinned AND ended IS NOT NULL ORDER BY created, rowid LIMIT 1"
                ).fetchone()
                if run is None:
                    break
                connection.execute("DELETE FROM runs WHERE id = ?", (run["id"],))
                removed.append(f"run {run['id']}")
        if removed:
            self._give_back()
        return removed

    def _give_back(self) -> None:
        """Returns free pages to the file system, a few megabytes at a time so that writers get their turn."""
        before = None
        while True:
            with self._reading() as connection:
                free = connection.execute("PRAGMA freelist_count").fetchone()[0]
                if free in (0, before):
                    break
                before = free
                # Each row that is fetched frees a page.
                connection.execute(f"PRAGMA incremental_vacuum({_PAGES_AT_A_TIME})").fetchall()
        with self._reading() as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    # How the database is reached

    def _make(self) -> None:
        with self._reading() as connection:
            # In this order: who makes a store writes tables and version at once, so tables without one are not ours.
            foreign = connection.execute("SELECT 1 FROM sqlite_schema").fetchone() is not None
            version = connection.execute("PRAGMA user_version").fetchone()[0]
            if version == 0 and foreign:
                raise StoreUnavailable(
                    f"{self.path} is a database, but not one of runs: move it away, or set BN_HOME to another folder."
                )
            if version > SCHEMA_VERSION:
                raise StoreUnavailable(
                    f"{self.path} was written by a newer version of Batch Norm Lab: update this one, or set BN_HOME to "
                    "another folder."
                )
            if version == SCHEMA_VERSION:
                return
            # Only a file that is still empty takes the first one, and no transaction can be open for either.
            connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
            connection.execute("PRAGMA journal_mode = WAL")
        with self._writing() as connection:
            # Another process may have made it since.
            if connection.execute("PRAGMA user_version").fetchone()[0] == 0:
                for statement in _statements(_SCHEMA):
                    connection.execute(statement)
                connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(
            self.path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False, cached_statements=64
        )
        try:
            connection.row_factory = sqlite3.Row
            connection.execute("PRAGMA synchronous = NORMAL")
            connection.execute("PRAGMA foreign_keys = ON")
            # A checkpoint of a training is 1,000 pages: the default would copy the journal after each.
            connection.execute("PRAGMA wal_autocheckpoint = 4000")
            connection.execute("PRAGMA journal_size_limit = 67108864")
        except BaseException:
            connection.close()
            raise
        return connection

    @contextlib.contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        """A connection for single statements."""
        try:
            try:
                connection = self._idle.pop()
            except IndexError:
                connection = self._connect()
            try:
                yield connection
            except BaseException:
                # Whatever state it is in, it ends here: closing also rolls back.
                connection.close()
                raise
        except sqlite3.IntegrityError:
            raise
        except sqlite3.DatabaseError as error:
            raise StoreUnavailable(self._sentence(error)) from error
        if len(self._idle) < _IDLE_CONNECTIONS:
            self._idle.append(connection)
        else:
            connection.close()

    @contextlib.contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """A connection inside one transaction, which is committed at the end, or undone by an exception."""
        with self._reading() as connection:
            # IMMEDIATE: the wait for another writer happens here, where it can be waited for.
            connection.execute("BEGIN IMMEDIATE")
            yield connection
            connection.execute("COMMIT")

    def _change(self, run_id: str, column: str, value: object) -> None:
        with self._writing() as connection:
            if connection.execute(f"UPDATE runs SET {column} = ? WHERE id = ?", (value, _id(run_id))).rowcount == 0:
                raise UnknownRun

    def _check_queue(self, connection: sqlite3.Connection, owner: str) -> None:
        everyone, own = connection.execute(
            "SELECT count(*), coalesce(sum(owner = ?), 0) FROM runs WHERE status = 'queued'", (owner,)
        ).fetchone()
        if everyone >= MAX_QUEUED:
            raise QueueFull(f"{MAX_QUEUED} runs are waiting already: try again when some have started.")
        if own >= MAX_QUEUED_BY_OWNER:
            raise QueueFull(
                f"{MAX_QUEUED_BY_OWNER} of your runs are waiting already: stop one, or wait until one has started."
            )

    def _sentence(self, error: sqlite3.DatabaseError) -> str:
        code = (getattr(error, "sqlite_errorcode", None) or 0) & 0xFF
        if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
            return (
                f"The database of runs, {self.path}, is damaged: move it away (with its -wal and -shm files) to start "
                "with an empty one, or put a copy in its place."
            )
        if code == sqlite3.SQLITE_FULL:
            return f"The disk is full: make room where {self.path} is, or set BN_HOME to a folder on another disk."
        if code in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM, sqlite3.SQLITE_CANTOPEN):
            return (
                f"The database of runs, {self.path}, cannot be written: make the file and its folder writable, or set "
                "BN_HOME to another folder."
            )
        if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            return (
                f"The database of runs, {self.path}, stayed busy for {BUSY_SECONDS:g} seconds: try again, and close "
                "other programs that have it open."
            )
        return (
            f"The database of runs, {self.path}, cannot be used ({_cause(error)}): check the disk, or set BN_HOME to "
            "another folder."
        )


def _id(text: object) -> str:
    """The id as SQL may see it: what cannot be one becomes the empty text, which is no run's."""
    return text if isinstance(text, str) and is_run_id(text) else ""


def _cause(error: BaseException) -> str:
    text = (getattr(error, "strerror", None) or str(error) or type(error).__name__).strip()
    return "".join(character if character.isprintable() else "?" for character in text)[:120]


def _insert_request(
    connection: sqlite3.Connection, kind: RequestKind, run_id: str | None, argument: Any, asked_by: str | None
) -> None:
    connection.execute(
        "INSERT INTO requests (kind, run_id, argument, asked_by, created) VALUES (?, ?, ?, ?, ?)",
        (kind, run_id, json.dumps(argument), asked_by, time.time()),
    )


def _bytes_in_use(connection: sqlite3.Connection) -> int:
    pages, free, size = (
        connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_count", "freelist_count", "page_size")
    )
    return int((pages - free) * size)


def _statements(script: str) -> Iterator[str]:
    """The script's statements one by one: executescript would commit the transaction that they belong in."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""


@lru_cache(maxsize=1024)
def _config(text: str) -> TrainingConfig:
    return TrainingConfig.of(json.loads(text))


def _record(row: sqlite3.Row) -> RunRecord | None:
    values = dict(row)
    try:
        values["config"] = _config(values["config"])
    except _UNREADABLE as error:
        # One bad row must not hide the other runs.
        _log.warning("The configuration of run %s cannot be read: %s", values["id"], error)
        return None
    values["pinned"] = bool(values["pinned"])
    return RunRecord(**values)


def _records(rows: Iterable[sqlite3.Row]) -> list[RunRecord]:
    return [record for row in rows if (record := _record(row)) is not None]
