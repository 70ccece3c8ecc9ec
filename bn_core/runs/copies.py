"""Runs as they leave a store and enter another one: all that was recorded of each, nothing of who asked for it.

What comes in is taken as it is here: `bn_core.transfer` judges what a file says before.
"""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from bn_core.config import TrainingConfig
from bn_core.runs import checks
from bn_core.runs.database import Database, free_id, sql_id
from bn_core.runs.questions import ONE_OFF_BYTES, digest_of
from bn_core.runs.records import NotPossible, Recording, RunDamaged, Status, UnknownRun, WeightsDamaged


@dataclass(frozen=True)
class RunCopy:
    """One run that has ended. What is not explained is as in `RunRecord`.

    Attributes:
        events: (kind, packed), in the order in which they were recorded.
        snapshots: packed SnapshotTaken by step, ascending.
        answers: packed answers by question (`records.canonical_question`), in the order of the questions. Those that
            were drawn or typed, which nobody asks again, are left out.
    """

    id: str
    config: TrainingConfig
    name: str | None
    status: Status
    message: str | None
    step: int
    milliseconds: float
    created: float
    started: float | None
    ended: float
    dataset_note: str | None
    test_accuracy: float | None
    recording: Recording
    snapshots_removed: int
    checked_late: bool
    events: tuple[tuple[str, bytes], ...] = field(repr=False)
    snapshots: Mapping[int, bytes] = field(repr=False)
    answers: Mapping[str, bytes] = field(repr=False)

    @property
    def size(self) -> int:
        """Bytes of what is recorded."""
        packed = (*(packed for _, packed in self.events), *self.snapshots.values(), *self.answers.values())
        return sum(map(len, packed))


FACTS = (
    *("name", "status", "message", "step", "milliseconds", "created", "started", "ended"),
    *("dataset_note", "test_accuracy", "recording", "snapshots_removed"),
)
"""The attributes of a copy that are columns of a run's row just as they are."""


@dataclass(frozen=True)
class Kept:
    """What became of a copy.

    Attributes:
        id: of the run that it is here.
        was_there: whether the same run was here already; then nothing was added.
    """

    id: str
    was_there: bool


class Copies(Database):
    """Runs as copies, out of the store and into it."""

    def copy(self, run_id: str) -> RunCopy:
        """Return a copy of a run that has ended, as it is at one moment.

        Raises:
            UnknownRun: there is no such run.
            NotPossible: it has not ended.
            RunDamaged, WeightsDamaged: what is stored of it is not what was recorded.
        """
        key = (sql_id(run_id),)
        with self._snapshot() as connection:
            run = connection.execute("SELECT * FROM runs WHERE id = ?", key).fetchone()
            if run is None:
                raise UnknownRun
            if not checks.is_sound(run):
                raise RunDamaged(run_id)
            if run["ended"] is None:
                raise NotPossible("Only a run that has ended can be copied.")
            events = connection.execute(
                "SELECT number, kind, packed FROM events WHERE run_id = ? ORDER BY number", key
            ).fetchall()
            weights = connection.execute(
                "SELECT step, packed FROM blobs WHERE run_id = ? AND kind = 'snapshot' ORDER BY step", key
            ).fetchall()
            answers = connection.execute(
                "SELECT * FROM questions WHERE run_id = ? AND state = 'answered' AND NOT one_off ORDER BY question", key
            ).fetchall()
        if checks.chained(run_id, {}, events) != checks.chains_of(run):
            raise RunDamaged(run_id)
        return RunCopy(
            id=run_id,
            config=TrainingConfig.of(json.loads(run["config"])),
            checked_late=bool(run["checked_late"]),
            events=tuple((kind, packed) for _, kind, packed in events),
            snapshots=_sound_weights(run, {row["step"]: row["packed"] for row in weights}),
            answers={row["question"]: row["answer"] for row in answers if _is_sound(row)},
            **{name: run[name] for name in FACTS},
        )

    def keep(self, copies: Sequence[RunCopy], owner: str, taken: Collection[str] = ()) -> list[Kept]:
        """Make these runs this owner's, all or none, and say of each in their order what became of it.

        A run keeps its id unless another one has it here.

        Args:
            owner: the SHA-256 of the browser's id (`records.owner_hash`).
            taken: ids that none may have.
        """
        with self._writing() as connection:
            return [_keep(connection, copy, owner, taken) for copy in copies]

    def bytes_of(self, run_ids: Collection[str]) -> int:
        """Return how many bytes are recorded of these runs."""
        chosen, total = json.dumps(list(run_ids)), 0
        with self._snapshot() as connection:
            for table, column in (("events", "packed"), ("blobs", "packed"), ("questions", "answer")):
                of_table = f"SELECT sum(length({column})) FROM {table} WHERE run_id IN (SELECT value FROM json_each(?))"
                total += connection.execute(of_table, (chosen,)).fetchone()[0] or 0
        return total

    def ids_of(self, owner: str) -> tuple[list[str], list[str]]:
        """Return the ids of an owner's runs, those of sweeps included: which nothing works on, and the others.

        Worked on are those that have not ended, and the members of sweeps that run, which would be trained again.
        """
        rows = self._rows(
            "SELECT id, ended IS NULL OR sweep IN (SELECT id FROM sweeps WHERE state = 'running') AS busy "
            "FROM runs WHERE owner = ? ORDER BY created, rowid",
            (owner,),
        )
        return [row["id"] for row in rows if not row["busy"]], [row["id"] for row in rows if row["busy"]]


