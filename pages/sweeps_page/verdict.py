"""The verdict in words: what the spread over seeds allows to claim of the planned pairs, and no more."""

from __future__ import annotations

import functools
import math
from collections.abc import Mapping, Sequence

from bn_core.sweeps.measures import FEWER_IS_BETTER, Measure
from bn_core.sweeps.plan import Arm
from bn_core.sweeps.results import Results
from bn_core.verdict import Comparison, compare, pairs_told, pooled_spread, seeds_to_tell
from pages.sweeps_page.text import TEXT
from pages.sweeps_page.words import arm_words, pairs_words, scope, seeds_of, value_words
from pages.words.numbers import number


def verdict(results: Results, measure: Measure) -> Sequence[str]:
    """Return the verdict as Markdown: what it is of, and a sentence a planned pair."""
    plan = results.plan
    said = [TEXT("verdict.scope", what=scope(plan))]
    if len(plan.arms) < 2:
        return [*said, TEXT("verdict.one_arm")]
    if not plan.pairs:
        return [*said, TEXT("verdict.none")]
    if not results.complete:
        said.append(TEXT("verdict.incomplete"))
    if pairs_told(len(seeds_of(plan))) < len(plan.pairs):
        said.append(pairs_words(plan))
    arms = {arm.name: arm for arm in plan.arms}
    ended = {arm.name: len(results.of_arm(arm)) for arm in plan.arms}
    left = {arm.name: len(arm.members) - ended[arm.name] for arm in plan.arms}
    for one in comparisons(results, measure):
        missing = left[one.first] + left[one.second]
        said.append(f"- {_pair(one, arms, len(plan.pairs), measure, missing)}")
    return said


def comparisons(results: Results, measure: Measure) -> tuple[Comparison, ...]:
    """Return `Results.comparisons`, worked out once for the same scores: a page looks every second."""
    groups = tuple((arm.name, tuple(results.scores(arm, measure))) for arm in results.plan.arms)
    return _compared(groups, results.plan.pairs)


@functools.lru_cache(maxsize=64)
def _compared(
    groups: tuple[tuple[str, tuple[float | None, ...]], ...], pairs: tuple[tuple[str, str], ...]
) -> tuple[Comparison, ...]:
    return compare(dict(groups), pairs)


def _pair(one: Comparison, arms: Mapping[str, Arm], pairs: int, measure: Measure, missing: int) -> str:
    """Return the sentence on a pair. Args: `missing` is how many of its runs have not ended."""
    common, first, second = _apart(arms[one.first], arms[one.second])
    sentence = _sentence(one, {"first": first, "second": second}, pairs, measure, missing)
    return TEXT("verdict.common", common=common, sentence=sentence) if common else sentence


def _apart(first: Arm, second: Arm) -> tuple[str, str, str]:
    """Return what two configurations have in common of what is varied, and what each is called besides."""
    common = [pair for pair in first.values if pair in second.values]
    names = (Arm(tuple(pair for pair in arm.values if pair not in common), arm.members) for arm in (first, second))
    one, other = map(arm_words, names)
    return ", ".join(value_words(*pair) for pair in common), one, other


def _sentence(one: Comparison, said: dict[str, str], pairs: int, measure: Measure, missing: int) -> str:
    if missing:
        return TEXT("verdict.not_ended", missing=missing, **said)
    if one.verdict == "not-finite":
        return TEXT("verdict.not_finite", missing=sum(one.not_finite), **said)
    if one.verdict == "too-few-seeds":
        return TEXT("verdict.too_few_seeds", one=one.seeds[0], other=one.seeds[1], pairs=pairs, **said)
    figures = {
        "change": change(one.difference or 0.0, measure),
        "low": change(one.low, measure),
        "high": change(one.high, measure),
        "confidence": TEXT("verdict.confidence", percentage=100 * (1 - one.level)),
        "p": number(one.adjusted_p),
        "unit": TEXT("verdict.batches_unit" if measure in FEWER_IS_BETTER else "verdict.points_unit"),
    }
    key = "verdict.difference" if one.verdict == "difference" else "verdict.no_difference"
    sentence = TEXT(key, **said, **figures)
    return f"{sentence} {TEXT('verdict.welch')}" if one.test == "welch" else sentence


def change(difference: float, measure: Measure) -> str:
    """Return a difference of means, in percentage points or in batches; one without an end in a word."""
    if not math.isfinite(difference):
        return TEXT("verdict.open")
    if measure in FEWER_IS_BETTER:
        return TEXT("verdict.batches", value=difference)
    return TEXT("verdict.points", value=100 * difference)


def seeds_needed(results: Results, measure: Measure, difference: float) -> str:
    """Return how many seeds it takes to tell a difference, at the spread that was measured.

    Args:
        difference: in percentage points, or in batches, above 0.
    """
    fewer = measure in FEWER_IS_BETTER
    groups = [
        tuple(float(score) for score in results.scores(arm, measure) if score is not None) for arm in results.plan.arms
    ]
    groups = [group for group in groups if len(group) >= 2]
    spread = pooled_spread(groups) if groups else 0.0
    if not spread:
        return TEXT("verdict.no_spread")
    size = difference if fewer else difference / 100
    needed = _seeds(size, spread, max(1, len(results.plan.pairs)))
    unit = "verdict.so_many_batches" if fewer else "verdict.so_many_points"
    shown = spread if fewer else 100 * spread
    words = {
        "size": TEXT(unit, value=number(difference), count=difference),
        "spread": TEXT(unit, value=number(shown), count=float(number(shown) == "1")),
    }
    return TEXT("verdict.needed_never", **words) if needed is None else TEXT("verdict.needed", seeds=needed, **words)


@functools.lru_cache(maxsize=256)
def _seeds(difference: float, spread: float, pairs: int) -> int | None:
    return seeds_to_tell(difference, spread, pairs=pairs)
