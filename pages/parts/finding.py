"""What there is to see in the curves of a run."""

from __future__ import annotations

import numpy as np

from bn_core.chart_tables.curves import MEAN_OVER
from bn_core.config import TrainingConfig
from bn_core.runs.history import RunHistory
from pages.charts.training import BLIND_LOSS
from pages.words import captions
from pages.words.prose import prose

TEXT = prose("train")


def finding(history: RunHistory, config: TrainingConfig) -> str:
    """Return what there is to see, as Markdown with terms; an empty text before there is anything."""
    loss = (
        captions.absurd(history.losses, history.evaluations, config, BLIND_LOSS)
        or captions.blind(history.losses, BLIND_LOSS)
        or latest_loss(history)
    )
    return " ".join(filter(None, [captions.gap(history.evaluations, config), loss]))


def latest_loss(history: RunHistory) -> str:
    """Return where the mean of the losses has come to; an empty text before there are so many, and for no number."""
    latest = history.losses[-MEAN_OVER:]
    if len(latest) < MEAN_OVER or not np.isfinite(latest).all():
        return ""
    return TEXT("latest_loss", over=MEAN_OVER, mean=float(np.mean(latest)))
