"""One channel of one batch on its way through batch normalization and ReLU, one step after the other.

What the page "One batch, step by step" shows, in float64 and in either order. All arithmetic is that of
`bn_core.batch_norm.reference`, that is of Algorithm 1 in Ioffe and Szegedy (2015); here the steps get their names, a
bias is added in front, and one channel stands alone: values of any shape, a mean and a variance that are one number.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bn_core.batch_norm import reference

Array = NDArray[np.float64]

Order = Literal["before", "after"]
"""Where batch normalization stands: before ReLU, as in conv, BN, ReLU; or after it."""

Stage = Literal["values", "mean", "variance", "normalize", "scale", "relu"]

NORMALIZING: tuple[Stage, ...] = ("mean", "variance", "normalize", "scale")
"""The four lines of Algorithm 1."""

STAGES: dict[Order, tuple[Stage, ...]] = {
    "before": ("values", *NORMALIZING, "relu"),
    "after": ("values", "relu", *NORMALIZING),
}
"""The steps in their order. The first is the output of the convolution, with the bias if there is one."""


@dataclass(frozen=True)
class Moving:
    """The moving statistics of a channel, which inference mode normalizes with.

    Attributes:
        mean: any number.
        variance: 0 or more.
    """

    mean: float
    variance: float


@dataclass(frozen=True, eq=False)
class Walk:
    """All that happens to the values. Arrays have the shape of the values.

    Attributes:
        order: which of BN and ReLU comes first.
        gamma, beta, epsilon, bias: as given.
        values: the output of the convolution, bias included.
        taken: what batch normalization is given: `values`, or ReLU of them where it comes after.
        m: how many values stand behind a mean of the batch.
        batch_mean, batch_variance: of `taken`; the biased variance, which divides by m.
        mean, variance: those that the values are normalized with: the batch's, or in inference mode the moving ones.
        x_hat: normalized.
        y: scaled and shifted.
        output: what the next layer gets.
    """

    order: Order
    gamma: float
    beta: float
    epsilon: float
    bias: float
    values: Array
    taken: Array
    m: int
    batch_mean: float
    batch_variance: float
    mean: float
    variance: float
    x_hat: Array
    y: Array
    output: Array

    @property
    def stages(self) -> tuple[Stage, ...]:
        """The steps in their order."""
        return STAGES[self.order]

    def at(self, stage: Stage) -> Array:
        """The values after a step. Taking mean and variance moves none."""
        match stage:
            case "values":
                return self.values
            case "mean" | "variance":
                return self.taken
            case "normalize":
                return self.x_hat
            case "scale":
                return self.y
            case "relu":
                return self.output if self.order == "before" else self.taken


def relu(x: ArrayLike) -> Array:
    """max(0, x)."""
    return np.maximum(np.asarray(x, np.float64), 0.0)


def in_training_mode(
    values: ArrayLike, order: Order, gamma: float, beta: float, epsilon: float, bias: float = 0.0
) -> Walk:
    """With the statistics of the batch itself: Algorithm 1.

    Args:
        values: of one channel, of any shape; at least one.
        bias: added to every value in front of everything else.

    Raises:
        ValueError: there are no values, or variance plus epsilon is not above 0.
    """
    x, taken = _entering(values, order, bias)
    step = reference.forward(taken.reshape(-1, 1), gamma, beta, epsilon)
    x_hat, y = (array.reshape(x.shape) for array in (step.x_hat, step.y))
    mean, variance = float(step.mu_B[0]), float(step.sigma2_B[0])
    output = relu(y) if order == "before" else y
    return Walk(order, gamma, beta, epsilon, bias, x, taken, step.m, mean, variance, mean, variance, x_hat, y, output)


def in_inference_mode(
    values: ArrayLike, order: Order, gamma: float, beta: float, epsilon: float, moving: Moving, bias: float = 0.0
) -> Walk:
    """With the moving statistics: line 11 of Algorithm 2. What the batch's own would be is told beside.

    Args:
        values: of one channel, of any shape; at least one.
        bias: added to every value in front of everything else.

    Raises:
        ValueError: there are no values, or a variance plus epsilon is not above 0.
    """
    x, taken = _entering(values, order, bias)
    column = taken.reshape(-1, 1)
    own = reference.forward(column, gamma, beta, epsilon)
    # Line 11 folds normalizing and scaling into one straight line; with gamma 1 and beta 0 it is x-hat.
    x_hat = reference.infer(column, 1.0, 0.0, moving.mean, moving.variance, epsilon).y.reshape(x.shape)
    y = reference.infer(column, gamma, beta, moving.mean, moving.variance, epsilon).y.reshape(x.shape)
    output = relu(y) if order == "before" else y
    statistics = float(own.mu_B[0]), float(own.sigma2_B[0]), moving.mean, moving.variance
    return Walk(order, gamma, beta, epsilon, bias, x, taken, own.m, *statistics, x_hat, y, output)


def per_position(values: ArrayLike, gamma: float, beta: float, epsilon: float) -> reference.Forward:
    """The wrong axes in a convolutional layer: every position of the map with statistics of its own.

    Args:
        values: of one channel, (images, positions).

    Raises:
        ValueError: as `reference.forward`.
    """
    return reference.forward(values, gamma, beta, epsilon, axis=-1)


def _entering(values: ArrayLike, order: Order, bias: float) -> tuple[Array, Array]:
    x = np.asarray(values, np.float64) + bias
    return x, x if order == "before" else relu(x)
