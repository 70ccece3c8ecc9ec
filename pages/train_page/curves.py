"""A run's accuracy and loss as they are measured, the sentence that they give, and where they come from."""

from __future__ import annotations

import streamlit as st

from bn_core.config import TrainingConfig
from bn_core.runs.history import RunHistory
from bn_core.runs.records import RunRecord
from pages.charts.training import BLIND_LOSS, accuracy_points, accuracy_spec, loss_points, loss_spec
from pages.parts import glossary
from pages.parts.provenance import run_in_full
from pages.words import captions
from pages.words.plain_text import plain
from pages.words.prose import prose

TEXT = prose("train")

VALIDATION_SHOWN = 250
"""How many validation images the curves of accuracy are measured on, before a run has said so itself."""


def draw(config: TrainingConfig, history: RunHistory, scale: float) -> None:
    """Put both charts on the page, and what there is to see in them.

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


def draw_source(run: RunRecord | None, history: RunHistory) -> None:
    """Say which run the curves are of, and what their accuracy is measured on."""
    source = TEXT("nothing.source", images=VALIDATION_SHOWN)
    if run is not None:
        measured = TEXT("provenance.accuracy", images=validation_images(history))
        source = " · ".join([*map(plain, run_in_full(run)), measured])
    glossary.write(f":small[:gray[{source}]]", place="source")


def validation_images(history: RunHistory) -> int:
    """Return how many validation images the curves are measured on."""
    return history.evaluations[-1].images if history.evaluations else VALIDATION_SHOWN
