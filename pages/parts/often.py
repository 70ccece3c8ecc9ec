"""A part of a page that is drawn again every so often, one request at a time.

A fragment's own timer asks whether or not it was answered. Where the talk goes on to another page on a busy server,
such a request comes from the page before when the next is drawn already: the browser goes back to that page, all is
drawn once more, and the server has twice the work. Here the browser asks again only after it was answered. The timer
stays, a slow one: an answer may be lost, and without any timer a browser that was cut off does not begin anew.
"""

from __future__ import annotations

import functools
import time
from collections.abc import Callable

import streamlit as st

from pages.browser.component import component

AT_LEAST = 5.0
"""Seconds after which it is drawn again in any case."""

_COMPONENT = component("often", __file__)


def often(draw: Callable[[], None], key: str, seconds: float) -> None:
    """Draw a part of the page, and have it drawn again and again.

    Args:
        key: of the invisible component in it, unique on the page.
        seconds: from an answer to the next request.
    """

    @functools.wraps(draw)
    def part() -> None:
        draw()
        _COMPONENT(key=key, data={"seconds": seconds, "drawn": time.time()}, on_asked_change=lambda: None)

    st.fragment(part, run_every=AT_LEAST)()
