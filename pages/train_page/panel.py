"""The Train page below its introduction: the network that is chosen, and the run on the page as it goes.

The specifications of the run's charts stay the same for a run; only small tables travel.
"""

from __future__ import annotations

import streamlit as st

from bn_core.config import TrainingConfig
from bn_core.runs.history import RunHistory
from bn_core.runs.records import EngineStatus
from bn_core.runs.service import RunService
from pages.live import live
from pages.parts.status_words import title
from pages.parts.view import QUICK, View, look, pace
from pages.session import actions, presenter
from pages.session.identity import browser_id
from pages.train_page import block_drawing, curves, ending, recorded_runs
from pages.train_page.lines import notebook_lines
from pages.train_page.run_bar import run_bar


def train_panel(service: RunService, run_id: str | None, config: TrainingConfig) -> None:
    """Put both on the page, and keep the run up to date, as often as it is worth.

    Args:
        run_id: the run on the page; None, or no run's, for empty charts.
        config: what the controls say: the axes of empty charts are those of the run that would come.
    """
    known, recorded = service.identical(config), recorded_runs.same_training(config, service.recorded())
    presented, scale = presenter.on(), presenter.scale()

    def draw(view: View, trouble: str) -> float | None:
        run, history = view.run, view.history
        shown = config if run is None else run.config
        st.set_page_config(page_title=title(view))
        run_bar(service, view, known, trouble)
        curves.draw(shown, history, scale)
        with st.container(key="recorded", gap="xsmall"):
            if run is None and recorded is not None:
                recorded_runs.offer(service, recorded)
        curves.draw_source(run, history)
        left, right = st.columns([3, 2], gap="large")
        with left:
            notebook_lines(history, active=run is not None and run.active)
        with right:
            ending.draw(shown, history)
        return _pace(view)

    # A room looks at the curves: where they are presented, the drawing stands below them.
    if not presented:
        block_drawing.draw(config)
    nothing = View(None, RunHistory(""), EngineStatus("off"))
    live("train", run_id, lambda: look(service, run_id, browser_id()), draw, _pace, nothing)
    if presented:
        block_drawing.draw(config)


def _pace(view: View) -> float | None:
    """Seconds until the next look; None where nothing can change by itself."""
    return QUICK if actions.something_waits() else pace(view)
