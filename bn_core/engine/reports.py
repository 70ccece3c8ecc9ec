"""What the cluster and the lookup of questions tell the coordinator."""

from __future__ import annotations

from dataclasses import dataclass

from bn_core.engine.actions import Chore
from bn_core.engine.holdings import Inventory
from bn_core.engine.inquiry import Finding, Outcome
from bn_core.engine.items import Batch, Departure, Key
from bn_core.runs.records import StoredQuestion


@dataclass(frozen=True)
class Connected:
    """There is a scheduler; its workers are reported one by one."""


@dataclass(frozen=True)
class Disconnected:
    """The scheduler is gone, and all workers with it. The cluster goes on trying by itself."""

    problem: str


@dataclass(frozen=True)
class Joined:
    """A worker takes commands."""

    worker: str


@dataclass(frozen=True)
class Left:
    """Workers, or their processes, are gone at once, with everything that they were doing."""

    workers: tuple[str, ...]
    how: Departure = "died"


@dataclass(frozen=True)
class Unusable:
    """A worker is there but cannot train. Reported again only when the reason changes."""

    worker: str
    reason: str


@dataclass(frozen=True)
class Read:
    """The next items of a training. No more are read before `Workers.stored` acknowledges these."""

    key: Key
    batch: Batch


@dataclass(frozen=True)
class TrainingFailed:
    """A worker could not begin this training."""

    key: Key
    problem: str


@dataclass(frozen=True)
class Done:
    """A worker finished a chore."""

    chore: Chore
    inventory: Inventory


@dataclass(frozen=True)
class NotDone:
    """A worker could not do a chore."""

    chore: Chore
    problem: str


@dataclass(frozen=True)
class Gathered:
    """What an answer needs was looked for. `finding` is None where it cannot be had yet: look again."""

    question: StoredQuestion
    finding: Finding | None


@dataclass(frozen=True)
class Replied:
    """A worker came to an end with a question. The last two are None where it could not be asked, or did not answer."""

    question_id: int
    worker: str
    outcome: Outcome | None
    inventory: Inventory | None


Report = (
    Connected | Disconnected | Joined | Left | Unusable | Read | TrainingFailed | Done | NotDone | Gathered | Replied
)
