"""Make the tables of the run store, or bring a database that an earlier version made to those of today.

`schema.sql` has today's tables. Each file of `migrations` brings a database from the version before to the one that its
name begins with. A migration is frozen: it says in full what it makes and uses nothing that may change later.
"""

from __future__ import annotations

import functools
import json
import sqlite3
from collections import defaultdict
from collections.abc import Collection, Iterator
from pathlib import Path

import msgpack

from bn_core.runs import checks
from bn_core.runs.checks import SEALED, Sealed, is_sound, seal
from bn_core.runs.records import is_run_id

SCHEMA_VERSION = 7
"""Kept in the database's `user_version`."""

SEALED_FROM = 7
"""The first version that has checks."""

TABLES = Path(__file__).with_name("schema.sql")
MIGRATIONS = Path(__file__).with_name("migrations")


def bring_up_to_date(connection: sqlite3.Connection, version: int = SCHEMA_VERSION) -> None:
    """Make the tables in an empty database, or migrate those of an earlier version step by step up to `version`.

    For use inside a transaction. Do nothing where another process has done it since this one looked.
    """
    present = connection.execute("PRAGMA user_version").fetchone()[0]
    if present == version:
        return
    damaged = _damaged(connection) if present >= SEALED_FROM else ()
    connection.create_function("kind_of", 1, kind_of, deterministic=True)
    connection.create_function("test_accuracy_of", 1, _test_accuracy_of, deterministic=True)
    connection.create_function("answer_check", 3, _answer_check, deterministic=True)
    # mypy: the stubs want an aggregate's `step` to take any number of arguments.
    connection.create_aggregate("chains_of", 4, _Chains)  # type: ignore[arg-type]
    connection.create_aggregate("weights_of", 4, _Weights)  # type: ignore[arg-type]
    scripts = [TABLES] if present == 0 else [migration(step) for step in range(present + 1, version + 1)]
    for script in scripts:
        for statement in _statements(script.read_text(encoding="utf-8")):
            connection.execute(statement)
    if version >= SEALED_FROM:
        _seal_all(connection, damaged)
    connection.execute(f"PRAGMA user_version = {version}")


def is_whole(connection: sqlite3.Connection) -> bool:
    """Whether the database has every table, index and trigger of today, word for word."""
    return _of_today() <= _definitions(connection)


@functools.cache
def _of_today() -> frozenset[tuple[str, ...]]:
    new = sqlite3.connect(":memory:", isolation_level=None)
    bring_up_to_date(new)
    definitions = _definitions(new)
    new.close()
    return definitions


def _definitions(connection: sqlite3.Connection) -> frozenset[tuple[str, ...]]:
    """Return what the database says of its parts, without white space: a column that came later stands apart."""
    rows = connection.execute("SELECT type, name, tbl_name, coalesce(sql, '') FROM sqlite_schema")
    return frozenset(tuple("".join(str(text).split()) for text in row) for row in rows)


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


class _Chains:
    """What a run's row says of its events, given them in their order."""

    def __init__(self) -> None:
        self._chains: dict[str, checks.Chain] = {}

    def step(self, run_id: bytes, number: int, kind: bytes, packed: bytes) -> None:
        self._chains = checks.chained(_text(run_id), self._chains, [(number, _text(kind), packed)])

    def finalize(self) -> str:
        return json.dumps(self._chains)


class _Weights:
    """What a run's row says of its weights."""

    def __init__(self) -> None:
        self._checks = defaultdict[str, dict[int, str]](dict)

    def step(self, run_id: bytes, kind: bytes, step: int, packed: bytes) -> None:
        self._checks[_text(kind)][step] = checks.weights_check(_text(run_id), _text(kind), step, packed)

    def finalize(self) -> str:
        return json.dumps(self._checks)


def _answer_check(run_id: bytes, digest: bytes, answer: bytes) -> str:
    return checks.answer_check(_text(run_id), _text(digest), answer)


def _text(stored: bytes | None) -> str:
    return (stored or b"").decode("utf-8", "surrogateescape")


def _damaged(connection: sqlite3.Connection) -> frozenset[tuple[Sealed, str]]:
    """Return what has a seal that does not fit: table and id."""
    return frozenset((table, row["id"]) for table in SEALED for row in _rows(connection, table) if not is_sound(row))


def _seal_all(connection: sqlite3.Connection, but: Collection[tuple[Sealed, str]]) -> None:
    """Seal all rows as they are now, but for those that were damaged before: a new seal would hide it."""
    for table in SEALED:
        for row in _rows(connection, table):
            # An id may be damaged, too.
            if (table, row["id"]) not in but and not is_sound(row) and is_run_id(str(row["id"])):
                connection.execute(f"UPDATE {table} SET seal = ? WHERE id = ?", (seal(row), row["id"]))


def _rows(connection: sqlite3.Connection, table: Sealed) -> list[sqlite3.Row]:
    rows = connection.cursor()
    rows.row_factory = sqlite3.Row
    return rows.execute(f"SELECT * FROM {table}").fetchall()


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
