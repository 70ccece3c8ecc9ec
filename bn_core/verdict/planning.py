"""How many seeds a comparison takes, said before it is made: for so many pairs, and for a difference of a given
size."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from scipy import special

from bn_core.verdict import relabeling
from bn_core.verdict.comparing import LEVEL, VerdictProblem
from bn_core.verdict.holm import Floats
from bn_core.verdict.unequal_spreads import ABOVE, BELOW, WEIGHTS, Spreads, nominal, quantile

POWER = 0.8
"""With which probability a difference is to be found, unless another one is asked for."""

MOST_SEEDS = 1000
"""Beyond so many seeds a group, how many it would take is not told."""


def pairs_told(seeds: int, *, level: float = LEVEL) -> int:
    """Return how many pairs a family may have so that each can be told with so many seeds a group.

    The smallest p value of n against n scores is 2 / (2n choose n), and Holm holds the smallest of m p values against
    level / m: 2/252 with five seeds, so 6 pairs at 0.05; none with three.
    """
    return relabeling.rejected(relabeling.relabelings(seeds, seeds), level)


def seeds_for_pairs(pairs: int, *, level: float = LEVEL) -> int:
    """Return the smallest number of seeds a group with which each pair of a family of so many can be told.

    Raises:
        VerdictProblem: there are more pairs than any number of seeds can tell.
    """
    for seeds in range(2, MOST_SEEDS):
        if pairs_told(seeds, level=level) >= pairs:
            return seeds
        if not relabeling.is_exact(seeds, seeds):
            break
    raise VerdictProblem(f"{pairs} pairs are more than can be judged together at a level of {level:g}; plan fewer.")


def pooled_spread(groups: Sequence[Sequence[float]]) -> float:
    """Return the standard deviation of scores around their own group's mean, over all groups.

    Args:
        groups: finite scores; those of a group with one score tell nothing of it.

    Raises:
        VerdictProblem: no group has two scores.
    """
    spreading = [np.asarray(group, np.float64) for group in groups if len(group) >= 2]
    if not spreading:
        raise VerdictProblem(
            "Scores spread only where a group has two of them; train each configuration with two seeds."
        )
    squares = sum(float(((group - group.mean()) ** 2).sum()) for group in spreading)
    return math.sqrt(squares / sum(group.size - 1 for group in spreading))


def power(seeds: int, difference: float, *, pairs: int = 1, level: float = LEVEL) -> float:
    """Return how probable it is to find a difference between two groups of so many normal scores of equal spread.

    It is that of the less powerful of the two tests. Both together find it in up to 0.06 fewer of the experiments where
    there are few relabelings (five seeds and six pairs), in up to 0.02 fewer with five seeds or more and one pair. The
    permutation test is taken for Student's at the largest p value that it can have below the level; Welch's is exact.

    Args:
        difference: of the means, in standard deviations, 0 or above.
        pairs: in a family of how many pairs it is to be found, whatever the others come to.
    """
    if seeds < 2:
        return 0.0
    each, count = level / pairs, relabeling.relabelings(seeds, seeds)
    attained = 2 * relabeling.rejected(count, each) / count
    if not attained:
        return 0.0
    freedom, shift = 2 * seeds - 2, difference * math.sqrt(seeds / 2)
    spreads = Spreads.of((seeds, seeds), np.ones(1))
    limits = quantile(spreads.freedom, nominal(each, (seeds, seeds))) * spreads.factor
    welch = float((_beyond(freedom, shift, limits) @ WEIGHTS)[0])
    return min(welch, float(_beyond(freedom, shift, quantile(freedom, attained))))


def seeds_to_tell(
    difference: float, spread: float, *, pairs: int = 1, level: float = LEVEL, wanted: float = POWER
) -> int | None:
    """Return how many seeds a group it takes to tell a difference of a given size, with probability `wanted`.

    Args:
        difference: of the means, in the scores' own unit; its sign does not matter.
        spread: standard deviation of the scores over seeds, such as `pooled_spread`.
        pairs: how many pairs are judged together.

    Returns:
        The number of seeds; None where it is above 1,000.

    Raises:
        VerdictProblem: the difference is 0 or not finite, or the spread is negative or not finite.
    """
    if not (math.isfinite(difference) and difference):
        raise VerdictProblem(f"No number of seeds tells a difference of {difference:g}; ask for one that is not 0.")
    if not (math.isfinite(spread) and spread >= 0):
        raise VerdictProblem(f"The spread must be a number of 0 or above, not {spread:g}.")
    if not 0 < wanted < 1:
        raise VerdictProblem(f"The probability to find a difference must be above 0 and below 1, not {wanted:g}.")
    # Beyond 100 standard deviations nothing but the number of relabelings matters.
    ratio = min(abs(difference) / spread, 100.0) if spread else 100.0
    # If the spread were known, it would take this many, and it is not.
    known = 2 * (max(0.0, float(special.ndtri(1 - level / pairs / 2) + special.ndtri(wanted))) / ratio) ** 2
    seeds = max(seeds_for_pairs(pairs, level=level), math.floor(known))
    while seeds <= MOST_SEEDS:
        if power(seeds, ratio, pairs=pairs, level=level) >= wanted:
            return seeds
        seeds += 1
    return None


def _beyond(freedom: int, shift: float, t: Floats) -> Floats:
    """Probability of Student's t around `shift` (the noncentral one) to be t, (..), or farther from 0."""
    upper = special.gammainccinv(freedom / 2, ABOVE)
    error = np.sqrt(2 / freedom * np.where(BELOW < ABOVE, special.gammaincinv(freedom / 2, BELOW), upper))
    limits = t[..., np.newaxis] * error
    return np.asarray((special.ndtr(shift - limits) + special.ndtr(-shift - limits)) @ WEIGHTS)
