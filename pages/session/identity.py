"""Who is asking, and from where: a random id that the browser keeps, so that a run belongs to whoever started it.

The id lives in the browser's local storage and reaches the server over the page's own connection, never in an address.
It is the same after a refresh and in the browser's other tabs. Where storage is blocked, it lasts as long as the tab's
session, and `kept` says so. A session has one id: the first that it hears of stays, whatever the browser says later.
"""

from __future__ import annotations

import re

import streamlit as st

from pages.browser.component import component
from pages.session.session import session, widget

KEY = "browser"

_COMPONENT = component("identity", __file__)

_ID = re.compile(r"[A-Za-z0-9_-]{16,64}")


def browser_id() -> str | None:
    """Return the browser's id; None for the fraction of a second before a new page has heard of it."""
    if session().browser_id is not None:
        return session().browser_id
    state = widget(KEY)
    told = None if state is None else state.get("id")
    if isinstance(told, str) and _ID.fullmatch(told):
        session().browser_id = told
        session().id_kept = state.get("blocked") is not True
    return session().browser_id


def address() -> str | None:
    """Return the address of the asking browser as the server sees it; None for this machine's own.

    What a proxy says of it counts only where the server trusts that proxy (uvicorn's FORWARDED_ALLOW_IPS).
    """
    return st.context.ip_address


def make_do() -> None:
    """Take an id for this tab alone, for a browser that has not said who it is."""
    if browser_id() is None:
        session().browser_id, session().id_kept = session().proposed_id, False


def kept() -> bool:
    """Return whether the browser keeps its id, as far as it has said; otherwise it is lost with the tab."""
    browser_id()
    return session().id_kept


def listen() -> None:
    """Mount the invisible component that hands the id over. To be called once a run of the page, at its end."""
    data = {"proposal": session().proposed_id, "known": browser_id() is not None}
    _COMPONENT(key=KEY, data=data, on_id_change=lambda: None, on_blocked_change=lambda: None)
