"""The prose of the lessons, apart from the layout: one data file a page, so that it can be translated."""

from __future__ import annotations

import string
import tomllib
from collections.abc import Mapping, Sequence
from functools import lru_cache
from numbers import Real
from pathlib import Path
from typing import Any

from pages.words.signs import as_read

FOLDER = Path(__file__).parents[1] / "prose"
LANGUAGE = "en"


class _Filled(string.Formatter):
    """Python's own formatting of a text, with numbers as they are read (see `signs`), in which `{count:is|are}` is `is`
    where count is 1, and else `are`."""

    def format_field(self, value: Any, format_spec: str) -> str:
        one, parted, several = format_spec.partition("|")
        if not parted:
            written = str(super().format_field(value, format_spec))
            return as_read(written) if isinstance(value, Real) else written
        return one if value == 1 else several


class Prose:
    """The texts of one page, by key; `a.b` is key b of table a.

    Calling it fills in what the code computed: `text("verdict", right=5, of=6)`. How a number is written, such as
    `{share:.0%}`, is said in the file; so are the words that depend on a count: `{right} of 6 {right:is|are} right`.
    """

    def __init__(self, page: str, texts: dict[str, Any]) -> None:
        self._page = page
        self._texts = texts

    def __call__(self, key: str, /, **values: object) -> str:
        """The text with these values in it.

        Raises:
            KeyError: the file has no such text, or the text asks for a value that is not given.
        """
        found = self._find(key)
        if not isinstance(found, str):
            raise KeyError(f"{self._page}: {key} is a {type(found).__name__}, not a text")
        return filled(found, values) if values else found.strip()

    def list(self, key: str) -> tuple[str, ...]:
        """The texts of a list."""
        return tuple(str(text).strip() for text in self._find(key))

    def table(self, key: str) -> dict[str, Any]:
        """The texts of a table, by key."""
        return dict(self._find(key))

    def tables(self, key: str) -> tuple[dict[str, Any], ...]:
        """The texts of a list of tables."""
        return tuple(dict(table) for table in self._find(key))

    def __contains__(self, key: str) -> bool:
        try:
            self._find(key)
        except KeyError:
            return False
        return True

    def _find(self, key: str) -> Any:
        found: Any = self._texts
        for part in key.split("."):
            if not isinstance(found, dict) or part not in found:
                raise KeyError(f"{self._page}: there is no text {key}")
            found = found[part]
        return found


def filled(text: str, values: Mapping[str, object]) -> str:
    """Return a text with these values in it.

    Raises:
        KeyError: it asks for a value that is not given.
    """
    return _Filled().vformat(text, (), values).strip()


@lru_cache
def prose(page: str) -> Prose:
    """The texts of the page with this name, read once.

    Raises:
        FileNotFoundError: no page has this name.
    """
    return Prose(page, tomllib.loads((FOLDER / LANGUAGE / f"{page}.toml").read_text(encoding="utf-8")))


def listed(parts: Sequence[str]) -> str:
    """Return parts as a sentence lists them: `a, b and c`; an empty text where there are none."""
    if len(parts) < 2:
        return "".join(parts)
    return prose("app")("list", first=", ".join(parts[:-1]), last=parts[-1])
