"""What stands beside the notebook's lines: how to read a run's curves, and what its three final lines mean."""

from __future__ import annotations

import streamlit as st

from bn_core.chart_tables.curves import MEAN_OVER
from bn_core.config import TrainingConfig
from bn_core.protocol import SCORING_BATCH
from bn_core.questions.questions import BATCHES
from bn_core.runs.history import RunHistory
from bn_core.runs.records import RunRecord
from bn_core.training.events import Scored
from bn_core.training.notebook_lines import final_lines
from pages.parts import glossary
from pages.parts.provenance import validation_images
from pages.train_page.lines import notebook_lines
from pages.words import captions
from pages.words.plain_text import plain
from pages.words.prose import prose

TEXT = prose("train")


def draw(config: TrainingConfig, run: RunRecord | None, history: RunHistory) -> None:
    """Say how to read the curves; beside the notebook's lines of a run that has ended, what it came to before that.

    Args:
        config: of the run, or what the controls say.
    """
    heading, how = TEXT("reading.heading"), reading(config, validation_images(history))
    if run is not None and run.active:
        glossary.write(f"## {heading}\n\n{how}")
        return
    left, right = st.columns([3, 2], gap="large")
    with left:
        notebook_lines(history, config, active=False)
    with right:
        if history.scored is None:
            glossary.write(f"## {heading}\n\n{how}")
            return
        glossary.write(f"## {TEXT('ending.heading')}\n\n{scores(history.scored, config)}")
        with st.expander(heading, type="compact"):
            glossary.write(how)


def scores(scored: Scored, config: TrainingConfig) -> str:
    """Return what the three final lines of a run mean, as Markdown with terms."""
    meanings = (
        captions.of_validation(scored, config),
        captions.of_test(scored, config),
        captions.of_one_by_one(scored, config),
    )
    lines = [f"**{plain(line)}**  \n{meaning}" for line, meaning in zip(final_lines(scored), meanings, strict=True)]
    return "\n\n".join(filter(None, [captions.how_scored(config), *lines]))


def reading(config: TrainingConfig, images: int) -> str:
    """Return how to read the curves, as Markdown with terms.

    Args:
        images: validation images that the scores are measured on.
    """
    if not config.normalized:
        return TEXT("reading.none", images=images, latest=MEAN_OVER)
    used = TEXT(f"reading.used.{'batch' if config.effect.scores_with_batch else 'moving'}", bug=config.bug)
    kept = TEXT(f"reading.kept.{'updated' if config.effect.updates_moving else 'never'}")
    like = "training" if config.batch_size == SCORING_BATCH else "other"
    as_in = TEXT(f"reading.as_in.{like}", batch_size=config.batch_size)
    numbers = {"over": BATCHES.default, "batch_size": SCORING_BATCH, "latest": MEAN_OVER}
    return TEXT("reading.scores", images=images, used=used, kept=kept, as_in=as_in, **numbers)
