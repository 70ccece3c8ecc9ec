"""The verdict on planned pairs of groups of scores: what the spread over seeds allows to claim of their means.

A difference is claimed where two tests claim it: the exact label permutation (`relabeling`), which holds for scores of
any distribution if the groups have the same one, and Welch's test at the worst ratio of spreads (`unequal_spreads`),
which holds for normal scores of any two spreads. So p is the larger of their two p values, and it holds wherever
either does. Nothing has to be found out of the spreads first, so there is no choice that could be wrong. The interval
is the inversion of just this test: all differences that either of the two does not reject. `Comparison.test` names the
one of the larger p.

The permutation alone would not do: where one of two groups of five spreads five times as much, it claims a difference
of equal means in 8 % of the experiments, and a family of six such pairs in 15 %. Nor would dividing its difference by
Welch's standard error (G. Neuhaus: Conditional Rank Tests for the Two-Sample Problem under Random Censorship, 1993; A.
Janssen: Studentized Permutation Tests for Non-i.i.d. Hypotheses and the Generalized Behrens-Fisher Problem, 1997): in
groups of one size, as a sweep has them, that orders the relabelings as the difference itself does, because what all
scores spread together is the same for each, so that its p value is the same.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np

from bn_core.verdict import relabeling
from bn_core.verdict.holm import Floats, judge
from bn_core.verdict.unequal_spreads import WelchStatistic

LEVEL = 0.05
"""How often a family may claim anything where there is nothing, unless another level is asked for."""

LARGEST = 1e100
"""A score farther from 0 is no number that anything can be computed with: its run has diverged."""

Verdict = Literal["difference", "no-difference", "too-few-seeds", "not-finite"]
"""`difference`: the means differ. `no-difference`: none beyond seed noise. `too-few-seeds`: with so few scores, in a
family of so many pairs, no scores whatever would have allowed a claim. `not-finite`: a run has no finite score, so
that there is no mean."""

Test = Literal["permutation", "welch"]
"""Which of the two tests has the larger p, and so decides."""


class VerdictProblem(ValueError):  # noqa: N818 - named for what it tells
    """What was asked for cannot be judged; the text says why in one sentence."""


@dataclass(frozen=True)
class Comparison:
    """What can be claimed of two groups of scores.

    Attributes:
        first, second: their names.
        verdict: what can be claimed.
        difference: mean of the second less that of the first; None without a mean of both.
        low, high: the smallest and the largest difference that the test does not reject at `level`; infinite where it
            rejects none. 0 is outside exactly where a difference is claimed.
        p: p value of this pair alone; 1 where nothing could be tested.
        adjusted_p: the smallest level of the family at which this pair would be claimed.
        level: what p is held against: the family's level, divided as Holm's procedure does.
        test: which test decides; None where nothing could be tested.
        seeds: how many scores the groups have, those that are not finite included.
        not_finite: how many of them are missing, infinite, not a number, or beyond 1e100.
        spreads: standard deviations of the groups (divided by n - 1); None without two finite scores or more.
        exact: whether all relabelings were looked at; they are drawn at random beyond 10 against 10.
    """

    first: str
    second: str
    verdict: Verdict
    difference: float | None
    low: float
    high: float
    p: float
    adjusted_p: float
    level: float
    test: Test | None
    seeds: tuple[int, int]
    not_finite: tuple[int, int]
    spreads: tuple[float | None, float | None]
    exact: bool

    def to_json(self) -> dict[str, Any]:
        """Return the attributes in JSON's own types: an infinite end of the interval is null."""
        ends = {name: end if math.isfinite(end) else None for name, end in (("low", self.low), ("high", self.high))}
        pairs = {name: list(getattr(self, name)) for name in ("seeds", "not_finite", "spreads")}
        return asdict(self) | ends | pairs


def compare(
    groups: Mapping[str, Sequence[float | None]], pairs: Iterable[tuple[str, str]], *, level: float = LEVEL
) -> tuple[Comparison, ...]:
    """Judge planned pairs of groups as one family.

    A run that has diverged is never left out: of its group no mean is told, and the pair is not judged. It counts in
    the family all the same, as does a pair of too few seeds, so that how strictly the others are judged depends on the
    plan alone. With no pairs there is nothing to tell.

    Args:
        groups: the scores of each group, one a seed; None for a score that is missing.
        pairs: names of the groups to compare, planned before the scores were seen; none twice.
        level: how often at most anything is claimed of a family of equal means, above 0 and below 1.

    Returns:
        One comparison a pair, in the order of the pairs.

    Raises:
        VerdictProblem: a pair names a group that there is not, or one group twice, or comes twice; or the level is out
            of range.
    """
    planned = tuple(pairs)
    _check(groups, planned, level)
    family = [_Pair.of(names, groups) for names in planned]
    judged = judge(np.array([pair.p for pair in family]), level)
    rulings = zip(judged.claims.tolist(), judged.levels.tolist(), judged.adjusted.tolist(), strict=True)
    return tuple(pair.comparison(_Ruling(*ruling)) for pair, ruling in zip(family, rulings, strict=True))


