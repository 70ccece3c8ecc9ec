"""A scene's question above its page: followers guess, and everybody sees the guesses once they are shown."""

from __future__ import annotations

import math
from dataclasses import dataclass

import streamlit as st

from bn_core.runs.presented import ANSWER, GUESSES, HIDDEN, Guesses
from bn_core.runs.records import RunProblem
from bn_core.runs.store import StoreUnavailable
from bn_core.talks import Question, Right
from bn_core.talks import right as right_answer
from pages.following import guess_chart
from pages.following.given import Given
from pages.following.words import TEXT, right_is
from pages.parts.chart import draw_chart
from pages.session import presenter, right, startup
from pages.session.alone import drawn_alone
from pages.session.identity import browser_id
from pages.session.session import kept, widget
from pages.words.plain_text import plain

MOST_PARTS = 4
"""Of a question: its text, where one guesses, what became of that, and the guesses."""


@dataclass
class Guessing:
    """Why the latest guess was not taken, in one sentence, and in which scene; an empty text where it was."""

    problem: str = ""
    scene: str = ""


@drawn_alone
def draw(now: Given | None) -> None:
    """Draw the question of the scene that is shown, with the guesses once they are.

    Args:
        now: the talk as the page is drawn for it; None where the page is of none of its scenes.
    """
    if now is None or now.scene.ask is None:
        _nothing(MOST_PARTS)
        return
    ask = now.scene.ask
    try:
        follows, found, answer = right.presenter() is None, None, None
        if now.state.revealed != HIDDEN:
            found = startup.room().guesses(now.state.scene, right.presenter())
            answer = right_answer(ask) if now.state.revealed == ANSWER else None
        st.markdown(f"**{plain(ask.text)}** {_beside(ask, found, answer, follows=follows)}")
        if follows:
            _guess(now, ask)
        if found is not None:
            _draw_guesses(ask, found, answer)
        else:
            _nothing(1)
    except (RunProblem, StoreUnavailable):
        return  # the talk has gone on just now: the bar has the page drawn again


def _nothing(places: int) -> None:
    """Take away what stands in the next places: of the scene before, until the page is drawn to its end."""
    for _ in range(places):
        st.empty()


def _beside(ask: Question, found: Guesses | None, answer: Right | None, *, follows: bool) -> str:
    """Return what stands in the question's line: before a room that saves the height of another."""
    if found is None:
        return "" if follows else " · ".join(map(plain, ask.choices))
    count = TEXT("chart.count", count=found.count)
    return count if answer is None else f"{count} {right_is(ask, answer)}"


def _guess(now: Given, ask: Question) -> None:
    scene, room = now.state.scene, startup.room()
    mine = room.guess_of(scene, browser_id())
    # Before the browser has said who it is, a guess would be nobody's.
    over = browser_id() is None or now.state.revealed == ANSWER or (now.state.revealed == GUESSES and mine is not None)
    key = f"guess-{now.state.id}-{scene}-{now.state.number if mine is None else f'made-{mine}'}"
    if ask.kind == "choice":
        st.pills(
            ask.text,
            range(len(ask.choices)),
            default=mine if isinstance(mine, int) else None,
            required=mine is not None,
            format_func=lambda choice: plain(ask.choices[choice]),
            label_visibility="collapsed",
            disabled=over,
            key=key,
            on_change=_send,
            args=(now.state.id, scene, key, len(ask.choices)),
        )
    else:
        st.number_input(
            ask.text,
            value=None if mine is None else float(mine),
            step=1.0,
            format="%g",
            label_visibility="collapsed",
            placeholder=TEXT("guess.number"),
            disabled=over,
            key=key,
            on_change=_send,
            args=(now.state.id, scene, key, 0),
            width=320,
        )
    said = kept(Guessing)
    if said.problem and said.scene == scene:
        st.warning(plain(said.problem))
    elif mine is None:
        st.caption(TEXT("guess.none"))
    else:
        st.caption(TEXT("guess.final" if over else "guess.made"))


def _send(talk: str, scene: str, key: str, choices: int) -> None:
    said = kept(Guessing)
    said.problem, said.scene = "", scene
    given = widget(key)
    if given is None:
        return  # it was taken back on the page, and stays as it was made
    if isinstance(given, float) and given.is_integer() and math.isfinite(given):
        given = int(given)
    try:
        startup.room().guess(talk, scene, browser_id(), given, choices=choices)
    except (RunProblem, StoreUnavailable) as problem:
        said.problem = str(problem)


def _draw_guesses(ask: Question, found: Guesses, answer: Right | None) -> None:
    if made := guess_chart.bars(ask, found, answer):
        spec = guess_chart.spec(len(made), presenter.scale())
        draw_chart(guess_chart.table(made), spec, TEXT("chart.alt", question=ask.text))
