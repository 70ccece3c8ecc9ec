"""The button that gives all exercises as one notebook."""

from __future__ import annotations

import streamlit as st

from bn_core.exercises.take_home import NAME, take_home
from pages.exercises_page.text import TEXT
from pages.session import url_state


def take_home_button() -> None:
    """Draw the button. The notebook is made when it is asked for, on the data set that is at hand here."""
    st.download_button(
        TEXT("take_home.button"),
        lambda: take_home(url_state.default_config()),
        NAME,
        "application/x-ipynb+json",
        key="take-home",
        icon=":material/download:",
        on_click="ignore",
        help=TEXT("take_home.help"),
    )
