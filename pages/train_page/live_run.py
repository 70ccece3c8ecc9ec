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
from pages.charts.training import BLIND_LOSS, accuracy_points, accuracy_spec, loss_points, loss_spec
from pages.live import live
from pages.parts import glossary
from pages.parts.status_words import title
from pages.parts.view import QUICK, View, look, pace
from pages.session import actions
from pages.session.identity import browser_id
from pages.train_page import curves, ending, recorded_runs
from pages.train_page.lines import notebook_lines
from pages.train_page.run_bar import run_bar
from pages.words import captions
from pages.words.prose import prose

TEXT = prose("train")


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

    def look_at_both() -> tuple[View, RunHistory]:
        view = look(service, subject.run_id, browser_id())
        return view, RunHistory("") if view.run is None else service.history(view.run.id)

    live(
        "train",
        subject.run_id,
        look_at_both,
        lambda found, trouble: _draw(service, subject, *found, trouble),
        lambda found: _pace(found[0]),
        nothing=(View(None, EngineStatus("off")), RunHistory("")),
    )


def _draw(service: RunService, subject: Subject, view: View, history: RunHistory, trouble: str) -> float | None:
    run = view.run
    config = subject.config if run is None else run.config
    st.set_page_config(page_title=title(view))
    run_bar(service, view, history.failed, subject.known, trouble)
    _curves(config, history, subject.scale)
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


def _curves(config: TrainingConfig, history: RunHistory, scale: float) -> None:
    """Draw accuracy and loss as they are measured, and what there is to see in them.

    Their descriptions never change during a run: the sentence does.
    """
    key = (config.placement, config.bias, config.batches, scale)
    said = {"batches": config.batches, "variant": captions.variant(config)}
    # Three tracks where there is room, two of them for the accuracy; on a phone one under the other.
    grid = st.grid(3, min_column_width=round(250 * scale), gap="medium")
    with grid.cell(column_span=2):
        alt = TEXT("charts.accuracy" if config.normalized else "charts.accuracy_none", **said)
        st.vega_lite_chart(accuracy_points(history), accuracy_spec(*key), alt=alt)
    grid.vega_lite_chart(loss_points(history), loss_spec(*key), alt=TEXT("charts.loss", **said))
    sentences = [captions.gap(history.evaluations, config), captions.blind(history.losses, BLIND_LOSS)]
    glossary.write(" ".join(filter(None, sentences)) or TEXT("nothing.curves"), place="sentence")


def _pace(view: View) -> float | None:
    """Seconds until the next look; None where nothing can change by itself."""
    return QUICK if actions.something_waits() else pace(view)
