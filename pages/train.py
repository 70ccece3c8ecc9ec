"""Train: choose a network, press Train, watch which statistics let its accuracy through."""

from __future__ import annotations

import streamlit as st

from pages import frame
from pages.parts.onward import to_next
from pages.session import actions, controls, identity, presenter
from pages.session.session import session
from pages.train_page.panel import train_panel
from pages.train_page.run_tools import run_tools
from pages.train_page.shelf import shelf
from pages.try_next.panel import try_next
from pages.words.prose import prose

TEXT = prose("train")

runs = frame.enter(TEXT)
actions.train_what_waits(runs)
with st.sidebar:
    config = controls.panel()
    presenter.switch()
run_id = session().run_id
run = None if run_id is None else runs.run(run_id)
with frame.title_row(TEXT):
    if run is not None:
        run_tools(runs, run)
unknown = frame.unknown_run(run)
notices = (
    f"{unknown} {TEXT('nothing.unknown')}" if unknown else "",
    "" if identity.kept() else TEXT("remarks.blocked"),
)
frame.introduce(TEXT, "  \n".join(filter(None, notices)))
train_panel(runs, run_id, config)
try_next(runs, run)
shelf(runs, run_id)
to_next("layers", TEXT("next"))
runs.prepare(config)
identity.listen()
