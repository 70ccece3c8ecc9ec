"""Batch normalization step by step, forward and backward, in NumPy float64.

Every line of S. Ioffe and C. Szegedy, "Batch Normalization: Accelerating Deep Network Training by
Reducing Internal Covariate Shift" (2015, arXiv:1502.03167), has its own line here, and every
quantity keeps its name: mu_B and sigma2_B are the mean and the variance of the mini-batch B, m is
the number of values behind each of them, x_hat is the normalized value, y the result, and dl_dx
the derivative of the loss l by x.

x may have any rank. One of its axes, `axis`, counts the channels; the values of one channel along
all other axes are its mini-batch x_1 .. x_m. In a convolutional layer these are the pixels of all
images (section 3.2). Inside the functions x therefore stands as a table, one row for each of the m
values and one column per channel, and a sum over the batch is a sum over axis 0. In the results,
what belongs to a value has the shape of x, and what belongs to a channel has shape (channels,).
"""

# ruff: noqa: N806, N815 - the names are the paper's

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Forward:
    """Training mode: what Algorithm 1 was given, and what it computes, in its order.

    Attributes:
        x: Values of the mini-batch.
        gamma: Scale, (channels,).
        beta: Offset, (channels,).
        epsilon: What is added to the variance.
        axis: The feature axis of x.
        m: Number of values behind each mean.
        mu_B: Mini-batch mean, (channels,).
        sigma2_B: Mini-batch variance, (channels,); the biased one, which divides by m.
        x_hat: Normalized values, of the shape of x.
        y: Scaled and shifted values, of the shape of x.
    """

    x: Array
    gamma: Array
    beta: Array
    epsilon: float
    axis: int
    m: int
    mu_B: Array
    sigma2_B: Array
    x_hat: Array
    y: Array


@dataclass(frozen=True, eq=False)
class Backward:
    """Training mode: the gradients of section 3, in its order.

    Attributes:
        dl_dx_hat: By the normalized values, of the shape of x.
        dl_dsigma2_B: By the mini-batch variance, (channels,).
        dl_dmu_B: By the mini-batch mean, (channels,).
        dl_dx: By the values, of the shape of x.
        dl_dgamma: By the scale, (channels,).
        dl_dbeta: By the offset, (channels,).
    """

    dl_dx_hat: Array
    dl_dsigma2_B: Array
    dl_dmu_B: Array
    dl_dx: Array
    dl_dgamma: Array
    dl_dbeta: Array


@dataclass(frozen=True, eq=False)
class Inference:
    """Inference mode: line 11 of Algorithm 2, one straight line per channel.

    Attributes:
        x: Values.
        gamma: Scale, (channels,).
        beta: Offset, (channels,).
        moving_mean: E[x] in the paper, (channels,).
        moving_variance: Var[x] in the paper, (channels,).
        epsilon: What is added to the variance.
        axis: The feature axis of x.
        slope: gamma / sqrt(moving_variance + epsilon), (channels,).
        intercept: beta - slope * moving_mean, (channels,).
        y: slope * x + intercept, of the shape of x.
    """

    x: Array
    gamma: Array
    beta: Array
    moving_mean: Array
    moving_variance: Array
    epsilon: float
    axis: int
    slope: Array
    intercept: Array
    y: Array


@dataclass(frozen=True, eq=False)
class InferenceBackward:
    """Inference mode: the gradients, with mean and variance as constants.

    Attributes:
        dl_dx: By the values, of the shape of x.
        dl_dgamma: By the scale, (channels,).
        dl_dbeta: By the offset, (channels,).
    """

    dl_dx: Array
    dl_dgamma: Array
    dl_dbeta: Array


