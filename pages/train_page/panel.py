"""The Train page below its introduction: the network that is chosen, and the run on the page as it goes.

The specifications of the run's charts stay the same for a run; only small tables travel.
"""

from __future__ import annotations

import streamlit as st

from bn_core.config import TrainingConfig
from bn_core.runs.history import RunHistory
from bn_core.runs.records import EngineStatus
from bn_core.runs.service import RunService
from pages.charts.training import BLIND_LOSS, accuracy_points, accuracy_spec, loss_points, loss_spec
from pages.live import live
from pages.parts import glossary
from pages.parts.status_words import title
from pages.parts.view import QUICK, View, look, pace
from pages.session import actions, presenter
from pages.session.identity import browser_id
from pages.train_page import block_drawing, ending, recorded_runs, source
from pages.train_page.lines import notebook_lines
from pages.train_page.run_bar import run_bar
from pages.words import captions
from pages.words.prose import prose

TEXT = prose("train")


def train_panel(service: RunService, run_id: str | None, config: TrainingConfig) -> None:
    """Put both on the page, and keep the run up to date, as often as it is worth.

    Args:
        run_id: the run on the page; None, or no run's, for empty charts.
        config: what the controls say: the axes of empty charts are those of the run that would come.
    """
    known, recorded = service.identical(config), recorded_runs.same_training(config, service.recorded())
    presented, scale = presenter.on(), presenter.scale()

    def look_at_both() -> tuple[View, RunHistory]:
        view = look(service, run_id, browser_id())
        return view, RunHistory("") if view.run is None else service.history(view.run.id)

    def draw(both: tuple[View, RunHistory], trouble: str) -> float | None:
        view, history = both
        run = view.run
        shown = config if run is None else run.config
        st.set_page_config(page_title=title(view))
        run_bar(service, view, history.failed, known, trouble)
        _curves(shown, history, scale)
        with st.container(key="recorded", gap="xsmall"):
            if run is None and recorded is not None:
                recorded_runs.offer(service, recorded)
        source.draw(run, history)
        left, right = st.columns([3, 2], gap="large")
        with left:
            notebook_lines(history, shown, active=run is not None and run.active)
        with right:
            ending.draw(shown, history)
        return _pace(both)

    # A room looks at the curves: where they are presented, the drawing stands below them.
    if not presented:
        block_drawing.draw(config)
    live("train", run_id, look_at_both, draw, _pace, nothing=(View(None, EngineStatus("off")), RunHistory("")))
    if presented:
        block_drawing.draw(config)


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
    sentences = [
        captions.gap(history.evaluations, config),
        captions.absurd(history.losses, history.evaluations, config, BLIND_LOSS),
        captions.blind(history.losses, BLIND_LOSS),
    ]
    glossary.write(" ".join(filter(None, sentences)) or TEXT("nothing.curves"), place="sentence")


def _pace(both: tuple[View, RunHistory]) -> float | None:
    """Seconds until the next look; None where nothing can change by itself."""
    return QUICK if actions.something_waits() else pace(both[0])
