"""How often a run's moving statistics were updated, and how much of their start that leaves. No TensorFlow."""

from __future__ import annotations

import math

from bn_core.batch_norm.population import share_of_start
from bn_core.config import TrainingConfig
from bn_core.data.catalogue import VALIDATION_IMAGES
from bn_core.protocol import CHECK_BATCH_EVERY, CHECK_VALIDATION_EVERY, SCORING_BATCH


def updates_by_checks(step: int, validation_images: int) -> int:
    """Return how often the notebook's lines up to a step update the moving statistics where scoring does so.

    A line on the training batch is one update, one on the validation set an update for every 64 images.
    """
    if step < 1:
        return 0
    validations = (step - 1) // CHECK_VALIDATION_EVERY + 1
    batches = (step - 1) // CHECK_BATCH_EVERY + 1 - validations
    return validations * math.ceil(validation_images / SCORING_BATCH) + batches


def moving_updates(config: TrainingConfig, step: int) -> int:
    """Return how many updates the moving statistics have had when the evaluation of a step reads them."""
    if not config.effect.updates_moving:
        return 0
    scoring = config.effect.scoring_updates
    return step + (updates_by_checks(step, VALIDATION_IMAGES[config.dataset]) if scoring else 0)


def start_left(config: TrainingConfig, step: int) -> float:
    """Return which share of the moving statistics at a step is still their start, mean 0 and variance 1: 0 to 1."""
    return float(share_of_start(config.momentum, moving_updates(config, step)))
