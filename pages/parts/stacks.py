"""Columns that stand below one another where a screen has no room for them side by side: see style.css.

Streamlit's own do so on a phone only. On a tablet, or at 200 % of a laptop, they would cut what stands in them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages.session import presenter
from pages.words.prose import prose


def stack(name: str, widths: int | Sequence[int], gap: Literal["small", "medium", "large"]) -> list[DeltaGenerator]:
    """Put columns on the page and return them.

    Args:
        name: unique on the page.
        widths: of the columns, relative to one another; or how many of the same width.
    """
    with st.container(key=f"stack-{name}"):
        return st.columns(widths, gap=gap)


def beside(name: str) -> tuple[DeltaGenerator, DeltaGenerator]:
    """Put a narrow column of controls and a wide one of what they change on the page, and return both.

    Where there is no room for both, the controls stand below. Before a room of people they are folded away there.

    Args:
        name: unique on the page.
    """
    if presenter.on():
        content = st.container()
        return st.expander(prose("parts")("stacks.controls")), content
    with st.container(key=f"beside-{name}"):
        controls, content = st.columns([2, 7], gap="large")
    return controls, content
