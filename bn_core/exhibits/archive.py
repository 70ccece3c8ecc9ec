"""Files of recorded runs: ZIP archives whose entries are msgpack values, with arrays packed so that they compress well.

An archive is read entry by entry, so that a page waits for what it shows and for nothing else.
"""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgpack
import numpy as np

HALF = 11
"""Significant bits of a number in half precision: it is at most 1 part in 2,048 off."""

FLOAT32_BITS = 24
"""Significant bits of a float32."""

_WRITTEN = (1980, 1, 1, 0, 0, 0)
"""Every entry's time: equal contents give equal files."""


class ArchiveProblem(RuntimeError):  # noqa: N818 - named for what it tells
    """A file of recorded runs that cannot be read. Its text is one sentence that says which and what to do."""

    def __init__(self, path: Path, why: str) -> None:
        super().__init__(f"The recorded runs in {path.name} cannot be read ({why}): install Batch Norm Lab again.")


def rounded(values: np.ndarray, bits: int) -> np.ndarray:
    """Float32 values rounded to so many significant bits, 1 to 24, the nearest, halves to even. Zeros stay zeros.

    Half precision has 11, but reaches down to 6e-5 only, where variances go far below. So the values stay float32 and
    end in zeros, which take no room once they are compressed.
    """
    values = np.ascontiguousarray(values, np.float32)
    dropped = FLOAT32_BITS - bits
    if dropped == 0:
        return values
    pattern = values.view(np.uint32)
    half_less_one = np.uint32((1 << (dropped - 1)) - 1)
    odd = (pattern >> np.uint32(dropped)) & np.uint32(1)
    kept = np.uint32(0xFFFFFFFF ^ ((1 << dropped) - 1))
    result = ((pattern + half_less_one + odd) & kept).view(np.float32)
    return np.where(np.isfinite(values), result, values)


def write(path: Path, entries: Mapping[str, Any], *, quick: bool = False) -> None:
    """Write an archive in one go: whoever reads the file meanwhile sees the old one or the new one.

    Args:
        entries: by name; numbers, texts, bytes, arrays, and lists and dictionaries of them.
        quick: compressed so that reading takes a few milliseconds, in place of as small as can be.

    Raises:
        OSError: it cannot be written.
    """
    method = zipfile.ZIP_DEFLATED if quick else zipfile.ZIP_LZMA
    unfinished = path.with_suffix(".unfinished")
    try:
        with zipfile.ZipFile(unfinished, "w") as archive:
            for name, value in entries.items():
                info = zipfile.ZipInfo(name, _WRITTEN)
                info.compress_type = method
                archive.writestr(info, msgpack.packb(value, default=_packed_array), compresslevel=9)
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


def read(path: Path, name: str) -> Any:
    """An entry of an archive, arrays read-only.

    Raises:
        ArchiveProblem: the file, or this entry of it, is missing or damaged.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            packed = archive.read(name)
        return msgpack.unpackb(packed, object_hook=_restored_array, strict_map_key=False)
    except FileNotFoundError as error:
        raise ArchiveProblem(path, "the file is missing") from error
    except KeyError as error:
        raise ArchiveProblem(path, f"there is no {name} in it") from error
    except Exception as error:  # damaged bytes make zipfile, zlib, lzma, msgpack and NumPy fail in a dozen ways
        raise ArchiveProblem(path, "it is damaged") from error


def _packed_array(value: Any) -> Any:
    """An array as its bytes, first the first byte of every number, then the second of every number, and so on: bytes of
    like meaning stand together, and most of them are alike."""
    if not isinstance(value, np.ndarray):
        raise TypeError(f"A {type(value).__name__} has no place in an archive.")
    planes = np.ascontiguousarray(value).reshape(-1).view(np.uint8).reshape(-1, value.itemsize).T
    return {"__array__": value.dtype.str, "shape": list(value.shape), "planes": planes.tobytes()}


def _restored_array(value: dict[Any, Any]) -> Any:
    if "__array__" not in value:
        return value
    dtype = np.dtype(value["__array__"])
    planes = np.frombuffer(value["planes"], np.uint8).reshape(dtype.itemsize, -1)
    array = np.ascontiguousarray(planes.T).view(dtype).reshape(value["shape"])
    array.flags.writeable = False
    return array
