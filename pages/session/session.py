"""What one browser tab keeps from one run of a page to the next, in one typed object.

Streamlit's own store is a dictionary with string keys, and no other module of the pages touches it: what several pages
share are the fields of `Session`, what one page keeps for itself is a dataclass of its own, had by `kept`, and what the
browser says in a widget is read by `widget`.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import Any, TypeVar

import streamlit as st

from bn_core.config import TrainingConfig
from pages.session.location import Location

Kept = TypeVar("Kept")


@dataclass(frozen=True)
class Waiting:
    """A training that was asked for before the browser had said who it is.

    Attributes:
        since: the reading of `time.monotonic` when it was asked for.
    """

    config: TrainingConfig
    since: float


@dataclass
class Mark:
    """What is kept of the control of a setting: see `pages.session.setting`.

    Attributes:
        key: of the control on the page; empty before it was drawn.
        of, shows: what tells it from others of its name, and what it says, as far as is known.
        turn: how often it made way for another.
        heard: the key of the latest control that was used, and what it said.
    """

    key: str = ""
    of: object = ""
    shows: Any = None
    turn: int = 0
    heard: tuple[str, Any] | None = None


@dataclass
class Session:
    """What the pages share.

    Attributes:
        browser_id: who is asking, as far as the browser has said so; then it stays as it is.
        id_kept: whether the browser keeps that id, so that it is the same after a reload.
        proposed_id: the id that a browser takes which has none.
        page: the page that is shown, by the last part of its address.
        arrived: whether the person came to it from another page.
        run_id: the run on the page, as given; it may be no run's.
        notice: what went wrong with the latest action; an empty text where nothing did.
        address_problems: one sentence for each value of the address that cannot be used.
        read: the latest address that was read, of which page, and what it says.
        seen: the address that session and page agree with.
        left: the addresses before it that the browser may still send, the oldest first.
        places: what each page shows, by its file: the truth that its address follows.
        marks: what is kept of each setting's control, by page and name.
        controls: what the controls of a configuration say, by field, as it came: maybe of another type or out of range;
            None before a page with a configuration was opened.
        latest_start: the latest configuration that a training was started with, and when (`time.monotonic`).
        waiting: a training that is still to be started.
        with_store: whether the page began with a store that can be used.
        first_uses: where the page explains which glossary term.
    """

    browser_id: str | None = None
    id_kept: bool = True
    proposed_id: str = field(default_factory=lambda: secrets.token_urlsafe(24))
    page: str | None = None
    arrived: bool = False
    run_id: str | None = None
    notice: str = ""
    address_problems: tuple[str, ...] = ()
    read: tuple[str | None, dict[str, str], Location] | None = None
    seen: dict[str, str] | None = None
    left: list[dict[str, str]] = field(default_factory=list)
    places: dict[str | None, Location] = field(default_factory=dict)
    marks: dict[tuple[str | None, str], Mark] = field(default_factory=dict)
    controls: dict[str, Any] | None = None
    latest_start: tuple[TrainingConfig, float] | None = None
    waiting: Waiting | None = None
    with_store: bool = False
    first_uses: dict[str, str] = field(default_factory=dict)


def key_of(kind: type[object]) -> str:
    """Return the key under which Streamlit keeps the object of this class."""
    return f"{kind.__module__}.{kind.__qualname__}"


def kept(kind: type[Kept]) -> Kept:
    """Return the tab's only object of this class, made with its defaults when it is first asked for."""
    key = key_of(kind)
    if key not in st.session_state:
        st.session_state[key] = kind()
    found: Kept = st.session_state[key]
    return found


def session() -> Session:
    """Return what the pages share."""
    return kept(Session)


def widget(key: str) -> Any:
    """Return what the browser says in the widget with this key; None where there is no such widget.

    Nothing in it is to be trusted: a browser can send anything.
    """
    return st.session_state.get(key)
