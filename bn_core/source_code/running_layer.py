"""The layer by hand as it runs in this lab: parts of `bn_core/batch_norm/layer.py`, read without importing it."""

from __future__ import annotations

import ast
import functools
from dataclasses import dataclass
from pathlib import Path

from bn_core.source_code.parsing import parsed

FILE = Path(__file__).parents[1] / "batch_norm" / "layer.py"

ARITHMETIC = ("moments", "normalize", "update_moving", "_all_axes_but", "_beside")
"""The functions in which the arithmetic stands."""

WRAPPER = "BatchNormalization.call"
"""What calls them, in Keras's layer."""


@dataclass(frozen=True)
class Excerpt:
    """Some consecutive lines of a file.

    Attributes:
        first: the number of the first one, counted from 1.
        text: the lines as they stand there.
    """

    first: int
    text: str


@functools.cache
def excerpt(name: str) -> Excerpt:
    """The definition of a function, or of a method (`class.method`), in the layer's file.

    Raises:
        KeyError: the file defines nothing of this name.
    """
    source = FILE.read_text(encoding="utf-8")
    body: list[ast.stmt] = parsed(source).body
    found: ast.FunctionDef | ast.ClassDef | None = None
    for part in name.split("."):
        found = next((node for node in body if isinstance(node, Definition) and node.name == part), None)
        if found is None:
            raise KeyError(f"{FILE.name} defines no {name}.")
        body = found.body
    assert found is not None
    last = found.end_lineno or found.lineno
    return Excerpt(found.lineno, "\n".join(source.splitlines()[found.lineno - 1 : last]) + "\n")


Definition = ast.FunctionDef | ast.ClassDef
