"""The keys of presenter mode, the list of them, and the choice of size that stands there.

Keys act in presenter mode alone, and never while a control has the focus; `keys.js` says how. What turns the page is
counted by the browser from the session's beginning, so that no press is lost however busy the server is: two quick ones
are two turns, and one that is heard again is none.
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

import streamlit as st

from bn_core.runs.store import StoreUnavailable
from pages.browser.component import component
from pages.following.given import Given, at_scene, followed
from pages.session import presenter, right, url_state
from pages.session.addresses import likeliest, to_talk
from pages.session.session import kept, session, widget
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
        taking: held while some are taken: after a lost connection the run before may not have ended yet.
    """

    of: str = field(default_factory=lambda: secrets.token_urlsafe(12))
    heard: int = 0
    taking: threading.Lock = field(default_factory=threading.Lock)

    def take(self, told: int, turn: Callable[[int], None]) -> None:
        """Turn by what was told and not heard yet, and note it as heard once that is done.

        Args:
            told: what `told` returns.
            turn: is given by how many, forward, or back where negative. It must ask nothing of the session: there
                Streamlit may end the run of a page, and the press would be lost.
        """
        with self.taking:
            by = max(-MOST_TURNS, min(MOST_TURNS, told - self.heard))
            if by:
                turn(by)
            self.heard = told


def listen() -> None:
    """Mount the component, in presenter mode: once a run of the app, before the page."""
    if not presenter.on():
        return
    text, now = prose("presenter"), _presented()
    own = f"on-{session().page}"
    data = {
        "of": kept(Turns).of,
        "heard": kept(Turns).heard,
        "letters": presenter.letters(),
        "size": presenter.size(),
        "sizes": list(presenter.SIZES),
        "deeds": text.table("deeds") | ({} if now is None else text.table("deeds-of-a-talk")),
        "own": text.table(own) if own in text else {},
        "presses": presses(now),
        "join": _joined_by(now),
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


def presses(now: Given | None) -> str:
    """Return the key of the button that Space presses, where it plays nothing; an empty text for none.

    A live scene has one training: Space begins it, and from then on pauses it and lets it go on.

    Args:
        now: the talk that this browser presents on this page.
    """
    if now is None or not at_scene(now) or not now.scene.live:
        return ""
    # The run that was begun just now is on the page before the scene has heard of it.
    return "train" if now.run is None and url_state.here().run is None else "pause"


def _joined_by(now: Given | None) -> str:
    """The address at which who comes late joins the talk; an empty text where there is none."""
    base = None if now is None else likeliest(session().page or "")
    return "" if now is None or base is None else to_talk(base, now.state.id)


def _presented() -> Given | None:
    try:
        return None if right.presenter() is None else followed()
    except StoreUnavailable:
        return None  # the top of the page says why


def told() -> int:
    """Return how far the browser has told that this session turned, forward turns less those back; what was heard
    already where it told nothing else."""
    turns, said = kept(Turns), _said("turned")
    count = said.get("count") if isinstance(said, dict) and said.get("of") == turns.of else None
    return turns.heard if isinstance(count, bool) or not isinstance(count, int) else count


def _said(name: str) -> object:
    state = widget(KEY)
    return None if state is None else state.get(name)
