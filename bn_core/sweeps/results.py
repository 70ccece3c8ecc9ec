"""What a sweep came to, as values: for each member its scores or its failure, and the verdict on the planned pairs.

They say nothing of where it was trained: in the store (see `standing`), or elsewhere (see `exhibits.swept`).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bn_core.config import TrainingConfig
from bn_core.sweeps.measures import FEWER_IS_BETTER, Measure
from bn_core.sweeps.plan import Arm, Sweep
from bn_core.verdict import Comparison, compare


@dataclass(frozen=True)
class Outcome:
    """What one member came to.

    Attributes:
        final, recalibrated, learned: see `Measure`; None where there is none. A member that finished and has no
            `learned` did not get there.
        failed: why it has no scores, in one sentence; None where it finished.
    """

    final: float | None = None
    recalibrated: float | None = None
    learned: int | None = None
    failed: str | None = None

    def ranked(self, measure: Measure) -> float:
        """Return the score; infinitely bad where there is none."""
        score = getattr(self, measure)
        if score is not None:
            return float(score)
        return math.inf if measure in FEWER_IS_BETTER else -math.inf


@dataclass(frozen=True)
class Results:
    """What a sweep came to, as far as it has.

    Attributes:
        plan: what it trains.
        outcomes: by `TrainingConfig.identity`, for the members that have ended.
    """

    plan: Sweep
    outcomes: Mapping[str, Outcome]

    def outcome(self, member: TrainingConfig) -> Outcome | None:
        """Return what a member came to; None where it has not ended."""
        return self.outcomes.get(member.identity)

    def of_arm(self, arm: Arm) -> Sequence[Outcome]:
        """Return what those members of an arm came to that have ended, in the order of their seeds."""
        found = (self.outcome(member) for member in arm.members)
        return [outcome for outcome in found if outcome is not None]

    def scores(self, arm: Arm, measure: Measure = "final") -> Sequence[float | None]:
        """Return the score of each seed; None for a run that failed, did not get there, or has not ended."""
        found = (self.outcome(member) for member in arm.members)
        return [None if outcome is None else getattr(outcome, measure) for outcome in found]

    @property
    def complete(self) -> bool:
        """Whether all members have ended."""
        return all(member.identity in self.outcomes for member in self.plan.members)

    def comparisons(self, measure: Measure = "final") -> tuple[Comparison, ...]:
        """Return the verdict on each planned pair."""
        return compare({arm.name: self.scores(arm, measure) for arm in self.plan.arms}, self.plan.pairs)
