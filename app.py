"""Batch Norm Lab: see what batch normalization does. `streamlit run app.py`"""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from bn_core.environment import EnvironmentProblem
from bn_core.runs.store import StoreUnavailable
from pages.parts import style
from pages.session import desk, presenter, startup, trouble

ART = Path(__file__).parent / "pages" / "parts"

PAGES = (
    # File and title; the first is the home page. The address is the file's name: the first link that a fresh server is
    # asked for finds its page by that alone.
    ("pages/race.py", "Race"),
    ("pages/one_batch.py", "One batch"),
    ("pages/train.py", "Train"),
    ("pages/layers.py", "Layers"),
    ("pages/population.py", "Population"),
    ("pages/one_image.py", "One image"),
    ("pages/break_it.py", "Break it"),
    ("pages/source.py", "Code"),
)

st.set_page_config(
    page_title="Batch Norm Lab",
    page_icon=str(ART / "icon.svg"),
    layout="wide",
    initial_sidebar_state="collapsed" if presenter.on() else "auto",
)
st.logo(str(ART / "logo.svg"), size="large")
style.put_on()
presenter.dress()
page = st.navigation(
    [
        st.Page(file, title=title, url_path=Path(file).stem, default=place == 0)
        for place, (file, title) in enumerate(PAGES)
    ],
    position="hidden" if presenter.on() else "top",
)
desk.note_page(page.url_path)
try:
    trouble.of_the_store()
    page.run()
    startup.after_page()
except EnvironmentProblem as problem:
    trouble.show(str(problem))
except StoreUnavailable as problem:
    startup.lose_store(problem)
    st.rerun()
