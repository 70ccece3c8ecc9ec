"""What the cluster tells the host."""

from __future__ import annotations

from dataclasses import dataclass

from bn_core.engine.actions import Fetch, Prepare, WarmExaminer, WarmUp
from bn_core.engine.holdings import Inventory
from bn_core.engine.inquiry import Finding, Outcome
from bn_core.engine.messages import Batch
from bn_core.runs.records import StoredQuestion

Chore = WarmUp | Prepare | Fetch | WarmExaminer


@dataclass(frozen=True)
class Connected:
    """There is a scheduler. Workers announce themselves."""


@dataclass(frozen=True)
class Disconnected:
    """There is no scheduler (any more): all workers are out of reach. The cluster goes on trying by itself."""

    problem: str


@dataclass(frozen=True)
class Joined:
    worker: str


@dataclass(frozen=True)
class Left:
    worker: str


@dataclass(frozen=True)
class Said:
    """Items of a training."""

    batch: Batch


@dataclass(frozen=True)
class Done:
    chore: Chore
    inventory: Inventory


@dataclass(frozen=True)
class NotDone:
    chore: Chore
    problem: str


@dataclass(frozen=True)
class SnapshotFetched:
    """A packed snapshot; None where it is not there or the worker cannot be reached."""

    run_id: str
    attempt: int
    step: int
    packed: bytes | None


@dataclass(frozen=True)
class CheckpointFetched:
    """A checkpoint as its step and its packed bytes; None where there is none or the worker cannot be reached."""

    run_id: str
    attempt: int
    checkpoint: tuple[int, bytes] | None


@dataclass(frozen=True)
class TaskLost:
    """The worker of this training died."""

    run_id: str
    attempt: int


@dataclass(frozen=True)
class TaskFailed:
    """This training could not be begun, or its task ended by an error."""

    run_id: str
    attempt: int
    problem: str


@dataclass(frozen=True)
class Gathered:
    """What was found that a question needs; None where the store could not be read."""

    question: StoredQuestion
    finding: Finding | None


@dataclass(frozen=True)
class Replied:
    """A worker came to an end with a question."""

    question_id: int
    worker: str
    outcome: Outcome
    inventory: Inventory


@dataclass(frozen=True)
class NotReplied:
    """A worker could not be asked, or did not live to reply."""

    question_id: int
    worker: str


Report = (
    Connected
    | Disconnected
    | Joined
    | Left
    | Said
    | Done
    | NotDone
    | SnapshotFetched
    | CheckpointFetched
    | TaskLost
    | TaskFailed
    | Gathered
    | Replied
    | NotReplied
)
