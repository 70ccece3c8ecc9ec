"""Code: the program of the chosen configuration at both levels, with what the choices decide marked.

It is not called code.py: where pages/ is on Python's path, that would hide the standard library's module.
"""

from __future__ import annotations

import streamlit as st

from pages import frame
from pages.code_page.choices import choices, chosen_elsewhere, of_run
from pages.code_page.idioms import idioms
from pages.code_page.programs import choose_view, programs
from pages.code_page.running import running
from pages.code_page.text import TEXT
from pages.session import controls
from pages.session.session import session

runs = frame.enter(TEXT)
config, asked = controls.chosen(), session().run_id
run = None if asked is None else runs.run(asked)
frame.title(TEXT)
frame.introduce(TEXT, frame.unknown_run(run) or of_run(run, config))
choices(config)
with st.container(horizontal=True, vertical_alignment="center", gap="medium", key="view"):
    whole = choose_view() == "whole"
    st.caption(f"{TEXT('legend')}  \n{chosen_elsewhere(config)}".strip(), width="content")
programs(config, whole=whole)
running()
idioms(config)
frame.end(TEXT, "train")
