"""What host and worker processes send each other, as msgpack bytes and back. Nothing else travels, and no pickle."""

from __future__ import annotations

from typing import Any

import msgpack

from bn_core import packing
from bn_core.engine.holdings import Inventory
from bn_core.engine.inquiry import Answered, Inquiry, Refused
from bn_core.engine.items import (
    Assignment,
    Batch,
    Checkpoint,
    Compiling,
    Ended,
    Paused,
    RecordedEvent,
    Resumed,
    Snapshot,
)
from bn_core.questions.decay import MovingStatistics

_ITEMS = (RecordedEvent, Snapshot, Checkpoint, Compiling, Paused, Resumed, Ended)
_KINDS: dict[str, Any] = {
    kind.__name__: kind for kind in (*_ITEMS, Batch, Assignment, Inquiry, Answered, Refused, Inventory)
}
_ARRAYS = {MovingStatistics.__name__: MovingStatistics}

# Codes of msgpack's extension types.
_DATACLASS, _DATACLASS_OF_ARRAYS, _SET = 1, 2, 3


def pack(value: Any) -> bytes:
    """Return plain values, sets and the dataclasses above, however nested, as bytes. Raises TypeError for others."""
    packed: bytes = msgpack.packb(value, default=_extension)
    return packed


def unpack(packed: bytes) -> Any:
    """Return what `pack` made these bytes from; lists come back as tuples, sets as frozensets.

    Raises:
        ValueError: the bytes are nothing that `pack` makes.
    """
    try:
        return msgpack.unpackb(packed, ext_hook=_restored, use_list=False)
    except (LookupError, TypeError, ValueError, msgpack.UnpackException) as error:
        raise ValueError("These bytes are no frame of this version of Batch Norm Lab.") from error


def _extension(value: Any) -> msgpack.ExtType:
    name = type(value).__name__
    if name in _KINDS:
        return msgpack.ExtType(_DATACLASS, pack([name, *vars(value).values()]))
    if name in _ARRAYS:
        return msgpack.ExtType(_DATACLASS_OF_ARRAYS, packing.pack(value))
    if isinstance(value, frozenset):
        return msgpack.ExtType(_SET, pack(list(value)))
    raise TypeError(f"A {name} does not travel.")


def _restored(code: int, data: bytes) -> Any:
    match code:
        case 1:
            name, *values = unpack(data)
            return _KINDS[name](*values)
        case 2:
            return packing.unpack(data, _ARRAYS)
        case 3:
            return frozenset(unpack(data))
    raise ValueError(code)
