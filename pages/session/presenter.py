"""Presenter mode (`?present=1`): for the back row of a room. Larger type, no navigation, the controls folded away."""

from __future__ import annotations

import streamlit as st

from pages.session import url_state
from pages.session.style import style
from pages.words.prose import prose

SCALE = 1.25
"""How much larger the type is."""

# The base font size belongs to the server's theme.
_STYLE = f"html {{ font-size: {100 * SCALE:g}% !important; }}\n"


def on() -> bool:
    """Whether this page is presented."""
    return url_state.here().present


def scale() -> float:
    """By what the text in charts is to be larger."""
    return SCALE if on() else 1.0


def dress() -> None:
    """Enlarge everything on the page, in presenter mode."""
    if on():
        style(_STYLE)


def switch() -> None:
    """Draw the switch between the two modes."""
    text = prose("app")
    st.toggle(
        text("presenter.label"),
        on(),
        key=f"present-{on()}",
        on_change=url_state.present,
        kwargs={"on": not on()},
        help=text("presenter.help"),
    )
