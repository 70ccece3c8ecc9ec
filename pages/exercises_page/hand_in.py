"""Handing in what was found in an exercise: to the presenter of the talk that is given, without a name."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from bn_core.exercises import Exercise
from bn_core.runs.presented import TEXT_LIMIT, Presentation
from bn_core.runs.records import RunProblem
from bn_core.runs.store import StoreUnavailable
from pages.exercises_page.text import TEXT
from pages.following.given import given
from pages.session import startup
from pages.session.identity import browser_id
from pages.session.session import kept, widget
from pages.words.plain_text import plain
from pages.words.prose import prose


@dataclass
class Handing:
    """How many texts were handed in, why the latest was not taken, and of which exercise it was."""

    sent: int = 0
    problem: str = ""
    exercise: str = ""


def hand_in(exercise: Exercise, answer: str) -> None:
    """Draw where it can be handed in, while a talk is given; nothing else hands anything in.

    Args:
        answer: what was answered, in words.
    """
    try:
        now = given()
    except StoreUnavailable:
        return
    if now is None:
        return
    said = kept(Handing)
    begin = beginning(answer)
    key = f"hand-in-{exercise.key}-{said.sent}"
    with st.container(key="hand-in"):
        # Not `max_chars`: by it the browser would refuse what is pasted without a word.
        st.text_area(TEXT("hand_in.label", most=_most(begin)), key=key)
        st.button(TEXT("hand_in.button"), key="hand-in-button", on_click=_send, args=(exercise, now.state, begin, key))
        if said.exercise == exercise.key:
            if said.problem:
                st.warning(plain(said.problem))
            else:
                st.caption(TEXT("hand_in.sent"))
        st.caption(prose("talk")("privacy"))


def beginning(answer: str) -> str:
    """Return how a text begins that is handed in: by the answer."""
    return f"{TEXT('hand_in.answer', answer=answer)} "


def _most(begin: str) -> int:
    """Return how many characters of one's own have room behind this beginning."""
    return TEXT_LIMIT - len(begin)


def _send(exercise: Exercise, now: Presentation, begin: str, key: str) -> None:
    text, said = widget(key), kept(Handing)
    said.exercise, said.problem = exercise.key, ""
    if not isinstance(text, str) or not text.strip():
        said.problem = TEXT("hand_in.nothing")
        return
    if (count := len(text.strip())) > _most(begin):
        said.problem = TEXT("hand_in.long", most=_most(begin), count=count)
        return
    try:
        startup.room().write(now.id, now.scene, browser_id(), f"{begin}{text.strip()}", exercise.key)
        said.sent += 1
    except (RunProblem, StoreUnavailable) as problem:
        said.problem = str(problem)
