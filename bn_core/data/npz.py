"""Reading an npz file that may be anything: damaged, hostile, or no npz file at all."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.lib import format as npy

from bn_core.config import shown
from bn_core.data.kinds import contents_of, kind_of
from bn_core.environment import reason

Shape = tuple[int, ...]


class WrongFile(ValueError):  # noqa: N818 - named for what it tells
    """What is wrong with a file, as the middle of a sentence."""


def read_npz(path: Path, shapes: Mapping[str, Shape]) -> dict[str, np.ndarray]:
    """Return the arrays of these names, each uint8 of this shape. Never unpickle anything, nor read what is too large.

    Raises:
        WrongFile: the file is another one.
    """
    try:
        if not zipfile.is_zipfile(path):
            with path.open("rb") as file:
                if file.read(4) == b"PK\x03\x04":
                    raise WrongFile("it is only a part of an npz file: it was not copied or downloaded to its end")
            raise WrongFile(f"it is no npz file but {kind_of(path)}")
        with zipfile.ZipFile(path) as archive:
            _look_at(archive, shapes)
        with np.load(path, allow_pickle=False) as arrays:
            return {key: arrays[key] for key in shapes}
    except WrongFile:
        raise
    except OSError as error:
        raise WrongFile(f"it cannot be read ({reason(error)})") from error
    except Exception as error:  # what zipfile, zlib and NumPy raise for a damaged or hostile file has no common base
        raise WrongFile("it is damaged, or holds something else than plain arrays") from error


def _look_at(archive: zipfile.ZipFile, shapes: Mapping[str, Shape]) -> None:
    """Check names, types and shapes before anything is unpacked: a few kilobytes may unpack to gigabytes."""
    held = [name.removesuffix(".npy") for name in archive.namelist() if name.endswith(".npy")]
    if not held and archive.namelist():
        raise WrongFile(f"it is no npz file but {contents_of(archive)}")
    for key, shape in shapes.items():
        if key not in held:
            raise WrongFile(f"it has no array {key}" + (f", but {_listed(held)}" if held else ""))
        found, dtype = _header(archive, key)
        if dtype.hasobject:
            raise WrongFile(f"its {key} holds Python objects, which are no plain arrays")
        if found != shape or dtype != np.uint8:
            raise WrongFile(f"its {key} is {dtype} of shape {shown(found)}, not uint8 of shape {shape}")
        if archive.getinfo(f"{key}.npy").file_size > np.prod(shape) + 4096:
            raise WrongFile(f"its {key} is too large")


def _header(archive: zipfile.ZipFile, key: str) -> tuple[Shape, np.dtype[Any]]:
    with archive.open(f"{key}.npy") as file:
        read = npy.read_array_header_1_0 if npy.read_magic(file) == (1, 0) else npy.read_array_header_2_0
        shape, _, dtype = read(file)
        return shape, dtype


def _listed(keys: list[str]) -> str:
    listed = ", ".join(shown(key).strip("'") for key in keys[:6])
    return f"{listed} and {len(keys) - 6} more" if len(keys) > 6 else listed