def _sound_weights(run: sqlite3.Row, found: dict[int, bytes]) -> dict[int, bytes]:
    kept = checks.weights_of(run).get("snapshot", {})
    for step, check in kept.items():
        if step not in found or checks.weights_check(run["id"], "snapshot", step, found[step]) != check:
            raise WeightsDamaged(step)
    return {step: found[step] for step in sorted(kept)}


def _is_sound(row: sqlite3.Row) -> bool:
    digest = digest_of(row["question"])
    return bool(digest == row["digest"] and checks.answer_check(row["run_id"], digest, row["answer"]) == row["seal"])


def _keep(connection: sqlite3.Connection, copy: RunCopy, owner: str, taken: Collection[str]) -> Kept:
    there = connection.execute("SELECT * FROM runs WHERE id = ?", (copy.id,)).fetchone()
    if there is not None and _is_same(there, copy):
        return Kept(copy.id, was_there=True)
    run_id = copy.id if there is None and copy.id not in taken else free_id(connection, "runs")
    events = _numbered(copy)
    weights = {step: checks.weights_check(run_id, "snapshot", step, packed) for step, packed in copy.snapshots.items()}
    values = {name: getattr(copy, name) for name in FACTS} | {
        "id": run_id,
        "config": json.dumps(copy.config.to_json()),
        "identity": copy.config.identity,
        "owner": owner,
        "checked_late": copy.checked_late,
        "recorded": json.dumps(checks.chained(run_id, {}, events)),
        "weights": json.dumps({"snapshot": weights} if weights else {}),
    }
    connection.execute(
        f"INSERT INTO runs ({', '.join(values)}) VALUES ({', '.join('?' * len(values))})", tuple(values.values())
    )
    connection.executemany(
        "INSERT INTO events (run_id, number, kind, packed) VALUES (?, ?, ?, ?)", [(run_id, *event) for event in events]
    )
    connection.executemany(
        "INSERT INTO blobs (run_id, kind, step, packed) VALUES (?, 'snapshot', ?, ?)",
        [(run_id, *each) for each in copy.snapshots.items()],
    )
    _insert_answers(connection, run_id, copy.answers)
    checks.put_seal(connection, "runs", run_id)
    return Kept(run_id, was_there=False)


def _is_same(run: sqlite3.Row, copy: RunCopy) -> bool:
    """Whether a row is that of the run that was copied: a name or weights may have come or gone since."""
    return (
        checks.is_sound(run)
        and run["identity"] == copy.config.identity
        and checks.chains_of(run) == checks.chained(copy.id, {}, _numbered(copy))
    )


def _numbered(copy: RunCopy) -> list[tuple[int, str, bytes]]:
    return [(number, kind, packed) for number, (kind, packed) in enumerate(copy.events, 1)]


def _insert_answers(connection: sqlite3.Connection, run_id: str, answers: Mapping[str, bytes]) -> None:
    now = time.time()
    rows = [(run_id, digest_of(question), now, now, question, answer) for question, answer in answers.items()]
    connection.executemany(
        "INSERT INTO questions (run_id, digest, one_off, state, since, asked, question, answer, seal) "
        f"VALUES (?1, ?2, length(?5) > {ONE_OFF_BYTES}, 'answered', ?3, ?4, ?5, ?6, ?7)",
        [(*row, checks.answer_check(run_id, row[1], row[5])) for row in rows],
    )
