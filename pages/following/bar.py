"""The bar at the foot of the page while a talk is followed: for the presenter the way through it, for others the way
back to it. It looks twice a second whether the talk has gone on, and then has the page drawn again."""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass

import streamlit as st
from streamlit.runtime.scriptrunner_utils.script_run_context import get_script_run_ctx

from bn_core.runs.presented import GUESSES, Presentation, Presenter
from bn_core.runs.records import RunProblem
from bn_core.runs.store import StoreUnavailable
from pages.following import lead, remarks, revealing
from pages.following.given import Given, at_scene, followed, is_given
from pages.following.watch import watch
from pages.following.words import TEXT, clock, title
from pages.parts.often import often
from pages.session import identity, right, startup, url_state
from pages.session.alone import drawn_alone
from pages.session.session import kept, widget

LOOK_SECONDS = 0.5
LOOKS = "talk"

GATHER_SECONDS = 2.0
"""How often the pages of a class are drawn again for guesses that come in late."""

TRAIL = 5
"""How many scenes the trail shows at once: as many as leave room for the present one's title in one line of large
type."""


@dataclass
class Drawn:
    """What the page was drawn for: another talk, state, right or page, and it is drawn again.

    Attributes:
        count: of the guesses that it shows.
        at: when it was drawn (`time.monotonic`).
    """

    stands_for: Hashable = None
    count: int = 0
    at: float = 0


def draw(now: Given | None) -> None:
    """Draw the bar, and keep it up to date.

    Args:
        now: the talk that the page follows, as it is drawn; None where that has ended.
    """
    drawn = kept(Drawn)
    drawn.stands_for, drawn.count, drawn.at = _stands_for(now), _count(now), time.monotonic()
    # The presenter's says the time, and how many have guessed. A follower's changes with the talk alone: of a class of
    # thirty each look is to cost little.
    if right.presenter() is not None:
        often(_update_and_look, LOOKS, LOOK_SECONDS)
    else:
        drawn_alone(_update)()
        often(_look, LOOKS, LOOK_SECONDS)


def _stands_for(now: Given | None) -> Hashable:
    # A request of the page before may come after the next page was drawn: then the browser goes back to that page.
    context = get_script_run_ctx()
    page = "" if context is None else context.page_script_hash
    if now is None:
        return None, right.presenter() is not None, page
    # A guess may have been made in the browser's other tab, or what was drawn after it was lost: see `live`.
    guess = None if now.scene.ask is None else startup.room().guess_of(now.state.scene, identity.browser_id())
    return (now.state.id, now.state.number, guess), right.presenter() is not None, page


def _count(now: Given | None) -> int:
    """Return how many guesses the page shows: still more may come in then."""
    if now is None or now.scene.ask is None or now.state.revealed != GUESSES:
        return 0
    return startup.room().guess_count(now.state.scene)


def _look() -> None:
    try:
        _looked_at()
    except StoreUnavailable:
        st.caption(TEXT("bar.trouble"))  # the top of the page says more
    watch(_draw_anew)


def _draw_anew() -> None:
    kept(Drawn).stands_for = None


def _looked_at() -> Given | None:
    """Return the talk that the page follows, or have the page drawn again where it was drawn for something else."""
    now, drawn = followed(), kept(Drawn)
    more = time.monotonic() - drawn.at > GATHER_SECONDS and _count(now) != drawn.count
    if more or _stands_for(now) != drawn.stands_for or kept(lead.Tab).returns:
        url_state.catch_up()
        st.rerun()
    return now


def _update() -> None:
    try:
        now, who = _looked_at(), right.presenter()
        with st.container(key="talk-bar", horizontal=True, vertical_alignment="center", gap="small"):
            if now is None:
                st.markdown(TEXT(f"bar.{_without()}"), width="content")
            elif who is not None:
                _presents(now, who)
            else:
                _follows(now)
    except StoreUnavailable:
        st.caption(TEXT("bar.trouble"))  # the top of the page says more


def _without() -> str:
    """Return why the page follows no talk: it was changed, has ended before the eyes of this tab, or there is none."""
    talk, opened = url_state.here().talk, kept(lead.Tab).opened
    if is_given(talk):
        return "changed"
    return "over" if opened is not None and opened[0] == talk else "ended"


def _update_and_look() -> None:
    _update()
    watch(_draw_anew)


def _presents(now: Given, who: Presenter) -> None:
    state, place, count = now.state, now.state.place, len(now.state.scenes)
    st.button(TEXT("bar.previous"), key="talk-previous", disabled=place == 0, on_click=_act, args=(lead.turn, -1))
    key = f"talk-trail-{state.id}-{state.number}"
    start = min(max(place - TRAIL // 2, 0), max(count - TRAIL, 0))
    st.segmented_control(
        TEXT("bar.trail"),
        range(start, min(start + TRAIL, count)),
        default=place,
        required=True,
        format_func=lambda scene: f"{scene + 1}/{count}" if scene == place else f"{scene + 1}",
        label_visibility="collapsed",
        key=key,
        on_change=_go_to,
        args=(who, key, now.state),
    )
    st.button(
        TEXT("bar.next"),
        key="talk-next",
        type="primary",
        disabled=place + 1 == count,
        on_click=_act,
        args=(lead.turn, 1),
    )
    if not at_scene(now):
        st.button(TEXT("bar.return"), key="talk-return", on_click=kept(lead.Tab).come_back)
    elif now.scene.ask is not None:
        revealing.button(now, who, "talk", _act)
    with st.container(key="talk-scene", width="stretch"):
        st.markdown(title(now))
    left = clock(now.talk.minutes * 60 - state.spent(time.time()))
    st.markdown(TEXT("bar.left", time=left), width="content")
    st.link_button(TEXT("bar.notes"), "?notes=1", type="tertiary", icon=":material/speaker_notes:")


def _follows(now: Given) -> None:
    place, count = now.state.place, len(now.state.scenes)
    if at_scene(now):
        st.markdown(TEXT("bar.at", number=place + 1, count=count, title=title(now)), width="stretch")
    else:
        st.markdown(TEXT("bar.away", number=place + 1, count=count, title=title(now)), width="stretch")
        st.button(TEXT("bar.return"), key="talk-return", type="primary", on_click=kept(lead.Tab).come_back)
    remarks.write(now)


def _go_to(who: Presenter, key: str, state: Presentation) -> None:
    place = widget(key)
    # Where a page was not drawn to its end, Streamlit takes what the trail showed at first for a choice.
    if isinstance(place, int) and 0 <= place < len(state.scenes) and place != state.place:
        _act(startup.room().show, who, state.scenes[place], state.number)
        kept(lead.Tab).come_back()


def _act(act: Callable[..., object], *args: object) -> None:
    """Do what a presenter may; who may not any more is told so where the page is drawn again."""
    try:
        act(*args)
    except (RunProblem, StoreUnavailable):
        _draw_anew()
