"""The run store: one SQLite database below the home folder.

Pages' process and the engine's host use it at once, each from many threads. Events are append-only: the database itself
refuses to change one, and deletes one only together with its run.
"""

from __future__ import annotations

import contextlib
import json
import logging
import math
import secrets
import sqlite3
import statistics
import string
import time
from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict
from functools import lru_cache
from typing import Any

from bn_core.config import ConfigError, TrainingConfig, shown
from bn_core.runs.classroom import Classroom
from bn_core.runs.database import StoreUnavailable, sql_id
from bn_core.runs.questions import Questions
from bn_core.runs.records import (
    ENDED,
    ON_WORKER,
    EngineStatus,
    NotPossible,
    QueueFull,
    Recording,
    Request,
    RequestKind,
    RunRecord,
    Status,
    UnknownRun,
    clean_name,
)
from bn_core.runs.sweeps import Sweeps, check_place, insert_sweep
from bn_core.runs.turns import Places, Turn, Turns, Waiting
from bn_core.training.events import KINDS, RecordedEvent, Scored, unpack

__all__ = ["Store", "StoreUnavailable"]

PLACES = Places(all=400, of_browser=8, parts=20)
"""Of runs that wait. One more for a browser than there are presets: a person may line them all up."""

TURNS_KEPT = 250
"""Whose latest turn was before these counts as a newcomer."""

_KEPT_APART = {"CheckpointTaken": "put_checkpoint", "SnapshotTaken": "put_snapshot"}
"""Events too large for the table of events, and where they belong."""

_ID_ALPHABET = string.ascii_lowercase + string.digits
_UNREADABLE = (ConfigError, ValueError, AttributeError)
"""What reading a configuration raises where somebody else wrote into the file."""

_log = logging.getLogger(__name__)

_SELECT_RUN = """
SELECT id, config, name, pinned, status, message, owner, step, created, started, ended, worker, compiling_since,
    dataset_note, milliseconds, test_accuracy, snapshots_removed, shared, recording, sweep,
    (SELECT max(step) FROM blobs WHERE blobs.run_id = runs.id AND kind = 'checkpoint') AS checkpoint_step
FROM runs
"""

_ON_THE_SHELF = "ORDER BY pinned DESC, created DESC, rowid DESC LIMIT ?2"
_NEXT_NUMBER = "(SELECT coalesce(max(queue_number), 0) + 1 FROM runs)"
_LATEST_TURN = "(SELECT coalesce(max(number), 0) FROM turns)"
_SNAPSHOT = "SELECT packed FROM blobs WHERE run_id = ? AND kind = 'snapshot' AND step = ?"


