"""Make the tables of the run store, or bring a database that an earlier version made to those of today.

`schema.sql` has today's tables. Each file of `migrations` brings a database from the version before to the one that its
name begins with. A migration is frozen: it says in full what it makes and uses nothing that may change later.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import msgpack

SCHEMA_VERSION = 6
"""Kept in the database's `user_version`."""

TABLES = Path(__file__).with_name("schema.sql")
MIGRATIONS = Path(__file__).with_name("migrations")


def bring_up_to_date(connection: sqlite3.Connection, version: int = SCHEMA_VERSION) -> None:
    """Make the tables in an empty database, or migrate those of an earlier version step by step up to `version`.

    For use inside a transaction. Do nothing where another process has done it since this one looked.
    """
    present = connection.execute("PRAGMA user_version").fetchone()[0]
    if present == version:
        return
    connection.create_function("kind_of", 1, kind_of, deterministic=True)
    connection.create_function("test_accuracy_of", 1, _test_accuracy_of, deterministic=True)
    scripts = [TABLES] if present == 0 else [migration(step) for step in range(present + 1, version + 1)]
    for script in scripts:
        for statement in _statements(script.read_text(encoding="utf-8")):
            connection.execute(statement)
    connection.execute(f"PRAGMA user_version = {version}")


def migration(version: int) -> Path:
    """Return the file that brings a database from the version before to this one."""
    (script,) = MIGRATIONS.glob(f"{version}_*.sql")
    return script


def kind_of(packed: bytes) -> str:
    """Return the name of a packed event's class, as it stands at the start of its bytes; empty where there is none."""
    unpacker = msgpack.Unpacker()
    unpacker.feed(packed)
    try:
        name = unpacker.unpack() if unpacker.read_array_header() else ""
    except (ValueError, msgpack.UnpackException):
        return ""
    return name if isinstance(name, str) else ""


def _test_accuracy_of(packed: bytes) -> float | None:
    """Return what a packed Scored says of the test images; read by hand, in the form that it had then."""
    try:
        accuracy = msgpack.unpackb(packed)[1]["test"]["accuracy"]
    except (LookupError, TypeError, ValueError, msgpack.UnpackException):
        return None
    return accuracy if isinstance(accuracy, float) else None


def _statements(script: str) -> Iterator[str]:
    """Yield the script's statements one by one: executescript would commit the transaction that they belong in."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
