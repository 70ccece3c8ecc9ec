"""Whether this browser may present: the right that it was given for the presenter's key, or for a code.

The key reaches the server in a password field, or in the fragment of an address (`#key=..`), which no browser sends in
a request and which is taken off the address at once. What the browser keeps is no key but a token of its own, in its
local storage; the server knows that by its hash.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, field

import streamlit as st

from bn_core.presenting.entry import NotLetIn
from bn_core.presenting.key import KeyProblem
from bn_core.runs.presented import Presenter
from bn_core.runs.store import StoreUnavailable
from pages.browser.component import component
from pages.session import identity, startup
from pages.session.session import kept, widget

KEY = "presenter-right"

_COMPONENT = component("right", __file__)


@dataclass
class Held:
    """What the tab knows of the right.

    Attributes:
        token: of this browser; an empty text for none.
        problem: why the latest key was not taken, in one sentence; an empty text where it was.
        waiting: what came by a fragment before the browser had said who it is.
        heard: when the latest that came by a fragment was read there, by the browser's clock, in milliseconds.
        left: whether the browser is to forget its token.
    """

    token: str = field(default="", repr=False)
    problem: str = ""
    waiting: str = field(default="", repr=False)
    heard: float = 0
    left: bool = False


def presenter() -> Presenter | None:
    """Return the right of this browser to present; None where it has none.

    Raises:
        StoreUnavailable: the store cannot be read.
    """
    held = kept(Held)
    if not held.token:
        told = (widget(KEY) or {}).get("token")
        held.token = told if isinstance(told, str) and not held.left else ""
    if not held.token:
        return None
    try:
        known = startup.entry().known(held.token, identity.browser_id())
    except KeyProblem:
        return None
    if known is None and identity.browser_id() is not None:
        held.token, held.left = "", True
    return known


def enter(given: str) -> None:
    """Try a key or a code; why it is not taken stands in `problem`. For callbacks."""
    held = kept(Held)
    held.problem = ""
    if not given.strip():
        return
    try:
        held.token = startup.entry().let_in(given, identity.browser_id(), st.context.ip_address).token
        held.left = False
    except (NotLetIn, KeyProblem, StoreUnavailable) as problem:
        held.problem = str(problem)


def leave(who: Presenter) -> None:
    """Give the right back. For callbacks."""
    with contextlib.suppress(StoreUnavailable):  # the browser forgets its token in any case
        startup.room().leave(who)
    held = kept(Held)
    held.token, held.left = "", True


def listen() -> None:
    """Mount the invisible component that keeps the token and reads the fragment: once a run of the app."""
    held = kept(Held)
    if held.waiting and identity.browser_id() is not None:
        enter(held.waiting)
        held.waiting = ""  # after it: Streamlit may end this run within
    _COMPONENT(
        key=KEY,
        data={"token": held.token, "left": held.left, "heard": held.heard},
        on_token_change=lambda: None,
        on_given_change=_by_fragment,
    )


def _by_fragment() -> None:
    told, held = (widget(KEY) or {}).get("given"), kept(Held)
    given, at = (told.get("key"), told.get("at")) if isinstance(told, dict) else (None, None)
    if not isinstance(given, str) or not isinstance(at, int | float) or at == held.heard:
        return
    if identity.browser_id() is None:
        held.waiting = given
    else:
        enter(given)
    # Last: where Streamlit ended this run before, the browser says it again.
    held.heard = at
