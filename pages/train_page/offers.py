"""What stands between the buttons and the run: that something else is chosen than is shown, that a run of just this
training exists, and that another data set is trained on than the app is about."""

from __future__ import annotations

from functools import partial

import streamlit as st

from bn_core.config import TrainingConfig
from bn_core.data.catalogue import at_hand
from bn_core.runs.records import RunRecord
from pages.charts.palette import HUES
from pages.parts.status_words import label
from pages.session import actions
from pages.words.captions import training, variant
from pages.words.plain_text import plain
from pages.words.prose import prose

TEXT = prose("train")

DRAWN = ("placement", "bias", "implementation")
"""The fields of a configuration that the drawing shows."""


def draw_choice(run: RunRecord | None, config: TrainingConfig) -> None:
    """Say that something else is chosen than is shown, where that is so.

    Args:
        run: the one on the page.
        config: what the controls say.
    """
    if run is not None and config.identity != run.config.identity:
        with st.container(border=True, key="other-choice"):
            st.markdown(other_choice(run, config))


def draw(run: RunRecord | None, config: TrainingConfig, known: RunRecord | None) -> None:
    """Say what else there is to say.

    Args:
        run: the one on the page.
        config: what the controls say.
        known: a run of exactly what the controls say that there is already: it is offered, and Train still trains.
    """
    if run is None and training(config) != training(TrainingConfig(dataset=config.dataset)):
        # A link may have set what only “More choices” shows.
        st.caption(plain(TEXT("chosen.trained", training=training(config))))
    if known is not None and (run is None or known.id != run.id):
        _offer(known)
    if config.dataset == "mnist-5k" and not at_hand("mnist") and (run is None or run.config.dataset != "mnist-5k"):
        st.caption(TEXT("chosen.small_data"))


def other_choice(run: RunRecord, config: TrainingConfig) -> str:
    """Return which run is shown and what is chosen instead, as Markdown in the colours of their placements."""
    drawn = any(getattr(config, field) != getattr(run.config, field) for field in DRAWN)
    return TEXT(
        "chosen.drawing" if drawn else "chosen.other",
        run=_coloured(label(run) if run.name else variant(run.config), run.config),
        training=plain(training(run.config)),
        choice=_coloured(variant(config), config),
        choice_training=plain(training(config)),
    )


def _coloured(words: str, config: TrainingConfig) -> str:
    return f":{HUES[config.placement]}[**{plain(words)}**]"


def _offer(known: RunRecord) -> None:
    what = plain(f"{variant(known.config)}, {training(known.config)}")
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="known-run"):
        st.caption(TEXT("known.active" if known.active else "known.ended", run=what), width="content")
        st.button(
            TEXT("known.watch" if known.active else "known.open"),
            key="open-known",
            type="tertiary",
            on_click=partial(actions.open_run, known),
        )
