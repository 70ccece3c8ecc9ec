"""Presenter mode (`?present=1`): for the back row of a room. Larger type, no navigation, the controls folded away."""

from __future__ import annotations

import streamlit as st

from pages.session import url_state
from pages.session.session import widget
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


def sheet() -> str:
    """Return the style sheet that enlarges everything on the page, in presenter mode."""
    return _STYLE if on() else ""


def switch() -> None:
    """Draw the switch between the two modes."""
    text, key = prose("app"), f"present-{on()}"
    st.toggle(text("presenter.label"), on(), key=key, on_change=_hear, args=(key,), help=text("presenter.help"))


def _hear(key: str) -> None:
    # After a change of pages a switch that nobody used is heard again: what it says counts, not that it was heard.
    if isinstance(said := widget(key), bool):
        url_state.present(on=said)