class Store(Questions, Classroom, Sweeps):
    """The database of runs. Any thread may call any method; every method that writes is one short transaction.

    Every method may raise StoreUnavailable. A method that is given a run's id takes any text: what cannot be an id is
    no run's.
    """

    # Runs

    def add_run(self, config: TrainingConfig, owner: str, address: str | None = None) -> str:
        """Put a new run into the queue, with the request to start it, and return its id.

        Args:
            owner: the SHA-256 of the browser's id (`records.owner_hash`).
            address: where it asks from, as the server sees it; None for this machine. A hash of it is kept.

        Raises:
            QueueFull: this owner has its share of the places to wait, or there is none.
        """
        with self._writing() as connection:
            hashed = self._hashed(connection, address)
            _find_place(connection, owner, hashed)
            return _insert_run(connection, config, owner, hashed)

    def add_sweep(self, plan: str, owner: str, address: str | None = None, *, shared: bool = False) -> str:
        """Begin a sweep and return its id: its members are added as workers are free.

        Args:
            plan: the text of a sweep's file.
            owner, address: as for `add_run`.
            shared: whether everybody finds its members among the runs to choose from.

        Returns:
            The id of the one that this owner began of the same plan, where that runs.

        Raises:
            QueueFull: as many sweeps of this owner run as may.
        """
        with self._writing() as connection:
            same = connection.execute(
                "SELECT id FROM sweeps WHERE owner = ? AND plan = ? AND state = 'running'", (owner, plan)
            ).fetchone()
            if same is not None:
                return str(same["id"])
            sweep_id, hashed = _free_id(connection, "sweeps"), self._hashed(connection, address)
            check_place(connection, owner, hashed)
            insert_sweep(connection, sweep_id, plan, owner, hashed, shared=shared)
        return sweep_id

    def add_member(self, sweep_id: str, config: TrainingConfig) -> str:
        """Put a training of a sweep into the queue, as a run of whoever began that, and return the run's id.

        Only its scores are kept. It takes no place from a person's own: a worker is free for it.

        Raises:
            NotPossible: the sweep does not run any more.
        """
        with self._writing() as connection:
            sweep = connection.execute(
                "SELECT owner, address, shared FROM sweeps WHERE id = ? AND state = 'running'", (sql_id(sweep_id),)
            ).fetchone()
            if sweep is None:
                raise NotPossible("This sweep is paused or has ended.")
            run_id = _insert_run(connection, config, sweep["owner"], sweep["address"], "scores", sweep_id)
            connection.execute("UPDATE runs SET shared = ? WHERE id = ?", (sweep["shared"], run_id))
            return run_id

    def members(self, sweep_id: str) -> list[RunRecord]:
        """Return every run that was begun for a sweep, in the order in which they were begun."""
        return self._runs("WHERE sweep = ? ORDER BY created, rowid", sql_id(sweep_id))

    def trained(self, identities: Collection[str], owner: str) -> list[RunRecord]:
        """Return the finished runs of these trainings (`TrainingConfig.identity`) that an owner finds, the newest
        first."""
        return self._runs(
            "WHERE identity IN (SELECT value FROM json_each(?)) AND (owner = ? OR shared) AND status = 'finished' "
            "ORDER BY created DESC, rowid DESC",
            json.dumps(list(identities)),
            owner,
        )

    def requeue_members(self, sweep_id: str) -> None:
        """Put the interrupted members of a sweep into the queue again, each to go on from its checkpoint."""
        with self._writing() as connection:
            rows = connection.execute(
                "UPDATE runs SET status = 'queued', message = NULL, ended = NULL, worker = NULL, "
                f"compiling_since = NULL, queue_number = {_NEXT_NUMBER}, turns_before = {_LATEST_TURN} "
                "WHERE sweep = ? AND status = 'interrupted' RETURNING id, owner",
                (sql_id(sweep_id),),
            ).fetchall()
            for row in rows:
                _insert_request(connection, "start", row["id"], None, row["owner"])

    def requeue(self, run_id: str, owner: str, address: str | None = None) -> bool:
        """Put an interrupted run into the queue again, as a newcomer, with the request to start it.

        Returns:
            False if the run is not interrupted (then nothing changes).

        Raises:
            QueueFull: as `add_run`.
        """
        with self._writing() as connection:
            hashed = self._hashed(connection, address)
            _find_place(connection, owner, hashed)
            changed = connection.execute(
                "UPDATE runs SET status = 'queued', message = NULL, ended = NULL, worker = NULL, address = ?, "
                f"compiling_since = NULL, queue_number = {_NEXT_NUMBER}, turns_before = {_LATEST_TURN} "
                "WHERE id = ? AND status = 'interrupted'",
                (hashed, sql_id(run_id)),
            )
            if changed.rowcount == 0:
                return False
            _insert_request(connection, "start", run_id, None, owner)
        return True

    def stop_queued(self, run_id: str, owner: str) -> bool:
        """Stop a run that waits, and have the engine drop it, which may have taken it up.

        Returns:
            False if it does not wait (then nothing changes).
        """
        with self._writing() as connection:
            stopped = connection.execute(
                "UPDATE runs SET status = 'stopped', queue_number = NULL, ended = ? WHERE id = ? AND status = 'queued'",
                (time.time(), sql_id(run_id)),
            )
            if stopped.rowcount == 0:
                return False
            # What the engine has not heard of it need not hear that it is over: without one, requests would pile up.
            unheard = connection.execute("DELETE FROM requests WHERE run_id = ? AND kind = 'start'", (run_id,))
            if unheard.rowcount == 0:
                _insert_request(connection, "stop", run_id, None, owner)
        return True

    def run(self, run_id: str) -> RunRecord | None:
        """The run as it is now; None if there is none."""
        return next(iter(self._runs("WHERE id = ?", sql_id(run_id))), None)

    def runs(self, limit: int = 50, *, owner: str | None = None) -> list[RunRecord]:
        """Return up to `limit` runs, pinned ones first, else the newest first; with `owner`, those of this one only,
        without the members of sweeps."""
        return self._runs(f"WHERE ?1 IS NULL OR (owner = ?1 AND sweep IS NULL) {_ON_THE_SHELF}", owner, limit)

    def listed(self, owner: str | None, limit: int = 50) -> list[RunRecord]:
        """Return up to `limit` runs in the order of `runs`: the owner's, and those that others share; no members of
        sweeps, of which there may be hundreds."""
        return self._runs(f"WHERE (owner = ?1 OR shared) AND sweep IS NULL {_ON_THE_SHELF}", owner, limit)

    def at_work(self) -> list[RunRecord]:
        """Return every run that a worker compiles or trains."""
        return self._runs("WHERE status IN ('compiling', 'running')")

    def on_worker(self) -> list[RunRecord]:
        """Return every run that a worker has, paused ones too, the one that began last first."""
        return self._runs("WHERE status IN ('compiling', 'running', 'paused') ORDER BY started DESC, rowid DESC")

    def queued(self) -> list[RunRecord]:
        """Every run that waits, the next to start first: so far, for who comes later may have a turn before."""
        records = {record.id: record for record in self._runs("WHERE status = 'queued'")}
        return [records[one.id] for one in self.waiting() if one.id in records]

    def waiting(self) -> list[Waiting]:
        """Who waits, in the order of `queued`."""
        rows = self._rows(
            "SELECT id, owner, address, queue_number, turns_before, "
            "owner IN (SELECT browser FROM presenters WHERE until > ?) AS presents FROM runs WHERE status = 'queued'",
            (time.time(),),
        )
        return self.turns().in_order(Waiting(*row) for row in rows)

    def turns(self) -> Turns:
        """Who had the latest turns."""
        return Turns(Turn(*row) for row in self._rows("SELECT number, browser, address FROM turns ORDER BY number"))

    def take_turn(self, browser: str, address: str) -> None:
        """Note that a run of this browser has a worker now.

        Args:
            browser, address: as `waiting` gives them.
        """
        with self._writing() as connection:
            connection.execute("INSERT INTO turns (browser, address) VALUES (?, ?)", (browser, address))
            connection.execute(f"DELETE FROM turns WHERE number <= {_LATEST_TURN} - ?", (TURNS_KEPT,))

    def visitors(self, since: float) -> tuple[int, int]:
        """Return how many browsers started runs since then (unix seconds), and from how many addresses."""
        browsers, addresses = self._row(
            "SELECT count(DISTINCT owner), count(DISTINCT address) FROM runs WHERE created >= ? AND address != ''",
            (since,),
        )
        return browsers, addresses

    def with_identity(self, identity: str, owner: str | None) -> list[RunRecord]:
        """Every run of this identity (`TrainingConfig.identity`) that is active or finished, the newest first: the
        owner's, and those that others share."""
        return self._runs(
            "WHERE identity = ? AND (owner = ? OR shared) AND recording = 'everything' "
            "AND status NOT IN ('failed', 'stopped', 'interrupted') "
            "ORDER BY created DESC, rowid DESC",
            identity,
            owner,
        )

    def _runs(self, which: str, *values: object) -> list[RunRecord]:
        records = map(_record, self._rows(_SELECT_RUN + which, values))
        return [record for record in records if record is not None]

    def set_status(
        self,
        run_id: str,
        status: Status,
        *,
        message: str | None = None,
        worker: str | None = None,
        only_from: Iterable[Status] | None = None,
    ) -> bool:
        """Record where a run is in its life now. `message` and `worker` are stored as given, None included.

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
                "WHERE id = :id AND status IN (SELECT value FROM json_each(:allowed))",
                {
                    "status": status,
                    "message": message,
                    "worker": None if status in ENDED else worker,
                    "now": now,
                    "ends": status in ENDED,
                    "id": sql_id(run_id),
                    "allowed": json.dumps(allowed),
                },
            )
            if status == "finished":
                # Of a run that is kept small, nobody can go on from its end.
                connection.execute(
                    "DELETE FROM blobs WHERE run_id IN (SELECT id FROM runs WHERE id = ? AND recording = 'scores')",
                    (sql_id(run_id),),
                )
        return cursor.rowcount == 1

    def interrupt_all(self, message: str) -> list[str]:
        """Mark every compiling, running or paused run as interrupted; return their ids. Queued ones stay queued.

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
        """Record which data the run is trained on. Raises UnknownRun."""
        self._change(run_id, "dataset_note", note)

    def rename(self, run_id: str, name: str | None) -> None:
        """Give the run a name, or take it away. Raises UnknownRun, BadName."""
        self._change(run_id, "name", clean_name(name))

    def pin(self, run_id: str, *, pinned: bool) -> None:
        """Say whether the run stays when room is made. Raises UnknownRun."""
        self._change(run_id, "pinned", int(pinned))

    def share(self, run_id: str, *, shared: bool) -> None:
        """Say whether everybody finds the run among those to choose from. Raises UnknownRun."""
        self._change(run_id, "shared", int(shared))

    def delete(self, run_id: str) -> bool:
        """Delete a run that has ended, with everything recorded of it.

        Returns:
            False if the run is active (then nothing changes).

        Raises:
            UnknownRun: there is no such run.
        """
        with self._writing() as connection:
            if _status(connection, run_id) not in ENDED:
                return False
            connection.execute("DELETE FROM runs WHERE id = ?", (run_id,))
        return True

    def paces(self) -> dict[int, float]:
        """For each batch size that was trained lately, the milliseconds a batch took, evaluations included.

        The median of up to 20 of the latest runs of that batch size; runs of fewer than 20 batches do not count.
        """
        rows = self._rows(
            "SELECT config, milliseconds / step AS pace FROM runs WHERE step >= 20 AND milliseconds > 0 "
            "ORDER BY created DESC LIMIT 200"
        )
        measured: dict[int, list[float]] = {}
        for row in rows:
            with contextlib.suppress(*_UNREADABLE):
                paces = measured.setdefault(_config(row["config"]).batch_size, [])
                if len(paces) < 20:
                    paces.append(row["pace"])
        return {batch_size: statistics.median(paces) for batch_size, paces in measured.items() if paces}

    def bytes_per_batch(self) -> float | None:
        """Return how many bytes of the store a batch takes of a run of which only the scores are kept.

        The median of the five latest of 20 batches or more; None where there is none. Keys stand in the table and in
        its index.
        """
        rows = self._rows(
            "SELECT sum(length(packed) + 2 * (length(run_id) + length(kind) + 4)) * 1.0 / latest.step AS bytes FROM "
            "(SELECT id, step FROM runs WHERE recording = 'scores' AND status = 'finished' AND step >= 20 "
            "ORDER BY created DESC LIMIT 5) AS latest JOIN events ON run_id = latest.id GROUP BY latest.id"
        )
        return statistics.median(row["bytes"] for row in rows) if rows else None

    # Events

    def append(self, run_id: str, rows: Sequence[RecordedEvent]) -> int:
        """Append these events to the run, all or none, numbered on from its last one.

        Only a Scored is decoded: the run's `test_accuracy` is taken from it.

        Returns:
            The number of the run's last event. The run's `step`, `milliseconds` and `test_accuracy` go along.

        Raises:
            UnknownRun: there is no such run (any more).
            ValueError: what is no event, or a checkpoint or snapshot: those belong in `put_checkpoint` and
                `put_snapshot`.
        """
        for row in rows:
            if row.kind in _KEPT_APART:
                raise ValueError(f"{row.kind} is too large for an event to append: use {_KEPT_APART[row.kind]}.")
            if row.kind not in KINDS:
                raise ValueError(f"There is no kind of event that is called {shown(row.kind)}.")
        step = max((row.step for row in rows), default=0)
        # What is no time must not spoil the sum: infinity less infinity is no number.
        milliseconds = sum(row.milliseconds for row in rows if row.milliseconds and 0 <= row.milliseconds < math.inf)
        scored = next((unpack(row.packed) for row in reversed(rows) if row.kind == Scored.__name__), None)
        test_accuracy = scored.test.accuracy if isinstance(scored, Scored) else None
        with self._writing() as connection:
            changed = connection.execute(
                "UPDATE runs SET step = max(step, ?), milliseconds = milliseconds + ?, "
                "test_accuracy = coalesce(test_accuracy, ?) WHERE id = ?",
                (step, milliseconds, test_accuracy, sql_id(run_id)),
            )
            if changed.rowcount == 0:
                raise UnknownRun
            events = connection.execute("SELECT coalesce(max(number), 0) FROM events WHERE run_id = ?", (run_id,))
            last: int = events.fetchone()[0]
            connection.executemany(
                "INSERT INTO events (run_id, number, kind, packed) VALUES (?, ?, ?, ?)",
                [(run_id, number, row.kind, bytes(row.packed)) for number, row in enumerate(rows, last + 1)],
            )
        return last + len(rows)

    def events_after(
        self, run_id: str, number: int, kinds: Collection[str] | None = None, most: int | None = None
    ) -> list[tuple[int, bytes]]:
        """The run's events with a number above `number`, in order: (number, packed). 0 gives all of them.

        Args:
            kinds: only those whose class has one of these names; what is passed over is not read.
            most: only the first so many.
        """
        of_kinds = "" if kinds is None else f"AND kind IN ({', '.join('?' * len(kinds))}) "
        statement = (
            f"SELECT number, packed FROM events WHERE run_id = ? AND number > ? {of_kinds}ORDER BY number LIMIT ?"
        )
        values = sql_id(run_id), number, *(kinds or ()), -1 if most is None else most
        # One by one: all of a long run are many megabytes.
        with self._reading() as connection:
            return [(row["number"], row["packed"]) for row in connection.execute(statement, values)]

    # Weights

    def put_checkpoint(self, run_id: str, step: int, packed: bytes) -> None:
        """Keep these bytes (`events.pack` of a CheckpointTaken) as the run's one checkpoint, in place of an older.

        Append every event up to this step first: a run that goes on from here never makes them again.

        Raises:
            UnknownRun: there is no such run (any more).
            ValueError: the run's recorded events do not reach `step` yet.
        """
        with self._writing() as connection:
            _check_recorded(connection, run_id, step, "checkpoint")
            connection.execute("DELETE FROM blobs WHERE run_id = ? AND kind = 'checkpoint'", (run_id,))
            connection.execute(
                "INSERT INTO blobs (run_id, kind, step, packed) VALUES (?, 'checkpoint', ?, ?)",
                (run_id, step, bytes(packed)),
            )

    def checkpoint(self, run_id: str) -> bytes | None:
        """The run's checkpoint as packed bytes; None if it has none."""
        row = self._row("SELECT packed FROM blobs WHERE run_id = ? AND kind = 'checkpoint'", (sql_id(run_id),))
        return None if row is None else bytes(row["packed"])

    def put_snapshot(self, run_id: str, step: int, packed: bytes) -> None:
        """Keep these bytes (`events.pack` of a SnapshotTaken) as the run's weights after `step` updates.

        A snapshot is not replaced: a resumed run says the same again. Append every event up to this step first.

        Raises:
            UnknownRun: there is no such run (any more).
            ValueError: the run's recorded events do not reach `step` yet, or other weights are kept for it.
        """
        with self._writing() as connection:
            _check_recorded(connection, run_id, step, "snapshot")
            kept = connection.execute(_SNAPSHOT, (run_id, step)).fetchone()
            if kept is None:
                connection.execute(
                    "INSERT INTO blobs (run_id, kind, step, packed) VALUES (?, 'snapshot', ?, ?)",
                    (run_id, step, bytes(packed)),
                )
            elif kept["packed"] != bytes(packed):
                raise ValueError(f"The run's snapshot of step {step} is not the one that was kept before.")

    def snapshot(self, run_id: str, step: int) -> bytes | None:
        """The run's weights after `step` updates as packed bytes; None if none were kept, or not any more."""
        row = self._row(_SNAPSHOT, (sql_id(run_id), step))
        return None if row is None else bytes(row["packed"])

    def snapshot_steps(self, run_id: str) -> tuple[int, ...]:
        """The steps whose weights are kept, in ascending order; empty for no run."""
        rows = self._rows(
            "SELECT step FROM blobs WHERE run_id = ? AND kind = 'snapshot' ORDER BY step", (sql_id(run_id),)
        )
        return tuple(row["step"] for row in rows)

    # Requests

    def add_request(
        self, kind: RequestKind, run_id: str | None = None, argument: Any = None, *, asked_by: str | None = None
    ) -> bool:
        """Ask the engine for something. The same thing is not asked twice while it waits: a prepare of the same
        program, or what was the latest request of the same run. (Steps do add up, to 20.)

        Returns:
            Whether a request was added.

        Raises:
            UnknownRun: there is no such run.
        """
        with self._writing() as connection:
            if run_id is not None:
                _status(connection, run_id)
            waiting = connection.execute(
                "SELECT kind, argument FROM requests WHERE run_id IS ? ORDER BY id DESC", (run_id,)
            ).fetchall()
            if kind == "prepare":
                program = TrainingConfig.of(argument).compile_key
                repeated = any(_config(row["argument"]).compile_key == program for row in waiting)
            elif kind == "step":
                repeated = sum(row["kind"] == kind for row in waiting) >= 20
            else:
                repeated = bool(waiting) and waiting[0]["kind"] == kind
            if repeated:
                return False
            _insert_request(connection, kind, run_id, argument, asked_by)
        return True

    def take_requests(self) -> list[Request]:
        """Take every waiting request, oldest first: each is given to one taker, once.

        Looking costs some ten microseconds where nothing waits, so it can be called 50 times a second.
        """
        if not self._rows("SELECT 1 FROM requests LIMIT 1"):
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
        row = self._row("SELECT status FROM engine")
        if row is None:
            return EngineStatus("off")
        values = json.loads(row["status"])
        values["warm"] = tuple(tuple(key) for key in values["warm"])
        return EngineStatus(**values)

    # Room

    def make_room(self, budget_bytes: int) -> list[str]:
        """Remove what is least worth keeping until the store is within its budget, and give the space back.

        First the checkpoints that nobody can resume from, then the weight snapshots of ended runs, then the checkpoints
        of interrupted runs, then whole ended runs; each time the oldest run's first. Pinned and active runs stay, even
        if that exceeds the budget. A run tells how many of its snapshots are gone (`RunRecord.snapshots_removed`).

        Returns:
            What was removed, in words: "snapshot at step 50 of run ..." or "run ...".
        """
        removed: list[str] = []
        while self.size() > budget_bytes:
            with self._writing() as connection:
                blob = connection.execute(
                    "SELECT blobs.rowid, kind, blobs.step, run_id FROM blobs JOIN runs ON runs.id = run_id "
                    "WHERE NOT pinned AND ended IS NOT NULL "
                    "ORDER BY status = 'interrupted' AND kind = 'checkpoint', kind, created, runs.rowid, blobs.step "
                    "LIMIT 1"
                ).fetchone()
                if blob is not None:
                    connection.execute("DELETE FROM blobs WHERE rowid = ?", (blob["rowid"],))
                    connection.execute(
                        "UPDATE runs SET snapshots_removed = snapshots_removed + ? WHERE id = ?",
                        (blob["kind"] == "snapshot", blob["run_id"]),
                    )
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

    def _change(self, run_id: str, column: str, value: object) -> None:
        with self._writing() as connection:
            if connection.execute(f"UPDATE runs SET {column} = ? WHERE id = ?", (value, sql_id(run_id))).rowcount == 0:
                raise UnknownRun


