"""What is searched for: in the box, and in the address as `?term=`. Both ways, in this one place."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from pages.glossary_page.entries import TEXT, entries, named
from pages.session.session import kept, widget

PARAMETER = "term"

LONGEST = 60
"""How many characters can be searched for."""


@dataclass
class _Latest:
    """What the address was last known to say, and how often something else than the box changed it."""

    term: str = ""
    turn: int = 0


def asked() -> str:
    """Draw the box and return what is searched for."""
    latest, here = kept(_Latest), _here()
    if here != latest.term:
        latest.term, latest.turn = here, latest.turn + 1
        # A link from this page to itself changes the address for the server alone: written, the browser has it, too.
        st.query_params[PARAMETER] = here
    key = f"term-{latest.turn}"
    entry = named(here, entries())
    st.text_input(
        TEXT("search"),
        here if entry is None else entry.term,
        max_chars=LONGEST,
        key=key,
        type="search",
        placeholder=TEXT("hint"),
        live="200ms",
        on_change=_search,
        args=(key,),
    )
    return here


def _search(key: str) -> None:
    said = widget(key)
    if not isinstance(said, str):
        return
    entry = named(said, entries())
    term = said.strip() if entry is None else entry.slug
    kept(_Latest).term = term[:LONGEST]
    if term:
        st.query_params[PARAMETER] = term[:LONGEST]
    else:
        st.query_params.pop(PARAMETER, None)


def _here() -> str:
    return st.query_params.get(PARAMETER, "").strip()[:LONGEST]
