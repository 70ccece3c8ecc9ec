"""The run store: one SQLite database below the home folder.

Pages' process and the engine's host use it at once, each from many threads. Events are append-only: the database itself
refuses to change one, and deletes one only together with its run.
"""

from __future__ import annotations

import json
import logging
import math
import sqlite3
import statistics
import time
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict, fields
from functools import lru_cache
from pathlib import Path
from typing import Any

from bn_core.config import ConfigError, TrainingConfig, shown
from bn_core.runs import checks
from bn_core.runs.checks import Reading, put_seal
from bn_core.runs.classroom import Classroom
from bn_core.runs.copies import Copies
from bn_core.runs.database import StoreUnavailable, free_id, sql_id
from bn_core.runs.questions import Questions
from bn_core.runs.records import (
    ENDED,
    ON_WORKER,
    EngineStatus,
    NotPossible,
    NotYours,
    QueueFull,
    Request,
    RequestKind,
    RunDamaged,
    RunRecord,
    Status,
    SweepState,
    UnknownRun,
    UnknownSweep,
    WeightsDamaged,
    clean_name,
)
from bn_core.runs.sweeps import Sweeps, check_place, insert_sweep, stored_sweep, update_sweep
from bn_core.runs.turns import Places, Turn, Turns, Waiting
from bn_core.training.events import KINDS, RecordedEvent, Scored, unpack

__all__ = ["Store", "StoreUnavailable"]

PLACES = Places(all=400, of_browser=8, parts=20)
"""Of runs that wait. One more for a browser than there are presets: a person may line them all up."""

TURNS_KEPT = 250
"""Whose latest turn was before these counts as a newcomer."""

_KEPT_APART = {"CheckpointTaken": "put_checkpoint", "SnapshotTaken": "put_snapshot"}
"""Events too large for the table of events, and where they belong."""

_UNREADABLE = (ConfigError, ValueError, AttributeError)
"""What reading a configuration raises that another version of the lab wrote."""
_log = logging.getLogger(__name__)

_COLUMNS = tuple(field.name for field in fields(RunRecord) if field.name not in ("checkpoint_step", "presumed"))
"""The fields of a record that have columns of their name."""

_TRAINED = "WHERE identity IN (SELECT value FROM json_each(?)) AND (owner = ? OR shared) AND status = 'finished'"
_ON_THE_SHELF = "ORDER BY pinned DESC, created DESC, rowid DESC LIMIT ?2"
_NEXT_NUMBER = "(SELECT coalesce(max(queue_number), 0) + 1 FROM runs)"
_LATEST_TURN = "(SELECT coalesce(max(number), 0) FROM turns)"
_QUEUED = (
    "status = 'queued', message = NULL, ended = NULL, worker = NULL, compiling_since = NULL, "
    f"queue_number = {_NEXT_NUMBER}, turns_before = {_LATEST_TURN}"
)


