"""A sweep as the store has it: its members as runs, and what those that have ended came to."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bn_core import packing
from bn_core.chart_tables.curves import reached_at
from bn_core.config import TrainingConfig
from bn_core.runs.records import RunDamaged, RunRecord, SweepRecord
from bn_core.runs.store import Store
from bn_core.sweeps.plan import Sweep
from bn_core.sweeps.results import Outcome, Results
from bn_core.training.events import Evaluated, Step, unpack

OUTCOMES_KEPT = 5000
"""Of how many ended runs a process keeps what they came to: some hundred bytes each."""


@dataclass(frozen=True)
class Standing:
    """A sweep as it stands.

    Attributes:
        plan: what it trains.
        runs: by `TrainingConfig.identity`, for the members that were begun or trained before: the finished run, else
            the one that was begun last.
        results: what those that have ended came to.
        before: how many members were trained before the sweep was begun, for another one or by themselves.
    """

    plan: Sweep
    runs: Mapping[str, RunRecord]
    results: Results
    before: int

    def run(self, member: TrainingConfig) -> RunRecord | None:
        """Return a member's run; None where it has none yet."""
        return self.runs.get(member.identity)

    @property
    def batches_done(self) -> int:
        """How many batches of all members are recorded."""
        runs = (self.run(member) for member in self.plan.members)
        return sum(run.config.batches if run.ended is not None else run.step for run in runs if run is not None)

    @property
    def batches(self) -> int:
        """How many batches its members have together."""
        return sum(member.batches for member in self.plan.members)

    @property
    def ended(self) -> int:
        """How many members have ended."""
        return len(self.results.outcomes)


class Reader:
    """Reads how sweeps stand. What an ended run came to is read once in a process. Thread-safe."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._known: OrderedDict[str, Outcome] = OrderedDict()

    def standing(self, sweep: SweepRecord, plan: Sweep) -> Standing:
        """Return the sweep as it stands. Raises StoreUnavailable."""
        identities = [member.identity for member in plan.members]
        trained = self._store.trained(identities, sweep.owner)
        runs = {run.config.identity: run for run in (*self._store.members(sweep.id), *reversed(trained))}
        runs = {identity: runs[identity] for identity in identities if identity in runs}
        outcomes = {identity: self._outcome(run) for identity, run in runs.items() if run.status in ENDS}
        before = sum(run.sweep != sweep.id for run in runs.values() if run.status == "finished")
        return Standing(plan, runs, Results(plan, outcomes), before)

    def _outcome(self, run: RunRecord) -> Outcome:
        if run.status != "finished":
            return Outcome(failed=run.message or STOPPED)
        with self._lock:
            known = self._known.get(run.id)
        if known is None:
            known = self._read(run)
            with self._lock:
                self._known[run.id] = known
                while len(self._known) > OUTCOMES_KEPT:
                    self._known.popitem(last=False)
        return known

    def _read(self, run: RunRecord) -> Outcome:
        try:
            steps = [packed for _, packed in self._store.events(run.id, [Step.__name__])]
            scored = [packed for _, packed in self._store.events(run.id, [Evaluated.__name__])]
            # A sweep has a hundred thousand batches.
            accuracies = np.array([packing.field_of(step, "accuracy") for step in steps], np.float64)
            last = unpack(scored[-1]) if scored else None
        except RunDamaged as problem:
            return Outcome(failed=str(problem))
        except ValueError:
            return Outcome(failed=UNREADABLE)
        return outcome(run.config, run.test_accuracy, accuracies, last if isinstance(last, Evaluated) else None)


def outcome(
    config: TrainingConfig, final: float | None, accuracies: NDArray[np.float64], last: Evaluated | None
) -> Outcome:
    """Return what a finished run came to.

    Args:
        final: its test accuracy.
        accuracies: (batches,), of each batch in training mode, 0 to 1.
        last: its last evaluation.
    """
    score = None
    if last is not None:
        score = last.recalibrated if config.normalized else last.moving
    learned = reached_at(np.arange(1.0, len(accuracies) + 1), accuracies)
    return Outcome(final, None if score is None else score.accuracy, learned)


ENDS = ("finished", "failed", "stopped")
"""How a member ends for good: one that was interrupted goes on with its sweep."""

STOPPED = "It was stopped."

UNREADABLE = "What was recorded of it cannot be read: train it again in full, by itself."
