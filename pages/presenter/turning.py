"""Where Next and Previous lead, in presenter mode. This is the one place where that is decided."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from pages.following import lead
from pages.presenter import keys
from pages.session import presenter
from pages.session.session import kept, session


@dataclass
class Turning:
    """What a tab keeps of its turns.

    Attributes:
        to: the page that was turned to and is still to be drawn, by its file; None where there is none.
    """

    to: str | None = None


def turn(page: str, pages: Sequence[str]) -> None:
    """Turn the talk that is given, or without one open the page that the presenter has turned to, if any. To be called
    before the session hears of the page.

    A page is turned from the one that was turned to or drawn last, whichever page the browser asks for. What it sends
    before it hears of a turn asks for the page before, and Streamlit makes one request of that and of the turn's own.

    Args:
        page: the one that the browser asks for, by its file.
        pages: all, in the order in which they are read.
    """
    turning, by = kept(Turning), keys.turned()
    if by and presenter.on() and lead.turn(by):
        turning.to = None
    elif by:
        turning.to = destination(turning.to or session().page or page, by, pages)
    if turning.to == page or not presenter.on():
        turning.to = None
    if turning.to is not None:
        st.switch_page(f"pages/{turning.to}.py", query_params=presenter.parameters())


def destination(page: str, by: int, pages: Sequence[str]) -> str:
    """Return the page that so many turns lead to: the first and the last have none beyond them.

    Args:
        page: the one that is turned from; one that is none of the pages leads nowhere.
        by: how many pages forward; back where negative.
        pages: all, in the order in which they are read.
    """
    if page not in pages:
        return page
    return pages[max(0, min(len(pages) - 1, pages.index(page) + by))]
