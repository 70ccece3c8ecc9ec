"""Train: choose a network, press Train, watch which statistics let its accuracy through."""

from __future__ import annotations

import streamlit as st

from pages.session import controls, desk, entrance, identity, presenter
from pages.session.startup import service
from pages.train_page.block_drawing import draw
from pages.train_page.panel import live_panel
from pages.train_page.recorded_runs import same_training
from pages.train_page.run_tools import run_tools
from pages.train_page.shelf import shelf
from pages.words import glossary
from pages.words.plain_text import plain
from pages.words.prose import prose

text = prose("train")

entrance.through_app()
runs = service()
desk.settle(runs)
desk.train_what_waits(runs)

with st.sidebar:
    config = controls.panel()
    presenter.switch()

run_id = desk.run_id()
run = None if run_id is None else runs.run(run_id)
with st.container(horizontal=True, vertical_alignment="bottom"):
    st.title(text("title"), width="content")
    st.space("stretch")
    if run is not None:
        run_tools(runs, run)
glossary.write(text("intro"))
with st.container(key="address"):
    if problems := desk.problems():
        st.warning("  \n".join(plain(sentence) for sentence in problems))
    if run_id is not None and run is None:
        st.info(text("nothing.unknown"))
# A room looks at the curves: where they are presented, the drawing stands below them.
recorded = same_training(config, runs.recorded())
if presenter.on():
    live_panel(runs, run_id, config, runs.identical(config), recorded, presenter.scale())
    draw(config)
else:
    draw(config)
    live_panel(runs, run_id, config, runs.identical(config), recorded, presenter.scale())
shelf(runs, identity.browser_id(), run_id)
st.page_link("pages/layers.py", label=text("next"), icon=":material/arrow_forward:")

runs.prepare(config)
identity.listen()
