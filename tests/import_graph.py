"""Which module of the project imports which: read from the sources, also where an import stands inside a function."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

from benchmarks.house import ROOT


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


def circle(edges: Iterable[tuple[str, str]]) -> list[str]:
    """Return the names of a circle that these arrows make, its first one again at its end; empty where none is."""
    sorter: TopologicalSorter[str] = TopologicalSorter()
    for source, target in edges:
        if source != target:
            sorter.add(source, target)
    try:
        sorter.prepare()
    except CycleError as error:
        return list(error.args[1])
    return []
