"""Frozen dataclasses of numbers, texts and NumPy arrays as msgpack bytes, and back, bit for bit.

The bytes hold the class's name and its fields; an array is its bytes with their type and shape.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

import msgpack
import numpy as np

T = TypeVar("T")

MOST_ENTRIES = 1000
"""In one list or one dictionary: far more than any value has. A few bytes can announce a billion, and room is made for
them before they are missed."""


def pack(value: Any) -> bytes:
    """A dataclass as bytes. A field may hold another dataclass, or None in its place."""
    packed: bytes = msgpack.packb([type(value).__name__, value], default=_plain)
    return packed


def unpack(packed: bytes, kinds: Mapping[str, type[T]]) -> T:
    """What `pack` made these bytes from.

    Args:
        kinds: the classes that may come, by name.

    Raises:
        ValueError: the bytes are not one of these.
    """
    try:
        name, values = msgpack.unpackb(
            packed, object_hook=_restored, max_array_len=MOST_ENTRIES, max_map_len=MOST_ENTRIES
        )
        return made(kinds[name], values)
    except (
        LookupError,
        TypeError,
        AttributeError,
        ValueError,
        OverflowError,
        RecursionError,
        msgpack.UnpackException,
    ) as error:
        raise ValueError("These bytes are not of a kind or form that this version of Batch Norm Lab knows.") from error


def field_of(packed: bytes, name: str) -> Any:
    """Return one field that holds a number or a text, a tenth as expensive as `unpack`: for thousands of rows.

    Raises:
        ValueError: the bytes are not of `pack`, or have no such field.
    """
    try:
        _, values = msgpack.unpackb(packed)
        return values[name]
    except (LookupError, TypeError, ValueError, msgpack.UnpackException) as error:
        raise ValueError(f"These bytes have no {name}.") from error


def attributes(packed: bytes) -> dict[str, bytes]:
    """Return each field that `pack` wrote into these bytes, as bytes of its own: equal just where every bit is.

    Those that were added to the class since are not among them, where `unpack` gives their default.
    """
    _, values = msgpack.unpackb(packed)
    return {name: msgpack.packb(value) for name, value in values.items()}


def _plain(value: Any) -> dict[str, Any]:
    if is_dataclass(value):
        return {field.name: getattr(value, field.name) for field in fields(value)}
    if isinstance(value, np.ndarray):
        contiguous = np.ascontiguousarray(value)
        return {"__array__": contiguous.dtype.str, "shape": list(value.shape), "data": contiguous.tobytes()}
    raise TypeError(f"A {type(value).__name__} cannot be packed.")


def _restored(value: dict[str, Any]) -> Any:
    if "__array__" in value:
        return np.frombuffer(value["data"], dtype=value["__array__"]).reshape(value["shape"])
    return value


def made(kind: Callable[..., T], values: Mapping[str, Any]) -> T:
    """Return a dataclass from its fields, as `dataclasses.asdict` gives them and as msgpack or JSON hands them on.

    A field that holds another dataclass may still be a dictionary, and one that holds a tuple a list.

    Raises:
        TypeError: a field without a default is missing, or the class has no such field.
    """
    restored = dict(values)
    for name, inner in _nested(kind).items():
        value = values.get(name)
        if isinstance(value, Mapping):
            restored[name] = made(inner, value)
        elif isinstance(value, list):
            restored[name] = tuple(value)
    return kind(**restored)


@functools.cache
def _nested(kind: Any) -> dict[str, Any]:
    """Which fields of a dataclass hold another dataclass or a tuple, and which one. Annotations are slow to read: once
    will do."""
    nested = {}
    for name, hint in get_type_hints(kind).items():
        for part in (hint, *get_args(hint)):
            if get_origin(part) is tuple or (isinstance(part, type) and is_dataclass(part)):
                nested[name] = part
    return nested
