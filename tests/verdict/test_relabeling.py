"""The label permutation agrees with SciPy's, and its interval with the test that it inverts."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from bn_core.verdict import relabeling

# Sums of whole numbers are exact, so that ties are ties in SciPy too.
whole = st.lists(st.integers(-20, 20), min_size=2, max_size=5)


def turned(first, second):
    first, second = np.array(first, np.float64), np.array(second, np.float64)
    difference = second.mean() - first.mean()
    return relabeling.turning_points(first, second), difference


def p_of(first, second) -> float:
    points, difference = turned(first, second)
    return float(relabeling.p_values(points, difference))


def scipys(first, second, alternative) -> float:
    return stats.permutation_test(
        (second, first),
        lambda x, y, axis: np.mean(x, axis=axis) - np.mean(y, axis=axis),
        vectorized=True,
        n_resamples=np.inf,
        alternative=alternative,
    ).pvalue


@settings(max_examples=40)
@given(whole, whole)
def test_p_is_twice_that_of_scipy_in_the_direction_of_the_difference(first, second):
    difference = np.mean(second) - np.mean(first)
    expected = 1 if difference == 0 else 2 * scipys(first, second, "greater" if difference > 0 else "less")
    assert p_of(first, second) == pytest.approx(min(1, expected))


@settings(max_examples=40)
@given(st.integers(2, 5).flatmap(lambda n: st.tuples(*[st.lists(st.integers(-20, 20), min_size=n, max_size=n)] * 2)))
def test_p_of_groups_of_one_size_is_scipys_two_sided(groups):
    assert p_of(*groups) == pytest.approx(scipys(*groups, "two-sided"))


@settings(max_examples=40)
@given(st.lists(st.integers(-20, 20), min_size=8, max_size=8).filter(lambda scores: len(set(scores)) > 1))
def test_a_studentized_difference_orders_relabelings_of_one_size_alike(scores):
    """Why Welch's statistic inside the permutation would change nothing where a sweep has as many seeds of each."""

    def studentized(x, y, axis):
        error = np.sqrt(np.var(x, axis=axis, ddof=1) + np.var(y, axis=axis, ddof=1))
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.nan_to_num((np.mean(x, axis=axis) - np.mean(y, axis=axis)) / error, posinf=1e6, neginf=-1e6)

    p = stats.permutation_test((scores[4:], scores[:4]), studentized, vectorized=True, n_resamples=np.inf).pvalue
    assert p_of(scores[:4], scores[4:]) == pytest.approx(p)


def test_five_against_five_that_do_not_overlap_have_the_smallest_p_there_is():
    assert p_of([1, 2, 3, 4, 5], [6, 7, 8, 9, 10]) == 2 / 252
    assert relabeling.relabelings(5, 5) == 252


def test_what_is_equal_on_paper_is_a_tie():
    """0.1 + 0.2 is more than 0.3 by rounding: moving both is no more extreme than moving neither."""
    exact = p_of([1, 2, 30, 4], [3, 20, 1, 60])
    assert p_of([0.1, 0.2, 3.0, 0.4], [0.3, 2.0, 0.1, 6.0]) == exact


@given(
    st.lists(st.integers(-50, 50), min_size=2, max_size=5),
    st.lists(st.integers(-50, 50), min_size=2, max_size=5),
    st.sampled_from([0.05, 0.1, 0.2, 0.5]),
)
def test_the_interval_has_exactly_the_shifts_that_are_not_rejected(first, second, level):
    points, difference = turned(first, second)
    low, high = relabeling.interval(points, difference, level)
    assert low <= difference <= high
    # The test can change its mind at a turning point alone: these, and one point between any two, are all shifts.
    corners = np.unique([*points, difference])
    shifts = [corners[0] - 1, *corners, *(corners[1:] + corners[:-1]) / 2, corners[-1] + 1]
    for shift in shifts:
        rejected = p_of(first, np.array(second) - shift) <= level
        assert rejected == (not low - 1e-9 <= shift <= high + 1e-9), shift


def test_a_level_below_the_smallest_p_rejects_no_shift():
    points, difference = turned([1, 2, 3], [11, 12, 13])
    assert relabeling.interval(points, difference, 0.09) == (-math.inf, math.inf)
    assert relabeling.interval(points, difference, 0.1) == (8, 12)


def test_a_p_that_is_the_level_on_paper_is_rejected():
    assert relabeling.rejected(120, 0.05) == 3
    assert relabeling.rejected(120, 0.05 / 3) == 1


def test_ten_against_ten_are_exact_and_eleven_are_drawn():
    assert relabeling.is_exact(10, 10)
    assert relabeling.relabelings(10, 10) == math.comb(20, 10)
    assert not relabeling.is_exact(11, 11)
    assert relabeling.relabelings(11, 11) < math.comb(22, 11)


def test_what_is_drawn_comes_once_and_moves_something(monkeypatch):
    monkeypatch.setattr(relabeling, "CELLS", 3_000)
    relabeling._moves.cache_clear()
    moves = relabeling._moves(5, 6)
    relabeling._moves.cache_clear()
    assert len(moves) == relabeling.relabelings(5, 6) - 1 == 271
    assert len(np.unique(moves, axis=0)) == len(moves)
    assert ((moves > 0).sum(axis=1) == (moves < 0).sum(axis=1)).all()
    assert (moves[:, :5] <= 0).all()
    assert (moves[:, 5:] >= 0).all()
    assert moves.any(axis=1).all()


def test_what_is_drawn_comes_near_to_all(monkeypatch):
    draw = np.random.default_rng(3)
    first, second = draw.normal(size=7), draw.normal(size=7) + 1
    exact = p_of(first, second)
    monkeypatch.setattr(relabeling, "CELLS", 28_000)
    relabeling._moves.cache_clear()
    drawn = p_of(first, second)
    relabeling._moves.cache_clear()
    assert drawn != exact
    assert drawn == pytest.approx(exact, abs=4 * 2 * math.sqrt(exact / 2 / 2_000))
