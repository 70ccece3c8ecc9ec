"""Where the presenter's key, or a code that was handed over, is entered."""

from __future__ import annotations

import streamlit as st

from pages.session import right
from pages.session.session import kept, widget
from pages.words.plain_text import plain
from pages.words.prose import prose

TEXT = prose("giving")

KEY = "presenter-key"


def key_field() -> None:
    """Draw the field. What was typed is forgotten at once."""
    with st.form("presenter-key-form", clear_on_submit=True, border=False):
        st.text_input(TEXT("key.label"), type="password", autocomplete="off", key=KEY, help=TEXT("key.help"), width=480)
        st.form_submit_button(TEXT("key.enter"), type="primary", on_click=_enter)
    if problem := kept(right.Held).problem:
        st.warning(plain(problem))


def _enter() -> None:
    if isinstance(given := widget(KEY), str):
        right.enter(given)
