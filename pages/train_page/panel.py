"""The Train page below its introduction: the network that is chosen, and the run on the page as it goes.

The specifications of the run's charts stay the same for a run; only small tables travel. What changes with the state of
the run alone, its buttons and what it came to, stands around the part that moves and is no part of an update.
"""

from __future__ import annotations

import time
from collections.abc import Hashable
from functools import partial
from typing import TypeAlias

import streamlit as st

from bn_core.config import TrainingConfig
from bn_core.runs.history import RunHistory
from bn_core.runs.records import EngineStatus
from bn_core.runs.service import RunService
from pages.charts.training import accuracy_points, accuracy_spec, loss_points, loss_spec
from pages.live import Still, live
from pages.parts import glossary
from pages.parts.chart import fitted
from pages.parts.finding import finding
from pages.parts.progress_line import progress_line
from pages.parts.status_words import awaited, title
from pages.parts.view import QUICK, View, just_begun, look, pace
from pages.session import actions, presenter
from pages.session.identity import browser_id
from pages.train_page import block_drawing, ending, offers, recorded_runs, source
from pages.train_page.described import describe_charts
from pages.train_page.lines import notebook_lines
from pages.train_page.quick_choice import quick_choice
from pages.train_page.run_bar import buttons, remarks
from pages.words import captions
from pages.words.prose import prose

TEXT = prose("train")

Seen: TypeAlias = tuple[View, RunHistory]

LONGEST_WAIT, BETWEEN_TWO_READS = 0.4, 0.02
"""Seconds that an update waits for the first point of a run, and between its reads. So long a press may wait."""


def train_panel(service: RunService, run_id: str | None, config: TrainingConfig) -> None:
    """Put both on the page, and keep the run up to date, as often as it is worth.

    Args:
        run_id: the run on the page; None, or no run's, for empty charts.
        config: what the controls say: the axes of empty charts are those of the run that would come.
    """
    known = service.identical(config, browser_id())
    presented, scale = presenter.on(), presenter.scale()

    def look_at_both() -> Seen:
        view = look(service, run_id, browser_id())
        return view, RunHistory("") if view.run is None else service.history(view.run.id)

    def above(seen: Seen) -> None:
        view, _ = seen
        buttons(service, view)
        with st.container(key="offers", gap="xsmall"):
            offers.draw_choice(view.run, config)
            if not presented:
                offers.draw(view.run, config, known)

    def draw(seen: Seen, trouble: str) -> float | None:
        view, history = seen
        run = view.run
        shown = config if run is None else run.config
        st.set_page_config(page_title=title(view))
        progress_line(view, title(view))
        with st.container(key="run-remarks", gap="xsmall"):
            remarks(service, view, history.failed, trouble)
        _curves(shown, history, scale)
        with st.container(key="finding"):
            glossary.write(finding(history, shown) or awaited(view), place="sentence")
        if run is not None and run.active:
            notebook_lines(history, shown, active=True)
        return _pace(seen)

    def below(seen: Seen) -> None:
        view, history = seen
        describe_charts()
        if presented:
            offers.draw(view.run, config, known)
        if view.run is None:
            with st.container(key="recorded", gap="xsmall"):
                recorded_runs.offer(service, config)
        source.draw(view.run, history)
        if view.run is not None:
            recorded_runs.elsewhere(service, view.run, history.scored)
        ending.draw(config if view.run is None else view.run.config, view.run, history)

    quick_choice(config)
    # A room looks at the curves: where they are presented, the drawing and the offers stand below them.
    if not presented:
        block_drawing.draw(config)
    nothing = (View(None, EngineStatus("off")), RunHistory(""))
    first_point = None if run_id is None else partial(_await_first_point, service, run_id)
    live("train", run_id, look_at_both, draw, _pace, nothing, Still(above, below, _state), news=first_point)
    if presented:
        block_drawing.draw(config)


def _curves(config: TrainingConfig, history: RunHistory, scale: float) -> None:
    """Draw accuracy and loss as they are measured.

    Their descriptions never change during a run, or the browser would draw them anew: the sentence below them does,
    which `describe_charts` makes a part of each description.
    """
    key = (config.placement, config.bias, config.batches, scale)
    said = {"batches": config.batches, "variant": captions.variant(config)}
    # Three tracks where there is room, two of them for the accuracy; on a phone one under the other.
    grid = st.grid(3, min_column_width=round(250 * scale), gap="medium", key="curves")
    with grid.cell(column_span=2):
        alt = TEXT("charts.accuracy" if config.normalized else "charts.accuracy_none", **said)
        spec = accuracy_spec(*key)
        with fitted("accuracy", spec) as height:
            st.vega_lite_chart(accuracy_points(history), spec, alt=alt, height=height)
    with grid.cell():
        spec, alt = loss_spec(*key), TEXT("charts.loss", **said)
        with fitted("loss", spec) as height:
            st.vega_lite_chart(loss_points(history), spec, alt=alt, height=height)


def _state(seen: Seen) -> Hashable:
    """What the buttons and what stands below the curves depend on.

    Until its first point a new run counts as queued: each drawing of the page anew would delay that point.
    """
    view, history = seen
    run = view.run
    of_run = None
    if run is not None:
        status = "queued" if just_begun(run) else run.status
        of_run = (run.id, status, run.presumed, view.mine)
    return of_run, history.scored is None, view.engine.state == "unavailable"


def _await_first_point(service: RunService, run_id: str) -> None:
    """Return as soon as a run that has just begun has a score, that it be drawn at once; else after a while.

    Raises:
        StoreUnavailable: the store cannot be read.
    """
    until = time.monotonic() + LONGEST_WAIT
    while time.monotonic() < until:
        run = service.run(run_id)
        if run is None or not just_begun(run) or service.history(run_id).evaluations:
            return
        time.sleep(BETWEEN_TWO_READS)


def _pace(seen: Seen) -> float | None:
    """Seconds until the next look; None where nothing can change by itself."""
    return QUICK if actions.something_waits() else pace(seen[0])
