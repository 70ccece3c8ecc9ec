"""A run as JSON: configuration, versions, evaluations, final scores."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from bn_core.config import TrainingConfig
from bn_core.training.events import Evaluated, Event, Failed, RunStarted, Scored, Step


def result_json(config: TrainingConfig, events: Iterable[Event], seconds: float | None) -> dict[str, Any]:
    """What a run came to, in JSON's own types.

    Args:
        config: what was trained.
        events: all that the run said, or as much as there is. A run that failed has `failed`, and no final scores.
        seconds: how long it took in all.
    """
    versions: dict[str, str] = {}
    evaluations, milliseconds = [], []
    final, failed = None, None
    for event in events:
        match event:
            case RunStarted():
                versions = event.versions
            case Step():
                milliseconds.append(event.milliseconds)
            case Evaluated():
                evaluations.append(_evaluation(event))
            case Scored():
                final = _final(event)
            case Failed():
                failed = asdict(event)
    values = {
        "config": config.to_json(),
        "versions": versions,
        "evaluations": evaluations,
        "final": final,
        "seconds": seconds,
        "milliseconds_per_step": statistics.median(milliseconds) if milliseconds else None,
    }
    return values if failed is None else values | {"failed": failed}


def _evaluation(evaluated: Evaluated) -> dict[str, Any]:
    """One evaluation: the loss and `moving` are those with moving statistics."""
    return {
        "step": evaluated.step,
        # JSON has no infinity.
        "loss": evaluated.moving.loss if math.isfinite(evaluated.moving.loss) else None,
        "moving": evaluated.moving.accuracy,
        "batch": None if evaluated.batch is None else evaluated.batch.accuracy,
        "recalibrated": None if evaluated.recalibrated is None else evaluated.recalibrated.accuracy,
    }


def _final(scored: Scored) -> dict[str, Any]:
    return {
        "validation_accuracy": scored.validation.accuracy,
        "test_accuracy": scored.test.accuracy,
        "one_by_one_accuracy": scored.one_by_one,
        "one_by_one_accuracy_batch_statistics": scored.one_by_one_batch,
    }
