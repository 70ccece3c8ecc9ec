"""Population statistics after the fact: what inference could have used, computed from recorded batch statistics.

Inference mode needs one mean and one variance per channel that depend on no batch. Training leaves a mean mu_B and a
variance sigma2_B for each mini-batch B. This module holds the ways to get from these to those, and what tells how far
the result is from the truth:

    moving average      moving_0 = start;  moving_t = d * moving_(t-1) + (1 - d) * batch_t
    debiased            (moving_t - d^t * start) / (1 - d^t)
    plain average       E[x] = E_B[mu_B],  Var[x] = m / (m - 1) * E_B[sigma2_B]

The first is what a batch normalization layer keeps while it trains; d is its momentum. The second removes the start, as
Adam does (D. Kingma and J. Ba, 2015, section 3). The third is what S. Ioffe and C. Szegedy (2015, arXiv:1502.03167)
propose in Algorithm 2, line 10, for weights that no longer change; it later became known as PreciseBN.

A statistic is a mean or a variance; what holds of one holds of the other. Where a statistic at several steps stands
in one array, a row is a step and a column a channel.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.floating]

MEAN_START = 0.0
"""What a layer's moving mean is before the first update."""

VARIANCE_START = 1.0
"""What a layer's moving variance is before the first update."""


def moving_averages(batch: ArrayLike, momentum: float, start: float) -> Array:
    """Let a moving statistic follow recorded batches, with any momentum: what a layer does while it trains.

        moving = moving * momentum + batch * (1 - momentum)

    From a run's float32 statistics and its own momentum come the very bits of its moving statistics: every operation
    is the layer's, in its order and precision. (1 - momentum, too, is taken in float32: while this lab trains, the
    momentum is a float32 tensor.) From float64 comes the same without float32's rounding.

    Args:
        batch: Mean or variance of each batch, (updates, channels), float32 or float64.
        momentum: What share of the old value each update keeps, 0 to 1.
        start: The value before the first update.

    Returns:
        (updates + 1, channels), of the type of batch: row t is the moving statistic after t updates, row 0 the start.

    Raises:
        ValueError: batch has another rank, or momentum is not from 0 to 1.
    """
    batch = _statistics(batch)
    _check_momentum(momentum)
    kept = batch.dtype.type(momentum)
    added = batch.dtype.type(1) - kept

    moving = np.empty((len(batch) + 1, batch.shape[1]), batch.dtype)
    moving[0] = start
    for t in range(len(batch)):
        moving[t + 1] = moving[t] * kept + batch[t] * added
    return moving


def debiased(moving: ArrayLike, updates: ArrayLike, momentum: float, start: float) -> NDArray[np.float64]:
    """A moving statistic as if it had known nothing but batches: without the share of its start.

    Written out, the moving average is

        moving_t = d^t * start + (1 - d) * (batch_t + d * batch_(t-1) + .. + d^(t-1) * batch_1)

    The weights of the batches add up to 1 - d^t, that of the start is the rest. Taking the start's share away and
    dividing by 1 - d^t leaves an average of batches alone, in which recent ones weigh more:

        (moving_t - d^t * start) / (1 - d^t)

    For a mean, which starts at 0, this is Adam's correction. For a variance, which starts at 1, dividing alone would
    make matters worse: d^t is to be taken away first. Debiasing removes the start, not the lag: weights move, and
    old batches are of old weights.

    In early updates nearly all of `moving` is its start, and the difference keeps few of float32's digits. So give a
    float64 `moving` where there is one: `moving_averages` of a float64 batch.

    Args:
        moving: Moving mean or variance, (.., channels).
        updates: How many updates led to it, whole numbers of shape (..), or one for all.
        momentum: What share of the old value each update kept, 0 to 1.
        start: The value before the first update.

    Returns:
        (.., channels); NaN where nothing but the start is left: after 0 updates, or where momentum is 1.

    Raises:
        ValueError: momentum is not from 0 to 1, or a number of updates is negative.
    """
    moving = _float64(moving)
    remains = np.asarray(share_of_start(momentum, updates))[..., np.newaxis]
    with np.errstate(divide="ignore", invalid="ignore"):
        without_start = (moving - remains * start) / (1 - remains)
    return np.where(remains < 1, without_start, np.nan)


def share_of_start(momentum: float, updates: ArrayLike) -> NDArray[np.float64]:
    """How much of a moving statistic is still its start, 0 to 1: momentum ** updates.

    Where momentum is 0.99: half after 69 updates, 37 % after 100, 8 % after 250, 1 % after 459.

    Raises:
        ValueError: momentum is not from 0 to 1, or a number of updates is negative.
    """
    _check_momentum(momentum)
    updates = _float64(updates)
    if np.any(updates < 0):
        raise ValueError("The number of updates must be 0 or more.")
    return momentum**updates


def drift_of_mean(moving_mean: ArrayLike, true_mean: ArrayLike, true_variance: ArrayLike) -> NDArray[np.float64]:
    """How far a moving mean is from the truth, in true standard deviations: 0 or more; 0 is no drift.

        |moving mean - true mean| / sqrt(true variance)

    Args:
        moving_mean, true_mean, true_variance: Of shapes that broadcast, such as (steps, channels).

    Returns:
        NaN where a channel has no variance and no drift; infinite where it has drift alone.
    """
    distance = np.abs(_float64(moving_mean) - _float64(true_mean))
    with np.errstate(divide="ignore", invalid="ignore"):
        return distance / np.sqrt(_float64(true_variance))


def drift_of_variance(moving_variance: ArrayLike, true_variance: ArrayLike) -> NDArray[np.float64]:
    """How many times the true variance a moving one is: 0 or more; 1 is no drift, 48 means a signal 7 times too weak.

    Args:
        moving_variance, true_variance: Of shapes that broadcast, such as (steps, channels).

    Returns:
        NaN where both are 0; infinite where only the true one is.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        return _float64(moving_variance) / _float64(true_variance)


def _float64(values: ArrayLike) -> NDArray[np.float64]:
    return np.asarray(values, np.float64)


def _statistics(batch: ArrayLike) -> Array:
    batch = np.asarray(batch)
    if batch.dtype not in (np.float32, np.float64):
        batch = batch.astype(np.float64)
    if batch.ndim != 2:
        raise ValueError(f"Batch statistics have the shape (batches, channels), not {batch.shape}.")
    return batch


def _check_momentum(momentum: float) -> None:
    if not 0 <= momentum <= 1:
        raise ValueError(f"momentum must be from 0 to 1, not {momentum!r}.")
