"""Standard streams that a command can rely on: they may be closed, full, or in an encoding that knows few letters.

Standard output carries the result: where it cannot be written, the command fails with one sentence. Standard error
carries progress and sentences: where it cannot be written, the command goes on without.
"""

from __future__ import annotations

import errno
import io
import os
import sys
from collections.abc import Callable
from typing import Any, BinaryIO, TextIO

import click

from bn_core.environment import reason

Below = io.RawIOBase | BinaryIO


class OutputLost(click.ClickException):
    """Standard output cannot be written."""

    def __init__(self, why: str) -> None:
        super().__init__(f"Standard output {why}, so nothing can be printed.")


def make_reliable() -> None:
    """Replace this process's output streams by ones that raise nothing but OutputLost (and BrokenPipeError).

    A closed file descriptor is opened on the null device first: the next file opened would take its number, and
    TensorFlow's messages would be written into that file.
    """
    for descriptor in range(3):
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest free number: this one
    sys.stdout = _reliable(sys.stdout, _output_lost)
    sys.stderr = _reliable(sys.stderr, lambda error: None)


def require_output() -> None:
    """Raise OutputLost where standard output is closed: said before the work, not after it."""
    if sys.stdout is not None and isinstance(raw := getattr(sys.stdout.buffer, "raw", None), _Stream):
        raw.require()


class _Stream(io.RawIOBase):
    """A stream that may fail. What is written after its first failure vanishes.

    Args:
        below: None where the stream is closed.
        lost: told of the first failure; None where the stream is closed. It may raise.
    """

    def __init__(self, below: Below | None, lost: Callable[[OSError | None], None]) -> None:
        self._below = below
        self._lost = lost
        self._closed_at_start = below is None

    def writable(self) -> bool:
        return True

    def isatty(self) -> bool:
        return self._below is not None and self._below.isatty()

    def fileno(self) -> int:
        if self._below is None:
            raise io.UnsupportedOperation("fileno")
        return self._below.fileno()

    def require(self) -> None:
        """Tell of a closed stream before anything is written."""
        if self._closed_at_start:
            self._lost(None)

    def write(self, data: Any, /) -> int | None:
        if self._closed_at_start:
            self._closed_at_start = False
            self._lost(None)
        if self._below is not None:
            try:
                return self._below.write(data)
            except OSError as error:
                self._below = None
                self._lost(error)
        return len(data)


def _output_lost(error: OSError | None) -> None:
    if error is None:
        raise OutputLost("is closed")
    if error.errno == errno.EPIPE:
        raise error  # whoever read it had enough, as `head` does: Click ends the command without a word
    raise OutputLost(f"cannot be written ({reason(error)})") from error


def _reliable(stream: TextIO | None, lost: Callable[[OSError | None], None]) -> TextIO:
    raw = _Stream(None if stream is None else getattr(stream.buffer, "raw", stream.buffer), lost)
    return io.TextIOWrapper(
        io.BufferedWriter(raw),
        encoding="utf-8" if stream is None else stream.encoding,
        errors="backslashreplace",
        newline=None,
        line_buffering=raw.isatty(),
    )
