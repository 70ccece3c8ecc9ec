"""Break it: one mistake at a time, trained for real, with its fingerprint; and a quiz."""

from __future__ import annotations

import streamlit as st

from bn_core.exhibits import library
from pages import frame
from pages.break_it_page import words
from pages.break_it_page.choice import chosen, lost, mistakes, short_list, step_buttons
from pages.break_it_page.exhibit import exhibit
from pages.break_it_page.quiz_panel import GUESS, choose_mode, quiz_panel
from pages.break_it_page.words import TEXT
from pages.parts.stacks import beside
from pages.session import presenter

runs = frame.enter(TEXT)
recorded = library()
with frame.title_row(TEXT):
    mode = choose_mode()
frame.introduce(TEXT, lost(runs))
if mode == GUESS:
    quiz_panel(recorded, presenter.scale())
else:
    now = chosen(runs, recorded)
    controls, content = beside("break-it")
    with controls:
        mistakes(recorded, now)
    with content:
        if presenter.on():
            # In one line: the screen is for the curves.
            with st.container(horizontal=True, vertical_alignment="center", key="mistake"):
                st.header(words.name(now.key), anchor=False)  # the list says it to those who see
                short_list(recorded, now)
                step_buttons(recorded, now)
        else:
            short_list(recorded, now)
            with st.container(horizontal=True, vertical_alignment="center"):
                st.header(words.name(now.key), anchor=False, width="content")
                st.space("stretch")
                with st.container(horizontal=True, width="content"):
                    step_buttons(recorded, now)
        exhibit(runs, recorded, now, presenter.scale())
frame.end(TEXT, "compare")
