"""A program as a Jupyter notebook: nbformat 4.5, one cell for each of its sections."""

from __future__ import annotations

import ast
import json

from bn_core.source_code.parsing import parsed

HEADING = "# %% "
"""What begins a section of a program. Editors that know cells run each by itself."""


def notebook(text: str) -> str:
    """The notebook, as JSON, of a program's text.

    Its docstring and the headings of its sections become Markdown, all else becomes code; run from top to bottom the
    cells do what the program does.
    """
    preamble, *sections = text.split(f"\n{HEADING}")
    docstring = ast.get_docstring(parsed(text)) or ""
    title, _, words = docstring.partition("\n")
    code = preamble[_end_of_docstring(text) :] if docstring else preamble
    cells = [_markdown(f"# {title.rstrip('.')}\n{words}"), _code(code)]
    for section in sections:
        heading, _, code = section.partition("\n")
        cells += [_markdown(f"## {heading}"), _code(code)]
    for number, cell in enumerate(cells, start=1):
        cell["id"] = f"cell-{number}"
    document = {
        "cells": cells,
        "metadata": {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        },
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    return json.dumps(document, indent=1, sort_keys=True) + "\n"


def _end_of_docstring(text: str) -> int:
    """Where the code begins: the number of characters before it."""
    last = parsed(text).body[0].end_lineno or 0
    return sum(len(line) for line in text.splitlines(keepends=True)[:last])


def _markdown(source: str) -> dict[str, object]:
    return {"cell_type": "markdown", "metadata": {}, "source": _lines(source)}


def _code(source: str) -> dict[str, object]:
    return {"cell_type": "code", "execution_count": None, "metadata": {}, "outputs": [], "source": _lines(source)}


def _lines(source: str) -> list[str]:
    return source.strip("\n").splitlines(keepends=True)
