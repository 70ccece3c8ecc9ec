"""The keys of presenter mode, the list of them, and the choice of size that stands there.

Keys act in presenter mode alone, and never while a control has the focus; `keys.js` says how. What turns the page is
counted by the browser from the session's beginning, so that no press is lost however busy the server is: two quick ones
are two turns, and one that is heard again is none.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field

import streamlit as st

from pages.browser.component import component
from pages.session import presenter
from pages.session.session import kept, widget
from pages.words.prose import prose

KEY = "presenter-keys"

MOST_TURNS = 50
"""How many turns are believed at once."""

_COMPONENT = component("presenter_keys", __file__)


@dataclass
class Turns:
    """What a tab has heard of its keys.

    Attributes:
        of: tells this session's presses from those of an earlier one in the same window.
        heard: how many of them were heard, forward ones less those back.
    """

    of: str = field(default_factory=lambda: secrets.token_urlsafe(12))
    heard: int = 0


def listen() -> None:
    """Mount the component, in presenter mode: once a run of the app, before the page."""
    if not presenter.on():
        return
    text = prose("presenter")
    data = {
        "of": kept(Turns).of,
        "letters": presenter.letters(),
        "size": presenter.size(),
        "sizes": list(presenter.SIZES),
        "deeds": text.table("deeds"),
        "words": text.table("keys"),
    }
    with st.container(key="presenter-bar"):
        _COMPONENT(
            key=KEY,
            data=data,
            on_turned_change=lambda: None,
            on_size_change=lambda: presenter.choose_size(_said("size")),
            on_letters_change=lambda: presenter.choose_letters(_said("letters")),
        )


def turned() -> int:
    """Return by how many pages the person has turned since this was last asked: forward, or back where negative."""
    turns, said = kept(Turns), _said("turned")
    if not isinstance(said, dict) or said.get("of") != turns.of:
        return 0
    count = said.get("count")
    if isinstance(count, bool) or not isinstance(count, int):
        return 0
    by, turns.heard = count - turns.heard, count
    return max(-MOST_TURNS, min(MOST_TURNS, by))


def _said(name: str) -> object:
    state = widget(KEY)
    return None if state is None else state.get(name)
