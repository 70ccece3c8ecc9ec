"""Giving the talk: open it, begin, end it, and keep what the class said."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import streamlit as st

from bn_core.presenting.export import Wording, export
from bn_core.runs.presented import Presenter
from bn_core.runs.records import RunProblem
from bn_core.runs.store import StoreUnavailable
from bn_core.talks import Talk, TalkProblem
from pages.following.given import Given, chosen, given
from pages.parts.key_field import key_field
from pages.parts.often import often
from pages.session import actions, presenter, right, startup
from pages.session.session import kept, session
from pages.session.startup import service
from pages.teach_page.giving_text import TEXT
from pages.teach_page.joining import joining
from pages.teach_page.trainings import trainings
from pages.words.plain_text import plain

LOOK_SECONDS = 2.0


@dataclass
class Beginning:
    """Whether the talk's first scene was asked for in this tab, and is still to be opened: the press may have come with
    the request of a part, and is of the page that is drawn then."""

    pressed: bool = False

    def press(self) -> None:
        """Ask for it."""
        self.pressed = True


def giving() -> None:
    """Draw what the presenter can do, and for others where the key is entered.

    What is the presenter's alone is not drawn in presenter mode, which a room sees.
    """
    st.header(TEXT("heading"), anchor=False)
    if not presenter.on():
        st.markdown(TEXT("intro"))
    try:
        who = right.presenter()
        if who is None:
            st.markdown(TEXT("key.why"))
            key_field()
            return
        _talk(who)
    except StoreUnavailable as problem:
        st.caption(plain(str(problem)))
        return
    if not presenter.on():
        trainings(service(), who)
        st.button(TEXT("key.leave"), key="present-no-more", type="tertiary", on_click=right.leave, args=(who,))


def _talk(who: Presenter) -> None:
    try:
        talk = chosen()
    except TalkProblem as problem:
        st.error(TEXT("talk.problem", problem=plain(str(problem))))
        _end(who, None)
        return
    about = TEXT("talk.about", title=plain(talk.title), scenes=len(talk.scenes), minutes=talk.minutes)
    now = given()
    often(partial(_look, None if now is None else now.state.id), "giving", LOOK_SECONDS)
    if now is None or not presenter.on():
        st.markdown(about)
    if session().notice:
        st.warning(plain(session().notice))
    if now is None:
        if startup.room().presentation() is not None:
            st.warning(TEXT("talk.other"))
            _end(who, talk)
            return
        st.markdown(TEXT("talk.hand_in"))
        ids = [scene.id for scene in talk.scenes]
        args = (startup.room().begin_talk, who, talk.id, ids)
        st.button(TEXT("talk.open"), key="talk-open", type="primary", on_click=actions.try_to, args=args)
        return
    with joining(now), st.container(horizontal=True, gap="small"):
        begun = now.state.clock_since is not None or now.state.seconds > 0
        beginning, label = kept(Beginning), TEXT("talk.go_on" if begun else "talk.begin")
        st.button(label, key="talk-begin", type="primary", on_click=beginning.press)
        if beginning.pressed:
            beginning.pressed = False
            _begin(who, now)
        _end(who, talk)


def _look(drawn_for: str | None) -> None:
    """Have the page drawn again where another talk is given than it was drawn for: from another page or browser."""
    try:
        now = given()
    except (StoreUnavailable, TalkProblem):
        return  # the page's own next drawing says why
    if (None if now is None else now.state.id) != drawn_for:
        st.rerun()


def _begin(who: Presenter, now: Given) -> None:
    """Go to the scene that is shown, in presenter mode; the clock runs from the first time on."""
    if now.state.clock_since is None:
        actions.try_to(startup.room().run_clock, who)
    st.switch_page(f"pages/{now.scene.page}.py", query_params=now.address | {"present": "1"})


def _end(who: Presenter, talk: Talk | None) -> None:
    if startup.room().presentation() is None:
        return
    with st.popover(TEXT("talk.end")):
        st.markdown(TEXT("talk.ends"))
        st.download_button(
            TEXT("talk.export"),
            partial(_exported, who, talk),
            TEXT("talk.file"),
            "text/csv",
            key="talk-export",
            on_click="ignore",
        )
        st.button(TEXT("talk.end_now"), key="talk-end", on_click=actions.try_to, args=(startup.room().end_talk, who))


def _exported(who: Presenter, talk: Talk | None) -> str:
    """What the class said up to now: this is called when somebody presses the button."""
    asked = {
        scene.id: Wording(scene.ask.text, scene.ask.choices)
        for scene in (() if talk is None else talk.scenes)
        if scene.ask is not None
    }
    try:
        return export(startup.room(), who, asked)
    except (RunProblem, StoreUnavailable) as problem:
        return str(problem)
