"""What was handed in of the exercises while the talk is given: for the presenter alone, without names."""

from __future__ import annotations

import streamlit as st

from bn_core.exercises import exercises
from bn_core.runs.records import RunProblem
from bn_core.runs.store import StoreUnavailable
from pages.session import presenter, right, startup
from pages.words.plain_text import plain
from pages.words.prose import prose

TEXT = prose("teach")


def handed_in() -> None:
    """Draw it by exercise, the newest first. Nothing in presenter mode, which a room sees, nor for anybody else."""
    try:
        who = right.presenter()
        if who is None or presenter.on() or startup.room().presentation() is None:
            return
        remarks = startup.room().remarks(who)
    except (RunProblem, StoreUnavailable):
        return  # the part that gives the talk says why
    st.header(TEXT("handed_in.heading"), anchor=False)
    st.markdown(TEXT("handed_in.intro"))
    for exercise in exercises():
        if found := [remark.text for remark in remarks if remark.exercise == exercise.key]:
            title = TEXT("lessons.exercise", number=exercise.number, title=exercise.title)
            with st.expander(plain(TEXT("handed_in.of", title=title, count=len(found)))):
                for text in found:
                    st.text(text)
