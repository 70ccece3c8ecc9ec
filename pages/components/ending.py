"""What a run came to: the three final lines and what each means in this run; before that, how to read its curves."""

from __future__ import annotations

import streamlit as st

from bn_core.report import final_lines
from bn_core.runs.history import RunHistory
from bn_core.runs.records import RunRecord
from pages.components import captions
from pages.components.plain_text import plain


def ending(run: RunRecord | None, history: RunHistory) -> None:
    """What the three final lines mean in this run, or, where there are none, how to read the curves."""
    if run is not None and history.scored is not None:
        _scores(run, history)
    else:
        _reading("before" if run is None else run.config.placement)


def _scores(run: RunRecord, history: RunHistory) -> None:
    scored = history.scored
    assert scored is not None
    names = captions.class_names(run.config.dataset)
    meanings = (
        captions.of_validation(scored, names),
        captions.of_test(scored, names),
        captions.of_one_by_one(scored, names),
    )
    paragraphs = [
        f"**{plain(line)}**  \n{plain(meaning)}" for line, meaning in zip(final_lines(scored), meanings, strict=True)
    ]
    st.markdown("\n\n".join(["##### What the run came to", *paragraphs]))


def _reading(placement: str) -> None:
    if placement == "none":
        curves = (
            "**validation**: the share of 250 validation images that the network gets right. Without batch "
            "normalization there are no statistics to choose, so there is one score only.  \n"
        )
    else:
        curves = (
            "The same weights, scored on the same 250 validation images with three kinds of statistics:\n\n"
            "━ **moving**: the averages kept while training, which the notebook calls population statistics. This is "
            "what the finished network uses.  \n"
            "◆ **recalibrated**: averages taken afresh over 10 training batches with the weights as they are now.  \n"
            "○ **batch**: each batch of 64 by its own mean and variance, as in training.\n\n"
        )
    st.markdown(
        f"##### How to read the curves\n\n{curves}"
        "**training batch**: the share right in the batches it trains on, over the latest ten.  \n"
        "**blind**: the loss of giving each of ten classes its share, whatever the image."
    )
