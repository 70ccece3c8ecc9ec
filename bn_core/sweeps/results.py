"""What a sweep has come to: its members as runs of the store, their scores by arm, and the verdict on its pairs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bn_core.config import TrainingConfig
from bn_core.runs.records import RunRecord, SweepRecord
from bn_core.runs.store import Store
from bn_core.sweeps.plan import Arm, Sweep
from bn_core.verdict import Comparison, compare


@dataclass(frozen=True)
class Standing:
    """A sweep as it stands.

    Attributes:
        plan: what it trains.
        runs: by `TrainingConfig.identity`, for the members that were begun or trained before: the finished run, else
            the one that was begun last.
    """

    plan: Sweep
    runs: Mapping[str, RunRecord]

    @classmethod
    def of(cls, store: Store, sweep: SweepRecord, plan: Sweep) -> Standing:
        """Return it as the store has it. Raises StoreUnavailable."""
        found = {run.config.identity: run for run in store.members(sweep.id)}
        trained = store.trained([member.identity for member in plan.members], sweep.owner)
        return cls(plan, found | {run.config.identity: run for run in reversed(trained)})

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
        runs = (self.run(member) for member in self.plan.members)
        return sum(run is not None and not run.active for run in runs)

    def scores(self, arm: Arm) -> Sequence[float | None]:
        """Return the test accuracy of each seed, 0 to 1; None for a run that failed, or has not ended."""
        runs = (self.run(member) for member in arm.members)
        return [None if run is None else run.test_accuracy for run in runs]

    def comparisons(self) -> tuple[Comparison, ...]:
        """Return the verdict on each planned pair, by the test accuracies."""
        return compare({arm.name: self.scores(arm) for arm in self.plan.arms}, self.plan.pairs)
