"""Welch's test agrees with SciPy's, and its correction with how often it is wrong."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from bn_core.verdict import unequal_spreads
from bn_core.verdict.unequal_spreads import WelchStatistic, corrected, nominal, two_sided

sizes = st.tuples(st.integers(2, 12), st.integers(2, 12))


def statistic(first, second) -> WelchStatistic:
    first, second = np.array(first, np.float64), np.array(second, np.float64)
    return WelchStatistic.of(first, second, np.asarray(second.mean(axis=-1) - first.mean(axis=-1)))


@given(sizes, st.integers(0, 2**32 - 1), st.floats(0.01, 100))
def test_before_it_is_corrected_it_is_scipys(sizes, seed, ratio):
    draw = np.random.default_rng(seed)
    first, second = draw.normal(size=sizes[0]), 0.3 + ratio * draw.normal(size=sizes[1])
    ours, scipys = statistic(first, second), stats.ttest_ind(second, first, equal_var=False)
    assert float(ours.freedom) == pytest.approx(scipys.df)
    assert float(two_sided(ours.freedom, np.abs(ours.difference) / ours.error)) == pytest.approx(scipys.pvalue)


@settings(max_examples=20)
@given(sizes, st.floats(1e-5, 0.9))
def test_a_correction_only_raises_p_and_can_be_undone(sizes, p):
    raised = float(corrected(np.array(p), sizes))
    assert p * (1 - 1e-9) <= raised <= 1
    assert nominal(raised, sizes) == pytest.approx(p)


@pytest.mark.parametrize("sizes", [(5, 5), (4, 8)])
@pytest.mark.parametrize("level", [0.05, 0.05 / 6])
def test_the_correction_is_what_the_worst_ratio_of_spreads_comes_to(sizes, level):
    draw = np.random.default_rng(11)
    experiments = 40_000
    first, second = draw.normal(size=(experiments, sizes[0])), draw.normal(size=(experiments, sizes[1]))
    frequencies = []
    for ratio in np.geomspace(0.05, 20, 25):
        welch = statistic(first, ratio * second)
        frequencies.append((two_sided(welch.freedom, np.abs(welch.difference) / welch.error) <= level).mean())
    expected = float(corrected(np.array(level), sizes))
    assert max(frequencies) == pytest.approx(expected, abs=3 * np.sqrt(expected / experiments))
    assert expected > level


def test_with_many_scores_there_is_nothing_to_correct():
    assert float(corrected(np.array(0.05), (200, 200))) == pytest.approx(0.05, rel=1e-3)


def test_scores_that_do_not_spread_leave_no_doubt_of_their_means():
    apart, equal = statistic([1, 1, 1], [2, 2]), statistic([1, 1], [1, 1, 1])
    assert float(apart.p_values()) < 1e-4
    assert apart.interval(0.05) == (1, 1)
    assert float(equal.p_values()) == 1
    assert equal.interval(0.05) == (0, 0)


@given(st.integers(0, 2**32 - 1), st.sampled_from([0.05, 0.01, 0.2]))
def test_the_ends_of_the_interval_are_at_the_level(seed, level):
    draw = np.random.default_rng(seed)
    first, second = draw.normal(size=5), draw.normal(size=6)
    for end in statistic(first, second).interval(level):
        assert float(statistic(first, second - end).p_values()) == pytest.approx(level, rel=1e-6)


def test_one_table_a_pair_of_sizes_is_made():
    unequal_spreads._worst.cache_clear()
    for p in (0.1, 0.2):
        corrected(np.array(p), (3, 4))
    assert unequal_spreads._worst.cache_info().misses == 1
