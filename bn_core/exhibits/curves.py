"""What is kept of every recorded run: its curves, its evaluations and its final scores, as the events they were."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bn_core.exhibits.archive import HALF, rounded
from bn_core.network.layers_probed import LayersProbed
from bn_core.runs.history import RunHistory
from bn_core.training.events import Event, StatisticsRecorded, Step, pack, unpack

INSIDE = (StatisticsRecorded, LayersProbed)
"""Events of a full run that are kept apart."""

KINDS = (
    "Step",
    "StatisticsRecorded",
    "LayersProbed",
    "RunStarted",
    "Evaluated",
    "Checked",
    "Scored",
    "Stopped",
    "Failed",
)
"""By the number that stands for them in a file: only ever to be added to."""


@dataclass(frozen=True, eq=False)
class Curves:
    """A recorded run but for what went on inside its network.

    Attributes:
        order: uint8 (events,): the kind of each event of the run, in order, as its place in the kinds' list.
        losses, accuracies: float32 (batches,), exact; milliseconds: float32 (batches,), in half precision.
        told: every other event, packed, in order.
    """

    order: np.ndarray
    losses: np.ndarray
    accuracies: np.ndarray
    milliseconds: np.ndarray
    told: tuple[bytes, ...]

    @classmethod
    def of(cls, events: Sequence[Event]) -> Curves:
        """What is kept of these events, the run's from its first to its last.

        Raises:
            ValueError: the updates are not numbered from 1 on, or their numbers are no float32.
        """
        steps = [event for event in events if isinstance(event, Step)]
        if [step.step for step in steps] != list(range(1, len(steps) + 1)):
            raise ValueError("A recorded run has every one of its updates, in order.")
        return cls(
            order=np.array([KINDS.index(type(event).__name__) for event in events], np.uint8),
            losses=_float32([step.loss for step in steps]),
            accuracies=_float32([step.accuracy for step in steps]),
            milliseconds=rounded(np.array([step.milliseconds for step in steps], np.float32), HALF),
            told=tuple(pack(event) for event in events if not isinstance(event, (Step, *INSIDE))),
        )

    def history(self, run_id: str) -> RunHistory:
        """As pages read a run."""
        steps = RunHistory(
            run_id,
            last_number=len(self.order),
            steps=_float64(np.arange(1, len(self.losses) + 1)),
            losses=_float64(self.losses),
            accuracies=_float64(self.accuracies),
            milliseconds=_float64(self.milliseconds),
        )
        return steps.followed_by(map(unpack, self.told))

    def holds(self, kind: type[Event]) -> bool:
        """Return whether the run has any event of this kind."""
        return KINDS.index(kind.__name__) in self.order


def _float32(values: list[float]) -> np.ndarray:
    array = np.array(values, np.float32)
    if not np.array_equal(array.astype(np.float64), np.array(values), equal_nan=True):
        raise ValueError("A loss or an accuracy is not the float32 that a training gives.")
    return array


def _float64(array: np.ndarray) -> NDArray[np.float64]:
    values = array.astype(np.float64)
    values.flags.writeable = False
    return values
