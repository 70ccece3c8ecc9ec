"""What stands around a page while a talk is followed: the bar at its foot, and the scene's question above it."""

from __future__ import annotations

import streamlit as st

from pages.following import bar, question
from pages.following.given import Given, at_scene
from pages.following.revealing import answered
from pages.session import hiding, presenter, right, url_state
from pages.session.session import session
from pages.session.style import style

STANDS_FOR = {"race": ("guess",), "quiz": ("answers", "quiz"), "prediction": ("prediction",)}
"""By the page's own question that a scene's question stands in for: the controls that are left out."""

TELLS = {"race": ("play", "score", "findings")}
"""By the same: what would show a follower what is right, before the presenter does."""


def draw(now: Given | None) -> None:
    """Draw both, where a talk is followed. To be called before the page is drawn.

    Args:
        now: the talk that the page follows, as it is drawn; None where there is none, or it has ended.
    """
    place = url_state.here()
    followable = place.talk is not None and not place.notes and session().with_store
    names = _left_out(now) if now is not None and at_scene(now) else ()
    presenter.put_aside(names)
    if not followable:
        return
    if names:
        style(hiding.sheet(names))
    # First: what changes while the rest is drawn is found by the bar's next look.
    with st.bottom:
        bar.draw(now)
    with st.container(key="scene-question", gap="xsmall"):
        question.draw(now if now is not None and at_scene(now) else None)


def _left_out(now: Given) -> tuple[str, ...]:
    own = now.scene.ask.in_place_of if now.scene.ask is not None else None
    follows = right.presenter() is None
    # What is trained before a room is the scene's choice: the screen is for the curves.
    names: tuple[str, ...] = ("placement",) if now.scene.live and not follows else ()
    # What the talk asks of a page, in this scene or in another one, the page does not ask once more.
    for scene in now.talk.scenes:
        if scene.page == now.scene.page and scene.ask is not None and scene.ask.in_place_of is not None:
            names += STANDS_FOR[scene.ask.in_place_of]
    return names + (TELLS.get(own, ()) if own is not None and follows and not answered(now) else ())
