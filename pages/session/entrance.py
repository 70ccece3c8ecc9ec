"""Every page is entered through app.py, also by the first link that a fresh server is asked for.

Until app.py has run once, Streamlit takes the folder pages/ for its older kind of app, and runs the script that an
address names by itself: without navigation, wide layout, and app.py's answer to a store that cannot be opened.
"""

from __future__ import annotations

import streamlit as st
from streamlit.runtime.pages_manager import PagesManager

from pages.words import glossary


def through_app() -> None:
    """Starts over from app.py where a page was run without it, and opens the page's glossary.

    To be called before anything else on a page.
    """
    if PagesManager.uses_pages_directory:
        PagesManager.uses_pages_directory = False
        st.rerun()
    glossary.open_page()
