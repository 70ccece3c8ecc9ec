"""One batch, step by step: eight captured values on their way through batch normalization and ReLU."""

from __future__ import annotations

import streamlit as st

from pages import frame
from pages.one_batch_page import words
from pages.one_batch_page.captured import another_run, shelf
from pages.one_batch_page.controls import choose, experiments
from pages.one_batch_page.panel import steps_panel
from pages.one_batch_page.sections import sections
from pages.one_batch_page.text import TEXT
from pages.parts.onward import onward
from pages.session import identity, presenter

runs = frame.enter(TEXT)
captured = shelf()
with st.sidebar:
    scene = None if captured is None else choose(captured)
    presenter.switch()
st.title(TEXT("title"))
if captured is None or scene is None:
    st.info(TEXT("missing"))
else:
    frame.introduce(TEXT, another_run(runs, captured))
    steps_panel(captured, scene)
    experiments()
    st.caption(f"{words.provenance(captured, scene)}  \n{TEXT('source')}")
    sections(captured, scene)
onward("train", TEXT("next"))
identity.listen()
