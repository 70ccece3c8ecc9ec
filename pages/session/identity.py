"""Who is asking: a random id that the browser keeps, so that a run belongs to whoever started it.

The id lives in the browser's local storage and reaches the server over the page's own connection, never in an address.
It is the same after a refresh and in the browser's other tabs. Where storage is blocked, it lasts as long as the tab's
session, and `kept` says so.
"""

from __future__ import annotations

import re

from pages.browser.component import component
from pages.session.session import session, widget

KEY = "browser"

_COMPONENT = component("identity", __file__)

_ID = re.compile(r"[A-Za-z0-9_-]{16,64}")


def browser_id() -> str | None:
    """Return the browser's id; None for the fraction of a second before a new page has heard of it."""
    if _for_this_tab():
        return session().browser_id
    state = widget(KEY)
    told = None if state is None else state.get("id")
    if isinstance(told, str) and _ID.fullmatch(told):
        session().browser_id = told
        session().id_kept = state.get("blocked") is not True
    return session().browser_id


def make_do() -> None:
    """Take an id for this tab alone, for a browser that does not say who it is. It stays, whatever the browser says."""
    session().browser_id, session().id_kept = session().proposed_id, False


def _for_this_tab() -> bool:
    return session().browser_id is not None and not session().id_kept


def kept() -> bool:
    """Return whether the browser keeps its id, as far as it has said; otherwise it is lost with the tab."""
    browser_id()
    return session().id_kept


def listen() -> None:
    """Mount the invisible component that hands the id over. To be called once a run of the page, at its end."""
    data = {"proposal": session().proposed_id, "known": browser_id(), "settled": _for_this_tab()}
    _COMPONENT(key=KEY, data=data, on_id_change=lambda: None, on_blocked_change=lambda: None)
