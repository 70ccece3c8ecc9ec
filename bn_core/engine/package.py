"""This project as a zip file, for workers that do not have it: the same version that the host runs, to the byte."""

from __future__ import annotations

import functools
import hashlib
import io
import zipfile
from pathlib import Path

import bn_core

FOLDER = Path(bn_core.__file__).resolve().parent
_SUFFIXES = (".py", ".jinja", ".toml")


@functools.cache
def package() -> tuple[str, bytes]:
    """Return the SHA-256 and the bytes of a zip file of `bn_core`, without recorded runs. Raise OSError.

    Equal sources give equal bytes.
    """
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(FOLDER.rglob("*")):
            if path.suffix in _SUFFIXES:
                # An entry made by hand has no time stamp.
                entry = zipfile.ZipInfo((FOLDER.name / path.relative_to(FOLDER)).as_posix())
                archive.writestr(entry, path.read_bytes(), zipfile.ZIP_DEFLATED)
    content = buffer.getvalue()
    return hashlib.sha256(content).hexdigest(), content
