"""Batch Norm Lab: see what batch normalization does. `streamlit run app.py`"""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from bn_core.runs.store import StoreUnavailable
from pages.session import entrance, history, notes, nowhere, presenter, startup, trouble
from pages.tour import bar
from pages.words.prose import prose

TEXT = prose("app")
ART = Path(__file__).parent / "pages" / "parts"

# By their files; the first is the home page. The address is the file's name: the first link that a fresh server is
# asked for finds its page by that alone.
PAGES = (
    "race",
    "one_batch",
    "train",
    "layers",
    "population",
    "one_image",
    "break_it",
    "source",
    "exercises",
    "notebook",
    "glossary",
    "about",
)

st.set_page_config(
    page_title=TEXT("name"),
    page_icon=str(ART / "icon.svg"),
    layout="wide",
    initial_sidebar_state="collapsed" if presenter.on() else "auto",
)
st.logo(str(ART / "logo.svg"), size="large")
st.html(ART / "style.css")
presenter.dress()
page = st.navigation(
    [
        # The home page has no name in its address. One that asks for it by its file means it: see `nowhere`.
        st.Page(f"pages/{PAGES[0]}.py", title=TEXT(f"pages.{PAGES[0]}"), url_path="home", default=True),
        *(st.Page(f"pages/{name}.py", title=TEXT(f"pages.{name}"), url_path=name) for name in PAGES[1:]),
        *nowhere.pages(PAGES),
    ],
    position="hidden" if presenter.on() else "top",
)
entrance.note_page(page.url_path or PAGES[0])
try:
    trouble.of_the_store()
    bar.bar(page.url_path or PAGES[0])
    page.run()
    history.keep()
    notes.listen()
    startup.after_page()
except StoreUnavailable as problem:
    startup.lose_store(problem)
    st.rerun()
