"""What the dispatcher knows of each worker and of each run that has not ended."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import Literal

from bn_core.config import TrainingConfig
from bn_core.engine.holdings import Inventory
from bn_core.engine.items import Departure, Key
from bn_core.runs.records import Status
from bn_core.runs.turns import Waiting


@dataclass
class RunState:
    """A run that has not ended.

    Attributes:
        waits: as whom it waits for its turn.
        config: what is trained.
        worker: address of the worker that has it; None while none does.
        attempt: number of its latest placement on a worker.
        begun: whether a worker has taken it up.
        steps: how many steps it should still do before it pauses; None for all. (0: it is paused, or about to be.)
        paused_since: when its worker reported that it is paused.
        paused_seconds: how long it was paused on the worker that has it, by the ticks.
        first: whether it goes on before those that wait: it lost its worker in the midst of its turn.
        leaving: whether it was told to leave its worker, or to end.
        outcome: its end, already decided while its worker still has it: stopped by its owner, or recorded as failed.
        lost: how many of its workers died, and how many went.
    """

    waits: Waiting
    config: TrainingConfig
    status: Status = "queued"
    worker: str | None = None
    attempt: int = 0
    begun: bool = False
    steps: int | None = None
    paused_since: float | None = None
    paused_seconds: float = 0.0
    first: bool = False
    leaving: bool = False
    outcome: Literal["stopped", "failed"] | None = None
    lost: Counter[Departure] = field(default_factory=Counter)

    @property
    def id(self) -> str:
        return self.waits.id

    @property
    def key(self) -> Key:
        return self.id, self.attempt


@dataclass
class WorkerState:
    """A worker and what it is doing: at most one training, one tracing and one examination.

    Attributes:
        warm: whether it has done what `WarmUp` asks.
        tracing: key of the network that it traces for a later run.
        examines: whether it works out an answer, or gets ready for questions.
        cannot_examine: keys of networks that it could not get ready for questions.
        fetching, cannot_fetch: data sets that it is reading, and those that it could not read.
    """

    address: str
    has: Inventory = field(default_factory=Inventory)
    warm: bool = False
    run: RunState | None = None
    tracing: Hashable | None = None
    examines: bool = False
    cannot_examine: set[Hashable] = field(default_factory=set)
    fetching: set[str] = field(default_factory=set)
    cannot_fetch: set[str] = field(default_factory=set)

    @property
    def usable(self) -> bool:
        """Whether it can train and answer by now."""
        return self.warm or bool(self.has.programs)
