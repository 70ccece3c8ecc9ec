"""The button that gives all exercises as one notebook."""

from __future__ import annotations

import streamlit as st

from bn_core.exercises.take_home import NAME, take_home
from pages.exercises_page.text import TEXT
from pages.session import url_state


def take_home_button() -> None:
    """Draw the button, with the notebook on the data set that is at hand here.

    It takes 3 ms and is made beforehand: a file that Streamlit makes when it is asked for is had under an id that the
    next run of the page replaces, and a press before the browser has heard of the new one finds nothing.
    """
    st.download_button(
        TEXT("take_home.button"),
        take_home(url_state.default_config()),
        NAME,
        "application/x-ipynb+json",
        key="take-home",
        icon=":material/download:",
        on_click="ignore",
        help=TEXT("take_home.help"),
    )
