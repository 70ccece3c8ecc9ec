"""Parsing Python source in a process of many threads."""

from __future__ import annotations

import ast
import functools
import threading

_lock = threading.Lock()


def parsed(text: str) -> ast.Module:
    """Return the syntax tree of a program, which every caller shares: it is not to be changed.

    Raises:
        SyntaxError: the text is no Python program.
    """
    # Python 3.11 counts the depth of a tree in one place for all threads: where one builds a tree while another is in
    # the middle of its own, `ast.parse` raises SystemError.
    with _lock:
        return _parsed(text)


@functools.lru_cache(maxsize=64)
def _parsed(text: str) -> ast.Module:
    return ast.parse(text)
