"""On which line of a TOML file each table and each key stands: `tomllib` reads values, and forgets where they stood."""

from __future__ import annotations

import re
from collections.abc import Mapping

Path = tuple[str | int, ...]
"""Keys and, in lists of tables, places counted from 0: `("scenes", 2, "ask", "text")`."""

_STRINGS = re.compile(
    r'"""(?:\\.|[^\\])*?"{3,5}' r"|'''.*?'{3,5}" r'|"(?:\\.|[^"\\\n])*"' r"|'[^'\n]*'" r"|\#[^\n]*", re.DOTALL
)
_HEADER = re.compile(r"\s*(\[\[?)([^\[\]]+)\]")
_KEY = re.compile(r"\s*([^=\[\]{},]+?)\s*=")
_MARKS = re.compile(r"[^\w\s-]")


def lines_of(text: str) -> dict[Path, int]:
    """Return the line, counted from 1, of each table and key of a text that is TOML, by path.

    A key inside braces or brackets has no line of its own: see `line`.
    """
    found: dict[Path, int] = {(): 1}
    counts: dict[Path, int] = {}
    table: Path = ()
    depth = 0
    for number, line in enumerate(_STRINGS.sub(_without_marks, text).split("\n"), 1):
        rest = line
        if depth == 0:
            if (header := _HEADER.match(line)) is not None:
                table = _opened(_parts(header[2]), counts, many=header[1] == "[[")
                found.setdefault(table, number)
                continue
            if (key := _KEY.match(line)) is not None:
                parts = _parts(key[1])
                for length in range(1, len(parts) + 1):
                    found.setdefault((*table, *parts[:length]), number)
                rest = line[key.end() :]
        depth += sum(rest.count(opening) for opening in "[{") - sum(rest.count(closing) for closing in "]}")
    return found


def line(found: Mapping[Path, int], path: Path) -> int:
    """Return the line of a path, or of the nearest thing around it that has one."""
    while path not in found:
        path = path[:-1]
    return found[path]


def _without_marks(match: re.Match[str]) -> str:
    """Return a text or a comment as long as it was, of nothing that opens, closes or parts anything."""
    if match[0].startswith("#"):
        return ""
    return _MARKS.sub("", match[0]) if "\n" not in match[0] else "\n" * match[0].count("\n")


def _parts(dotted: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in dotted.split("."))


def _opened(parts: tuple[str, ...], counts: dict[Path, int], *, many: bool) -> Path:
    """Return the path of a table that begins here; in a list of tables it is the next one, or in the latest one."""
    path: Path = ()
    for place, part in enumerate(parts, 1):
        path = (*path, part)
        if place == len(parts) and many:
            counts[path] = counts.get(path, -1) + 1
        if path in counts:
            path = (*path, counts[path])
    return path
