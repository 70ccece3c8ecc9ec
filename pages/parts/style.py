"""What the theme's settings cannot say of the look: one small style sheet for all pages."""

from __future__ import annotations

from pathlib import Path

import streamlit as st


def put_on() -> None:
    """Puts the style sheet on the page."""
    st.html(Path(__file__).with_suffix(".css"))
