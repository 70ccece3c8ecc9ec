"""What is looked at: a channel, a batch, an order, and numbers in place of the learned ones."""

from __future__ import annotations

from dataclasses import dataclass, replace

from bn_core.batch_norm.walkthrough import Moving, Order, Walk, in_inference_mode, in_training_mode
from bn_core.exhibits import CapturedChannel


@dataclass(frozen=True, eq=False)
class Choice:
    """One batch of one channel, and what is to be done with it.

    Attributes:
        channel: for all images that were captured.
        batch_size: how many of them are the batch: the first so many.
        order: which of BN and ReLU comes first.
        inference: normalize with the moving statistics.
        gamma, beta, epsilon: as learned, or as chosen.
        bias: added to every value.
    """

    channel: CapturedChannel
    batch_size: int
    order: Order
    inference: bool
    gamma: float
    beta: float
    epsilon: float
    bias: float

    def walk(self) -> Walk:
        """What happens to the batch."""
        values = self.channel.values[: self.batch_size]
        if self.inference:
            moving = Moving(self.channel.moving_mean, self.channel.moving_variance)
            return in_inference_mode(values, self.order, self.gamma, self.beta, self.epsilon, moving, self.bias)
        return in_training_mode(values, self.order, self.gamma, self.beta, self.epsilon, self.bias)

    def beside(self) -> Walk | None:
        """The same in training mode and without the bias; None where that is what happens."""
        if not self.inference and self.bias == 0:
            return None
        return replace(self, inference=False, bias=0.0).walk()
