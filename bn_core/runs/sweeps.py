"""The part of the store that holds sweeps: what each trains, whose it is, and where it is."""

from __future__ import annotations

import sqlite3
import time

from bn_core.runs.database import Database, sql_id
from bn_core.runs.records import NotPossible, NotYours, QueueFull, SweepRecord, SweepState, UnknownSweep
from bn_core.runs.turns import Places

PLACES = Places(all=100, of_browser=3, parts=10)
"""Of sweeps whose members are trained: each takes turns with the others."""

_SELECT = "SELECT id, plan, owner, created, state FROM sweeps "


class Sweeps(Database):
    """Sweeps. Their members are runs, which `Store.add_member` adds."""

    def sweep(self, sweep_id: str) -> SweepRecord | None:
        """Return the sweep as it is now; None if there is none."""
        row = self._row(f"{_SELECT} WHERE id = ?", (sql_id(sweep_id),))
        return None if row is None else SweepRecord(**dict(row))

    def sweeps(self, owner: str, limit: int = 50) -> list[SweepRecord]:
        """Return up to `limit` of an owner's sweeps, the newest first."""
        rows = self._rows(f"{_SELECT} WHERE owner = ? ORDER BY created DESC, rowid DESC LIMIT ?", (owner, limit))
        return [SweepRecord(**dict(row)) for row in rows]

    def running_sweeps(self) -> list[SweepRecord]:
        """Return the sweeps whose members are trained as workers are free, the oldest first."""
        rows = self._rows(f"{_SELECT} WHERE state = 'running' ORDER BY created, rowid")
        return [SweepRecord(**dict(row)) for row in rows]

    def change_sweep(self, sweep_id: str, state: SweepState, owner: str) -> SweepRecord:
        """Record what its owner wants of a sweep, and return it as it is then. One that runs again has its interrupted
        members go on.

        Args:
            owner: the SHA-256 of the browser's id.

        Raises:
            UnknownSweep: there is no such sweep.
            NotYours: somebody else began it.
            NotPossible: it has ended.
            QueueFull: it would run, and as many of this owner's do already as may.
        """
        with self._writing() as connection:
            row = connection.execute(f"{_SELECT} WHERE id = ?", (sql_id(sweep_id),)).fetchone()
            if row is None:
                raise UnknownSweep
            if row["owner"] != owner:
                raise NotYours("Only the browser that began this sweep can change it. You can begin one of your own.")
            if row["state"] not in ("running", "paused"):
                raise NotPossible("This sweep has ended: begin it again, what is trained is not trained again.")
            if state == "running" and row["state"] == "paused":
                address = connection.execute("SELECT address FROM sweeps WHERE id = ?", (sweep_id,)).fetchone()[0]
                check_place(connection, owner, address)
            connection.execute("UPDATE sweeps SET state = ? WHERE id = ?", (state, sweep_id))
        return SweepRecord(**dict(row) | {"state": state})

    def set_sweep(self, sweep_id: str, state: SweepState) -> None:
        """Record where a sweep is now, whoever began it; one that has ended stays so.

        Raises:
            NotPossible: there is no such sweep, or it has ended.
        """
        with self._writing() as connection:
            changed = connection.execute(
                "UPDATE sweeps SET state = ? WHERE id = ? AND state IN ('running', 'paused')",
                (state, sql_id(sweep_id)),
            )
            if changed.rowcount == 0:
                raise NotPossible("There is no such sweep, or it has ended.")


def insert_sweep(
    connection: sqlite3.Connection, sweep_id: str, plan: str, owner: str, address: str, *, shared: bool
) -> None:
    """Add a sweep whose members are trained from now on."""
    connection.execute(
        "INSERT INTO sweeps (id, plan, owner, address, created, shared) VALUES (?, ?, ?, ?, ?, ?)",
        (sweep_id, plan, owner, address, time.time(), shared),
    )


def check_place(connection: sqlite3.Connection, owner: str, address: str) -> None:
    """Raise QueueFull where no further sweep of this owner may run."""
    elsewhere, here, own = connection.execute(
        "SELECT coalesce(sum(address != ?1), 0), coalesce(sum(address = ?1), 0), coalesce(sum(owner = ?2), 0) "
        "FROM sweeps WHERE state = 'running'",
        (address, owner),
    ).fetchone()
    match PLACES.lacking(elsewhere, here, own):
        case "place":
            raise QueueFull(f"{elsewhere + here} sweeps run already: try again when some have ended.")
        case "share":
            sweeps = "One of your sweeps runs" if own == 1 else f"{own} of your sweeps run"
            raise QueueFull(f"{sweeps} already: pause or stop one, or wait until one has ended.")
