"""Train: choose a network, press Train, watch which statistics let its accuracy through."""

from __future__ import annotations

import streamlit as st

from bn_core.runs.service import service
from pages.components import controls, desk, identity, presenter
from pages.components.block_drawing import draw
from pages.components.live_panel import live_panel
from pages.components.plain_text import plain
from pages.components.shelf import shelf

runs = service()
desk.settle(runs)
desk.train_what_waits(runs)

with st.sidebar:
    config = controls.panel()
    presenter.switch()

st.title("Train")
st.markdown(
    "A 20-layer network learns to read digits while you watch. Choose where batch normalization sits, press Train."
)
run_id = desk.run_id()
for sentence in desk.problems():
    st.warning(plain(sentence))

if run_id is not None and runs.run(run_id) is None:
    st.info(
        "There is no run at this address: it may have been deleted, or the link is incomplete. "
        "Press Train to start one of your own, or open one from the shelf below."
    )

draw(config)
live_panel(runs, run_id, config, runs.identical(config), presenter.scale())
shelf(runs, identity.browser_id(), run_id)

runs.prepare(config)
identity.listen()
