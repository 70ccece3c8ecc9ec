"""The size and shape of the house: `python -m benchmarks.house` renews their table in docs/architecture.md.

Lines of code are counted by tokens: blank lines, comments and docstrings (also those of attributes) are left out.
Imports are read from the sources, also those inside functions.
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
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


@dataclass(frozen=True)
class Import:
    """One module imports another.

    Attributes:
        importer, imported: dotted names of modules of this project.
        line: where it stands in the importer.
    """

    importer: str
    imported: str
    line: int


def module_name(file: Path) -> str:
    """Return the dotted name of a module of this project."""
    parts = file.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports(files: Iterable[Path]) -> list[Import]:
    """Return every import of one of these modules by another, also those inside functions."""
    names = {module_name(file): file for file in files}
    found = []
    for importer, file in names.items():
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            match node:
                case ast.Import():
                    imported = [alias.name for alias in node.names]
                case ast.ImportFrom(module=str(module), level=0):
                    # A name may be a module of the package, or something in the package's own file.
                    imported = [name if (name := f"{module}.{alias.name}") in names else module for alias in node.names]
                case _:
                    continue
            found += [Import(importer, name, node.lineno) for name in dict.fromkeys(imported) if name in names]
    return [edge for edge in found if edge.importer != edge.imported]


def room(module: str) -> str:
    """Return the room of a module: its folder, or the module itself where it stands in no room."""
    package, _, _ = module.rpartition(".")
    return package if package not in ("", "bn_core", "pages", "benchmarks") else module


def circles(edges: Iterable[tuple[str, str]]) -> list[list[str]]:
    """Return the groups of names that reach each other by these arrows, each in alphabetical order."""
    targets: dict[str, set[str]] = {}
    for source, target in edges:
        if source != target:
            targets.setdefault(source, set()).add(target)
            targets.setdefault(target, set())
    reach = {name: _reached(name, targets) for name in targets}
    groups = {tuple(sorted(other for other in reach[name] if name in reach[other])) for name in targets}
    return sorted(list(group) for group in groups if group)


def _reached(start: str, targets: dict[str, set[str]]) -> set[str]:
    reached: set[str] = set()
    to_visit = list(targets[start])
    while to_visit:
        name = to_visit.pop()
        if name not in reached:
            reached.add(name)
            to_visit += targets[name]
    return reached


MODULE_IN_A_STRING = re.compile(r"(bn_core|pages)(\.[a-z_0-9]+)+(:\w+)?")


def modules_in_strings(files: Iterable[Path]) -> list[tuple[str, str]]:
    """Return the strings that name a module of this project, as (module that holds it, string); docstrings apart."""
    found = []
    for file in files:
        tree = ast.parse(file.read_text(encoding="utf-8"))
        docstrings = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
        for node in ast.walk(tree):
            text = node.value if isinstance(node, ast.Constant) else None
            if isinstance(text, str) and id(node) not in docstrings and MODULE_IN_A_STRING.fullmatch(text):
                found.append((module_name(file), text))
    return found


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
