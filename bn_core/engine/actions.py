"""What the dispatcher decides, for the coordinator to carry out in this order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from bn_core.config import TrainingConfig
from bn_core.engine.items import Command, Key
from bn_core.runs.records import Status


@dataclass(frozen=True)
class Place:
    """Start this run on this worker, or go on with it there.

    Attributes:
        steps: how many steps it may do before it pauses; None for all.
        claim: the run's status in the store from now on, provided that it is still queued there; None for a run that
            has begun before.
    """

    key: Key
    worker: str
    config: TrainingConfig
    steps: int | None
    claim: Status | None

    @property
    def run_id(self) -> str:
        return self.key[0]


@dataclass(frozen=True)
class GiveCommand:
    """Give a command to a training."""

    key: Key
    worker: str
    command: Command


@dataclass(frozen=True)
class Mark:
    """Record where a run is in its life now."""

    run_id: str
    status: Status
    message: str | None = None
    worker: str | None = None


@dataclass(frozen=True)
class MarkEnded:
    """Record an end that the training did not report itself: its owner stopped the run, or it failed for this cause."""

    run_id: str
    status: Literal["stopped", "failed"]
    cause: str | None = None


@dataclass(frozen=True)
class WarmUp:
    """Have a worker get ready for the most likely run."""

    worker: str


@dataclass(frozen=True)
class Prepare:
    """Have a worker trace the network of this configuration."""

    worker: str
    config: TrainingConfig


@dataclass(frozen=True)
class Fetch:
    """Have a worker read this data set, downloaded where it must be."""

    worker: str
    dataset: str


@dataclass(frozen=True)
class WarmExaminer:
    """Have a worker get ready for questions about runs with this configuration's network."""

    worker: str
    config: TrainingConfig


Chore = WarmUp | Prepare | Fetch | WarmExaminer
"""What a worker does beside its training; what becomes of it is reported."""

Action = Place | GiveCommand | Mark | MarkEnded | Chore