class Store(Questions, Classroom, Sweeps, Copies):
    """The database of runs. Any thread may call any method; every method that writes is one short transaction.

    Every method may raise StoreUnavailable. A method that is given a run's id takes any text: what cannot be an id is
    no run's. One that is damaged is none either, where it is read; what would change it or read on raises RunDamaged.
    """

    def __init__(self, path: Path, note: str = "") -> None:
        super().__init__(path, note)
        self._found_damaged: set[str] = set()

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
                "SELECT * FROM sweeps WHERE owner = ? AND plan = ? AND state = 'running'", (owner, plan)
            ).fetchone()
            if same is not None and checks.is_sound(same):
                return str(same["id"])
            sweep_id, hashed = free_id(connection, "sweeps"), self._hashed(connection, address)
            check_place(connection, owner, hashed)
            insert_sweep(connection, sweep_id, plan, owner, hashed, shared=shared)
        return sweep_id

    def add_member(self, sweep_id: str, config: TrainingConfig) -> str:
        """Put a training of a sweep into the queue, as a run of whoever began that, and return the run's id.

        Only its scores are kept. It takes no place from a person's own: a worker is free for it.

        Raises:
            NotPossible: the sweep does not run any more, or it is damaged.
        """
        with self._writing() as connection:
            sweep = stored_sweep(connection, sweep_id)
            if sweep is None or sweep["state"] != "running":
                raise NotPossible("This sweep is paused or has ended.")
            return _insert_run(connection, config, sweep["owner"], sweep["address"], sweep)

    def members(self, sweep_id: str) -> list[RunRecord]:
        """Return every run that was begun for a sweep, in the order in which they were begun."""
        return self._runs("WHERE sweep = ? ORDER BY created, rowid", sql_id(sweep_id))

    def member_states(self, sweep_id: str) -> dict[str, Status]:
        """Return where each run is that was begun for a sweep, by `TrainingConfig.identity`."""
        return {row["identity"]: row["status"] for row in self._sound_rows("WHERE sweep = ?", sql_id(sweep_id))}

    def trained_identities(self, identities: Collection[str], owner: str) -> set[str]:
        """Return which of these trainings are among an owner's `trained`."""
        return {row["identity"] for row in self._sound_rows(_TRAINED, json.dumps(list(identities)), owner)}

    def trained(self, identities: Collection[str], owner: str) -> list[RunRecord]:
        """Return the finished runs of these trainings (`TrainingConfig.identity`) that an owner finds, the newest
        first."""
        return self._runs(f"{_TRAINED} ORDER BY created DESC, rowid DESC", json.dumps(list(identities)), owner)

    def set_sweep(self, sweep_id: str, state: SweepState) -> None:
        """Record where a sweep is now; one that has ended stays so.

        As one runs (again), its interrupted members are put into the queue, each to go on from its checkpoint.

        Raises:
            NotPossible: there is no such sweep, it has ended, or it is damaged.
        """
        with self._writing() as connection:
            if not update_sweep(connection, sweep_id, state):
                raise NotPossible("There is no such sweep, or it has ended.")
            if state == "running":
                _requeue_members(connection, sweep_id)

    def change_sweep(self, sweep_id: str, state: SweepState, owner: str) -> None:
        """Record what its owner wants of a sweep, otherwise as `set_sweep`.

        Args:
            owner: the SHA-256 of the browser's id.

        Raises:
            UnknownSweep: there is no such sweep.
            NotYours: somebody else began it.
            NotPossible: it has ended, or it is damaged.
            QueueFull: it would run, and as many of this owner's do already as may.
        """
        with self._writing() as connection:
            sweep = stored_sweep(connection, sweep_id)
            if sweep is None:
                raise UnknownSweep
            if sweep["owner"] != owner:
                raise NotYours("Only the browser that began this sweep can change it. You can begin one of your own.")
            if state == "running" and sweep["state"] == "paused":
                check_place(connection, owner, sweep["address"])
            if not update_sweep(connection, sweep_id, state):
                raise NotPossible("This sweep has ended: begin it again, what is trained is not trained again.")
            if state == "running":
                _requeue_members(connection, sweep_id)

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
            changed = _update(
                connection,
                f"{_QUEUED}, address = :address",
                "id = :id AND status = 'interrupted'",
                id=sql_id(run_id),
                address=hashed,
            )
            if not changed:
                return False
            _insert_request(connection, "start", run_id, None, owner)
        return True

    def stop_queued(self, run_id: str, owner: str) -> bool:
        """Stop a run that waits, and have the engine drop it, which may have taken it up.

        Returns:
            False if it does not wait (then nothing changes).
        """
        with self._writing() as connection:
            stopped = _update(
                connection,
                "status = 'stopped', queue_number = NULL, ended = :now",
                "id = :id AND status = 'queued'",
                id=sql_id(run_id),
                now=time.time(),
            )
            if not stopped:
                return False
            # What the engine has not heard of it need not hear that it is over: without one, requests would pile up.
            unheard = connection.execute("DELETE FROM requests WHERE run_id = ? AND kind = 'start'", (run_id,))
            if unheard.rowcount == 0:
                _insert_request(connection, "stop", run_id, None, owner)
        return True

    def run(self, run_id: str) -> RunRecord | None:
        """The run as it is now; None if there is none, or it is damaged."""
        return next(iter(self._runs("WHERE id = ?", sql_id(run_id))), None)

    def is_damaged(self, run_id: str) -> bool:
        """Whether there is or was such a run, and it is damaged: its row, or what was read of it."""
        row = self._row("SELECT * FROM runs WHERE id = ?", (sql_id(run_id),))
        if row is None:
            # Events go with their run's row, but for one that is lost.
            return self._row("SELECT 1 FROM events WHERE run_id = ?", (sql_id(run_id),)) is not None
        return not self._sound(row)

    def found_damaged(self, run_id: str) -> bool:
        """Whether it turned out here that the run is damaged. Costs nothing."""
        return run_id in self._found_damaged

    def damaged(self, owner: str) -> list[str]:
        """Return the ids of the owner's runs that are known to be damaged, the newest first."""
        rows = self._rows("SELECT * FROM runs WHERE owner = ? ORDER BY created DESC, rowid DESC", (owner,))
        return [row["id"] for row in rows if not self._sound(row)]

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
        presenters = {row[0] for row in self._rows("SELECT browser FROM presenters WHERE until > ?", (time.time(),))}
        rows = self._sound_rows("WHERE status = 'queued'")
        return self.turns().in_order(
            Waiting(
                row["id"],
                row["owner"],
                row["address"],
                row["queue_number"],
                row["turns_before"],
                row["owner"] in presenters,
            )
            for row in rows
        )

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
        rows = self._sound_rows("WHERE created >= ? AND address != ''", since)
        return len({row["owner"] for row in rows}), len({row["address"] for row in rows})

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
        records = map(_record, self._sound_rows(which, *values))
        return [record for record in records if record is not None]

    def _sound_rows(self, which: str, *values: object) -> list[sqlite3.Row]:
        """Return those of these runs' rows that are not damaged."""
        return [row for row in self._rows(f"SELECT * FROM runs {which}", values) if self._sound(row)]

    def _sound(self, row: sqlite3.Row) -> bool:
        if not checks.is_sound(row):
            self._found_damaged.add(row["id"])
        return row["id"] not in self._found_damaged

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
            changed = _update(
                connection,
                "status = :status, message = :message, worker = :worker, queue_number = NULL, "
                "compiling_since = CASE WHEN :status = 'compiling' THEN :now END, "
                "started = CASE WHEN :status = 'running' THEN coalesce(started, :now) ELSE started END, "
                "ended = CASE WHEN :ends THEN :now END",
                "id = :id AND status IN (SELECT value FROM json_each(:allowed))",
                id=sql_id(run_id),
                status=status,
                message=message,
                worker=None if status in ENDED else worker,
                now=now,
                ends=status in ENDED,
                allowed=json.dumps(allowed),
            )
            if status == "finished":
                # Of a run that is kept small, nobody can go on from its end.
                for run in changed:
                    if run["recording"] == "scores":
                        connection.execute("DELETE FROM blobs WHERE run_id = ?", (run_id,))
                        _update(connection, "weights = '{}'", "id = :id", id=run_id)
        return bool(changed)

    def interrupt_all(self, message: str) -> list[str]:
        """Mark every compiling, running or paused run as interrupted; return their ids. Queued ones stay queued.

        For the engine's host: at its start for what a dead host left, and at its end.
        """
        with self._writing() as connection:
            changed = _update(
                connection,
                "status = 'interrupted', message = :message, worker = NULL, compiling_since = NULL, ended = :now",
                "status IN ('compiling', 'running', 'paused')",
                message=message,
                now=time.time(),
            )
        return [run["id"] for run in changed]

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
        """Delete a run that has ended or is damaged, with everything recorded of it.

        Returns:
            False if the run is active (then nothing changes).

        Raises:
            UnknownRun: there is no such run.
        """
        with self._writing() as connection:
            row = connection.execute("SELECT * FROM runs WHERE id = ?", (sql_id(run_id),)).fetchone()
            if row is None:
                raise UnknownRun
            if self._sound(row) and row["status"] not in ENDED:
                return False
            connection.execute("DELETE FROM runs WHERE id = ?", (run_id,))
        # A good copy of it may come in its place.
        self._found_damaged.discard(run_id)
        return True

    def paces(self) -> dict[int, float]:
        """For each batch size that was trained lately, the milliseconds a batch took, evaluations included.

        The median of up to 20 of the latest runs of that batch size; runs of fewer than 20 batches do not count.
        """
        measured = defaultdict[int, list[float]](list)
        for run in self._runs("WHERE step >= 20 AND milliseconds > 0 ORDER BY created DESC LIMIT 200"):
            if len(paces := measured[run.config.batch_size]) < 20:
                paces.append(run.milliseconds / run.step)
        return {batch_size: statistics.median(paces) for batch_size, paces in measured.items()}

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
            RunDamaged: its row is damaged.
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
            run = _required(connection, run_id)
            chains = checks.chains_of(run)
            last = sum(chain.length for chain in chains.values())
            new = [(number, row.kind, bytes(row.packed)) for number, row in enumerate(rows, last + 1)]
            connection.executemany(
                "INSERT INTO events (run_id, number, kind, packed) VALUES (?, ?, ?, ?)",
                [(run_id, *event) for event in new],
            )
            _update(
                connection,
                "step = max(step, :step), milliseconds = milliseconds + :milliseconds, "
                "test_accuracy = coalesce(test_accuracy, :test_accuracy), recorded = :recorded",
                "id = :id",
                id=run_id,
                step=step,
                milliseconds=milliseconds,
                test_accuracy=test_accuracy,
                recorded=json.dumps(checks.chained(run_id, chains, new)),
            )
        return last + len(rows)

    def events(self, run_id: str, kinds: Collection[str] | None = None) -> list[tuple[int, bytes]]:
        """Return the run's events, or those whose class has one of these names, in order: (number, packed).

        Raises:
            RunDamaged: they are not what was recorded.
        """
        return self.read_on(run_id, Reading(kinds))

    def read_on(self, run_id: str, reading: Reading) -> list[tuple[int, bytes]]:
        """Return the run's events after those that were read, in order, and take note of it: (number, packed).

        What is not of the reading's kinds is passed over unread.

        Raises:
            RunDamaged: they are not what was recorded, all of them or what was recorded between them is missing.
        """
        kinds = reading.kinds
        of_kinds = "" if kinds is None else f"AND kind IN ({', '.join('?' * len(kinds))}) "
        with self._snapshot() as connection:
            run = connection.execute("SELECT * FROM runs WHERE id = ?", (sql_id(run_id),)).fetchone()
            rows = connection.execute(
                f"SELECT number, kind, packed FROM events WHERE run_id = ? AND number > ? {of_kinds}ORDER BY number",
                (sql_id(run_id), reading.number, *(kinds or ())),
            ).fetchall()
        if run is None:
            return []
        if not self._sound(run):
            raise RunDamaged(run_id)
        recorded = checks.chains_of(run)
        chains = checks.chained(run_id, reading.chains, rows)
        if chains != {kind: chain for kind, chain in recorded.items() if kinds is None or kind in kinds}:
            self._found_damaged.add(run_id)
            raise RunDamaged(run_id)
        if rows:
            reading.number, reading.chains = rows[-1]["number"], chains
        return [(row["number"], row["packed"]) for row in rows]

    # Weights

    def put_checkpoint(self, run_id: str, step: int, packed: bytes) -> None:
        """Keep these bytes (`events.pack` of a CheckpointTaken) as the run's one checkpoint, in place of an older.

        Append every event up to this step first: a run that goes on from here never makes them again.

        Raises:
            UnknownRun: there is no such run (any more).
            RunDamaged: its row is damaged.
            ValueError: the run's recorded events do not reach `step` yet.
        """
        with self._writing() as connection:
            weights = _kept_weights(connection, run_id, step, "checkpoint")
            connection.execute("DELETE FROM blobs WHERE run_id = ? AND kind = 'checkpoint'", (run_id,))
            weights["checkpoint"] = {}
            _put_weights(connection, run_id, weights, "checkpoint", step, packed)

    def checkpoint(self, run_id: str) -> bytes | None:
        """The run's checkpoint as packed bytes; None if it has none, or none that is as it was kept."""
        run = next(iter(self._sound_rows("WHERE id = ?", sql_id(run_id))), None)
        if run is None or (step := _checkpoint_step(run)) is None:
            return None
        try:
            return self._weights(run_id, "checkpoint", step)
        except WeightsDamaged as problem:
            _log.warning("Run %s cannot go on from its checkpoint: %s", run_id, problem)
            return None

    def put_snapshot(self, run_id: str, step: int, packed: bytes) -> None:
        """Keep these bytes (`events.pack` of a SnapshotTaken) as the run's weights after `step` updates.

        A snapshot is not replaced: a resumed run says the same again. Append every event up to this step first.

        Raises:
            UnknownRun: there is no such run (any more).
            RunDamaged: its row is damaged.
            ValueError: the run's recorded events do not reach `step` yet, or other weights are kept for it.
        """
        with self._writing() as connection:
            weights = _kept_weights(connection, run_id, step, "snapshot")
            kept = weights["snapshot"].get(step)
            if kept is None:
                _put_weights(connection, run_id, weights, "snapshot", step, packed)
            elif kept != checks.weights_check(run_id, "snapshot", step, bytes(packed)):
                raise ValueError(f"The run's snapshot of step {step} is not the one that was kept before.")

    def snapshot(self, run_id: str, step: int) -> bytes | None:
        """The run's weights after `step` updates as packed bytes; None if none were kept, or not any more.

        Raises:
            WeightsDamaged: they are not what was kept.
        """
        return self._weights(run_id, "snapshot", step)

    def snapshot_steps(self, run_id: str) -> tuple[int, ...]:
        """The steps whose weights are kept, in ascending order; empty for no run."""
        runs = self._sound_rows("WHERE id = ?", sql_id(run_id))
        return tuple(sorted(step for run in runs for step in checks.weights_of(run).get("snapshot", ())))

    def _weights(self, run_id: str, kind: str, step: int) -> bytes | None:
        with self._snapshot() as connection:
            run = connection.execute("SELECT * FROM runs WHERE id = ?", (sql_id(run_id),)).fetchone()
            found = connection.execute(
                "SELECT packed FROM blobs WHERE run_id = ? AND kind = ? AND step = ?", (sql_id(run_id), kind, step)
            ).fetchone()
        if run is None or not self._sound(run):
            return None
        check = checks.weights_of(run).get(kind, {}).get(step)
        if check is None:
            return None
        if found is None or checks.weights_check(run_id, kind, step, found["packed"]) != check:
            raise WeightsDamaged(step)
        packed: bytes = found["packed"]
        return packed

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
                _required(connection, run_id)
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
        """What the engine's host last said of itself, however long ago; state "off" if that is not known."""
        row = self._row("SELECT status FROM engine")
        if row is None:
            return EngineStatus("off")
        try:
            values = json.loads(row["status"])
            values["warm"] = tuple(tuple(key) for key in values["warm"])
            return EngineStatus(**values)
        except (ValueError, TypeError, KeyError):
            return EngineStatus("off")  # a host that lives says it again within a second

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
                    _note_removed(connection, blob["run_id"], blob["kind"], blob["step"])
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
            _required(connection, run_id)
            _update(connection, f"{column} = :value", "id = :id", id=run_id, value=value)


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


