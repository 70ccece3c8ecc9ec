"""A run so far, as arrays: read from the store once, then only what is new."""

from __future__ import annotations

import logging
import threading
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from bn_core.events import Checked, Evaluated, Failed, RunStarted, Scored, Step, Stopped, unpack

HISTORIES_KEPT = 64
"""How many runs' histories a process keeps: a room of 30 people looks at fewer."""

PACE_STEPS = 100
"""Over how many of the latest batches a run's pace is measured."""

_log = logging.getLogger(__name__)


class EventSource(Protocol):
    """What a history is read from: the store."""

    def events_after(self, run_id: str, number: int) -> list[tuple[int, bytes]]:
        """The run's events with a number above `number`, in order: (number, packed)."""
        ...


class _Column:
    """A float64 column that only grows. What was handed out as a view keeps its values."""

    def __init__(self) -> None:
        self._values = np.empty(256)
        self._length = 0

    def extended(self, values: Sequence[float]) -> NDArray[np.float64]:
        """All values, these at the end, as a view that cannot be written."""
        end = self._length + len(values)
        if end > len(self._values):
            grown = np.empty(max(end, 2 * len(self._values)))
            grown[: self._length] = self._values[: self._length]
            self._values = grown
        self._values[self._length : end] = values
        self._length = end
        view = self._values[:end]
        view.flags.writeable = False
        return view


def _no_values() -> NDArray[np.float64]:
    return np.empty(0)


@dataclass(frozen=True, eq=False)
class RunHistory:
    """Everything recorded of a run up to event `last_number`. It never changes: ask the service for a later one.

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


class _Growing:
    """The one place where a run's history grows. Not thread-safe: its owner locks."""

    def __init__(self, run_id: str) -> None:
        self.lock = threading.Lock()
        self.history = RunHistory(run_id)
        self._steps, self._losses, self._accuracies, self._milliseconds = (_Column() for _ in range(4))

    def take(self, rows: Iterable[tuple[int, bytes]]) -> RunHistory:
        steps: list[Step] = []
        evaluations: list[Evaluated] = []
        checks: list[Checked] = []
        history = self.history
        for number, packed in rows:
            history = replace(history, last_number=number)
            try:
                event = unpack(packed)
            except ValueError as error:
                _log.warning("Event %d of run %s is left out: %s", number, history.run_id, error)
                continue
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
        self.history = history
        return history


class Histories:
    """The histories of the runs that somebody looked at lately, shared by all sessions of a process. Thread-safe."""

    def __init__(self, source: EventSource, kept: int = HISTORIES_KEPT) -> None:
        self._source = source
        self._kept = kept
        self._lock = threading.Lock()
        self._growing: OrderedDict[str, _Growing] = OrderedDict()

    def read(self, run_id: str) -> RunHistory:
        """The run's history up to now; an empty one for a run without events, or without existence."""
        with self._lock:
            growing = self._growing.get(run_id)
            if growing is None:
                growing = self._growing[run_id] = _Growing(run_id)
                if len(self._growing) > self._kept:
                    self._growing.popitem(last=False)
            self._growing.move_to_end(run_id)
        with growing.lock:
            rows = self._source.events_after(run_id, growing.history.last_number)
            return growing.take(rows) if rows else growing.history

    def forget(self, run_id: str) -> None:
        """Drops a run that was deleted."""
        with self._lock:
            self._growing.pop(run_id, None)
