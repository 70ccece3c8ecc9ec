"""The part of the Train page that moves: everything about the run on the page, looked at again on a timer.

It is one top-level fragment with a fixed number and order of elements, so that an update changes charts in place. The
specifications of the charts stay the same for a run; only small tables travel.
"""

from __future__ import annotations

import streamlit as st

from bn_core.config import TrainingConfig
from bn_core.protocol import EVALUATION_SUBSET
from bn_core.runs.history import RunHistory
from bn_core.runs.records import EngineStatus, RunRecord
from bn_core.runs.service import RunService
from bn_core.runs.store import StoreUnavailable
from pages.charts.training import BLIND_LOSS, accuracy_points, accuracy_spec, loss_points, loss_spec
from pages.parts.view import View, look, pace
from pages.session.identity import browser_id
from pages.train_page import ending, recorded_runs
from pages.train_page.lines import notebook_lines
from pages.train_page.run_bar import run_bar
from pages.words import captions, glossary
from pages.words.plain_text import plain
from pages.words.prose import prose
from pages.words.provenance import run_in_full
from pages.words.status_words import title

TEXT = prose("train")

_LATEST = "latest_view"


def live_panel(
    service: RunService,
    run_id: str | None,
    config: TrainingConfig,
    known: RunRecord | None,
    recorded: RunRecord | None,
    scale: float,
) -> None:
    """Draws the panel and keeps it up to date, as often as the run is worth.

    Args:
        run_id: the run on the page; None, or no run's, for an empty panel.
        config: what the controls say: the axes of an empty panel are those of the run that would come.
        known: a run of exactly this configuration that there is already.
        recorded: such a run among those that come with the app: it is offered where no run is on the page.
        scale: of the text in the charts.
    """
    view, _ = _look(service, run_id)
    st.set_page_config(page_title=title(view))
    seconds = pace(view)
    st.fragment(_panel, run_every=seconds)(service, run_id, config, known, recorded, scale, seconds)


def _panel(
    service: RunService,
    run_id: str | None,
    config: TrainingConfig,
    known: RunRecord | None,
    recorded: RunRecord | None,
    scale: float,
    seconds: float | None,
) -> None:
    view, trouble = _look(service, run_id)
    run_bar(service, view, known, trouble)
    shown = config if view.run is None else view.run.config
    _charts(shown, view.history, scale)
    _sentence(shown, view.history)
    with st.container(key="recorded", gap="xsmall"):
        if view.run is None and recorded is not None:
            recorded_runs.offer(service, recorded)
    _source(view)
    left, right = st.columns([3, 2], gap="large")
    with left:
        st.markdown(f"##### {TEXT('lines.heading')}")
        notebook_lines(view.history, active=view.run is not None and view.run.active)
    with right:
        _words(shown, view.history)
    if pace(view) != seconds:
        st.rerun()


def _charts(config: TrainingConfig, history: RunHistory, scale: float) -> None:
    key = (config.placement, config.bias, config.batches, scale)
    # Three tracks where there is room, two of them for the accuracy; on a phone one under the other.
    grid = st.grid(3, min_column_width=round(250 * scale), gap="medium")
    with grid.cell(column_span=2):
        st.vega_lite_chart(accuracy_points(history), accuracy_spec(*key), alt=accuracy_alt(config))
    grid.vega_lite_chart(loss_points(history), loss_spec(*key), alt=loss_alt(config))


def _sentence(config: TrainingConfig, history: RunHistory) -> None:
    sentences = [captions.gap(history.evaluations, config), captions.blind(history.losses, BLIND_LOSS)]
    glossary.write(" ".join(filter(None, sentences)) or TEXT("nothing.curves"), place="sentence")


def _source(view: View) -> None:
    source = provenance(view.run, view.history) or TEXT("nothing.source", images=EVALUATION_SUBSET)
    glossary.write(f":small[:gray[{source}]]", place="source")


def _words(config: TrainingConfig, history: RunHistory) -> None:
    """How to read the curves; folded away as soon as there is to be said what the run came to."""
    heading, reading = TEXT("reading.heading"), ending.reading(config.placement, _images(history))
    if history.scored is None:
        glossary.write(f"##### {heading}\n\n{reading}")
        return
    glossary.write(f"##### {TEXT('ending.heading')}\n\n{ending.scores(history.scored, config.dataset)}")
    with st.expander(heading, type="compact"):
        glossary.write(reading)


def _images(history: RunHistory) -> int:
    return history.evaluations[-1].images if history.evaluations else EVALUATION_SUBSET


def provenance(run: RunRecord | None, history: RunHistory) -> str:
    """Where the curves come from, as safe Markdown with terms; an empty text without a run."""
    if run is None:
        return ""
    return " · ".join([*map(plain, run_in_full(run)), TEXT("provenance.accuracy", images=_images(history))])


def accuracy_alt(config: TrainingConfig) -> str:
    """What the accuracy chart shows. It never changes during a run: the sentence below the charts does."""
    key = "charts.accuracy" if config.normalized else "charts.accuracy_none"
    return TEXT(key, batches=config.batches, variant=captions.variant(config))


def loss_alt(config: TrainingConfig) -> str:
    """What the loss chart shows. It never changes during a run."""
    return TEXT("charts.loss", batches=config.batches, variant=captions.variant(config))


def _look(service: RunService, run_id: str | None) -> tuple[View, str]:
    """The run as it is now, or as it was last seen and why it cannot be read: an error would remove the charts."""
    try:
        view = look(service, run_id, browser_id())
    except StoreUnavailable as problem:
        latest = st.session_state.get(_LATEST)
        if latest is not None and latest[0] == run_id:
            return latest[1], str(problem)
        return View(None, RunHistory(""), EngineStatus("off")), str(problem)
    st.session_state[_LATEST] = (run_id, view)
    return view, ""
