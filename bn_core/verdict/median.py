"""The median of a group of scores, with an interval that holds whatever their distribution is."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

WANTED = 0.9
"""With which probability the interval is to hold the median, where there are scores enough."""


@dataclass(frozen=True)
class Middle:
    """Where the scores of a group lie.

    Attributes:
        median: of the scores.
        low, high: two of the scores between which the median of all seeds lies.
        confidence: the probability that it does, 0 to 1, exact for scores that are drawn independently; 0 of a single
            one.
    """

    median: float
    low: float
    high: float
    confidence: float


def middle(scores: Sequence[float]) -> Middle | None:
    """Return the median and its interval: the narrowest pair of order statistics, as far from either end, that holds it
    with 90 %; the lowest and the highest where none does, as with fewer than five. None without scores.

    Args:
        scores: infinite ones stand for what is worse than any number.
    """
    if not scores:
        return None
    ranked, count = sorted(scores), len(scores)
    half = count // 2
    left, right = ranked[(count - 1) // 2], ranked[half]
    median = left if left == right else left + (right - left) / 2 if math.isfinite(left) else left
    outside = 0.0
    kept = 0
    for place in range(half):
        outside += math.comb(count, place) / 2**count
        if place and 1 - 2 * outside < WANTED:
            break
        kept = place
    confidence = 1 - 2 * sum(math.comb(count, place) for place in range(kept + 1)) / 2**count if count > 1 else 0.0
    return Middle(median, ranked[kept], ranked[count - 1 - kept], confidence)
