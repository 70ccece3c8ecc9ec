"""The part of the store that holds sweeps: what each trains, whose it is, and where it is."""

from __future__ import annotations

import sqlite3
import time

from bn_core.runs.database import Database, sql_id
from bn_core.runs.records import SweepRecord, SweepState

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


def update_sweep(connection: sqlite3.Connection, sweep_id: str, state: SweepState) -> bool:
    """Record where a sweep is now; return False where there is none, or it has ended, which it stays."""
    changed = connection.execute(
        "UPDATE sweeps SET state = ? WHERE id = ? AND state IN ('running', 'paused')", (state, sql_id(sweep_id))
    )
    return changed.rowcount == 1


def insert_sweep(
    connection: sqlite3.Connection, sweep_id: str, plan: str, owner: str, address: str, *, shared: bool
) -> None:
    """Add a sweep whose members are trained from now on."""
    connection.execute(
        "INSERT INTO sweeps (id, plan, owner, address, created, shared) VALUES (?, ?, ?, ?, ?, ?)",
        (sweep_id, plan, owner, address, time.time(), shared),
    )