def _find_place(connection: sqlite3.Connection, owner: str, address: str) -> None:
    """Raise QueueFull where no further run of this owner may wait."""
    elsewhere, here, own = connection.execute(
        "SELECT coalesce(sum(address != ?1), 0), coalesce(sum(address = ?1), 0), coalesce(sum(owner = ?2), 0) "
        "FROM runs WHERE status = 'queued'",
        (address, owner),
    ).fetchone()
    presents = connection.execute("SELECT 1 FROM presenters WHERE browser = ? AND until > ?", (owner, time.time()))
    if presents.fetchone() is not None and own < PLACES.of_browser:
        return
    match PLACES.lacking(elsewhere, here, own):
        case "place":
            raise QueueFull(f"{elsewhere + here} runs are waiting already: try again when some have started.")
        case "share":
            runs = "One of your runs is" if own == 1 else f"{own} of your runs are"
            raise QueueFull(f"{runs} waiting already: stop one, or wait until one has started.")


def _free_id(connection: sqlite3.Connection, table: str) -> str:
    while True:
        made = "".join(secrets.choice(_ID_ALPHABET) for _ in range(10))
        if connection.execute(f"SELECT 1 FROM {table} WHERE id = ?", (made,)).fetchone() is None:
            return made


def _insert_run(
    connection: sqlite3.Connection,
    config: TrainingConfig,
    owner: str,
    address: str,
    recording: Recording = "everything",
    sweep_id: str | None = None,
) -> str:
    """Add a run that waits, with the request to start it; return its id."""
    run_id = _free_id(connection, "runs")
    connection.execute(
        "INSERT INTO runs (id, config, identity, owner, address, created, recording, sweep, queue_number, "
        f"turns_before) VALUES (?, ?, ?, ?, ?, ?, ?, ?, {_NEXT_NUMBER}, {_LATEST_TURN})",
        (run_id, json.dumps(config.to_json()), config.identity, owner, address, time.time(), recording, sweep_id),
    )
    _insert_request(connection, "start", run_id, None, owner)
    return run_id


def _status(connection: sqlite3.Connection, run_id: str) -> Status:
    row = connection.execute("SELECT status FROM runs WHERE id = ?", (sql_id(run_id),)).fetchone()
    if row is None:
        raise UnknownRun
    status: Status = row["status"]
    return status


def _check_recorded(connection: sqlite3.Connection, run_id: str, step: int, kind: str) -> None:
    row = connection.execute("SELECT step FROM runs WHERE id = ?", (sql_id(run_id),)).fetchone()
    if row is None:
        raise UnknownRun
    if step > row["step"]:
        raise ValueError(f"The {kind} is of step {step}, but events are recorded to step {row['step']}.")


def _insert_request(
    connection: sqlite3.Connection, kind: RequestKind, run_id: str | None, argument: Any, asked_by: str | None
) -> None:
    connection.execute(
        "INSERT INTO requests (kind, run_id, argument, asked_by, created) VALUES (?, ?, ?, ?, ?)",
        (kind, run_id, json.dumps(argument), asked_by, time.time()),
    )


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
    values["pinned"], values["shared"] = bool(values["pinned"]), bool(values["shared"])
    return RunRecord(**values)