def forward(x: ArrayLike, gamma: ArrayLike, beta: ArrayLike, epsilon: float, axis: int = -1) -> Forward:
    """Normalize a mini-batch with its own statistics: Algorithm 1.

    Args:
        x: Values of any rank, at least one per channel.
        gamma: Scale, (channels,), or one number for all channels.
        beta: Offset, (channels,), or one number for all channels.
        epsilon: Added to the variance, 0 or more.
        axis: The feature axis of x.

    Raises:
        ValueError: axis is not an axis of x, x is empty, gamma or beta has another length than x
            has channels, epsilon is negative, or it is 0 and a channel has no variance.
    """
    given = np.asarray(x, np.float64)
    x = _table(given, axis)
    gamma = _per_channel("gamma", gamma, x)
    beta = _per_channel("beta", beta, x)
    m = len(x)

    mu_B = x.sum(0) / m
    sigma2_B = ((x - mu_B) ** 2).sum(0) / m
    _check_divisor(sigma2_B, epsilon)
    x_hat = (x - mu_B) / np.sqrt(sigma2_B + epsilon)
    y = gamma * x_hat + beta

    return Forward(
        given, gamma, beta, epsilon, axis, m, mu_B, sigma2_B, _like(given, x_hat, axis), _like(given, y, axis)
    )


def backward(step: Forward, dl_dy: ArrayLike) -> Backward:
    """Carry the gradient of the loss back through Algorithm 1: the chain rule of section 3.

    Mean and variance depend on all of the batch, so the gradient reaches each x by three
    paths: directly, through the variance, and through the mean.

    Args:
        step: What `forward` returned.
        dl_dy: Gradient of the loss by y, of the shape of x.

    Raises:
        ValueError: dl_dy has another shape than x.
    """
    dl_dy = _gradient(dl_dy, step.x, step.axis)
    x = _table(step.x, step.axis)
    x_hat = _table(step.x_hat, step.axis)
    gamma, epsilon, m, mu_B, sigma2_B = step.gamma, step.epsilon, step.m, step.mu_B, step.sigma2_B

    dl_dx_hat = dl_dy * gamma
    dl_dsigma2_B = (dl_dx_hat * (x - mu_B)).sum(0) * -1 / 2 * (sigma2_B + epsilon) ** (-3 / 2)
    dl_dmu_B = (dl_dx_hat * -1 / np.sqrt(sigma2_B + epsilon)).sum(0) + dl_dsigma2_B * (-2 * (x - mu_B)).sum(0) / m
    dl_dx = dl_dx_hat / np.sqrt(sigma2_B + epsilon) + dl_dsigma2_B * 2 * (x - mu_B) / m + dl_dmu_B / m
    dl_dgamma = (dl_dy * x_hat).sum(0)
    dl_dbeta = dl_dy.sum(0)

    return Backward(
        _like(step.x, dl_dx_hat, step.axis),
        dl_dsigma2_B,
        dl_dmu_B,
        _like(step.x, dl_dx, step.axis),
        dl_dgamma,
        dl_dbeta,
    )


def infer(
    x: ArrayLike,
    gamma: ArrayLike,
    beta: ArrayLike,
    moving_mean: ArrayLike,
    moving_variance: ArrayLike,
    epsilon: float,
    axis: int = -1,
) -> Inference:
    """Normalize with the moving statistics: line 11 of Algorithm 2.

    Each value is treated on its own, so the answer to one image does not depend on the others.

    Args:
        x: Values of any rank, at least one per channel.
        gamma: Scale, (channels,), or one number for all channels.
        beta: Offset, (channels,), or one number for all channels.
        moving_mean: Mean to subtract, (channels,), or one number for all channels.
        moving_variance: Variance to divide by, (channels,), or one number for all channels.
        epsilon: Added to the variance, 0 or more.
        axis: The feature axis of x.

    Raises:
        ValueError: As `forward`; also where a moving statistic has another length than x has
            channels.
    """
    given = np.asarray(x, np.float64)
    x = _table(given, axis)
    gamma = _per_channel("gamma", gamma, x)
    beta = _per_channel("beta", beta, x)
    moving_mean = _per_channel("moving_mean", moving_mean, x)
    moving_variance = _per_channel("moving_variance", moving_variance, x)
    _check_divisor(moving_variance, epsilon)

    slope = gamma / np.sqrt(moving_variance + epsilon)
    intercept = beta - slope * moving_mean
    y = slope * x + intercept

    return Inference(
        given, gamma, beta, moving_mean, moving_variance, epsilon, axis, slope, intercept, _like(given, y, axis)
    )


