"""One batch as it is shown: all that happens to it, and the eight values that stand for it."""

from __future__ import annotations

import functools
from dataclasses import dataclass

import numpy as np

from bn_core.batch_norm.walkthrough import Stage, Walk
from pages.one_batch_page.choice import Choice
from pages.one_batch_page.figures import Axis, axis, decimals

MOST_SHOWN = 8
"""How many images of a batch are shown one by one: its first so many."""

TAIL = 0.2
"""Per cent of all values that may lie beyond each end of the axis; the outermost bars count them."""


@dataclass(frozen=True, eq=False)
class Scene:
    """What is to be shown.

    Attributes:
        choice: what was chosen.
        walk: what happens to the batch.
        beside: what happens to it in training mode and without the bias, where that is something else.
    """

    choice: Choice
    walk: Walk
    beside: Walk | None

    @classmethod
    def of(cls, choice: Choice) -> Scene:
        return cls(choice, choice.walk(), choice.beside())

    @property
    def images(self) -> int:
        """How many images are in the batch."""
        return self.choice.batch_size

    @property
    def shown(self) -> int:
        """How many of them are shown one by one, each with one value."""
        return min(MOST_SHOWN, self.images)

    @property
    def complete(self) -> bool:
        """Whether the values that are shown are all there are."""
        return self.walk.m == self.shown

    @property
    def position(self) -> int:
        """Which place of the map is shown: its middle."""
        side = self.choice.channel.side
        return side // 2 * side + side // 2

    @functools.cached_property
    def places(self) -> int:
        """How many decimals its numbers have."""
        return decimals(min(1.0, self.walk.batch_variance))

    @functools.cached_property
    def axis(self) -> Axis:
        """The number line, one for all steps: what is shown, the mean, and nearly all other values."""
        marks: list[np.ndarray] = []
        for walk in filter(None, (self.walk, self.beside)):
            deviation = float(np.sqrt(walk.variance))
            marks.append(np.array([walk.mean - deviation, walk.mean + deviation]))
            for stage in walk.stages:
                marks.append(self.sample(stage, walk))
                marks.append(np.percentile(walk.at(stage), [TAIL, 100 - TAIL]))
        return axis(np.concatenate(marks))

    def sample(self, stage: Stage, walk: Walk | None = None) -> np.ndarray:
        """The values that are shown, after a step, (shown,)."""
        return (walk or self.walk).at(stage)[: self.shown, self.position]

    def taken(self) -> np.ndarray:
        """The values that are shown, as batch normalization is given them, (shown,)."""
        return self.walk.taken[: self.shown, self.position]
