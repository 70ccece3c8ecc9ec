"""One batch, step by step: eight captured values on their way through batch normalization and ReLU."""

from __future__ import annotations

import streamlit as st

from pages import frame
from pages.one_batch_page import words
from pages.one_batch_page.captured import another_run, shelf
from pages.one_batch_page.controls import choose, experiments, passed_over
from pages.one_batch_page.panel import steps_panel
from pages.one_batch_page.sections import sections
from pages.one_batch_page.text import TEXT
from pages.parts.stacks import beside

runs = frame.enter(TEXT)
captured = shelf()
frame.title(TEXT)
if captured is None:
    st.info(TEXT("missing"))
else:
    frame.introduce(TEXT, another_run(runs, captured), passed_over(captured))
    controls, content = beside("one-batch")
    with controls:
        scene = choose(captured)
    if scene is None:
        st.info(TEXT("missing"))
    else:
        with content:
            steps_panel(captured, scene)
            experiments()
            st.caption(f"{words.provenance(captured, scene)}  \n{TEXT('source')}")
        sections(captured, scene)
frame.end(TEXT, "train")
