"""The page that is shown where nothing else can be: one sentence, and what to do."""

from __future__ import annotations

import streamlit as st

from pages.words.plain_text import plain
from pages.words.prose import prose


def show(sentence: str) -> None:
    """Says what keeps the lab from starting. The sentence may come from anywhere."""
    text = prose("app")
    st.title(text("trouble.title"))
    st.warning(plain(sentence))
    st.caption(text("trouble.remedy"))
    st.button(text("trouble.again"), type="primary")
