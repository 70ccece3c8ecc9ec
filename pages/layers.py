"""Inside the layers: what 64 images look like on their way through the network, and how that changes as it learns."""

from __future__ import annotations

import streamlit as st

from pages import frame
from pages.layers_page.panel import layers_panel
from pages.layers_page.passed import passed_over
from pages.layers_page.words import TEXT
from pages.parts.onward import onward
from pages.parts.run_choice import choose_other, choose_run
from pages.session import presenter
from pages.try_next.leading import lead_to_try_next

runs = frame.enter(TEXT)
with frame.title_row(TEXT, gap="medium"):
    run = choose_run(runs, lambda known: known.active or bool(known.step and runs.probes(known.id).probes))
    other = None if run is None else choose_other(runs, run)
passed = () if run is None else passed_over(runs, run, other)
frame.introduce(TEXT, frame.unknown_run(run), passed)
if run is None:
    frame.no_run(TEXT, runs)
    onward("train", TEXT("nothing.train"))
elif not run.active and not runs.probes(run.id).probes:
    st.info(TEXT("nothing.unrecorded"))
    onward("train", TEXT("nothing.train"))
else:
    layers_panel(runs, run, other, presenter.scale())
    lead_to_try_next(run)
frame.end(TEXT, "population")
