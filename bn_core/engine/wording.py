"""What went wrong, in one line of at most 200 characters that can stand in a sentence."""

from __future__ import annotations

_LIMIT = 200


def named(error: BaseException) -> str:
    """The error with its type: where it is nobody's fault but the program's."""
    return _in_one_line(f"{type(error).__name__}: {error}")


def plain(error: BaseException) -> str:
    """What the error says: where its type says no more."""
    return _in_one_line(str(error)) or type(error).__name__


def _in_one_line(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= _LIMIT else text[: _LIMIT - 3] + "..."
