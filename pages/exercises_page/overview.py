"""The list of exercises with what is solved, and what can be done with all of them: take them home, forget."""

from __future__ import annotations

import streamlit as st

from bn_core.exercises import exercises
from pages.exercises_page import choice, progress
from pages.exercises_page.text import TEXT
from pages.parts import glossary
from pages.session import notes


def overview() -> None:
    """Draw one row an exercise."""
    count, solved = len(exercises()), progress.solved()
    st.markdown(f"**{TEXT('all_solved' if solved == count else 'progress', solved=solved, count=count)}**")
    grid = st.grid(2, min_column_width=420, gap="small")
    for exercise in exercises():
        done = progress.is_solved(exercise)
        with grid.cell(), st.container(gap=None):
            st.button(
                f"{exercise.number}. {exercise.title}",
                key=f"exercise-{exercise.number}",
                type="tertiary",
                icon=":material/check_circle:" if done else ":material/radio_button_unchecked:",
                on_click=choice.show,
                args=(exercise.number,),
                help=TEXT("solved" if done else "not_solved"),
            )
            st.caption(glossary.bare(exercise.aim))
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.caption(TEXT("kept" if notes.kept_by_browser() else "blocked"), width="content")
        st.button(
            TEXT("forget"),
            key="forget",
            type="tertiary",
            on_click=progress.forget,
            disabled=solved == 0 and not progress.work().attempts,
        )
    if progress.work().forgotten is not None:
        with st.container(border=True, horizontal=True, vertical_alignment="center", gap="small", key="forgotten"):
            st.markdown(TEXT("forgotten"), width="stretch")
            st.button(TEXT("undo"), key="have-back", icon=":material/undo:", on_click=progress.have_back)
