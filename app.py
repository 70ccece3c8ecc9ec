"""Batch Norm Lab: see what batch normalization does. `streamlit run app.py`"""

from __future__ import annotations

from pathlib import Path

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from bn_core.runs.records import RunDamaged
from bn_core.runs.store import StoreUnavailable
from pages.following import lead, notes_window, stage
from pages.parts import navigation
from pages.presenter import keys, turning
from pages.session import entrance, history, notes, nowhere, presenter, right, startup, trouble
from pages.session.alone import let_it_be_sent
from pages.session.style import first_style
from pages.tour import bar
from pages.words.prose import prose

TEXT = prose("app")
ART = Path(__file__).parent / "pages" / "parts"

# By section of the navigation, and there by their files; those of the section without a name stand by themselves. The
# first is the home page. The address is the file's name: the first link that a fresh server is asked for finds its page
# by that alone.
PAGES = {
    "": ("race", "one_batch", "train"),
    "inside": ("layers", "population", "one_image"),
    "practise": ("break_it", "compare", "exercises", "teach", "handout"),
    "reference": ("source", "notebook", "glossary", "about"),
}
HOME = PAGES[""][0]
WITH_SIDE_BAR = "train"


def listed(name: str) -> StreamlitPage:
    """Return a page for the navigation. The home page has no name in its address; see `nowhere` for one by its file."""
    address = "home" if name == HOME else name
    return st.Page(f"pages/{name}.py", title=TEXT(f"pages.{name}"), url_path=address, default=name == HOME)


known = [name for names in PAGES.values() for name in names]
sheets = ["style.css", "side_bar_to_come.css"] if entrance.first_page(known) == WITH_SIDE_BAR else ["style.css"]
groups = {
    TEXT(f"sections.{section}") if section else "": [listed(name) for name in names] for section, names in PAGES.items()
}
groups[""] += nowhere.pages(known)
page = st.navigation(groups, position="top")
turning.turn(page.url_path or HOME, known)
if (gone := entrance.gone_to(page.url_path or HOME, known)) is not None:
    st.switch_page(f"pages/{gone}.py", query_params=st.query_params.to_dict())
entrance.note_page(page.url_path or HOME)
st.set_page_config(
    page_title=TEXT("name"),
    page_icon=str(ART / "icon.svg"),
    layout="wide",
    initial_sidebar_state="collapsed" if presenter.on() else "auto",
)
st.logo(str(ART / "logo.svg"), size="large")
first_style(presenter.sheet("".join((ART / sheet).read_text(encoding="utf-8") for sheet in sheets)))
navigation.name_menu(TEXT("menu"))
navigation.mark_group(PAGES, page.url_path)
notes.listen()
keys.listen()
right.listen()
try:
    trouble.of_the_store()
    followed = lead.lead(page.url_path or HOME)
    bar.bar(page.url_path or HOME)
    stage.draw(followed)
    if notes_window.wanted():
        notes_window.draw()
    else:
        page.run()
    history.keep()
    startup.after_page()
    let_it_be_sent()
except RunDamaged:
    # Now it is known, and the page is drawn without that run and says so.
    st.rerun()
except StoreUnavailable as problem:
    startup.lose_store(problem)
    st.rerun()
