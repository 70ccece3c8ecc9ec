"""Inside the layers: what 64 images look like on their way through the network, and how that changes as it learns."""

from __future__ import annotations

import streamlit as st

from pages.layers_page.panel import layers_panel
from pages.layers_page.words import TEXT
from pages.parts.run_choice import choose_other, choose_run, run_to_show, runs_to_choose
from pages.session import desk, entrance, identity, presenter, url_state
from pages.session.startup import service
from pages.words import glossary
from pages.words.plain_text import plain
from pages.words.status_words import APP

entrance.through_app()
runs = service()
desk.settle(runs)

asked = desk.run_id()
run = run_to_show(runs, asked, lambda known: known.active or bool(known.step and runs.probes(known.id).probes))
other = None
st.set_page_config(page_title=f"{TEXT('title')} · {APP}")
with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
    st.title(TEXT("title"), width="content")
    st.space("stretch")
    if run is not None or runs_to_choose(runs):
        choose_run(runs, run)
    if run is not None:
        other = choose_other(runs, run)
glossary.write(TEXT("intro"))
with st.container(key="address"):
    if problems := desk.problems():
        st.warning("  \n".join(plain(sentence) for sentence in problems))
    if asked is not None and run is None:
        st.info(TEXT("nothing.unknown"))

if run is None:
    st.markdown(TEXT("nothing.no_choice" if runs_to_choose(runs) else "nothing.no_run"))
    st.page_link("pages/train.py", label=TEXT("nothing.train"), icon=":material/arrow_forward:")
elif not run.active and not runs.probes(run.id).probes:
    st.info(TEXT("nothing.unrecorded"))
    st.page_link("pages/train.py", label=TEXT("nothing.train"), icon=":material/arrow_forward:")
else:
    layers_panel(runs, run, other, url_state.here().step, presenter.scale())

st.space("small")
st.page_link("pages/population.py", label=TEXT("next"), icon=":material/arrow_forward:")
presenter.switch()
identity.listen()
