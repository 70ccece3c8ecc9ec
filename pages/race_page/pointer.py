"""Where to go after the race: pointed out once in a browser's life, when the first race is over."""

from __future__ import annotations

import streamlit as st

from pages.browser.component import component
from pages.session import presenter
from pages.words.prose import prose

NEXT = "pages/one_batch.py"

_COMPONENT = component("pointer", __file__)


def pointer() -> None:
    """Mount it. The browser knows whether it was shown before; what was pressed leads to the next page."""
    if presenter.on():
        return
    pressed = _COMPONENT(key="pointer", data={"words": prose("race").table("pointer")}, on_go_change=lambda: None)
    if pressed.get("go"):
        st.switch_page(NEXT)
