"""How many seeds it takes, against what a comparison with so many comes to."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bn_core.verdict import VerdictProblem, compare, pairs_told, pooled_spread, power, seeds_for_pairs, seeds_to_tell
from bn_core.verdict.comparing import p_values

ENDS = (("below", 0), ("above", 1000))


@pytest.mark.parametrize(("seeds", "pairs"), [(0, 0), (1, 0), (2, 0), (3, 0), (4, 1), (5, 6), (6, 23)])
def test_five_seeds_tell_six_pairs(seeds, pairs):
    assert pairs_told(seeds) == pairs


@pytest.mark.parametrize("seeds", [3, 4, 5])
def test_as_many_pairs_as_are_said_can_be_told_and_no_more(seeds):
    for pairs in (pairs_told(seeds), pairs_told(seeds) + 1):
        groups = {f"{side}{n}": [base + seed for seed in range(seeds)] for n in range(pairs) for side, base in ENDS}
        told = compare(groups, [(f"below{n}", f"above{n}") for n in range(pairs)])
        assert all((pair.verdict == "difference") == (pairs <= pairs_told(seeds)) for pair in told)


@given(st.integers(1, 3000), st.sampled_from([0.05, 0.01]))
def test_so_many_pairs_take_so_many_seeds_and_not_one_less(pairs, level):
    if pairs > pairs_told(10, level=level):
        return
    seeds = seeds_for_pairs(pairs, level=level)
    assert pairs_told(seeds, level=level) >= pairs > pairs_told(seeds - 1, level=level)


def test_more_pairs_than_can_be_judged_get_one_sentence():
    with pytest.raises(VerdictProblem, match="100000 pairs"):
        seeds_for_pairs(100_000)


def test_a_pooled_spread_is_around_each_groups_own_mean():
    assert pooled_spread([[1, 3], [101, 103, 105], [7]]) == pytest.approx(math.sqrt((2 + 8) / 3))
    with pytest.raises(VerdictProblem):
        pooled_spread([[1], []])


@pytest.mark.parametrize(("seeds", "difference", "pairs"), [(4, 3, 1), (5, 2, 1), (5, 3, 6), (6, 2, 1), (7, 1.5, 1)])
def test_the_power_is_what_experiments_find_less_six_hundredths_at_most(seeds, difference, pairs):
    draw = np.random.default_rng(17)
    found = 0
    for _ in range(5):
        first, second = draw.normal(size=(2, 1_000, seeds))
        found += (p_values(first, second + difference) <= 0.05 / pairs * (1 + 1e-12)).sum()
    said = power(seeds, difference, pairs=pairs)
    noise = 3 * math.sqrt(said * (1 - said) / 5_000)
    assert said - (0.06 if pairs == 6 or seeds == 4 else 0.02) - noise <= found / 5_000 <= said + noise


def test_without_a_difference_the_power_is_the_error():
    assert 0 < power(5, 0) <= 0.05
    assert power(3, 100) == power(1, 100) == power(5, 100, pairs=7) == 0


@pytest.mark.parametrize("pairs", [1, 6])
@pytest.mark.parametrize("difference", [0.5, 1, 2, 5])
def test_so_many_seeds_tell_it_and_one_less_does_not(difference, pairs):
    seeds = seeds_to_tell(difference, 1, pairs=pairs)
    assert power(seeds, difference, pairs=pairs) >= 0.8
    assert power(seeds - 1, difference, pairs=pairs) < 0.8


def test_a_difference_counts_in_spreads_and_without_its_sign():
    assert seeds_to_tell(-0.02, 0.01) == seeds_to_tell(2, 1) == 6
    assert seeds_to_tell(1, 0) == seeds_for_pairs(1)
    assert seeds_to_tell(1, 1000) is None


@pytest.mark.parametrize(
    ("difference", "spread", "wanted"), [(0, 1, 0.8), (math.nan, 1, 0.8), (1, -1, 0.8), (1, math.inf, 0.8), (1, 1, 1)]
)
def test_what_cannot_be_answered_gets_one_sentence(difference, spread, wanted):
    with pytest.raises(VerdictProblem) as problem:
        seeds_to_tell(difference, spread, wanted=wanted)
    assert str(problem.value).endswith(".")
