"""Runs that were trained already: the one of exactly a training, and what those of a network came to."""

from __future__ import annotations

from collections.abc import Iterable

from bn_core.config import TrainingConfig
from bn_core.runs.records import RunRecord


def same_training(config: TrainingConfig, recorded: Iterable[RunRecord]) -> RunRecord | None:
    """Return the finished run of exactly this training (`config.identity`); None if none was recorded."""
    return next((run for run in recorded if run.status == "finished" and run.config.identity == config.identity), None)


def over_seeds(config: TrainingConfig, recorded: Iterable[RunRecord]) -> tuple[float, ...]:
    """Return the test accuracies, 0 to 1, of the recorded runs that differ from this training in the seed alone."""
    return tuple(
        run.test_accuracy
        for run in recorded
        if run.test_accuracy is not None and run.config.with_(seed=config.seed).identity == config.identity
    )
