"""Where to go after the race: pointed out once in a browser's life, when the first race is over."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from pages.browser.component import component
from pages.session import presenter
from pages.session.session import kept
from pages.words.prose import prose

NEXT = "pages/one_batch.py"

_COMPONENT = component("pointer", __file__)


@dataclass
class Going:
    """Whether the person follows it: the press may have come with the request of a part, before this page is drawn."""

    pressed: bool = False

    def go(self) -> None:
        """Follow it."""
        self.pressed = True


def pointer() -> None:
    """Mount it. The browser knows whether it was shown before; what was pressed leads to the next page."""
    if presenter.on():
        return
    going = kept(Going)
    _COMPONENT(key="pointer", data={"words": prose("race").table("pointer")}, on_go_change=going.go)
    if going.pressed:
        going.pressed = False
        st.switch_page(NEXT)
