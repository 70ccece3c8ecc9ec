"""One batch, step by step: eight captured values on their way through batch normalization and ReLU."""

from __future__ import annotations

import streamlit as st

from pages.one_batch_page import words
from pages.one_batch_page.captured import shelf
from pages.one_batch_page.controls import choose, experiments
from pages.one_batch_page.panel import steps_panel
from pages.one_batch_page.scene import Scene
from pages.one_batch_page.sections import sections
from pages.session import desk, entrance, identity, presenter
from pages.session.startup import service
from pages.words import glossary
from pages.words.prose import prose

entrance.through_app()
desk.settle(service())
text = prose("one-batch")
st.set_page_config(page_title=text("browser_title"))

captured = shelf()
with st.sidebar:
    choice = None if captured is None else choose(captured)
    presenter.switch()

st.title(text("title"))
if captured is None or choice is None:
    st.info(text("missing"))
else:
    scene = Scene.of(choice)
    glossary.write(text("intro"))
    steps_panel(captured, scene)
    experiments()
    st.caption(f"{words.provenance(captured, scene)}  \n{text('source')}")
    sections(captured, choice)
st.page_link("pages/train.py", label=text("next"), icon=":material/arrow_forward:")
identity.listen()
