"""Welch's test of a difference of two means, valid however unequal the two spreads are, and its inversion to an
interval.

The difference is measured in its own standard error, from the spread of each group by itself, and held against
Student's t with degrees of freedom that the two spreads decide (B. L. Welch: The Significance of the Difference
between Two Means when the Population Variances are Unequal, 1938; F. E. Satterthwaite: An Approximate Distribution of
Estimates of Variance Components, 1946). With few scores that is an approximation: with five and five scores of which
one group's spread more, Welch's p value is at most 0.0083 in up to 0.0112 of the experiments. How often it is below
any number can be computed for normal scores, up to a ratio of the true spreads that nobody knows; the p value here is
the largest over all ratios, so that it is at most the level with at most its probability for normal scores of any two
spreads.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy import special

from bn_core.verdict.holm import Floats

NOMINAL = np.geomspace(1e-8, 1, 73)
"""Welch's p values between which the corrected ones are interpolated; smaller ones count as the smallest."""

RATIOS = np.exp(np.linspace(-8, 8, 81))
"""Of the variance of the first group's mean to that of the second's: beyond these, one group decides alone."""

_STEPS = np.linspace(-3, 3, 41)
BELOW, ABOVE = special.expit(np.pi * np.sinh(_STEPS)), special.expit(-np.pi * np.sinh(_STEPS))
WEIGHTS = BELOW * ABOVE * np.cosh(_STEPS) / np.sum(BELOW * ABOVE * np.cosh(_STEPS))
"""Probabilities at which an integral over a distribution is taken, dense towards both ends; what they leave of 1; and
their weights: the double exponential rule (H. Takahasi, M. Mori: Double Exponential Formulas for Numerical Integration,
1974)."""


@dataclass(frozen=True, eq=False)
class WelchStatistic:
    """What the scores of two groups come to, for one comparison or an array of them.

    Attributes:
        difference: mean of the second group less that of the first.
        error: its standard error.
        freedom: Welch's degrees of freedom.
        sizes: how many scores the groups have, two at least.
    """

    difference: Floats
    error: Floats
    freedom: Floats
    sizes: tuple[int, int]

    @classmethod
    def of(cls, first: Floats, second: Floats, difference: Floats) -> WelchStatistic:
        """Take the spreads of two groups of scores, (.., n) and (.., m), whose difference of means is known."""
        sizes = first.shape[-1], second.shape[-1]
        variances = np.var(first, axis=-1, ddof=1) / sizes[0], np.var(second, axis=-1, ddof=1) / sizes[1]
        both = np.asarray(variances[0] + variances[1])
        share = np.divide(variances[0], both, out=np.full(both.shape, 0.5), where=both > 0)
        return cls(difference, np.sqrt(both), welch_freedom(share, sizes), sizes)

    def p_values(self) -> Floats:
        """The two-sided p values of no difference, corrected; where nothing spreads at all, 1 or almost 0."""
        certain = np.where(self.difference == 0, 0, np.inf)
        t = np.divide(np.abs(self.difference), self.error, out=certain, where=self.error > 0)
        return corrected(two_sided(self.freedom, t), self.sizes)

    def interval(self, level: float) -> tuple[float, float]:
        """The smallest and largest difference that the test of one comparison does not reject at a level."""
        reach = float(quantile(self.freedom, nominal(level, self.sizes)) * self.error)
        return float(self.difference) - reach, float(self.difference) + reach


def welch_freedom(share: Floats, sizes: tuple[int, int]) -> Floats:
    """Welch's degrees of freedom, where the first group has this share of the variance of the difference."""
    return np.asarray(1 / (share**2 / (sizes[0] - 1) + (1 - share) ** 2 / (sizes[1] - 1)))


def two_sided(freedom: Floats | float, t: Floats) -> Floats:
    """Probability of Student's t to be t or farther from 0."""
    return np.asarray(2 * special.stdtr(freedom, -t))


def quantile(freedom: Floats | float, p: Floats | float) -> Floats:
    """The t of which `two_sided` is p."""
    return np.asarray(-special.stdtrit(freedom, np.asarray(p) / 2))


def corrected(p: Floats, sizes: tuple[int, int]) -> Floats:
    """Return for Welch's p values how often it is as small at the worst ratio of spreads, for normal scores."""
    return np.asarray(np.exp(np.interp(np.log(np.maximum(p, NOMINAL[0])), np.log(NOMINAL), _worst(*sizes))))


def nominal(level: float, sizes: tuple[int, int]) -> float:
    """Return the Welch's p value that is `level` when corrected."""
    return math.exp(float(np.interp(math.log(level), _worst(*sizes), np.log(NOMINAL))))


@dataclass(frozen=True, eq=False)
class Spreads:
    """How the variance of a difference of means divides, for normal scores, over all experiments.

    The sum of both groups' squares and what share of it is the first's are independent, so Student's t of both groups
    together and Welch's t differ by a factor of that share alone.

    Attributes:
        freedom: (ratios, nodes), Welch's degrees of freedom for each share.
        factor: (ratios, nodes), Welch's t times this is Student's t with n + m - 2 degrees of freedom.
    """

    freedom: Floats
    factor: Floats

    @classmethod
    def of(cls, sizes: tuple[int, int], ratios: Floats) -> Spreads:
        """Take groups of these sizes at true ratios of the variance of the first mean to that of the second."""
        frees = sizes[0] - 1, sizes[1] - 1
        part = special.betaincinv(frees[0] / 2, frees[1] / 2, BELOW)
        rest = special.betaincinv(frees[1] / 2, frees[0] / 2, ABOVE)
        ours = ratios[:, np.newaxis] / (1 + ratios[:, np.newaxis])
        first, second = ours * part / frees[0], (1 - ours) * rest / frees[1]
        return cls(welch_freedom(first / (first + second), sizes), np.sqrt(sum(frees) * (first + second)))


@lru_cache(maxsize=64)
def _worst(first: int, second: int) -> Floats:
    """Logarithms of the largest probability, over all ratios, that Welch's p value is at most each of `NOMINAL`."""
    spreads = Spreads.of((first, second), RATIOS)
    t = quantile(spreads.freedom, NOMINAL[:, np.newaxis, np.newaxis])
    chances = two_sided(float(first + second - 2), t * spreads.factor) @ WEIGHTS
    return np.asarray(np.log(np.maximum(chances.max(axis=-1), NOMINAL)))
