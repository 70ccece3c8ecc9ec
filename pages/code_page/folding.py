"""Which lines of a program stay in sight where only the marked ones are asked for."""

from __future__ import annotations

import ast
from collections.abc import Collection

from bn_core.source_code.parsing import parsed

_HEADED = (ast.FunctionDef, ast.ClassDef, ast.For, ast.If, ast.With)

GAP = 3
"""So many lines are not worth a fold."""


def in_sight(text: str, marked: Collection[int]) -> frozenset[int]:
    """The marked lines, the whole of the statements that they belong to, and the headings of what these stand in.

    Args:
        text: a Python program.
        marked: line numbers, counted from 1.
    """
    lines = set(marked)
    for node in ast.walk(parsed(text)):
        if isinstance(node, ast.stmt):
            first, last = node.lineno, node.end_lineno or node.lineno
            if any(first <= line <= last for line in marked):
                end = node.body[0].lineno if isinstance(node, _HEADED) else last + 1
                lines.update(range(first, end))
    for line in sorted(lines):
        following = range(line + 1, line + GAP + 2)
        if any(later in lines for later in following):
            lines.update(range(line + 1, min(later for later in following if later in lines)))
    return frozenset(lines)
