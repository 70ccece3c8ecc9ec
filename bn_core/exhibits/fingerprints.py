"""The mark that each mistake leaves in what a run reports: one written inequality a mistake, checked on any run.

A fingerprint reads measured numbers only, never the configuration: it must hold in every run with the mistake and fail
in the same run without it. `tests/training/test_bug_runs.py` trains both over three seeds. The thresholds stand well
between what runs with and without the mistake measured; why they part there is said beside each.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from bn_core.config import TrainingConfig
from bn_core.exhibits.catalogue import BUGS, HEALTHY
from bn_core.runs.history import RunHistory
from bn_core.training.events import Score, Scored

IN_A_ROW = 50
"""Over how many training batches in a row a loss or an accuracy is averaged."""

Sign = Literal["≥", "≤"]
Statistics = Literal["moving", "batch", "recalibrated"]


@dataclass(frozen=True)
class Measure:
    """A number that a run's history gives.

    Attributes:
        key: what it is called, after the fields of the JSON that a run can be exported to: `final` are the three final
            lines, `[at 100]` is the evaluation after 100 batches, `[end]` the last one; `training` is what the batches
            themselves scored.
        of: its value; None where the run has no such number.
    """

    key: str
    of: Callable[[RunHistory], float | None]

    def __sub__(self, other: Measure) -> Measure:
        return self._with(other, "−", operator.sub)

    def __truediv__(self, other: Measure) -> Measure:
        return self._with(other, "/", operator.truediv)

    def _with(self, other: Measure, sign: str, combined: Callable[[np.float64, np.float64], np.float64]) -> Measure:
        def value(history: RunHistory) -> float | None:
            one, two = self.of(history), other.of(history)
            if one is None or two is None:
                return None
            with np.errstate(all="ignore"):
                return float(combined(np.float64(one), np.float64(two)))

        return Measure(f"{self.key} {sign} {other.key}", value)

    def at_least(self, bound: float) -> Condition:
        return Condition(self, "≥", bound)

    def at_most(self, bound: float) -> Condition:
        return Condition(self, "≤", bound)


@dataclass(frozen=True)
class Condition:
    """A measure on one side of a bound."""

    measure: Measure
    sign: Sign
    bound: float

    @property
    def text(self) -> str:
        return f"{self.measure.key} {self.sign} {self.bound:g}"

    def admits(self, value: float | None) -> bool:
        """Whether this value is on the right side. No value, or one that is not a number, is not."""
        if value is None:
            return False
        return bool(value >= self.bound) if self.sign == "≥" else bool(value <= self.bound)


@dataclass(frozen=True)
class Finding:
    """A condition on one run, and the value that entered."""

    condition: Condition
    value: float | None

    @property
    def holds(self) -> bool:
        return self.condition.admits(self.value)


@dataclass(frozen=True)
class Reading:
    """A fingerprint on one run."""

    findings: tuple[Finding, ...]

    @property
    def holds(self) -> bool:
        return all(finding.holds for finding in self.findings)


@dataclass(frozen=True)
class Fingerprint:
    """The inequality of one mistake: all of its conditions at once.

    Attributes:
        key: of the variant in `bn_core.exhibits.catalogue`.
    """

    key: str
    conditions: tuple[Condition, ...]

    @property
    def inequality(self) -> str:
        """As text, with the names of the numbers and the thresholds."""
        return " and ".join(condition.text for condition in self.conditions)

    def read(self, history: RunHistory) -> Reading:
        """The numbers of this run that enter, and whether the inequality holds."""
        return Reading(tuple(Finding(condition, condition.measure.of(history)) for condition in self.conditions))


def fingerprint(key: str) -> Fingerprint:
    """The fingerprint of the variant with this key: of a mistake, or of the healthy run.

    Raises:
        KeyError: there is none.
    """
    return _BY_KEY[key]


def mistake_of(config: TrainingConfig) -> str | None:
    """The key of the mistake that a configuration makes: that of Break it, with any seed, on any data set, by either
    implementation. None where it is none of them."""
    canonical = replace(config, seed=0, dataset=TrainingConfig.dataset, implementation=TrainingConfig.implementation)
    return next((bug.key for bug in BUGS if bug.config.identity == canonical.identity), None)


# What enters ----------------------------------------------------------------------------------------------------------


def final(what: Literal["validation", "test", "one_by_one"]) -> Measure:
    """One of the three final lines, 0 to 1: `validation`, `test` or `one_by_one` (the 100 samples)."""

    def value(scored: Scored) -> float:
        return scored.one_by_one if what == "one_by_one" else getattr(scored, what).accuracy

    return _scored(f"final.{what}_accuracy", value)


def commonest(what: Literal["validation", "test", "one_by_one"]) -> Measure:
    """The share of these images that get the commonest answer: 1 where all get the same."""

    def value(scored: Scored) -> float:
        if what == "one_by_one":
            counts = np.bincount(scored.one_by_one_predictions)
        else:
            counts = getattr(scored, f"{what}_confusion").sum(axis=0)
        return float(counts.max() / counts.sum())

    return _scored(f"final.{what}_commonest_answer", value)


def accuracy(statistics: Statistics, step: int | None = None) -> Measure:
    """The accuracy on the fixed validation images after `step` batches, or at the end."""
    return _evaluated(statistics, "accuracy", step)


def loss(statistics: Statistics, step: int | None = None) -> Measure:
    """The loss on the fixed validation images after `step` batches, or at the end."""
    return _evaluated(statistics, "loss", step)


def lowest_loss(statistics: Statistics) -> Measure:
    """The lowest loss on the fixed validation images of the run."""

    def value(history: RunHistory) -> float | None:
        scores = [getattr(event, statistics) for event in history.evaluations]
        return min((float(score.loss) for score in scores if score is not None), default=None)

    return Measure(f"{statistics}.loss[lowest]", value)


def training_loss() -> Measure:
    """The mean loss of the last 50 training batches."""
    return _trained("training.loss[last 50]", lambda history: history.losses[-IN_A_ROW:].mean())


def highest_training_loss() -> Measure:
    """The loss of the worst training batch of the run."""
    return _trained("training.loss[highest]", lambda history: history.losses.max())


def training_accuracy() -> Measure:
    """The mean accuracy of the last 50 training batches."""
    return _trained("training.accuracy[last 50]", lambda history: history.accuracies[-IN_A_ROW:].mean())


def best_training_accuracy() -> Measure:
    """The mean accuracy of the 50 training batches in a row that did best; of all where there are fewer."""

    def best(history: RunHistory) -> float:
        sums = np.cumsum(np.concatenate([[0.0], history.accuracies]))
        count = min(IN_A_ROW, len(history.accuracies))
        return float(((sums[count:] - sums[:-count]) / count).max())

    return _trained("training.accuracy[best 50 in a row]", best)


def _trained(key: str, value: Callable[[RunHistory], float]) -> Measure:
    return Measure(key, lambda history: float(value(history)) if len(history.steps) else None)


def _scored(key: str, value: Callable[[Scored], float]) -> Measure:
    return Measure(key, lambda history: None if history.scored is None else value(history.scored))


def _evaluated(statistics: Statistics, what: Literal["accuracy", "loss"], step: int | None) -> Measure:
    def value(history: RunHistory) -> float | None:
        wanted = (event for event in reversed(history.evaluations) if step is None or event.step == step)
        score: Score | None = getattr(next(wanted, None), statistics, None)
        return None if score is None else float(getattr(score, what))

    when = "end" if step is None else f"at {step}"
    return Measure(f"{statistics}.{what}[{when}]", value)


# The inequalities -----------------------------------------------------------------------------------------------------

_ONE_ANSWER = 1.0
"""The share of the commonest answer where every image gets the same: each accuracy is then one class's share."""

