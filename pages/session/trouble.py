"""The page that is shown where nothing else can be: one sentence, and what to do."""

from __future__ import annotations

import streamlit as st

from pages.words.plain_text import plain


def show(sentence: str) -> None:
    """Says what keeps the lab from starting. The sentence may come from anywhere."""
    st.title("Batch Norm Lab cannot go on")
    st.warning(plain(sentence))
    st.caption("Then reload this page. `python -m bn_core doctor` says more about what works on this machine.")
    st.button("Try again", type="primary")