def infer_backward(step: Inference, dl_dy: ArrayLike) -> InferenceBackward:
    """Carry the gradient of the loss back through `infer`, where only the direct path is left.

    Args:
        step: What `infer` returned.
        dl_dy: Gradient of the loss by y, of the shape of x.

    Raises:
        ValueError: dl_dy has another shape than x.
    """
    dl_dy = _gradient(dl_dy, step.x, step.axis)
    x = _table(step.x, step.axis)
    x_hat = (x - step.moving_mean) / np.sqrt(step.moving_variance + step.epsilon)

    dl_dx = dl_dy * step.slope
    dl_dgamma = (dl_dy * x_hat).sum(0)
    dl_dbeta = dl_dy.sum(0)

    return InferenceBackward(_like(step.x, dl_dx, step.axis), dl_dgamma, dl_dbeta)


def update_moving(moving: ArrayLike, batch: ArrayLike, momentum: float) -> Array:
    """The next moving mean or variance: moving * momentum + batch * (1 - momentum).

    The paper instead averages mu_B and m / (m - 1) * sigma2_B over many batches when training is
    done (Algorithm 2, line 10). This one is kept while training, from sigma2_B as it is.

    Args:
        moving: The statistic so far, (channels,).
        batch: mu_B or sigma2_B of this batch, (channels,).
        momentum: What share of the old value is kept, 0 to 1.
    """
    return np.asarray(moving, np.float64) * momentum + np.asarray(batch, np.float64) * (1 - momentum)


def _table(x: Array, axis: int) -> Array:
    """x as one row for each value of the mini-batch and one column per channel, (m, channels)."""
    if not -x.ndim <= axis < x.ndim:
        raise ValueError(
            f"axis={axis} is not an axis of x, whose shape is {x.shape}. "
            f"Choose the feature axis, from {-x.ndim} to {x.ndim - 1}."
        )
    if x.size == 0:
        raise ValueError(f"x is empty: its shape is {x.shape}. Give at least one value per channel.")
    return np.moveaxis(x, axis, -1).reshape(-1, x.shape[axis])


def _like(x: Array, table: Array, axis: int) -> Array:
    """The opposite of `_table`: (m, channels) in the shape of x."""
    channels_last = np.moveaxis(x, axis, -1).shape
    return np.moveaxis(table.reshape(channels_last), -1, axis)


def _gradient(dl_dy: ArrayLike, x: Array, axis: int) -> Array:
    dl_dy = np.asarray(dl_dy, np.float64)
    if dl_dy.shape != x.shape:
        raise ValueError(f"dl_dy has shape {dl_dy.shape} and x has {x.shape}. They must be the same.")
    return _table(dl_dy, axis)


def _per_channel(name: str, value: ArrayLike, x: Array) -> Array:
    """The value in float64, one number for each column of x."""
    value = np.asarray(value, np.float64)
    channels = x.shape[1]
    if value.shape not in ((), (channels,)):
        raise ValueError(
            f"{name} has shape {value.shape}, but x has {channels} channels. Give shape ({channels},), or one number."
        )
    return np.broadcast_to(value, (channels,))


def _check_divisor(variance: Array, epsilon: float) -> None:
    if not epsilon >= 0:
        raise ValueError(f"epsilon must be 0 or more, not {epsilon!r}.")
    if np.any(variance + epsilon <= 0):
        raise ValueError("A channel's variance plus epsilon is not above 0: give a larger epsilon.")
