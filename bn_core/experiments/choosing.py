"""Which experiment comes next: the first of the file whose condition this run meets, and that was not done."""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from bn_core.config import TrainingConfig
from bn_core.experiments.figures import Figures

FILE = Path(__file__).with_name("experiments.toml")

Predicted = Literal["percent", "batch", "direction"]
"""What is predicted: a test accuracy, a batch, or whether the test accuracy will be higher, about the same or lower."""

FAR = 5.0
"""From so many points on the moving statistics are called behind at the end."""

PLATEAU = 30.0
"""From so many points on the moving statistics are said to have hidden what was learned."""

LOST = 20.0
"""Below this accuracy, in per cent, a network has learned no digits."""

FEW = 16
"""Batches of fewer images are called small."""

BEGUN = 100
"""After fewer batches a network has hardly begun to learn, and whatever else is changed shows nothing."""

LARGE_EPSILON = 0.01
"""From here on epsilon is no longer small beside the variances of the deep layers."""


@dataclass(frozen=True)
class Experiment:
    """One experiment.

    Attributes:
        key: what code calls it.
        when: the name of the condition that the run must meet.
        sets: the fields that it changes; next_seed: whether it takes the following seed besides.
        reason: why, from what the run showed, with its figures in braces.
        question: what is to be predicted.
        predicts: what kind of prediction that is.
    """

    key: str
    when: str
    sets: Mapping[str, object]
    reason: str
    question: str
    predicts: Predicted
    next_seed: bool = False

    def config(self, of: TrainingConfig) -> TrainingConfig:
        """The configuration to train after a run of this one."""
        return of.with_(**self.sets, **({"seed": (of.seed + 1) % 2**31} if self.next_seed else {}))


CONDITIONS: dict[str, Callable[[TrainingConfig, Figures], bool]] = {
    "short": lambda config, came: config.batches < BEGUN,
    "mistake": lambda config, came: config.bug != "none",
    "lost_without_bn": lambda config, came: not config.normalized and came.test < LOST,
    "learned_without_bn": lambda config, came: not config.normalized and came.test >= LOST,
    "small_batches": lambda config, came: config.normalized and config.batch_size < FEW,
    "fast": lambda config, came: config.normalized and config.learning_rate > 0.01 and came.test < 95,
    "large_epsilon": lambda config, came: config.normalized and config.epsilon >= LARGE_EPSILON and came.test < 95,
    "behind": lambda config, came: config.momentum > 0.9 and (came.lag or 0.0) >= FAR,
    "plateau": lambda config, came: config.momentum > 0.9 and came.plateau >= PLATEAU,
    "bias_before": lambda config, came: config.placement == "before" and config.bias and came.test >= LOST,
    "before": lambda config, came: config.placement == "before" and came.test >= LOST,
    "after": lambda config, came: config.placement == "after" and came.test >= LOST,
    "any": lambda config, came: True,
}
"""By name: what a configuration and its run must be."""


@functools.cache
def experiments() -> tuple[Experiment, ...]:
    """All of them, in the order in which they are considered."""
    return tuple(Experiment(**entry) for entry in tomllib.loads(FILE.read_text(encoding="utf-8"))["experiments"])


def next_experiment(config: TrainingConfig, came: Figures, done: Collection[str] = ()) -> Experiment:
    """Return what to try after this run.

    Args:
        done: the identities of what was tried: an experiment that leads there is passed over as long as there is
            another. (There is always another seed.)
    """
    fitting = [each for each in experiments() if CONDITIONS[each.when](config, came)]
    fitting = [each for each in fitting if each.config(config).identity != config.identity]
    new = [each for each in fitting if each.config(config).identity not in done]
    return (new or fitting)[0]