def p_values(first: Floats, second: Floats) -> Floats:
    """Return the p values of the pairs of an array, each by itself: the larger one of the two tests.

    Args:
        first, second: (.., n) and (.., m), finite scores, two each at least.
    """
    tested = _Tested.of(first, second)
    return np.maximum(tested.permutation, tested.welch)


@dataclass(frozen=True, eq=False)
class _Tested:
    """Both tests of pairs of groups: their statistics and p values, (..)."""

    difference: Floats
    points: Floats
    statistic: WelchStatistic
    permutation: Floats
    welch: Floats

    @classmethod
    def of(cls, first: Floats, second: Floats) -> _Tested:
        scores = np.concatenate([first, second], axis=-1)
        means = np.mean(second, axis=-1) - np.mean(first, axis=-1)
        difference = relabeling.settled(means[..., np.newaxis], scores)[..., 0]
        points = relabeling.turning_points(first, second)
        statistic = WelchStatistic.of(first, second, difference)
        return cls(difference, points, statistic, relabeling.p_values(points, difference), statistic.p_values())


@dataclass(frozen=True)
class _Ruling:
    """What Holm's procedure said of one pair of a family."""

    claims: bool
    level: float
    adjusted_p: float


@dataclass(frozen=True, eq=False)
class _Pair:
    """One planned pair before its family is judged."""

    names: tuple[str, str]
    scores: tuple[Floats, Floats]
    tested: _Tested | None

    @classmethod
    def of(cls, names: tuple[str, str], groups: Mapping[str, Sequence[float | None]]) -> _Pair:
        first, second = (np.array([math.nan if x is None else x for x in groups[name]], np.float64) for name in names)
        able = min(first.size, second.size) >= 2 and not (_not_finite(first) or _not_finite(second))
        return cls(names, (first, second), _Tested.of(first, second) if able else None)

    @property
    def p(self) -> float:
        return 1.0 if self.tested is None else float(max(self.tested.permutation, self.tested.welch))

    def comparison(self, ruling: _Ruling) -> Comparison:
        first, second = self.scores
        low, high = self._interval(ruling)
        return Comparison(
            *self.names,
            verdict=self._verdict(ruling),
            difference=self._difference(),
            low=low,
            high=high,
            p=self.p,
            adjusted_p=ruling.adjusted_p,
            level=ruling.level,
            test=self._test(),
            seeds=(first.size, second.size),
            not_finite=(_not_finite(first), _not_finite(second)),
            spreads=(_spread(first), _spread(second)),
            exact=relabeling.is_exact(first.size, second.size),
        )

    def _verdict(self, ruling: _Ruling) -> Verdict:
        if any(_not_finite(scores) for scores in self.scores):
            return "not-finite"
        if ruling.claims:
            return "difference"
        if self.tested is None or not relabeling.rejected(self.tested.points.size + 1, ruling.level):
            return "too-few-seeds"
        return "no-difference"

    def _difference(self) -> float | None:
        first, second = self.scores
        if self.tested is not None:
            return float(self.tested.difference)
        able = first.size and second.size and not (_not_finite(first) or _not_finite(second))
        return float(np.mean(second) - np.mean(first)) if able else None

    def _test(self) -> Test | None:
        if self.tested is None:
            return None
        return "welch" if self.tested.welch > self.tested.permutation else "permutation"

    def _interval(self, ruling: _Ruling) -> tuple[float, float]:
        """All differences that either test does not reject. Both intervals have the measured one in them."""
        if self.tested is None:
            return -math.inf, math.inf
        difference = float(self.tested.difference)
        exact = relabeling.interval(self.tested.points, difference, ruling.level)
        welch = self.tested.statistic.interval(ruling.level)
        low, high = min(exact[0], welch[0]), max(exact[1], welch[1])
        if not ruling.claims:
            # Welch's p and t are computed apart: where p is the level itself, rounding must not decide otherwise.
            return min(low, 0.0), max(high, 0.0)
        nearest = math.ulp(0.0)
        return (max(low, nearest), high) if difference > 0 else (low, min(high, -nearest))


def _check(groups: Mapping[str, Sequence[float | None]], pairs: Sequence[tuple[str, str]], level: float) -> None:
    if not 0 < level < 1:
        raise VerdictProblem(f"The level must be above 0 and below 1, not {level}.")
    for name in (name for pair in pairs for name in pair):
        if name not in groups:
            raise VerdictProblem(f'There is no group "{name}" to compare; there are {", ".join(groups) or "none"}.')
    for first, second in pairs:
        if first == second:
            raise VerdictProblem(f'The group "{first}" cannot be compared with itself; name another one.')
    again = [pair for pair, count in Counter(frozenset(pair) for pair in pairs).items() if count > 1]
    if again:
        raise VerdictProblem(f"{' and '.join(sorted(again[0]))} are planned as a pair twice; name the pair once.")


def _not_finite(scores: Floats) -> int:
    return int((~(np.abs(scores) <= LARGEST)).sum())


def _spread(scores: Floats) -> float | None:
    return float(np.std(scores, ddof=1)) if scores.size >= 2 and not _not_finite(scores) else None
