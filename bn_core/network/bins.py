"""The bins of every activation histogram: fixed, symmetric about 0, and shared by all layers of all runs.

Their edges are spaced evenly on a logarithmic scale, 5 to a factor of ten, from 1e-8 to 100 on either side of 0:
without batch normalization values shrink below 1e-6, with it they reach tens. A histogram is `COUNTS` numbers ordered
by value, so that entry i and entry `COUNTS - 1 - i` are mirror images:

    entry        counts values x
    0            below the range: x <= -100
    1 .. 50      in the 50 negative bins
    51           between the smallest edge and 0: -1e-8 < x < 0
    52           exactly 0
    53           0 < x < 1e-8
    54 .. 103    in the 50 positive bins
    104          above the range: x >= 100

An edge belongs to the entry that is farther from 0.
"""

from __future__ import annotations

import functools

import numpy as np

BINS_PER_DECADE = 5
SMALLEST_DECADE, LARGEST_DECADE = -8, 2
BINS = BINS_PER_DECADE * (LARGEST_DECADE - SMALLEST_DECADE)
"""Bins on each side of 0."""

ZERO = BINS + 2
"""The entry that counts exact zeros: a spike of its own after ReLU."""

COUNTS = 2 * ZERO + 1
"""Entries of a histogram."""

LEADING = 16
"""The entry that a value belongs to is decided by this many leading bits of its float32: see `edges`."""


@functools.cache
def edges() -> np.ndarray:
    """Where the entries meet, float32 (COUNTS + 1,), ascending: entry i lies between edges i and i + 1.

    The first and last are infinite, and 0 stands there twice, on both sides of the entry of exact zeros.

    The others are 10^(k / 5) and their negatives, rounded to 8 binary digits (by at most 0.4 %), so that all but the
    leading 16 bits of their float32 are 0.
    """
    exponents = np.arange(BINS + 1) / BINS_PER_DECADE + SMALLEST_DECADE
    exact = (10.0**exponents).astype(np.float32)
    # Adding half of the last digit kept, then cutting the rest off, rounds to the nearest.
    rounded = ((exact.view(np.uint32) + 0x8000) & 0xFFFF0000).view(np.float32)
    right = np.concatenate([[0.0], rounded, [np.inf]]).astype(np.float32)
    both = np.concatenate([0 - right[::-1], right])
    both.flags.writeable = False
    return both


def histogram(values: np.ndarray) -> np.ndarray:
    """How many of the values belong to each entry, int32 (COUNTS,). They add up to the number of values.

    It counts how often each pattern of leading bits occurs, and adds these counts up: exact, and six times as fast as
    looking each value up among the edges. Below 1e-40 a value counts as 0, which is how TensorFlow computes with it;
    what is not a number counts as beyond the range.

    Args:
        values: float32, of any shape.
    """
    patterns = np.ascontiguousarray(values, np.float32).view(np.uint32).ravel() >> (32 - LEADING)
    # As whole numbers, the patterns of positive values grow from that of 0; those of negative ones follow, in the order
    # of their distance from 0.
    positive, negative = np.bincount(patterns, minlength=2**LEADING).reshape(2, -1)
    starts = np.concatenate([[0, 1], edges()[ZERO + 2 : -1].view(np.uint32) >> (32 - LEADING)])
    positive, negative = np.add.reduceat(positive, starts), np.add.reduceat(negative, starts)
    zeros = positive[:1] + negative[:1]
    return np.concatenate([negative[:0:-1], zeros, positive[1:]]).astype(np.int32)


def after_relu(counts: np.ndarray) -> np.ndarray:
    """The histogram of max(x, 0) from that of x: what lies below 0 moves to the exact zeros.

    Args:
        counts: (.., COUNTS).

    Returns:
        Of the same shape and type.
    """
    rectified = np.zeros_like(counts)
    rectified[..., ZERO + 1 :] = counts[..., ZERO + 1 :]
    rectified[..., ZERO] = counts[..., : ZERO + 1].sum(axis=-1)
    return rectified


def share_of_zeros(counts: np.ndarray) -> np.ndarray:
    """What share of the values is exactly 0, by histogram: (.., COUNTS) in, (..) out, 0 to 1."""
    share: np.ndarray = counts[..., ZERO] / counts.sum(axis=-1)
    return share