def _requeue_members(connection: sqlite3.Connection, sweep_id: str) -> None:
    """Put the interrupted members of a sweep into the queue, each to go on from its checkpoint."""
    for run in _update(connection, _QUEUED, "sweep = :sweep AND status = 'interrupted'", sweep=sql_id(sweep_id)):
        _insert_request(connection, "start", run["id"], None, run["owner"])


def _insert_run(
    connection: sqlite3.Connection,
    config: TrainingConfig,
    owner: str,
    address: str,
    sweep: sqlite3.Row | None = None,
) -> str:
    """Add a run that waits, of a sweep where one is given, with the request to start it; return its id."""
    run_id = free_id(connection, "runs")
    of_sweep = ("everything", None, 0) if sweep is None else ("scores", sweep["id"], sweep["shared"])
    connection.execute(
        "INSERT INTO runs (id, config, identity, owner, address, created, recording, sweep, shared, queue_number, "
        f"turns_before) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, {_NEXT_NUMBER}, {_LATEST_TURN})",
        (run_id, json.dumps(config.to_json()), config.identity, owner, address, time.time(), *of_sweep),
    )
    put_seal(connection, "runs", run_id)
    _insert_request(connection, "start", run_id, None, owner)
    return run_id


def _required(connection: sqlite3.Connection, run_id: str) -> sqlite3.Row:
    """Return the run's row. Raise UnknownRun where there is none, RunDamaged where it is not as it was written."""
    row: sqlite3.Row | None = connection.execute("SELECT * FROM runs WHERE id = ?", (sql_id(run_id),)).fetchone()
    if row is None:
        raise UnknownRun
    if not checks.is_sound(row):
        raise RunDamaged(run_id)
    return row


