"""A run so far, as arrays: read from the store once, then only what is new."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from bn_core.runs.incremental import EventSource, GrowingArray, Row, SharedReader, unpacked
from bn_core.training.events import Checked, Evaluated, Failed, RunStarted, Scored, Step, Stopped

HISTORIES_KEPT = 64
"""How many runs' histories a process keeps: a room of 30 people looks at fewer."""

PACE_STEPS = 100
"""Over how many of the latest batches a run's pace is measured."""

KINDS = tuple(kind.__name__ for kind in (RunStarted, Step, Evaluated, Checked, Scored, Stopped, Failed))


def _no_values() -> NDArray[np.float64]:
    return np.empty(0)


@dataclass(frozen=True, eq=False)
class RunHistory:
    """What is recorded of a run up to event `last_number`. It never changes: ask the service for a later one.

    What goes on inside the network is apart: see `ProbeHistory` and `StatisticsHistory`.

    Attributes:
        steps, losses, accuracies, milliseconds: one value a batch, float64 (n,), read-only: updates done; loss and
            accuracy (0 to 1) of that batch in training mode; the time it took, evaluations apart.
        evaluations: every Evaluated, in order.
        checks: every Checked, in order: the notebook's lines.
        started: the first RunStarted; None before the training began.
        resumed: later RunStarted events, one for each time the run went on from a checkpoint.
        scored, stopped, failed: how it ended; None while it has not, and for an interrupted run.
    """

    run_id: str
    last_number: int = 0
    steps: NDArray[np.float64] = field(default_factory=_no_values)
    losses: NDArray[np.float64] = field(default_factory=_no_values)
    accuracies: NDArray[np.float64] = field(default_factory=_no_values)
    milliseconds: NDArray[np.float64] = field(default_factory=_no_values)
    evaluations: tuple[Evaluated, ...] = ()
    checks: tuple[Checked, ...] = ()
    started: RunStarted | None = None
    resumed: tuple[RunStarted, ...] = ()
    scored: Scored | None = None
    stopped: Stopped | None = None
    failed: Failed | None = None

    @property
    def last_step(self) -> int:
        """Updates done, as far as they are recorded."""
        return int(self.steps[-1]) if len(self.steps) else 0

    @property
    def last_three_way(self) -> Evaluated | None:
        """The latest evaluation under all three kinds of statistics; None before the first, and without BN."""
        return next((e for e in reversed(self.evaluations) if e.batch is not None), None)

    @property
    def milliseconds_per_batch(self) -> float | None:
        """Wall-clock time a batch took over the latest (up to 100) batches, evaluations included; None before 2."""
        if len(self.steps) < 2:
            return None
        first = max(0, len(self.steps) - PACE_STEPS)
        since = self.steps[first]
        spent = float(self.milliseconds[first:].sum())
        spent += sum(event.milliseconds for event in self.evaluations if event.step >= since)
        spent += sum(event.milliseconds for event in self.checks if event.step >= since)
        return spent / (len(self.steps) - first)


class _GrowingHistory:
    def __init__(self, run_id: str) -> None:
        self.known = RunHistory(run_id)
        self.last_number = 0
        self._steps, self._losses, self._accuracies, self._milliseconds = (GrowingArray(np.float64) for _ in range(4))

    def take(self, rows: Sequence[Row]) -> None:
        steps: list[Step] = []
        evaluations: list[Evaluated] = []
        checks: list[Checked] = []
        self.last_number = rows[-1][0]
        history = replace(self.known, last_number=self.last_number)
        for event in unpacked(history.run_id, rows):
            match event:
                case Step():
                    steps.append(event)
                case Evaluated():
                    evaluations.append(event)
                case Checked():
                    checks.append(event)
                case RunStarted() if history.started is None:
                    history = replace(history, started=event)
                case RunStarted():
                    history = replace(history, resumed=(*history.resumed, event))
                case Scored():
                    history = replace(history, scored=event)
                case Stopped():
                    history = replace(history, stopped=event)
                case Failed():
                    history = replace(history, failed=event)
        if steps:
            history = replace(
                history,
                steps=self._steps.extended([step.step for step in steps]),
                losses=self._losses.extended([step.loss for step in steps]),
                accuracies=self._accuracies.extended([step.accuracy for step in steps]),
                milliseconds=self._milliseconds.extended([step.milliseconds for step in steps]),
            )
        if evaluations:
            history = replace(history, evaluations=(*history.evaluations, *evaluations))
        if checks:
            history = replace(history, checks=(*history.checks, *checks))
        self.known = history


class Histories(SharedReader[RunHistory]):
    """The histories of the runs that somebody looked at lately, shared by all sessions of a process. Thread-safe."""

    def __init__(self, source: EventSource, kept: int = HISTORIES_KEPT) -> None:
        super().__init__(source, KINDS, _GrowingHistory, kept)
