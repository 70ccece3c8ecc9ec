"""Exercises: eight things to find out, each answered by a run of the learner's own."""

from __future__ import annotations

import streamlit as st

from pages import frame
from pages.exercises_page.choice import chosen
from pages.exercises_page.overview import overview
from pages.exercises_page.take_home import take_home_button
from pages.exercises_page.task import task
from pages.exercises_page.text import TEXT
from pages.parts import glossary
from pages.session import entrance, identity, presenter
from pages.session.startup import service

frame.begin(TEXT)
entrance.settle_alone()
with frame.title_row(TEXT):
    take_home_button()
exercise, unknown = chosen()
with st.container(key="exercises-intro"):
    if exercise is None:
        glossary.write(TEXT("intro"))
    frame.warn([*entrance.problems(), *filter(None, [unknown])])
if exercise is None:
    overview()
    frame.end(TEXT, "source")
else:
    # It has a link of its own to the next one.
    task(service(), exercise)
    presenter.switch()
    identity.listen()
