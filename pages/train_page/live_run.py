"""The part of the Train page that moves: everything about the run on the page, looked at again on a timer.

The specifications of its charts stay the same for a run; only small tables travel.
"""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from bn_core.config import TrainingConfig
from bn_core.runs.history import RunHistory
from bn_core.runs.records import EngineStatus, RunRecord
from bn_core.runs.service import RunService
from pages.live import live
from pages.parts.status_words import title
from pages.parts.view import QUICK, View, look, pace
from pages.session import actions
from pages.session.identity import browser_id
from pages.train_page import curves, ending, recorded_runs
from pages.train_page.lines import notebook_lines
from pages.train_page.run_bar import run_bar


@dataclass(frozen=True)
class Subject:
    """What the part is about.

    Attributes:
        run_id: the run on the page; None, or no run's, for an empty one.
        config: what the controls say: the axes of empty charts are those of the run that would come.
        known: a run of exactly this configuration that there is already.
        recorded: such a run among those that come with the app: it is offered where no run is on the page.
        scale: of the text in the charts.
    """

    run_id: str | None
    config: TrainingConfig
    known: RunRecord | None
    recorded: RunRecord | None
    scale: float


def live_run(service: RunService, subject: Subject) -> None:
    """Draw the part and keep it up to date, as often as the run is worth."""
    live(
        "train",
        subject.run_id,
        lambda: look(service, subject.run_id, browser_id()),
        lambda view, trouble: _draw(service, subject, view, trouble),
        _pace,
        nothing=View(None, RunHistory(""), EngineStatus("off")),
    )


def _draw(service: RunService, subject: Subject, view: View, trouble: str) -> float | None:
    run, history = view.run, view.history
    config = subject.config if run is None else run.config
    st.set_page_config(page_title=title(view))
    run_bar(service, view, subject.known, trouble)
    curves.draw(config, history, subject.scale)
    with st.container(key="recorded", gap="xsmall"):
        if run is None and subject.recorded is not None:
            recorded_runs.offer(service, subject.recorded)
    curves.draw_source(run, history)
    left, right = st.columns([3, 2], gap="large")
    with left:
        notebook_lines(history, active=run is not None and run.active)
    with right:
        ending.draw(config, history)
    return _pace(view)


def _pace(view: View) -> float | None:
    """Seconds until the next look; None where nothing can change by itself."""
    return QUICK if actions.something_waits() else pace(view)
