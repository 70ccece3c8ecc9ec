"""What tells that a stored run is not as it was recorded: hashes over keys and contents, all of them in the run's row.

Of each kind of events the row has how many there are and one hash that was carried on from each to the next; of each
weights that are kept a hash; and over all that, and every other column, it has a seal. So what is lost shows as well as
what is changed, whatever is read is checked by itself, and a row is enough for a list of runs. A sweep's row has a seal
too. An answer, whose run may be one that comes with the app, has a hash of its own.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from sqlite3 import Connection, Row
from typing import Literal, NamedTuple, get_args

import msgpack

SEAL = "seal"
"""The column of `runs` and `sweeps` that is over all others. Of a run NULL between a change and its seal, which nobody
else ever sees."""


Sealed = Literal["runs", "sweeps"]
"""The tables whose rows have a seal."""

SEALED: tuple[Sealed, ...] = get_args(Sealed)


class Chain(NamedTuple):
    """The events of one kind of a run so far: how many there are, and the hash of the last one and all before it."""

    length: int = 0
    last: str = ""


class Reading:
    """How far the events of a run were read, all or those of some kinds. For one thread at a time.

    Attributes:
        kinds: names of their classes; None for all.
        number: of the last event that was read; 0 before the first.
        chains: by kind, what was read.
    """

    def __init__(self, kinds: Iterable[str] | None = None) -> None:
        self.kinds = None if kinds is None else tuple(kinds)
        self.number = 0
        self.chains: dict[str, Chain] = {}


def chained(run_id: str, chains: Mapping[str, Chain], events: Iterable[tuple[int, str, bytes]]) -> dict[str, Chain]:
    """Return the chains with these events of the run at their ends: (number, kind, packed)."""
    longer = dict(chains)
    for number, kind, packed in events:
        length, last = longer.get(kind, Chain())
        longer[kind] = Chain(length + 1, _hash(packed, run_id, number, kind, last))
    return longer


def chains_of(run: Row) -> dict[str, Chain]:
    """Return what a run's row, which is sound, says of its events."""
    return {kind: Chain(*chain) for kind, chain in json.loads(run["recorded"]).items()}


def weights_of(run: Row) -> dict[str, dict[int, str]]:
    """Return what a run's row, which is sound, says of its weights: by kind and step their check."""
    return {kind: {int(step): check for step, check in of.items()} for kind, of in json.loads(run["weights"]).items()}


def weights_check(run_id: str, kind: str, step: int, packed: bytes) -> str:
    """Return the check of weights of a run."""
    return _hash(packed, run_id, kind, step)


def answer_check(run_id: str, digest: str, packed: bytes) -> str:
    """Return the check of the answer to a question about a run."""
    return _hash(packed, run_id, digest)


def put_seal(connection: Connection, table: Sealed, key: str) -> None:
    """Seal the row of this id as it is now."""
    cursor = connection.cursor()
    cursor.row_factory = Row
    row = cursor.execute(f"SELECT * FROM {table} WHERE id = ?", (key,)).fetchone()
    cursor.execute(f"UPDATE {table} SET seal = ? WHERE id = ?", (seal(row), key))


def is_sound(row: Row) -> bool:
    """Whether the row of a run or a sweep is as it was written."""
    return bool(row[SEAL] == seal(row))


def seal(row: Row) -> str:
    """Return the seal over the names and the values of all other columns."""
    return _hash(b"", *((name, row[name]) for name in row.keys() if name != SEAL))  # noqa: SIM118 - a Row's values


def _hash(content: bytes, *key: object) -> str:
    if not isinstance(content, bytes):
        return ""  # a damaged row may have anything in its place, and no check is empty
    # What was text and cannot be read as such is hashed as the bytes that it is: see `Database._connect`.
    hashed = hashlib.blake2b(msgpack.packb(key, unicode_errors="surrogateescape"), digest_size=8)
    hashed.update(content)
    return hashed.hexdigest()
