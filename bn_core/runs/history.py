"""A run so far, as arrays: read from the store once, then only what is new."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from bn_core.runs.incremental import GrowingArray, Row, SharedReader, unpacked
from bn_core.runs.store import Store
from bn_core.training.events import Checked, Evaluated, Event, Failed, RunStarted, Scored, Step, Stopped

T = TypeVar("T")

HISTORIES_KEPT = 64
"""How many runs' histories a process keeps: a room of 30 people looks at fewer."""

PACE_STEPS = 100
"""Over how many of the latest batches a run's pace is measured."""

COLUMNS = {"steps": "step", "losses": "loss", "accuracies": "accuracy", "milliseconds": "milliseconds"}
"""The arrays of a history, and the fields of `Step` that they hold."""

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

    def followed_by(self, events: Iterable[Event]) -> RunHistory:
        """Return this history with what these later events say, but for each `Step` and what goes on inside."""
        by_kind = defaultdict[type, list[Any]](list)
        for event in events:
            by_kind[type(event)].append(event)
        begun = [*filter(None, [self.started]), *self.resumed, *by_kind[RunStarted]]
        return replace(
            self,
            evaluations=(*self.evaluations, *by_kind[Evaluated]),
            checks=(*self.checks, *by_kind[Checked]),
            started=begun[0] if begun else None,
            resumed=tuple(begun[1:]),
            scored=_last(by_kind[Scored], self.scored),
            stopped=_last(by_kind[Stopped], self.stopped),
            failed=_last(by_kind[Failed], self.failed),
        )


def _last(events: list[T], otherwise: T | None) -> T | None:
    return events[-1] if events else otherwise


class _GrowingHistory:
    def __init__(self, run_id: str) -> None:
        self.known = RunHistory(run_id)
        self._columns = {name: GrowingArray(np.float64) for name in COLUMNS}

    def take(self, rows: Sequence[Row]) -> None:
        events = list(unpacked(self.known.run_id, rows))
        steps = [event for event in events if isinstance(event, Step)]
        columns: dict[str, Any] = {
            name: column.extended([getattr(step, field) for step in steps])
            for (name, column), field in zip(self._columns.items(), COLUMNS.values(), strict=True)
        }
        self.known = replace(self.known.followed_by(events), last_number=rows[-1][0], **columns)


class Histories(SharedReader[RunHistory]):
    """The histories of the runs that somebody looked at lately, shared by all sessions of a process. Thread-safe."""

    def __init__(self, store: Store, kept: int = HISTORIES_KEPT) -> None:
        super().__init__(store, KINDS, _GrowingHistory, kept)
