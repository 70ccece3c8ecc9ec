"""Notices in the browser that a page no longer looks whether the talk has gone on, or has lost something drawn on it.

On a busy server Streamlit drops what it has not sent yet of a page where the next request comes just then. The timer of
the page may be in that, or its content. Nothing on the server can see it.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from pages.browser.component import component
from pages.session import identity

_COMPONENT = component("watch", __file__)


def watch(draw_anew: Callable[[], None]) -> None:
    """Mount the invisible component: in the part of the page that looks, each time that it does.

    Args:
        draw_anew: called where the browser has heard nothing for too long, lacks the page's title, or has not said who
            it is.
    """
    data = {"drawn": time.time(), "known": identity.browser_id() is not None}
    _COMPONENT(key="talk-watch", data=data, on_silent_change=draw_anew)
