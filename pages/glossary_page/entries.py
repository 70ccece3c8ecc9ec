"""What the glossary says of each term, and which terms a search finds. Pure functions."""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence
from dataclasses import dataclass

from pages.parts.glossary import slug
from pages.words.prose import prose

TEXT = prose("glossary")


@dataclass(frozen=True)
class Place:
    """Where a term can be seen: a page, by its file in pages/, and what to look at there."""

    page: str
    label: str


@dataclass(frozen=True)
class Entry:
    """A term of the glossary.

    Attributes:
        meaning: the line that tooltips have.
        also: other names to be found by.
        formula: LaTeX; an empty text for none.
        text: what more there is to say, with terms marked; maybe empty.
        elsewhere: what Keras and PyTorch call it, or do otherwise; maybe empty.
    """

    term: str
    meaning: str
    also: tuple[str, ...] = ()
    formula: str = ""
    text: str = ""
    elsewhere: str = ""
    see: tuple[Place, ...] = ()

    @property
    def slug(self) -> str:
        """How an address names it."""
        return slug(self.term)


@functools.cache
def entries() -> tuple[Entry, ...]:
    """Return all terms in alphabetical order."""
    more = TEXT.table("more")
    return tuple(_entry(term, TEXT(f"terms.{term}"), more.get(term, {})) for term in _in_order(TEXT.table("terms")))


def found(asked: str, known: Sequence[Entry]) -> tuple[Entry, ...]:
    """Return the terms that a search finds, the closest first; all of them, in their order, for an empty one.

    Args:
        asked: what was typed, or a term as an address names it. Case, hyphens and apostrophes do not count.
    """
    wanted = _plain(asked)
    if not wanted:
        return tuple(known)
    ranked = [(rank, entry) for entry in known if (rank := _rank(wanted, entry)) is not None]
    return tuple(entry for _, entry in sorted(ranked, key=lambda pair: pair[0]))


def named(asked: str, known: Sequence[Entry]) -> Entry | None:
    """Return the term that has this name, or this address; None where it is a search for something else."""
    return next((entry for entry in known if _plain(entry.term) == _plain(asked)), None)


def _rank(wanted: str, entry: Entry) -> int | None:
    """How far a term is from what is wanted, 0 for the term itself; None where it has nothing of it."""
    name, others = _plain(entry.term), [_plain(other) for other in entry.also]
    text = _plain(" ".join((entry.meaning, entry.text, entry.elsewhere)))
    tests = (
        wanted == name,
        wanted in others,
        name.startswith(wanted),
        any(wanted in called for called in (name, *others)),
        wanted in text,
    )
    return next((rank for rank, holds in enumerate(tests) if holds), None)


def _plain(text: str) -> str:
    return " ".join(re.sub(r"[^\w().=]+", " ", re.sub(r"['’]", "", text.casefold()).replace("_", " ")).split())


def _in_order(terms: dict[str, str]) -> list[str]:
    return sorted(terms, key=str.casefold)


def _entry(term: str, meaning: str, more: dict[str, object]) -> Entry:
    known = dict(more)
    also, see = known.pop("also", ()), known.pop("see", ())
    places = tuple(Place(**place) for place in see)  # type: ignore[attr-defined]
    return Entry(term, meaning, also=tuple(also), see=places, **known)  # type: ignore[arg-type]
