"""A program as a Jupyter notebook: nbformat 4.5, one cell for each of its sections."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from bn_core.source_code.parsing import parsed

HEADING = "# %% "
"""What begins a section of a program. Editors that know cells run each by itself."""


@dataclass(frozen=True)
class Cell:
    """A cell of a notebook."""

    kind: Literal["markdown", "code"]
    source: str


@dataclass(frozen=True)
class Section:
    """A part of a program under a heading; that before the first heading has none."""

    heading: str
    code: str


def notebook(text: str) -> str:
    """The notebook, as JSON, of a program's text.

    Its docstring and the headings of its sections become Markdown, all else becomes code; run from top to bottom the
    cells do what the program does.
    """
    docstring = ast.get_docstring(parsed(text)) or ""
    title, _, words = docstring.partition("\n")
    preamble, *sections = sections_of(text)
    cells = [Cell("markdown", f"# {title.rstrip('.')}\n{words}"), Cell("code", preamble.code)]
    for section in sections:
        cells += [Cell("markdown", f"## {section.heading}"), Cell("code", section.code)]
    return document(cells)


def sections_of(text: str) -> tuple[Section, ...]:
    """The sections of a program, the first without its docstring."""
    preamble, *sections = text.split(f"\n{HEADING}")
    if ast.get_docstring(parsed(text)):
        preamble = preamble[_end_of_docstring(text) :]
    split = (section.partition("\n") for section in sections)
    return (Section("", preamble), *(Section(heading, code) for heading, _, code in split))


def document(cells: Iterable[Cell]) -> str:
    """The notebook with these cells, as JSON."""
    return (
        json.dumps(
            {
                "cells": [_written(cell, number) for number, cell in enumerate(cells, start=1)],
                "metadata": {
                    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
                    "language_info": {"name": "python"},
                },
                "nbformat": 4,
                "nbformat_minor": 5,
            },
            indent=1,
            sort_keys=True,
        )
        + "\n"
    )


def _end_of_docstring(text: str) -> int:
    """Where the code begins: the number of characters before it."""
    last = parsed(text).body[0].end_lineno or 0
    return sum(len(line) for line in text.splitlines(keepends=True)[:last])


def _written(cell: Cell, number: int) -> dict[str, object]:
    values: dict[str, object] = {
        "cell_type": cell.kind,
        "id": f"cell-{number}",
        "metadata": {},
        "source": cell.source.strip("\n").splitlines(keepends=True),
    }
    return values if cell.kind == "markdown" else values | {"execution_count": None, "outputs": []}
