"""What the dispatcher decides, for the coordinator to carry out in this order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from bn_core.config import TrainingConfig
from bn_core.engine.items import Command, Key
from bn_core.runs.records import Status
from bn_core.runs.turns import Waiting

DEFAULT = TrainingConfig()
"""The most likely run."""


@dataclass(frozen=True)
class Place:
    """Start this run on this worker, or go on with it there.

    Attributes:
        steps: how many steps it may do before it pauses; None for all.
        claim: the run's status in the store from now on, provided that it is still queued there; None for a run that
            has begun before.
        turn: who waited and has its turn now; None for a run that goes on in the turn that it had.
    """

    key: Key
    worker: str
    config: TrainingConfig
    steps: int | None
    claim: Status | None
    turn: Waiting | None

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
class Chore:
    """Have a worker do something beside its training; what becomes of it is reported.

    Attributes:
        call: get ready for such a run · trace its network · read its data set, downloaded where it must be · get ready
            for questions about runs with its network.
    """

    worker: str
    call: Literal["warm_up", "prepare", "fetch", "warm_examiner"]
    config: TrainingConfig = DEFAULT


Action = Place | GiveCommand | Mark | MarkEnded | Chore
