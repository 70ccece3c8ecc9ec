"""The presenter's button that shows the class more of a scene's question: the guesses, then what is right."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from bn_core.runs.presented import ANSWER, GUESSES, HIDDEN, Presenter
from bn_core.talks import right as right_answer
from pages.following.given import Given
from pages.following.words import TEXT
from pages.session import startup


def answered(now: Given) -> bool:
    """Return whether the class was shown what is right of the scene's question, or all that there is to show of it."""
    ask, shown = now.scene.ask, now.state.revealed
    return shown == ANSWER or (shown == GUESSES and (ask is None or right_answer(ask) is None))


def button(now: Given, who: Presenter, name: str, press: Callable[..., None]) -> None:
    """Draw the button for what comes next, with how many have guessed; after the last, the one that asks again.

    Args:
        name: of the place that it stands in: its key begins with it.
        press: is given what the button does, and its arguments.
    """
    room, scene = startup.room(), now.state.scene
    if answered(now):
        with st.popover(TEXT("bar.again")):
            args = (room.ask_again, who, scene)
            st.button(TEXT("bar.again_now"), key=f"{name}-again", on_click=press, args=args)
        return
    step, level = ("guesses", GUESSES) if now.state.revealed == HIDDEN else ("answer", ANSWER)
    label = TEXT(f"bar.{step}", count=room.guess_count(scene)) if step == "guesses" else TEXT(f"bar.{step}")
    st.button(label, key=f"{name}-{step}", on_click=press, args=(room.reveal, who, scene, level))
