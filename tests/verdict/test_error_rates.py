"""How often the verdict claims what is not there, and finds what is: over 10,000 simulated experiments, by a fixed
seed.

A frequency over so many experiments has a standard error of at most 0.0022 where the probability is 0.05. `AT_MOST` is
two of them above, so that a test with a probability of 0.055 would be seen more often than not."""

from __future__ import annotations

import itertools
import zlib

import numpy as np
import pytest

from bn_core.verdict import LEVEL, compare
from bn_core.verdict.comparing import p_values
from bn_core.verdict.holm import judge
from bn_core.verdict.relabeling import p_values as permutation_p_values
from bn_core.verdict.relabeling import turning_points

EXPERIMENTS = 10_000
SEEDS = 5
AT_MOST = LEVEL + 2 * (LEVEL * (1 - LEVEL) / EXPERIMENTS) ** 0.5

ALL_OF_FOUR = tuple(itertools.combinations(range(4), 2))
DISJOINT = tuple((2 * pair, 2 * pair + 1) for pair in range(6))
AGAINST_ONE = tuple((0, other) for other in range(1, 7))

FAMILIES = {
    "one pair": ((0, 1),),
    "two against one": AGAINST_ONE[:2],
    "all of three": ((0, 1), (0, 2), (1, 2)),
    "four against one": AGAINST_ONE[:4],
    "five that share nothing": DISJOINT[:5],
    "all of four": ALL_OF_FOUR,
    "six against one": AGAINST_ONE,
    "six that share nothing": DISJOINT,
}

SPREADS = {
    "equal": (1,) * 12,
    "every other five times": (1, 5) * 6,
    "the first a fifth": (1,) + (5,) * 11,
    "the first five times": (5,) + (1,) * 11,
    "from one to five": (1, 2, 3.5, 5) * 3,
}


def normal(name: str, groups: int = 12, seeds: int = SEEDS) -> np.ndarray:
    """Scores of many experiments, (groups, experiments, seeds), the same for the same name."""
    return np.random.default_rng(zlib.crc32(name.encode())).normal(size=(groups, EXPERIMENTS, seeds))


def claims(scores: np.ndarray, pairs: tuple[tuple[int, int], ...]) -> np.ndarray:
    """What is claimed in each experiment, (experiments, pairs)."""
    p = np.stack([p_values(scores[first], scores[second]) for first, second in pairs], axis=-1)
    return judge(p, LEVEL).claims


@pytest.mark.parametrize("spreads", SPREADS)
@pytest.mark.parametrize("family", FAMILIES)
def test_of_equal_means_a_family_claims_anything_in_at_most_a_twentieth(family, spreads):
    scores = normal(f"{family}, {spreads}") * np.array(SPREADS[spreads])[:, np.newaxis, np.newaxis]
    assert claims(scores, FAMILIES[family]).any(axis=-1).mean() <= AT_MOST


@pytest.mark.parametrize(("first", "second"), [(4, 6), (6, 4), (3, 7), (7, 3), (6, 6)])
@pytest.mark.parametrize("ratio", [1, 2, 5, 25])
def test_groups_of_other_sizes_claim_no_more(first, second, ratio):
    name = f"{first} and {second}, {ratio}"
    few = p_values(normal(name, 1, first)[0], ratio * normal(f"{name}, the other", 1, second)[0])
    assert (few <= LEVEL).mean() <= AT_MOST


@pytest.mark.parametrize("spread", [1, 5])
def test_what_differs_makes_no_claims_of_the_others_more_frequent(spread):
    scores = normal(f"one of four differs, {spread}", 4) * np.array([1, spread, 1, spread])[:, np.newaxis, np.newaxis]
    scores[3] += 100
    found = claims(scores, ALL_OF_FOUR)
    others = [number for number, pair in enumerate(ALL_OF_FOUR) if 3 not in pair]
    assert np.delete(found, others, axis=-1).all(axis=-1).mean() > 0.9
    assert found[:, others].any(axis=-1).mean() <= AT_MOST


@pytest.mark.parametrize(
    "shape",
    [
        pytest.param(lambda noise: np.where(noise < 0, 0.1, 0.96), id="learns or does not"),
        pytest.param(lambda noise: np.where(noise < -1, 0.1, 0.96 + 0.003 * noise), id="one in six does not learn"),
        pytest.param(lambda noise: np.exp(2 * noise), id="a long tail"),
        pytest.param(lambda noise: np.round(noise), id="many ties"),
    ],
)
def test_of_equal_distributions_the_shape_does_not_matter(shape):
    scores = shape(normal("shape", 4))
    assert claims(scores, ALL_OF_FOUR).any(axis=-1).mean() <= AT_MOST
    assert claims(scores, ALL_OF_FOUR[:1]).mean() <= AT_MOST


@pytest.mark.parametrize(("difference", "at_least"), [(2, 0.70), (3, 0.90)])
def test_five_seeds_find_two_standard_deviations_and_nearly_always_three(difference, at_least):
    scores = normal(f"{difference} standard deviations", 2)
    scores[1] += difference
    assert claims(scores, ((0, 1),)).mean() >= at_least


def test_the_permutation_alone_would_claim_too_much_where_spreads_differ():
    first, second = normal("permutation alone", 2)
    second = 5 * second
    difference = second.mean(axis=-1) - first.mean(axis=-1)
    assert (permutation_p_values(turning_points(first, second), difference) <= LEVEL).mean() > 1.5 * LEVEL


def test_what_is_simulated_is_what_is_told():
    """The rates above are those of `p_values` and `judge`: `compare` says the same of every experiment."""
    scores = normal("told", 4) * np.array([1, 5, 1, 5])[:, np.newaxis, np.newaxis]
    scores[1] += 4
    found = claims(scores, ALL_OF_FOUR)
    names = [(f"{first}", f"{second}") for first, second in ALL_OF_FOUR]
    for experiment in range(100):
        groups = {f"{group}": scores[group, experiment].tolist() for group in range(4)}
        told = compare(groups, names)
        assert [pair.verdict == "difference" for pair in told] == found[experiment].tolist()
    assert 0 < found[:100].mean() < 1
