"""What a training yields to the host: one ordered list of items, which the host reads with a cursor (`feed`)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from bn_core.config import TrainingConfig
from bn_core.runs.records import Recording
from bn_core.training.events import RecordedEvent

Key = tuple[str, int]
"""A run's id and the attempt: one training on one worker. The attempt grows with each placement of the run."""

Command = Literal["resume", "step", "pause", "stop", "leave"]
"""go on · one more step, then pause · pause after this step · end here · keep a checkpoint and free the worker."""

Ending = Literal["finished", "failed", "stopped", "left"]
"""How a training left its worker. `left`: it was asked to, and can go on from its checkpoint."""

Departure = Literal["died", "went"]
"""How a worker is gone: its process ended beside its Dask worker, or its Dask worker went from the cluster."""


@dataclass(frozen=True)
class Snapshot:
    """A packed SnapshotTaken. All events up to its step come before it."""

    step: int
    packed: bytes = field(repr=False)


@dataclass(frozen=True)
class Checkpoint:
    """A packed CheckpointTaken. All events and snapshots up to its step come before it; a newer one replaces it."""

    step: int
    packed: bytes = field(repr=False)


@dataclass(frozen=True)
class Compiling:
    """The training's network has to be traced first."""


@dataclass(frozen=True)
class Paused:
    """The training waits after this step until it is told to go on."""

    step: int


@dataclass(frozen=True)
class Resumed:
    """A training that was paused goes on."""


@dataclass(frozen=True)
class Ended:
    """The last item of a training. `message` is the cause where it failed."""

    how: Ending
    message: str | None = None


Item = RecordedEvent | Snapshot | Checkpoint | Compiling | Paused | Resumed | Ended


@dataclass(frozen=True)
class Batch:
    """The items after a cursor, in their order.

    Attributes:
        items: none where nothing came within the time that a read waits.
        cursor: position after the last of them: the one to read after next, which acknowledges these.
    """

    items: tuple[Item, ...]
    cursor: int


@dataclass(frozen=True)
class Assignment:
    """A training as the host hands it to a worker.

    Attributes:
        steps: how many steps it may do before it pauses; None for all.
        checkpoint: packed CheckpointTaken to go on from; None to start at the beginning.
        recording: how much of it is kept.
    """

    key: Key
    config: TrainingConfig
    steps: int | None
    checkpoint: bytes | None = field(repr=False)
    recording: Recording = "everything"
