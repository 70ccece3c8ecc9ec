"""The numbers behind the four findings below the race. Pure functions of what was recorded."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from bn_core.network.layers_probed import LayersProbed
from bn_core.training.events import Scored
from bn_core.training.updates import start_left
from pages.race_page.lanes import Lane

LEARNED = 0.5
"""From which test accuracy a training counts as having learned: chance is 0.1, and those that learn reach 0.9."""

BEGUN = 0.2
"""From which test accuracy a training that has not learned, and whose loss falls, counts as having begun to."""

LATEST = 50
"""Over how many of the last batches, and as many before them, it is compared whether the loss falls."""


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
    """How every network of the race did, by its key, with each seed in ascending order.

    Attributes:
        accuracies: on the test images at the end, 0 to 1.
        asked: on the validation images when the question of the race is settled; empty where that is not known.
        falling: whether the training loss still fell at the end; empty where that is not known.
    """

    seeds: tuple[int, ...]
    accuracies: Mapping[str, tuple[float, ...]]
    asked: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    falling: Mapping[str, tuple[bool, ...]] = field(default_factory=dict)

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


@dataclass(frozen=True)
class Fates:
    """The test accuracies of one network's trainings over the seeds: of those that learned, of those that had begun to
    when the training ended, and of those that stayed where they were."""

    learned: tuple[float, ...]
    begun: tuple[float, ...]
    stayed: tuple[float, ...]


def fates(found: Seeds, key: str) -> Fates:
    """Return how the trainings of a network ended."""
    accuracies = found.accuracies[key]
    falling = found.falling.get(key, (False,) * len(accuracies))
    begun = [BEGUN <= value < LEARNED and falls for value, falls in zip(accuracies, falling, strict=True)]
    return Fates(
        tuple(value for value in accuracies if value >= LEARNED),
        tuple(value for value, just in zip(accuracies, begun, strict=True) if just),
        tuple(value for value, just in zip(accuracies, begun, strict=True) if value < LEARNED and not just),
    )


def falls(losses: NDArray[np.float64]) -> bool:
    """Whether the last batches have a lower loss than as many before them, by more than two standard errors."""
    last, before = losses[-LATEST:], losses[-2 * LATEST : -LATEST]
    if len(before) < LATEST:
        return False
    error = math.sqrt((last.var() + before.var()) / LATEST)
    return bool(before.mean() - last.mean() > 2 * error)


@dataclass(frozen=True)
class Lag:
    """The step at which a network's moving statistics are furthest behind its weights.

    Attributes:
        able: accuracy with batch statistics.
        moving: accuracy of the same weights with moving statistics.
        held: what share of its start a moving average still holds then, 0 to 1.
    """

    step: int
    able: float
    moving: float
    held: float


def lag(lane: Lane, steps: Sequence[int]) -> Lag:
    """The largest difference, at one of these steps, between the two scores of a network with batch normalization."""
    step = max(steps, key=lambda step: lane.batch.at(step) - lane.moving.at(step))
    return Lag(step, lane.batch.at(step), lane.moving.at(step), start_left(lane.run.config, step))


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
