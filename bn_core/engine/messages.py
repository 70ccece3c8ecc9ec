"""What a worker tells the host of a training: items in numbered batches, so that none is lost, doubled or out of order.

A batch travels as msgpack bytes. Snapshots (1.4 MB) and checkpoints (4 MB) do not travel in one: an item says that one
is ready, and the host fetches it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import msgpack

Ending = Literal["finished", "failed", "stopped", "left"]
"""How a training left its worker. `left`: it was asked to, and can go on from its checkpoint."""


@dataclass(frozen=True)
class Recorded:
    """An event for the store, as `events.pack` made it."""

    packed: bytes


@dataclass(frozen=True)
class SnapshotReady:
    """The worker keeps a snapshot of this step until it was fetched. All events up to it came before this item."""

    step: int


@dataclass(frozen=True)
class CheckpointReady:
    """The worker keeps a checkpoint of this step. All events up to it came before this item."""

    step: int


@dataclass(frozen=True)
class Compiling:
    """The training's program has to be traced first."""


@dataclass(frozen=True)
class Held:
    """The training waits after this step until it is told to go on."""

    step: int


@dataclass(frozen=True)
class Released:
    """A training that was held goes on."""


@dataclass(frozen=True)
class Ended:
    """The last item of a training. `message` is the cause where it failed."""

    how: Ending
    message: str | None = None


Item = Recorded | SnapshotReady | CheckpointReady | Compiling | Held | Released | Ended


@dataclass(frozen=True)
class Batch:
    """Items of one training in their order.

    Attributes:
        run_id: the run.
        attempt: which placement of the run on a worker this is; grows with each.
        number: 1, 2, 3 .. within the attempt.
    """

    run_id: str
    attempt: int
    number: int
    items: tuple[Item, ...]


@dataclass(frozen=True)
class Hello:
    """A worker is ready for orders."""

    address: str


_KINDS: dict[str, type[Item]] = {
    kind.__name__: kind for kind in (Recorded, SnapshotReady, CheckpointReady, Compiling, Held, Released, Ended)
}


def pack(message: Batch | Hello) -> bytes:
    """A message as msgpack bytes; `unpack` takes them back."""
    if isinstance(message, Hello):
        return msgpack.packb([message.address])
    items = [[type(item).__name__, *vars(item).values()] for item in message.items]
    return msgpack.packb([message.run_id, message.attempt, message.number, items])


def unpack(packed: bytes) -> Batch | Hello:
    """The message that `pack` made these bytes from.

    Raises:
        ValueError: the bytes are no such message.
    """
    try:
        first, *rest = msgpack.unpackb(packed)
        if not isinstance(first, str):
            raise TypeError
        if not rest:
            return Hello(first)
        attempt, number, items = rest
        return Batch(first, attempt, number, tuple(_KINDS[name](*values) for name, *values in items))
    except (KeyError, TypeError, ValueError, msgpack.UnpackException) as error:
        raise ValueError("These bytes are no message of a worker.") from error
