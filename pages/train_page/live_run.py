"""The part of the Train page that moves: everything about the run on the page, looked at again on a timer.

It is one top-level fragment with a fixed number and order of elements, so that an update changes charts in place. The
specifications of the charts stay the same for a run; only small tables travel.
"""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from bn_core.config import TrainingConfig
from bn_core.runs.history import RunHistory
from bn_core.runs.records import EngineStatus, RunRecord
from bn_core.runs.service import RunService
from bn_core.runs.store import StoreUnavailable
from pages.parts.view import QUICK, View, look, pace
from pages.session import actions
from pages.session.identity import browser_id
from pages.session.session import kept
from pages.train_page import curves, ending, recorded_runs
from pages.train_page.lines import notebook_lines
from pages.train_page.run_bar import run_bar
from pages.words.status_words import title


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


@dataclass
class _Latest:
    """The latest look at a run that could be had."""

    run_id: str | None = None
    view: View | None = None


def live_run(service: RunService, subject: Subject) -> None:
    """Draw the part and keep it up to date, as often as the run is worth."""
    view, _ = _look(service, subject.run_id)
    st.set_page_config(page_title=title(view))
    seconds = _pace(view)
    st.fragment(_draw, run_every=seconds)(service, subject, seconds)


def _draw(service: RunService, subject: Subject, seconds: float | None) -> None:
    view, trouble = _look(service, subject.run_id)
    run, history = view.run, view.history
    config = subject.config if run is None else run.config
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
    if _pace(view) != seconds:
        st.rerun()


def _pace(view: View) -> float | None:
    """Seconds until the next look; None where nothing can change by itself."""
    return QUICK if actions.something_waits() else pace(view)


def _look(service: RunService, run_id: str | None) -> tuple[View, str]:
    """The run as it is now, or as it was last seen and why it cannot be read: an error would remove the charts."""
    latest = kept(_Latest)
    try:
        latest.run_id, latest.view = run_id, look(service, run_id, browser_id())
    except StoreUnavailable as problem:
        if latest.view is None or latest.run_id != run_id:
            return View(None, RunHistory(""), EngineStatus("off")), str(problem)
        return latest.view, str(problem)
    return latest.view, ""