def _update(connection: sqlite3.Connection, change: str, which: str, **values: object) -> list[sqlite3.Row]:
    """Change these runs, but for those whose rows are damaged: a new seal would hide it. Return what the others were.

    Args:
        change: column = expression, ..; of these named values.
        which: a condition.
    """
    rows = connection.execute(f"SELECT * FROM runs WHERE {which}", values).fetchall()
    changed = [row for row in rows if checks.is_sound(row)]
    for run in changed:
        connection.execute(f"UPDATE runs SET {change}, seal = NULL WHERE id = :id", {**values, "id": run["id"]})
        put_seal(connection, "runs", run["id"])
    return changed


def _kept_weights(connection: sqlite3.Connection, run_id: str, step: int, kind: str) -> dict[str, dict[int, str]]:
    """Return what weights are kept of a run that may have some more: of this step."""
    run = _required(connection, run_id)
    if step > run["step"]:
        raise ValueError(f"The {kind} is of step {step}, but events are recorded to step {run['step']}.")
    return defaultdict(dict, checks.weights_of(run))


def _put_weights(
    connection: sqlite3.Connection, run_id: str, weights: dict[str, dict[int, str]], kind: str, step: int, packed: bytes
) -> None:
    connection.execute(
        "INSERT INTO blobs (run_id, kind, step, packed) VALUES (?, ?, ?, ?)", (run_id, kind, step, bytes(packed))
    )
    weights[kind][step] = checks.weights_check(run_id, kind, step, bytes(packed))
    _update(connection, "weights = :weights", "id = :id", id=run_id, weights=json.dumps(weights))


def _note_removed(connection: sqlite3.Connection, run_id: str, kind: str, step: int) -> None:
    """Take weights that were removed off the list of what is kept, where the run's row can be trusted."""
    run = connection.execute("SELECT * FROM runs WHERE id = ?", (run_id,)).fetchone()
    if not checks.is_sound(run):
        return
    weights = checks.weights_of(run)
    weights.get(kind, {}).pop(step, None)
    _update(
        connection,
        "weights = :weights, snapshots_removed = snapshots_removed + :removed",
        "id = :id",
        id=run_id,
        weights=json.dumps(weights),
        removed=kind == "snapshot",
    )


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
    values = {name: row[name] for name in _COLUMNS}
    try:
        values["config"] = _config(values["config"])
    except _UNREADABLE as error:
        # One such row must not hide the other runs.
        _log.warning("The configuration of run %s cannot be read: %s", values["id"], error)
        return None
    for flag in ("pinned", "shared", "checked_late"):
        values[flag] = bool(values[flag])
    return RunRecord(**values, checkpoint_step=_checkpoint_step(row))


def _checkpoint_step(row: sqlite3.Row) -> int | None:
    return max(checks.weights_of(row).get("checkpoint", {}), default=None)
