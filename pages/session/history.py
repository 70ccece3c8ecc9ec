"""The browser's history: one entry for each page, run, exercise and link followed; and which address the browser had
heard of when a link was followed (`history.js` says how)."""

from __future__ import annotations

from pages.browser.component import component
from pages.session import url_state
from pages.session.alone import drawn_alone

_COMPONENT = component("history", __file__)


@drawn_alone
def keep() -> None:
    """Mount the invisible component that keeps the history short. Without it, Back goes setting by setting.

    What it says has this part of the page drawn again, and nothing else.
    """
    _COMPONENT(key=url_state.HEARD_IN, data={}, on_heard_change=lambda: None)
