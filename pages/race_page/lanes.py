"""The six networks of the race as curves: what was measured of each, and when."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from bn_core.runs.history import RunHistory
from bn_core.runs.records import RunRecord

BAR = 0.9
"""What has to be exceeded in the question."""

QUESTION_STEP = 300
"""After how many batches it has to be exceeded."""


@dataclass(frozen=True)
class Curve:
    """Accuracies, 0 to 1, with the steps (updates done) at which they were measured, ascending; at least one."""

    steps: tuple[int, ...]
    values: tuple[float, ...]

    def at(self, step: int) -> float:
        """The latest value measured at or before this step; the first one before that."""
        return self.values[max(0, bisect_right(self.steps, step) - 1)]


@dataclass(frozen=True)
class Lane:
    """One network of the race.

    Attributes:
        key: which of `exhibits.RACE` it is.
        batch: the scores of its weights with batch statistics.
        moving: the scores of the same weights with moving statistics; of a network without batch normalization,
            whose score needs no statistics, both are that score.
        images: how many validation images were scored.
    """

    key: str
    run: RunRecord
    batch: Curve
    moving: Curve
    images: int

    @property
    def normalized(self) -> bool:
        return self.run.config.normalized

    @property
    def asked(self) -> float:
        """The score that the question is about."""
        return self.batch.at(QUESTION_STEP)

    @property
    def above(self) -> bool:
        """Whether it is above the bar when the question is settled."""
        return self.asked > BAR


def lane(key: str, run: RunRecord, history: RunHistory) -> Lane:
    """A run as a lane.

    Raises:
        LookupError: nothing was measured in this run.
    """
    if not history.evaluations:
        raise LookupError(f"Run {run.id} has no evaluations, so it cannot race.")
    moving = _curve([(event.step, event.moving.accuracy) for event in history.evaluations])
    batch = _curve([(e.step, e.batch.accuracy) for e in history.evaluations if e.batch is not None])
    return Lane(key, run, batch if batch.steps else moving, moving, history.evaluations[0].images)


def three_way_steps(lanes: Sequence[Lane]) -> tuple[int, ...]:
    """The steps at which the networks with batch normalization were scored with both kinds of statistics."""
    return tuple(sorted({step for lane in lanes if lane.normalized for step in lane.batch.steps}))


def _curve(points: Sequence[tuple[int, float]]) -> Curve:
    return Curve(tuple(step for step, _ in points), tuple(value for _, value in points))
