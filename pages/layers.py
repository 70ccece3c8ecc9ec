"""Inside the layers: what 64 images look like on their way through the network, and how that changes as it learns."""

from __future__ import annotations

import streamlit as st

from bn_core.runs.service import service
from pages.components import desk, entrance, identity, presenter, url_state
from pages.components.plain_text import plain
from pages.components.run_choice import choose_other, choose_run, run_to_show, runs_to_choose
from pages.layers_page.panel import layers_panel

entrance.through_app()
runs = service()
desk.settle(runs)

asked = desk.run_id()
run = run_to_show(runs, asked, lambda known: known.active or bool(known.step and runs.probes(known.id).probes))
other = None
st.set_page_config(page_title="Inside the layers · Batch Norm Lab")
with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
    st.title("Inside the layers", width="content")
    st.space("stretch")
    if run is not None or runs_to_choose(runs):
        choose_run(runs, run)
    if run is not None:
        other = choose_other(runs, run)
st.markdown(
    "Follow 64 test images through all 20 layers: how large their values are, how many are 0, what training does."
)
with st.container(key="address"):
    if problems := desk.problems():
        st.warning("  \n".join(plain(sentence) for sentence in problems))
    if asked is not None and run is None:
        st.info("There is no run at this address: it may have been deleted, or the link is incomplete.")

if run is None:
    st.markdown(
        "There is nothing to look into yet. Train a network, with or without batch normalization: its layers can be "
        "watched here from the first batch on."
        if not runs_to_choose(runs)
        else "Choose a run above, or train another."
    )
    st.page_link("pages/train.py", label="Train a network", icon=":material/arrow_forward:")
elif not run.active and not runs.probes(run.id).probes:
    st.info(
        "Nothing was recorded inside this run: it ended before its first batch, or an older version of the lab trained "
        "it. Choose another run, or train this one again."
    )
    st.page_link("pages/train.py", label="Train a network", icon=":material/arrow_forward:")
else:
    layers_panel(runs, run, other, url_state.here().step, presenter.scale())

st.space("small")
st.page_link(
    "pages/population.py",
    label="Next: how far the statistics that inference uses are from the truth",
    icon=":material/arrow_forward:",
)
presenter.switch()
identity.listen()
