"""What host and worker processes send each other, as msgpack bytes and back. Nothing else travels, and no pickle."""

from __future__ import annotations

from typing import Any, get_args

import msgpack

from bn_core import packing
from bn_core.config import TrainingConfig
from bn_core.engine.holdings import Inventory
from bn_core.engine.inquiry import Inquiry, Outcome
from bn_core.engine.items import Assignment, Batch, Item
from bn_core.questions.decay import MovingStatistics

_DATACLASSES: dict[str, Any] = {
    kind.__name__: kind for kind in (*get_args(Item), *get_args(Outcome), Batch, Assignment, Inquiry, Inventory)
}
_WITH_ARRAYS = {MovingStatistics.__name__: MovingStatistics}


def pack(value: Any) -> bytes:
    """Return plain values, sets and the classes above, however nested, as bytes. Raise TypeError for others."""
    packed: bytes = msgpack.packb(value, default=_extension)
    return packed


def unpack(packed: bytes) -> Any:
    """Return what `pack` made these bytes from; lists come back as tuples, sets as frozensets.

    Raises:
        ValueError: the bytes are nothing that `pack` makes.
    """
    try:
        return msgpack.unpackb(packed, ext_hook=_restored, use_list=False)
    except (LookupError, TypeError, AttributeError, ValueError, msgpack.UnpackException) as error:
        raise ValueError("These bytes are no frame of this version of Batch Norm Lab.") from error


def _extension(value: Any) -> msgpack.ExtType:
    name = type(value).__name__
    if name in _DATACLASSES:
        return msgpack.ExtType(1, pack([name, *vars(value).values()]))
    if name in _WITH_ARRAYS:
        return msgpack.ExtType(2, packing.pack(value))
    if isinstance(value, TrainingConfig):
        return msgpack.ExtType(3, pack(value.to_json()))
    if isinstance(value, frozenset):
        return msgpack.ExtType(4, pack(list(value)))
    raise TypeError(f"A {name} does not travel.")


def _restored(code: int, data: bytes) -> Any:
    match code:
        case 1:
            name, *values = unpack(data)
            return _DATACLASSES[name](*values)
        case 2:
            return packing.unpack(data, _WITH_ARRAYS)
        case 3:
            return TrainingConfig.of(unpack(data))
        case 4:
            return frozenset(unpack(data))
    raise ValueError(code)
