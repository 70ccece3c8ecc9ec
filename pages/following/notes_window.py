"""The presenter's notes (`?notes=1`), in place of a page: for a second screen or a phone, out of the class's sight.

What to say, what is right, the next scene and the clock; what the class writes, and the way to hand the talk over.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st

from bn_core.presenting.key import KeyProblem
from bn_core.runs.presented import Presenter
from bn_core.runs.records import RunProblem
from bn_core.runs.store import StoreUnavailable
from bn_core.talks import right as right_answer
from pages.following import revealing
from pages.following.given import Given, given
from pages.following.words import TEXT, clock, right_is, title
from pages.parts.key_field import key_field
from pages.parts.often import often
from pages.session import identity, right, startup, url_state
from pages.session.session import kept, session
from pages.words.plain_text import plain

LOOK_SECONDS = 0.5

MOST_REMARKS = 30
"""How many texts are shown, the newest first."""


@dataclass
class Noted:
    """What the window keeps: a code that was made here, and why the latest press did nothing."""

    code: str = ""
    problem: str = ""


def wanted() -> bool:
    """Whether the address asks for the notes."""
    return url_state.here().notes


def draw() -> None:
    """Draw the notes, in place of a page."""
    st.set_page_config(page_title=TEXT("notes.title"))
    url_state.confirm(url_state.read())
    st.title(TEXT("notes.title"))
    if not session().with_store:
        return  # the top of the page says why, and has it drawn again
    if right.presenter() is None:
        st.markdown(TEXT("notes.stranger"))
        key_field()
    else:
        often(_update, "notes", LOOK_SECONDS)
    identity.listen()


def _update() -> None:
    try:
        who, now = right.presenter(), given()
        if who is None:
            st.rerun()
        if now is None:
            st.info(TEXT("notes.none"))
            return
        _talk(now, who)
    except (RunProblem, StoreUnavailable, KeyProblem) as problem:
        st.warning(plain(str(problem)))


def _talk(now: Given, who: Presenter) -> None:
    state, scenes, room = now.state, now.talk.scenes, startup.room()
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="notes-bar"):
        # The keys are those that a presenter's remote sends: this window may have the focus.
        st.button(
            TEXT("bar.previous"), key="notes-previous", shortcut="PageUp", on_click=_do, args=(room.turn, who, -1)
        )
        st.button(
            TEXT("bar.next"),
            key="notes-next",
            type="primary",
            shortcut="PageDown",
            on_click=_do,
            args=(room.turn, who, 1),
        )
        if state.clock_since is None:
            st.button(TEXT("bar.start_clock"), key="notes-clock", on_click=_do, args=(room.run_clock, who))
        else:
            st.button(TEXT("notes.stop_clock"), key="notes-clock", on_click=_do, args=(room.stop_clock, who))
        if now.scene.ask is not None:
            revealing.button(now, who, "notes", _do)
    spent, at = state.spent(time.time()), state.place
    said = TEXT("notes.clock", spent=clock(spent), left=clock(now.talk.minutes * 60 - spent), minutes=now.scene.minutes)
    st.markdown(said)
    st.header(TEXT("bar.at", number=at + 1, count=len(scenes), title=title(now)), anchor=False)
    with st.container(key="notes-said"):
        for paragraph in now.scene.say:
            st.markdown(plain(paragraph))
        _question(now)
    if at + 1 < len(scenes):
        st.markdown(TEXT("notes.next", title=plain(scenes[at + 1].title)))
    if problem := kept(Noted).problem:
        st.warning(plain(problem))
    _hand_over(who)
    _remarks(who)


def _question(now: Given) -> None:
    ask = now.scene.ask
    if ask is None:
        return
    count = startup.room().guess_count(now.state.scene)
    st.markdown(TEXT("notes.asks", question=plain(ask.text), count=count))
    answer = right_answer(ask)
    if answer is not None:
        st.markdown(right_is(ask, answer))


def _hand_over(who: Presenter) -> None:
    if code := kept(Noted).code:
        st.markdown(TEXT("notes.code", code=code))
    st.button(TEXT("notes.hand_over"), key="notes-hand-over", on_click=_make_code, args=(who,))


def _remarks(who: Presenter) -> None:
    found = [remark for remark in startup.room().remarks(who) if remark.exercise is None]
    st.subheader(TEXT("notes.remarks", count=len(found)), anchor=False)
    for remark in found[:MOST_REMARKS]:
        st.text(remark.text)


def _make_code(who: Presenter) -> None:
    noted = kept(Noted)
    noted.code = noted.problem = ""
    try:
        noted.code = startup.entry().hand_over(who)
    except (RunProblem, StoreUnavailable, KeyProblem) as problem:
        noted.problem = str(problem)


def _do(act: Callable[..., object], *args: object) -> None:
    kept(Noted).problem = ""
    try:
        act(*args)
    except (RunProblem, StoreUnavailable) as problem:
        kept(Noted).problem = str(problem)
