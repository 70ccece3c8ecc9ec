"""One batch of one channel as it is shown: all that happens to it, and the eight values that stand for it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

import numpy as np

from bn_core.batch_norm.walkthrough import Moving, Order, Stage, Walk, in_inference_mode, in_training_mode
from bn_core.exhibits import CapturedChannel
from pages.one_batch_page.figures import Axis, axis, decimals

At = Stage | Literal["all"]
"""What is shown: one step, or all of them side by side."""

MOST_SHOWN = 8
"""How many images of a batch are shown one by one: its first so many."""

TAIL = 0.2
"""Per cent of all values that may lie beyond each end of the axis; the outermost bars count them."""


@dataclass(frozen=True, eq=False)
class Scene:
    """What is looked at, and what is done with it.

    Attributes:
        channel: for all images that were captured.
        images: how many of them are the batch: the first so many.
        order: which of BN and ReLU comes first.
        inference: normalize with the moving statistics.
        gamma, beta, epsilon: as learned, or as chosen.
        bias: added to every value.
    """

    channel: CapturedChannel
    images: int
    order: Order
    inference: bool
    gamma: float
    beta: float
    epsilon: float
    bias: float

    @cached_property
    def walk(self) -> Walk:
        """What happens to the batch."""
        values = self.channel.values[: self.images]
        if self.inference:
            moving = Moving(self.channel.moving_mean, self.channel.moving_variance)
            return in_inference_mode(values, self.order, self.gamma, self.beta, self.epsilon, moving, self.bias)
        return in_training_mode(values, self.order, self.gamma, self.beta, self.epsilon, self.bias)

    @cached_property
    def beside(self) -> Walk | None:
        """The same in training mode and without the bias; None where that is what happens."""
        if not self.inference and self.bias == 0:
            return None
        return replace(self, inference=False, bias=0.0).walk

    @property
    def change(self) -> float:
        """How far, at most, an output is from what it is in training mode and without the bias."""
        return 0.0 if self.beside is None else float(np.abs(self.walk.output - self.beside.output).max())

    @property
    def shown(self) -> int:
        """How many images are shown one by one, each with one value."""
        return min(MOST_SHOWN, self.images)

    @property
    def complete(self) -> bool:
        """Whether the values that are shown are all there are."""
        return self.walk.m == self.shown

    @property
    def position(self) -> int:
        """Which place of the map is shown: its middle."""
        return self.channel.side // 2 * (self.channel.side + 1)

    @cached_property
    def places(self) -> int:
        """How many decimals its numbers have."""
        return decimals(min(1.0, self.walk.batch_variance))

    @cached_property
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
        """The values that are shown, after a step, (shown,). After `mean` they are as batch normalization gets them."""
        return (walk or self.walk).at(stage)[: self.shown, self.position]