_CONDITIONS: dict[str, tuple[Condition, ...]] = {
    "never-updated": (
        # 0 and 1 are so far from the true statistics that next to nothing of an image reaches the last layer: all
        # three lines are about one class's share. Statistics taken afresh show that the weights have learned.
        final("validation").at_most(0.15),
        final("test").at_most(0.15),
        final("one_by_one").at_most(0.25),
        accuracy("recalibrated").at_least(0.9),
        # Who sees nothing of an image cannot do better than give each class its share: 0.325.
        lowest_loss("moving").at_least(0.32),
    ),
    "batch-at-test": (
        # In a batch of 64 the statistics are good; alone, an image is its own mean in every 1x1 map.
        final("test").at_least(0.9),
        commonest("one_by_one").at_least(_ONE_ANSWER),
        # Scoring leaves the moving statistics alone: they are as cold as in any run.
        accuracy("moving", 150).at_most(0.35),
    ),
    "wrong-axes": (
        # One value an image stands behind each mean, and border pixels are blank in nearly all images: what ten
        # batches agree on does not fit any of them. With all positions in one mean they agree to a per cent or so.
        (loss("recalibrated", 0) / loss("batch", 0)).at_least(1.3),
        final("test").at_least(0.8),
    ),
    "no-training-mode": (
        # Inference mode with statistics 0 and 1 does nothing but divide by the root of 1.001: no BN.
        # The loss of giving every class its share is 0.325: lower than at the start, and the end of it.
        training_loss().at_most(0.33),
        training_accuracy().at_most(0.2),
        # The output bias was learned for values near 0; normalized ones are not.
        (loss("batch") / loss("moving")).at_least(1.5),
    ),
    "leaky-evaluation": (
        final("test").at_least(0.9),
        commonest("one_by_one").at_least(_ONE_ANSWER),
        # One pass over 5,000 validation images is 79 updates at once: at batch 150 the moving statistics have had
        # 312 updates in place of 150, and hold 4 % of their start in place of 22 %.
        accuracy("moving", 150).at_least(0.35),
    ),
    "sorted-batches": (
        # Within the stretch of one class a single answer is always right; on all ten classes it is one's share.
        best_training_accuracy().at_least(0.97),
        accuracy("recalibrated").at_most(0.3),
    ),
    "momentum-0.999": (
        # After 400 batches the moving statistics hold 0.999^400 = 67 % of their start; with 0.99 it is 2 %.
        (accuracy("recalibrated", 400) - accuracy("moving", 400)).at_least(0.5),
        # But they do move: unlike statistics that are never updated, these let something through, late.
        lowest_loss("moving").at_most(0.31),
    ),
    "batch-size-1": (
        # Alone, an image has variance 0 in a 1x1 map, so the moving variance falls by 1 % a batch towards 0, and
        # inference divides by next to nothing, layer after layer.
        loss("moving").at_least(1000),
        accuracy("recalibrated").at_most(0.3),
    ),
    "batch-size-2": (
        # Two values become +1 and -1 whatever they were: the network learns which class is how frequent.
        training_loss().at_most(0.37),
        best_training_accuracy().at_most(0.4),
        loss("batch").at_most(0.5),
    ),
    "epsilon-1": (
        # Variances far below 1 are divided by 1: before training no signal gets through, as without BN, and every
        # answer is one half (loss ln 2 = 0.693). Then it learns, late.
        loss("batch", 0).at_most(0.7),
        accuracy("batch", 75).at_most(0.5),
        accuracy("recalibrated").at_least(0.5),
    ),
    "learning-rate-x15": (
        # The weights outrun the moving statistics of ten batches; each batch's own keep pace, and it learns.
        loss("moving", 10).at_least(10),
        accuracy("recalibrated").at_least(0.8),
    ),
    "learning-rate-x15-none": (
        highest_training_loss().at_least(2),
        training_loss().at_most(0.33),
        commonest("test").at_least(_ONE_ANSWER),
    ),
}

FINGERPRINTS = tuple(Fingerprint(key, conditions) for key, conditions in _CONDITIONS.items())
"""One for each mistake, in the order of `bn_core.exhibits.catalogue.BUGS`."""

SOUND = Fingerprint(
    HEALTHY,
    (
        final("test").at_least(0.9),
        final("one_by_one").at_least(0.9),
        # The plateau: the weights know after 100 batches, the moving statistics do not let it through before some 250.
        accuracy("moving", 100).at_most(0.4),
        accuracy("recalibrated", 100).at_least(0.7),
        (accuracy("recalibrated", 400) - accuracy("moving", 400)).at_most(0.15),
        loss("moving", 10).at_most(1),
        (loss("recalibrated", 0) / loss("batch", 0)).at_most(1.15),
    ),
)
"""What a run without a mistake looks like."""

_BY_KEY = {known.key: known for known in (SOUND, *FINGERPRINTS)}
