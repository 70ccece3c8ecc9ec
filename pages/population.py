"""Population statistics: how far what inference normalizes with is from the truth, and what that costs."""

from __future__ import annotations

import streamlit as st

from pages import frame
from pages.parts.run_choice import choose_run
from pages.population_page.nothing import lead_on, shows
from pages.population_page.panel import passed_over, population_panel
from pages.population_page.words import TEXT, nothing_here
from pages.session import presenter
from pages.try_next.leading import lead_to_try_next

runs = frame.enter(TEXT)
with frame.title_row(TEXT, gap="medium"):
    run = choose_run(runs, lambda known: shows(runs, known))
# Where the page shows nothing of the run, it begins with no other channel either.
passed = passed_over(runs, run) if run is not None and shows(runs, run) else ()
frame.introduce(TEXT, frame.unknown_run(run), passed)
if run is None:
    frame.no_run(TEXT, runs)
    lead_on(runs)
elif not shows(runs, run):
    st.info(nothing_here(run.config) or TEXT("nothing.unrecorded"))
    lead_on(runs)
else:
    population_panel(runs, run, presenter.scale())
    lead_to_try_next(run)
frame.end(TEXT, "one_image")
