"""The label-permutation test of a difference of two means, and its inversion to an interval, both exact.

If which group a score belongs to means nothing, every other way to hand the same labels out was as likely (R. A.
Fisher: The Design of Experiments, 1935; E. J. G. Pitman: Significance Tests Which May Be Applied to Samples from Any
Populations, 1937). So the share of relabelings whose difference is at least as large as the one that was measured is a
p value, exact for every distribution of the scores. The two-sided p value is twice the one in the direction of the
difference, at most 1: for groups of one size the share of relabelings with as large a difference in either direction,
as in `scipy.stats.permutation_test`.

A shift that is taken off one group before the test gives the interval: all shifts that the test does not reject. No
search is needed. A relabeling that moves k scores of each group to the other is as extreme as the measured labels
exactly from the shift on at which the moved scores of both groups have one mean: their difference is its *turning
point*. So the p value as a function of the shift is a staircase, its steps are the sorted turning points, and the ends
of the interval are two of them.
"""

from __future__ import annotations

import itertools
import math
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from bn_core.verdict.holm import Floats, reaches

CELLS = 4_000_000
"""How many labels all relabelings together may have before they are drawn at random: 10 against 10 scores are exact."""

ROUNDING = 1e-13
"""Turning points nearer to 0 than this share of the largest score are 0: equal on paper, such as 0.1 + 0.2 and 0.3."""


def all_relabelings(first: int, second: int) -> int:
    """How many ways there are to hand out the labels of groups of these sizes, the measured one included."""
    return math.comb(first + second, first)


def is_exact(first: int, second: int) -> bool:
    """Whether groups of these sizes are tested with all relabelings: up to 10 against 10."""
    return all_relabelings(first, second) * (first + second) <= CELLS


def relabelings(first: int, second: int) -> int:
    """How many ways to hand out the labels the test of groups of these sizes looks at, the measured one included.

    Where they are too many, as many as `CELLS` allows are drawn at random, none twice, and the same in each process.
    With the measured one counted among them that is a test of the same level (M. Dwass: Modified Randomization Tests
    for Nonparametric Hypotheses, 1957), and as every shift meets the same ones, its interval is its inversion all the
    same.
    """
    return all_relabelings(first, second) if is_exact(first, second) else CELLS // (first + second)


def turning_points(first: Floats, second: Floats) -> Floats:
    """Return the sorted shifts from which on each relabeling is at least as extreme as the measured labels.

    Args:
        first, second: (.., n) and (.., m), the scores of two groups, finite; at least one each.

    Returns:
        (.., relabelings - 1), ascending. The measured labels themselves are left out: they are as extreme at any shift.
    """
    scores = np.concatenate([first, second], axis=-1)
    moves = _moves(first.shape[-1], second.shape[-1])
    points = scores @ moves.T.astype(np.float64) / (moves > 0).sum(-1)
    return np.sort(settled(points, scores), axis=-1)


def settled(values: Floats, scores: Floats) -> Floats:
    """Differences of means of these scores, (.., differences), with 0 for what is rounding."""
    largest = np.abs(scores).max(-1, keepdims=True)
    return np.where(np.abs(values) <= ROUNDING * largest, 0, values)


def p_values(points: Floats, difference: Floats) -> Floats:
    """Return the two-sided p value of no difference.

    Args:
        points: (.., relabelings - 1), the turning points.
        difference: (..), mean of the second group less that of the first.
    """
    as_extreme = 1 + np.where(difference > 0, (points <= 0).sum(-1), (points >= 0).sum(-1))
    return np.where(difference == 0, 1, np.minimum(1, 2 * as_extreme / (points.shape[-1] + 1)))


def interval(points: Floats, difference: float, level: float) -> tuple[float, float]:
    """Return the smallest and the largest shift that the test does not reject at a level; infinite where it rejects
    none.

    Args:
        points: (relabelings - 1), the turning points of one comparison.
        difference: mean of the second group less that of the first, which is never rejected.
    """
    rank = rejected(len(points) + 1, level)
    if rank == 0:
        return -math.inf, math.inf
    if rank > len(points):
        return difference, difference
    return min(float(points[rank - 1]), difference), max(float(points[-rank]), difference)


def rejected(relabelings: int, level: float) -> int:
    """How many of so many relabelings may be as extreme as the measured labels for p to reach a level: 0 for never."""
    return int(reaches(2 * np.arange(1, relabelings // 2 + 1) / relabelings, level).sum())


@lru_cache(maxsize=4)
def _moves(first: int, second: int) -> NDArray[np.int8]:
    """What each relabeling but the measured one moves: (relabelings - 1, first + second), 1 out of the second group
    and -1 out of the first, 0 for what stays."""
    measured = np.repeat(np.array([1, 0], np.int8), [first, second])
    return (_enumerated if is_exact(first, second) else _drawn)(measured) - measured


def _enumerated(measured: NDArray[np.int8]) -> NDArray[np.int8]:
    """All labels but the measured ones: (.., scores), 1 for the first group."""
    places = np.array(list(itertools.combinations(range(measured.size), int(measured.sum()))))[1:]
    labels = np.zeros((len(places), measured.size), np.int8)
    np.put_along_axis(labels, places, np.int8(1), axis=1)
    return labels


def _drawn(measured: NDArray[np.int8]) -> NDArray[np.int8]:
    """Labels at random, none twice and none the measured ones."""
    count = CELLS // measured.size
    draw = np.random.default_rng(0)
    known = measured[np.newaxis]
    while len(known) < count:
        known = np.concatenate([known, draw.permuted(np.tile(measured, (count, 1)), axis=1)])
        _, places = np.unique(np.packbits(known, axis=1), axis=0, return_index=True)
        known = known[np.sort(places)]
    return known[1:count]
