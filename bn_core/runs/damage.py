"""What becomes of a database file that SQLite calls corrupt: it is noted, and set aside when nobody uses it.

A note names the very file as it was, so that one that took its place meanwhile, or a good copy that was put into it, is
not mistaken for it. Any process may leave a note; only `keeper` acts on one.
"""

from __future__ import annotations

import contextlib
import itertools
import time
from pathlib import Path

_WITH_IT = ("-wal", "-shm")


def identity(path: Path) -> str:
    """Return what tells this file from every other one that had or will have its name; empty where there is none."""
    try:
        found = path.stat()
    except OSError:
        return ""
    return f"{found.st_dev} {found.st_ino}"


def note(path: Path, file: str) -> None:
    """Leave word that SQLite called the file of this `identity` corrupt. Do nothing where that cannot be written."""
    with contextlib.suppress(OSError):
        _note(path).write_text(f"{file}\n{_content(path)}", encoding="ascii")


def noted(path: Path) -> bool:
    """Return whether the file that is there now was called corrupt, and was not changed since."""
    return _says(path) == (identity(path), _content(path))


def still_there(path: Path) -> bool:
    """Return whether the file that was called corrupt is there, changed or not: its journal may have been worked in."""
    return _says(path)[0] == identity(path)


def _says(path: Path) -> tuple[str, str]:
    try:
        file, _, content = _note(path).read_text(encoding="ascii").partition("\n")
    except (OSError, ValueError):
        return "none", ""
    return file, content


def _content(path: Path) -> str:
    """Return what changes where a file is written; empty where there is none."""
    try:
        found = path.stat()
    except OSError:
        return ""
    return f"{found.st_size} {found.st_mtime_ns}"


def set_aside(path: Path, why: str = "damaged") -> Path:
    """Give the database and what belongs to it another name, and return that. Nothing is deleted.

    Args:
        why: a word for the name.

    Raises:
        OSError: it cannot be renamed.
    """
    stem = f"{path.stem}-{why}-{time.strftime('%Y%m%d-%H%M%S')}"
    names = itertools.chain([stem], (f"{stem}-{number}" for number in itertools.count(2)))
    aside = next(free for name in names if not (free := path.with_name(f"{name}{path.suffix}")).exists())
    # The database last: a new one must never find the journal of an old one.
    for ending in (*_WITH_IT, ""):
        with contextlib.suppress(FileNotFoundError):
            path.with_name(path.name + ending).rename(aside.with_name(aside.name + ending))
    with contextlib.suppress(OSError):
        _note(path).unlink()
    return aside


def _note(path: Path) -> Path:
    return path.with_name(path.name + ".damaged")
