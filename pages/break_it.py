"""Break it: one mistake at a time, trained for real, with the mark that it leaves; and a quiz."""

from __future__ import annotations

import streamlit as st

from bn_core.exhibits import library
from pages.break_it_page import words
from pages.break_it_page.choice import chosen, lost, mistakes, step_buttons
from pages.break_it_page.exhibit import exhibit
from pages.break_it_page.quiz_panel import GUESS, LOOK, MODE, quiz_panel
from pages.break_it_page.words import TEXT
from pages.session import desk, entrance, identity, presenter
from pages.session.startup import service
from pages.words import glossary
from pages.words.plain_text import plain

entrance.through_app()
runs = service()
desk.settle(runs)
recorded = library()

st.set_page_config(page_title=f"{TEXT('title')} · Batch Norm Lab")
with st.container(horizontal=True, vertical_alignment="bottom"):
    st.title(TEXT("title"), width="content")
    st.space("stretch")
    mode = st.segmented_control(
        TEXT("mode"),
        [LOOK, GUESS],
        default=LOOK,
        required=True,
        format_func=TEXT,
        key=MODE,
        label_visibility="collapsed",
    )
glossary.write(TEXT("intro"))
with st.container(key="address"):
    if problems := desk.problems():
        st.warning("  \n".join(plain(sentence) for sentence in problems))
    if sentence := lost(runs):
        st.info(sentence)

if mode == GUESS:
    quiz_panel(runs, recorded, presenter.scale())
else:
    now = chosen(runs, recorded)
    with st.sidebar:
        mistakes(recorded, now)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.subheader(words.name(now.key), anchor=False, width="content")
        st.space("stretch")
        step_buttons(recorded, now)
    exhibit(runs, recorded, now, presenter.scale())

st.space("small")
st.page_link("pages/source.py", label=TEXT("next-page"), icon=":material/arrow_forward:")
presenter.switch()
identity.listen()
