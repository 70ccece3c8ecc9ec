"""Field terms: a one-line tooltip where a page first uses one, with a link to what the glossary says of it.

In a text, `[[moving mean]]` is a term, and `[[moving mean|moving means]]` one in another form. What the terms mean
stands in `pages/prose/en/glossary.toml`.
"""

from __future__ import annotations

import html
import re

import streamlit as st

from bn_core.terms import TERM, bare
from pages.session.session import session
from pages.words.prose import prose

__all__ = ["bare", "link", "mark", "open_page", "slug", "write"]

_CODE = re.compile(r"(`[^`]*`)")
_PERCENT = re.compile(r"(?<=\d) %")
"""A number and its sign stay on one line."""


def open_page() -> None:
    """Forget which terms were met. To be called once at each start of a page."""
    session().first_uses = {}


def write(text: str, place: str | None = None) -> None:
    """Put a Markdown text on the page, with a tooltip on each term where the page first uses it.

    Args:
        place: what to call this part of the page, where its text changes while it is looked at; default: the text.
    """
    marked = _PERCENT.sub("\u00a0%", mark(text, session().first_uses, place))
    st.markdown(marked, unsafe_allow_html="class='term'" in marked)


def slug(term: str) -> str:
    """How an address names a term: small letters and digits, hyphens between them."""
    return re.sub(r"[^a-z0-9]+", "-", term.lower().replace("'", "")).strip("-")


def link(term: str) -> str:
    """Markup of the link to a term on the page Glossary. It opens beside this page, which keeps what it shows."""
    return f"<a href='glossary?term={slug(term)}' target='_blank'>{html.escape(prose('glossary')('open'))}</a>"


def mark(text: str, first_uses: dict[str, str], place: str | None = None) -> str:
    """The text with its terms as words, those in their first place with a tooltip.

    Args:
        first_uses: for each term that was met, the place where that was; what is met now joins it. A part of a page
            that is drawn again finds its own terms in it, and so keeps its tooltips.
        place: where the text stands; default: it is its own place.

    Raises:
        KeyError: the glossary does not have a term.
    """
    if not TERM.search(text):
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
            f"<span hidden><span aria-hidden='true'>{html.escape(meaning)}</span> {link(term)}</span></span>"
        )

    # Nothing but the terms may become markup; inside code nothing does anyway.
    plain = "".join(part if part.startswith("`") else part.replace("<", "&lt;") for part in _CODE.split(text))
    return TERM.sub(replaced, plain)
