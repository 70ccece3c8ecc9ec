"""The size of the house: `python -m benchmarks.house` renews their table in docs/architecture.md.

Lines of code are counted by tokens: blank lines, comments and docstrings (also those of attributes) are left out.
"""

from __future__ import annotations

import ast
import io
import tokenize
from collections.abc import Iterator
from pathlib import Path

import click

from benchmarks.report import publish, table

ROOT = Path(__file__).parents[1]
COUNTED = ("bn_core", "pages", "benchmarks")

NO_CODE = {
    tokenize.COMMENT,
    tokenize.NL,
    tokenize.NEWLINE,
    tokenize.INDENT,
    tokenize.DEDENT,
    tokenize.ENCODING,
    tokenize.ENDMARKER,
}


def code_lines(source: str) -> int:
    """Return the number of lines of a Python source that hold code."""
    lines: set[int] = set()
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type not in NO_CODE:
            lines.update(range(token.start[0], token.end[0] + 1))
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            lines.difference_update(range(node.lineno, (node.end_lineno or node.lineno) + 1))
    return len(lines)


def sources(*folders: str) -> Iterator[Path]:
    """Yield the Python files of these folders of the project, in a fixed order."""
    for folder in folders:
        yield from sorted((ROOT / folder).rglob("*.py"))


def code_lines_of(*folders: str) -> int:
    """Return the lines of code in these folders."""
    return sum(code_lines(file.read_text(encoding="utf-8")) for file in sources(*folders))


def all_lines_of(folder: str) -> int:
    """Return the lines of all kinds in a folder's Python files."""
    return sum(len(file.read_text(encoding="utf-8").splitlines()) for file in sources(folder))


ARCHITECTURE = ROOT / "docs" / "architecture.md"


def size_table() -> str:
    """Return the table of the house's size."""
    rows = [[f"`{folder}`, lines of code", f"{code_lines_of(folder):,}"] for folder in COUNTED]
    rows.append(["all three, lines of code", f"{code_lines_of(*COUNTED):,}"])
    rows.append(["`bn_core/engine`, lines of all kinds", f"{all_lines_of('bn_core/engine'):,}"])
    return table(["what", "lines"], rows)


@click.command(help=__doc__)
def main() -> None:
    publish("house", size_table(), ARCHITECTURE)


if __name__ == "__main__":
    main()
