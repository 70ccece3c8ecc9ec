"""One image at a time: what the same weights make of an image, depending on whose statistics normalize it."""

from __future__ import annotations

import streamlit as st

from bn_core.runs.records import NOBODY, RunRecord
from pages.one_image_page.panel import one_image_panel
from pages.parts.run_choice import choose_run, run_to_show, runs_to_choose
from pages.session import desk, entrance, identity, presenter
from pages.session.startup import service
from pages.words import glossary
from pages.words.plain_text import plain
from pages.words.prose import prose

entrance.through_app()
runs = service()
desk.settle(runs)
text = prose("one-image")


def shows(run: RunRecord) -> bool:
    """Whether the page has something to show of a run. Of the recorded ones, one with batch norm is the example."""
    example = run.owner != NOBODY or run.config.normalized
    return run.active or (example and bool(runs.snapshot_steps(run.id)))


asked = desk.run_id()
run = run_to_show(runs, asked, shows)
st.set_page_config(page_title=f"{text('title')} · Batch Norm Lab")
with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
    st.title(text("title"), width="content")
    st.space("stretch")
    if run is not None or runs_to_choose(runs):
        choose_run(runs, run)
glossary.write(text("intro"))
with st.container(key="address"):
    if problems := desk.problems():
        st.warning("  \n".join(plain(sentence) for sentence in problems))
    if asked is not None and run is None:
        st.info(text("run-deleted"))

if run is None:
    st.markdown(text("choose-a-run") if runs_to_choose(runs) else text("no-runs"))
    st.page_link("pages/train.py", label=text("train-link"), icon=":material/arrow_forward:")
else:
    one_image_panel(runs, run, presenter.scale())

st.space("small")
st.page_link("pages/break_it.py", label=text("next-link"), icon=":material/arrow_forward:")
presenter.switch()
identity.listen()
