"""The numbers behind the four findings below the race. Pure functions of what was recorded."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from bn_core.network.layers_probed import LayersProbed
from bn_core.training.events import Scored
from pages.race_page.lanes import Lane

LEARNED = 0.5
"""From which test accuracy a training counts as having learned: chance is 0.1, and those that learn reach 0.9."""


@dataclass(frozen=True)
class Signal:
    """How large the values are that the convolutions put out, layer by layer, before any training.

    Attributes:
        plain, normalized: root mean square over the probe batch, by convolution.
        same_answer: how many test images the trained network without BN answers all alike; None if it tells some apart.
    """

    plain: tuple[float, ...]
    normalized: tuple[float, ...]
    same_answer: int | None

    @property
    def shrinks(self) -> float:
        """How many times smaller the values are in the last layer than in the first, without BN."""
        return self.plain[0] / self.plain[-1]

    @property
    def normalized_range(self) -> float:
        """How many times larger the values are in the layer where they are largest than where they are smallest, with
        BN."""
        return max(self.normalized) / min(self.normalized)


def signal(plain: LayersProbed, normalized: LayersProbed, scored: Scored | None) -> Signal:
    """What a probe of each network says at step 0, and how the plain one ended."""
    same = None
    if scored is not None:
        answers = scored.test_confusion.sum(axis=0)
        same = int(answers.sum()) if np.count_nonzero(answers) == 1 else None
    return Signal(_output_rms(plain), _output_rms(normalized), same)


@dataclass(frozen=True)
class Seeds:
    """The test accuracies, 0 to 1, of every network of the race, one for each seed in ascending order."""

    seeds: tuple[int, ...]
    accuracies: Mapping[str, tuple[float, ...]]

    def of(self, keys: Sequence[str]) -> tuple[float, ...]:
        """Those of these networks, one after the other."""
        return tuple(value for key in keys for value in self.accuracies[key])

    @property
    def normalized(self) -> tuple[str, ...]:
        """The networks with batch normalization."""
        return tuple(key for key in self.accuracies if not key.startswith("none"))

    def median(self, key: str) -> float:
        """That of a network over the seeds."""
        return float(np.median(self.accuracies[key]))

    def spread(self, key: str) -> float:
        """Highest less lowest of a network, over the seeds."""
        return max(self.accuracies[key]) - min(self.accuracies[key])


def toss(accuracies: Sequence[float]) -> tuple[list[float], list[float]]:
    """How the trainings of one network over the seeds fall into those that learned and those that did not."""
    learned = [value for value in accuracies if value >= LEARNED]
    return learned, [value for value in accuracies if value < LEARNED]


@dataclass(frozen=True)
class Lag:
    """The step at which a network's population statistics are furthest behind its weights.

    Attributes:
        able: accuracy with each batch's own statistics.
        let_through: accuracy of the same weights with population statistics.
        held: what share of its start a moving average still holds then, 0 to 1.
    """

    step: int
    able: float
    let_through: float
    held: float


def lag(lane: Lane, steps: Sequence[int]) -> Lag:
    """The largest difference, at one of these steps, between the two scores of a network with batch normalization."""
    step = max(steps, key=lambda step: lane.batch.at(step) - lane.moving.at(step))
    return Lag(step, lane.batch.at(step), lane.moving.at(step), lane.run.config.momentum**step)


def _output_rms(probe: LayersProbed) -> tuple[float, ...]:
    """Root mean squares of the convolutions' outputs: of all layers but the last, which is dense."""
    return tuple(float(value) for value in probe.rms[probe.points.index("linear"), :-1])


def axis_start(lowest: float) -> float:
    """Where an axis of accuracies begins that this one is the lowest of: at a multiple of 5 %, a little below."""
    return max(0.0, math.floor((lowest - 0.005) * 20) / 20)


def other_side(found: Seeds, members: Mapping[int, str]) -> str:
    """The run of He's network without BN that ended unlike that of the first seed; that of the first where none did."""
    accuracies = found.accuracies["none-he"]
    other = next((i for i, v in enumerate(accuracies) if (v >= LEARNED) != (accuracies[0] >= LEARNED)), 0)
    return members[found.seeds[other]]
