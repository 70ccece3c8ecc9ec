"""What a part of a page does besides, where it is drawn by itself and not with the whole page."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import threading
from collections.abc import Callable
from typing import ParamSpec

import streamlit as st
from streamlit import runtime
from streamlit.runtime.scriptrunner_utils.script_run_context import get_script_run_ctx
from streamlit.runtime.state.common import user_key_from_element_id

from pages.session import url_state

Arguments = ParamSpec("Arguments")

ASKS = "looks-"
"""How the keys of those components begin that nobody uses: they ask for a part by themselves, see `often`."""

TRIGGERS = ("trigger_value", "json_trigger_value")
"""What Streamlit calls the values of controls that are pressed and have no value otherwise."""

PATIENCE = 1.0
"""Seconds that a page waits at most until what it drew is on its way."""


def alone(draw: Callable[Arguments, None]) -> Callable[Arguments, None]:
    """Return a part of the page for `st.fragment`: where it is drawn by itself, the whole page is drawn instead if
    somebody used something else with the same request, and what it draws is sent before anything else is drawn."""

    @functools.wraps(draw)
    def part(*args: Arguments.args, **kwargs: Arguments.kwargs) -> None:
        context = get_script_run_ctx()
        parts = [] if context is None else context.fragment_ids_this_run or []
        if parts and used_elsewhere(parts):
            # The whole page is drawn at the address that came with this request.
            url_state.catch_up()
            st.rerun()
        draw(*args, **kwargs)
        if parts:
            let_it_be_sent()

    return part


def drawn_alone(draw: Callable[Arguments, None]) -> Callable[Arguments, None]:
    """Return a part of the page that is drawn again, by itself, when somebody uses what is in it."""
    return st.fragment(alone(draw))


def used_elsewhere(parts: list[str]) -> bool:
    """Return whether something that stands in none of these parts was used with this request.

    What somebody presses, and what a script asks for in the same moment, the browser sends as one request in the name
    of the part that the script is in: the press is heard, and what it changes would not be drawn. (Seen on a machine
    with more to do than it can, where such moments are long: a training began, and the page that began it did not show
    it.) Streamlit has no public way to ask for it.

    Args:
        parts: the ids of those that are drawn.
    """
    context = get_script_run_ctx()
    if context is None:
        return False
    state = context.session_state._state  # beside its lock: asked by way of that, Streamlit may end the run here
    for widget in list(state._new_widget_state):
        known = state.get_widget_metadata(widget)
        if known is None or known.disabled or known.fragment_id in parts or not state._widget_changed(widget):
            continue
        # The browser may still say what a control says that the page has no more: that is news of a button alone.
        if widget not in state._old_state and known.value_type not in TRIGGERS:
            continue
        if not (user_key_from_element_id(widget) or "").startswith(ASKS):
            return True
    return False


def let_it_be_sent() -> None:
    """Wait until the server's loop has taken what is drawn, before the run that drew it ends.

    What the loop has not taken by then Streamlit drops where the next request has come meanwhile, a timer's or
    somebody's: the browser hears that the page is complete, takes the charts off it, and draws them anew; or what a
    click changed is not seen. (Seen on a machine with more to do than it can: one click of 300 with three others' work
    on two cores.) Streamlit has no public way to ask for it.
    """
    loop = runtime.get_instance()._get_async_objs().eventloop
    if not isinstance(loop, asyncio.AbstractEventLoop):
        return  # a test draws the page: there is no server
    taken = threading.Event()
    with contextlib.suppress(RuntimeError):  # the server ends
        loop.call_soon_threadsafe(taken.set)  # it takes what it is given in order
        taken.wait(PATIENCE)
