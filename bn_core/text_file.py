"""A small text file that a person wrote: read as far as it may be, or refused in one sentence."""

from __future__ import annotations

from pathlib import Path

from bn_core.config import shown
from bn_core.environment import reason, shown_path

LARGEST = 200_000
"""In bytes."""


class NoText(ValueError):  # noqa: N818 - named for what it tells
    """A file without a text. Its text is one sentence: what is wrong, and what to do."""


def called(name: str) -> str:
    """Return how sentences call a file of this name, which is without its folders."""
    return shown(name)[1:-1]


def text_of(file: Path, what: str) -> str:
    """Return the text of a file, its lines ended by a line feed alone.

    Args:
        what: it is to be, as `talk`.

    Raises:
        NoText: there is none, it cannot be read, or it is no text.
    """
    return decoded(content_of(file, what), file.name)


def content_of(file: Path, what: str) -> bytes:
    """Return what is in a file, or as much of it as tells that it is too large.

    Args:
        what: it is to be, as `talk`.

    Raises:
        NoText: there is none, or it cannot be read.
    """
    try:
        if file.exists() and not file.is_file() and not file.is_dir():
            raise NoText(f"{shown_path(file)} is no file, but a pipe or a device: name the {what}'s file.")
        with file.open("rb") as opened:
            return opened.read(LARGEST + 1)
    except FileNotFoundError as problem:
        raise NoText(f"There is no file {shown_path(file)}: write the {what} there, or name another.") from problem
    except IsADirectoryError as problem:
        raise NoText(f"{shown_path(file)} is a folder: name the {what}'s file in it.") from problem
    except OSError as problem:
        raise NoText(
            f"{shown_path(file)} cannot be read ({reason(problem)}): make it a file that you may read."
        ) from problem
    except NoText:
        raise
    except ValueError as problem:  # a path with a NUL in it
        raise NoText(f"{shown_path(file)} is no file's name: name another.") from problem


def decoded(content: bytes, name: str) -> str:
    """Return the text that a file's bytes are, its lines ended by a line feed alone.

    Args:
        name: of the file.

    Raises:
        NoText: they are too many, or no text.
    """
    if len(content) > LARGEST:
        raise NoText(f"{called(name)} is larger than {LARGEST:,} bytes: shorten it, or name the right file.")
    try:
        return content.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as problem:
        number = content[: problem.start].count(b"\n") + 1
        raise NoText(f"{called(name)}, line {number}: this is not text in UTF-8: save the file as UTF-8.") from problem
