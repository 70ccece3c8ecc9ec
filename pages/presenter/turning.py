"""Where Next and Previous lead, in presenter mode. This is the one place where that is decided."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from pages.following import lead
from pages.presenter import keys
from pages.session import presenter
from pages.session.session import session


def turn(page: str, pages: Sequence[str]) -> None:
    """Turn the talk that is given, or without one open the page that the presenter has turned to, if any. To be called
    before the session hears of the page.

    A page is turned from the one that was drawn last. A second quick press may come in a message that the browser sent
    before it had heard of the first one's page: then it asks for the page before that.

    Args:
        page: the one that the browser asks for, by its file.
        pages: all, in the order in which they are read.
    """
    by = keys.turned()
    if not by or not presenter.on() or lead.turn(by):
        return
    if (to := destination(session().page or page, by, pages)) != page:
        st.switch_page(f"pages/{to}.py", query_params=presenter.parameters())


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
