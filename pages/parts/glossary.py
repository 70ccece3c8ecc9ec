"""Field terms: a one-line tooltip where a page first uses one.

In a text, `[[moving mean]]` is a term, and `[[moving mean|moving means]]` one in another form. What the terms mean
stands in `pages/prose/en/glossary.toml`.
"""

from __future__ import annotations

import html
import re

import streamlit as st

from pages.session.session import session
from pages.words.prose import prose

_TERM = re.compile(r"\[\[([^\]|]+)(?:\|([^\]]+))?\]\]")
_CODE = re.compile(r"(`[^`]*`)")


def open_page() -> None:
    """Forgets which terms were met. To be called once at each start of a page."""
    session().first_uses = {}


def write(text: str, place: str | None = None) -> None:
    """Puts a Markdown text on the page, with a tooltip on each term where the page first uses it.

    Args:
        place: what to call this part of the page, where its text changes while it is looked at; default: the text.
    """
    marked = mark(text, session().first_uses, place)
    st.markdown(marked, unsafe_allow_html="class='term'" in marked)


def bare(text: str) -> str:
    """The text with its terms as words, for where there can be no tooltip."""
    return _TERM.sub(lambda match: match.group(2) or match.group(1), text)


def mark(text: str, first_uses: dict[str, str], place: str | None = None) -> str:
    """The text with its terms as words, those in their first place with a tooltip.

    Args:
        first_uses: for each term that was met, the place where that was; what is met now joins it. A part of a page
            that is drawn again finds its own terms in it, and so keeps its tooltips.
        place: where the text stands; default: it is its own place.

    Raises:
        KeyError: the glossary does not have a term.
    """
    if not _TERM.search(text):
        return text
    explained: set[str] = set()
    # Hidden by itself, too: the style sheet may come later than the text.
    here = text if place is None else place

    def replaced(match: re.Match[str]) -> str:
        term, shown = match.group(1), match.group(2) or match.group(1)
        meaning = prose("glossary")(f"terms.{term}")
        if first_uses.setdefault(term, here) != here or term in explained:
            return shown
        explained.add(term)
        return (
            f"<span class='term' tabindex='0' role='note' aria-label='{html.escape(f'{shown}: {meaning}')}'>{shown}"
            f"<span aria-hidden='true' hidden>{html.escape(meaning)}</span></span>"
        )

    # Nothing but the terms may become markup; inside code nothing does anyway.
    plain = "".join(part if part.startswith("`") else part.replace("<", "&lt;") for part in _CODE.split(text))
    return _TERM.sub(replaced, plain)
