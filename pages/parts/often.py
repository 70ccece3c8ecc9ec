"""A part of a page that is drawn again every so often, one request at a time.

A fragment's own timer asks whether or not it was answered. On a busy server such a request comes, after the page has
changed, from the page before when the next is drawn already: the browser goes back to it, all is drawn once more, and
the server has twice the work. And what somebody presses in the moment of such a request is heard twice: with it, and by
itself. Here the browser asks again only after it was answered, or after it has waited for long, and in one request with
what was pressed. The timer stays, a slow one: without any a browser that was cut off does not begin anew.
"""

from __future__ import annotations

import functools
import time
from collections.abc import Callable

import streamlit as st

from pages.browser.component import component
from pages.session.alone import ASKS, alone

AT_LEAST = 20.0
"""Seconds after which it is drawn again in any case."""

_COMPONENT = component("often", __file__)


def often(draw: Callable[[], None], name: str, seconds: float | None) -> None:
    """Draw a part of the page, and have it drawn again and again; once where `seconds` is None.

    Args:
        name: of the part, unique on the page.
        seconds: from an answer to the next request.
    """

    @functools.wraps(draw)
    def part() -> None:
        draw()
        if seconds is not None:
            data = {"seconds": seconds, "drawn": time.time()}
            _COMPONENT(key=f"{ASKS}{name}", data=data, on_asked_change=lambda: None)

    st.fragment(alone(part), run_every=None if seconds is None else AT_LEAST)()
