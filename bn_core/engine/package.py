"""This project as a zip file, for workers that do not have it: the same version that the host runs, to the byte."""

from __future__ import annotations

import functools
import hashlib
import io
import zipfile
from dataclasses import dataclass, field
from pathlib import Path

import bn_core

FOLDER = Path(bn_core.__file__).resolve().parent
_SUFFIXES = (".py", ".jinja")
_TIME = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True)
class Package:
    """A zip file, and its SHA-256 as its name."""

    name: str
    content: bytes = field(repr=False)


@functools.cache
def package() -> Package:
    """Return the sources of `bn_core`, without recorded runs; equal sources give equal bytes. Raise OSError."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(FOLDER.rglob("*")):
            if path.suffix in _SUFFIXES:
                name = (FOLDER.name / path.relative_to(FOLDER)).as_posix()
                archive.writestr(zipfile.ZipInfo(name, _TIME), path.read_bytes(), zipfile.ZIP_DEFLATED)
    content = buffer.getvalue()
    return Package(hashlib.sha256(content).hexdigest(), content)
