"""Where Next and Previous lead, in presenter mode. This is the one place where that is decided."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import streamlit as st

from bn_core.runs.presented import NoTalk, NotPresenting
from bn_core.runs.store import StoreUnavailable
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
    turning, turns, told, drawn = kept(Turning), kept(keys.Turns), keys.told(), session().page

    def turn_page(by: int) -> None:
        turning.to = destination(turning.to or drawn or page, by, pages)

    # What cannot be done now, because of the store, is done when the page is drawn again.
    with contextlib.suppress(StoreUnavailable):
        leads = lead.leading() if told != turns.heard and presenter.on() else None
        turns.take(told, turn_page if leads is None else partial(_turn_talk, turning, leads))
    if turning.to == page or not presenter.on():
        turning.to = None
    if turning.to is not None:
        st.switch_page(f"pages/{turning.to}.py", query_params=presenter.parameters())


def _turn_talk(turning: Turning, leads: lead.Leading, by: int) -> None:
    turning.to = None
    with contextlib.suppress(NotPresenting, NoTalk):  # it ended just now, as the page says where it is drawn
        leads.turn(by)


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
