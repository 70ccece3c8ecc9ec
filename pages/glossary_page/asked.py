"""What is searched for: in the box, and in the address as `?term=`."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from pages.glossary_page.entries import TEXT, entries, named
from pages.session import setting
from pages.session.session import kept
from pages.session.settings import LONGEST_TERM

SETTING = "term"


@dataclass
class _Typed:
    """What was typed into the box last."""

    text: str = ""


def asked() -> str:
    """Draw the box and return what is searched for: a term as an address names it, or what was typed."""
    term, typed = setting.value(SETTING), kept(_Typed).text
    entry = named(term, entries())
    # What was typed stays as it is, also where it is a term by another spelling: another box would not have the cursor.
    shown = typed if _term_of(typed) == term else term if entry is None else entry.term
    st.text_input(
        TEXT("search"),
        shown,
        max_chars=LONGEST_TERM,
        type="search",
        placeholder=TEXT("hint"),
        live="200ms",
        **setting.control(SETTING, shown, change=_search),
    )
    return str(term).strip()


def _search(said: object) -> None:
    if isinstance(said, str):
        kept(_Typed).text = said
        setting.put(SETTING, _term_of(said))


def _term_of(typed: str) -> str:
    """Return what the address says for what was typed."""
    entry = named(typed, entries())
    return typed.strip()[:LONGEST_TERM] if entry is None else entry.slug
