"""What a finished run came to, in the few figures that two runs are compared by. Pure functions."""

from __future__ import annotations

from dataclasses import dataclass

from bn_core.config import TrainingConfig
from bn_core.exercises import rules
from bn_core.runs.history import RunHistory


@dataclass(frozen=True)
class Figures:
    """What a finished run came to.

    Attributes:
        test: share of the test images that are right, in per cent; images: how many there are.
        samples: how many of the first 100 test images are right one at a time.
        moving, recalibrated: accuracy of the last weights with these statistics, in per cent, on the validation images
            of the evaluations; recalibrated is None without batch normalization.
        lag: by how many points the former is below the latter; None without batch normalization.
        widest: the measured batch at which the moving statistics were farthest below the batch statistics, and there
            widest_moving and widest_batch, in per cent; None without batch normalization.
        caught_up: the measured batch from which on they no longer were far below; None where they stayed there.
    """

    test: float
    images: int
    samples: int
    moving: float
    recalibrated: float | None = None
    lag: float | None = None
    widest: int | None = None
    widest_moving: float | None = None
    widest_batch: float | None = None
    caught_up: int | None = None

    @property
    def plateau(self) -> float:
        """How far apart the two kinds of statistics ever were, in points; 0 without batch normalization."""
        return (self.widest_batch or 0.0) - (self.widest_moving or 0.0)


def figures_of(config: TrainingConfig, history: RunHistory) -> Figures | None:
    """Return the figures of a run; None for one that was not scored."""
    scored = history.scored
    if scored is None or not history.evaluations:
        return None
    last = history.evaluations[-1]
    measured = [event for event in history.evaluations if event.batch is not None]
    images, samples = int(scored.test_confusion.sum()), round(scored.one_by_one * len(scored.one_by_one_labels))
    if not config.normalized or not measured or last.recalibrated is None:
        return Figures(100 * scored.test.accuracy, images, samples, 100 * last.moving.accuracy)
    steps = [event.step for event in measured]
    moving = [event.moving.accuracy for event in measured]
    batch = [event.batch.accuracy for event in measured if event.batch is not None]
    gaps = [able - let for able, let in zip(batch, moving, strict=True)]
    worst = gaps.index(max(gaps))
    return Figures(
        100 * scored.test.accuracy,
        images,
        samples,
        100 * last.moving.accuracy,
        100 * last.recalibrated.accuracy,
        100 * (last.recalibrated.accuracy - last.moving.accuracy),
        steps[worst],
        100 * moving[worst],
        100 * batch[worst],
        rules.catch_up(steps, moving, batch, last.images)[0],
    )
