"""The part of the store that holds sweeps: what each trains, whose it is, and where it is."""

from __future__ import annotations

import sqlite3
import time

from bn_core.runs.checks import is_sound, put_seal
from bn_core.runs.database import Database, sql_id
from bn_core.runs.records import QueueFull, SweepDamaged, SweepRecord, SweepState
from bn_core.runs.turns import Places

PLACES = Places(all=100, of_browser=3, parts=10)
"""Of sweeps whose members are trained: each takes turns with the others."""


class Sweeps(Database):
    """Sweeps. Their members are runs, which `Store.add_member` adds."""

    def sweep(self, sweep_id: str) -> SweepRecord | None:
        """Return the sweep as it is now; None if there is none. Raises SweepDamaged."""
        with self._reading() as connection:
            row = stored_sweep(connection, sweep_id)
        return None if row is None else _record(row)

    def sweeps(self, owner: str, limit: int = 50) -> list[SweepRecord]:
        """Return up to `limit` of an owner's sweeps that are not damaged, the newest first."""
        return self._sweeps("WHERE owner = ? ORDER BY created DESC, rowid DESC LIMIT ?", owner, limit)

    def running_sweeps(self) -> list[SweepRecord]:
        """Return the sweeps whose members are trained as workers are free, the oldest first."""
        return self._sweeps("WHERE state = 'running' ORDER BY created, rowid")

    def _sweeps(self, which: str, *values: object) -> list[SweepRecord]:
        return [_record(row) for row in self._rows(f"SELECT * FROM sweeps {which}", values) if is_sound(row)]


def stored_sweep(connection: sqlite3.Connection, sweep_id: str) -> sqlite3.Row | None:
    """Return the sweep's row; None if there is none. Raises SweepDamaged."""
    row: sqlite3.Row | None = connection.execute("SELECT * FROM sweeps WHERE id = ?", (sql_id(sweep_id),)).fetchone()
    # Its members stay as long as it does.
    lost = row is None and connection.execute("SELECT 1 FROM runs WHERE sweep = ?", (sql_id(sweep_id),)).fetchone()
    if lost or (row is not None and not is_sound(row)):
        raise SweepDamaged(sweep_id)
    return row


def update_sweep(connection: sqlite3.Connection, sweep_id: str, state: SweepState) -> bool:
    """Record where a sweep is now; return False where there is none, or it has ended, which it stays. Raises
    SweepDamaged."""
    sweep = stored_sweep(connection, sweep_id)
    if sweep is None or sweep["state"] not in ("running", "paused"):
        return False
    connection.execute("UPDATE sweeps SET state = ? WHERE id = ?", (state, sweep_id))
    put_seal(connection, "sweeps", sweep_id)
    return True


def insert_sweep(
    connection: sqlite3.Connection, sweep_id: str, plan: str, owner: str, address: str, *, shared: bool
) -> None:
    """Add a sweep whose members are trained from now on."""
    connection.execute(
        "INSERT INTO sweeps (id, plan, owner, address, created, shared) VALUES (?, ?, ?, ?, ?, ?)",
        (sweep_id, plan, owner, address, time.time(), shared),
    )
    put_seal(connection, "sweeps", sweep_id)


def _record(row: sqlite3.Row) -> SweepRecord:
    return SweepRecord(row["id"], row["plan"], row["owner"], row["created"], row["state"])


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
