"""What the policy wants done: for the host to carry out, in this order."""

from __future__ import annotations

from dataclasses import dataclass

from bn_core.config import TrainingConfig
from bn_core.engine.control import Word
from bn_core.runs.records import Status


@dataclass(frozen=True)
class Place:
    """Start, or go on with, this run on this worker.

    Attributes:
        steps: as in `worker.Assignment`.
        claim: what the run is in the store from now on, provided that it is still queued there; None for a run that
            has begun before.
    """

    run_id: str
    attempt: int
    worker: str
    config: TrainingConfig
    steps: int | None
    claim: Status | None


@dataclass(frozen=True)
class Tell:
    """Give an order to a training."""

    run_id: str
    attempt: int
    worker: str
    word: Word


@dataclass(frozen=True)
class Mark:
    """Record where a run is in its life now."""

    run_id: str
    status: Status
    message: str | None = None
    worker: str | None = None


@dataclass(frozen=True)
class MarkStopped:
    """Record that a run was stopped by its owner while no worker had it."""

    run_id: str


@dataclass(frozen=True)
class MarkFailed:
    """Record that a run failed, for a cause that its training did not name itself."""

    run_id: str
    cause: str


@dataclass(frozen=True)
class WarmUp:
    """Have a worker get ready for the most likely run."""

    worker: str


@dataclass(frozen=True)
class Prepare:
    """Have a worker trace the program of this configuration."""

    worker: str
    config: TrainingConfig


@dataclass(frozen=True)
class Fetch:
    """Have a worker read this data set, downloaded where it must be."""

    worker: str
    dataset: str


@dataclass(frozen=True)
class WarmExaminer:
    """Have a worker get ready for questions about runs with this configuration's program."""

    worker: str
    config: TrainingConfig


Action = Place | Tell | Mark | MarkStopped | MarkFailed | WarmUp | Prepare | Fetch | WarmExaminer
