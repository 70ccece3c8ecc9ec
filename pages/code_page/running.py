"""The layer that this very app runs, as its file has it: the arithmetic, and what makes a Keras layer of it."""

from __future__ import annotations

import streamlit as st

from bn_core.source_code import running_layer
from pages.code_page.listing import listing
from pages.code_page.text import TEXT
from pages.parts import glossary


def running() -> None:
    """Put both excerpts on the page, with what they are."""
    st.header(TEXT("running.title"))
    glossary.write(TEXT("running.words"))
    left, right = st.columns(2, gap="medium")
    for place, names in ((left, running_layer.ARITHMETIC), (right, (running_layer.WRAPPER,))):
        with place:
            for name in names:
                excerpt = running_layer.excerpt(name)
                listing(excerpt.text, key=f"running-{name}", label=name, first=excerpt.first, copy=False)
