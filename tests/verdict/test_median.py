"""Where the scores of a group lie: the median, and an interval that needs no distribution."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bn_core.verdict.median import WANTED, middle

SCORES = st.lists(st.floats(-100, 100), min_size=1, max_size=30)


@given(scores=SCORES)
def test_the_median_is_in_its_interval_and_both_ends_are_scores(scores: list[float]) -> None:
    found = middle(scores)
    assert found is not None
    assert found.low <= found.median <= found.high
    assert {found.low, found.high} <= set(scores)


@pytest.mark.parametrize("count", range(1, 31))
def test_the_confidence_is_that_of_counting_every_way_in_which_scores_can_lie(count: int) -> None:
    found = middle([float(place) for place in range(count)])
    assert found is not None
    below = int(found.low)
    # The median of all is between two scores where at least one more than `below` of them are on either side of it.
    held = sum(math.comb(count, heads) for heads in range(below + 1, count - below)) / 2**count
    assert found.confidence == pytest.approx(held)


@pytest.mark.parametrize("count", range(5, 31))
def test_it_is_the_narrowest_that_holds_with_90_percent(count: int) -> None:
    found = middle([float(place) for place in range(count)])
    assert found is not None
    assert found.confidence >= WANTED
    narrower = int(found.low) + 1
    assert sum(math.comb(count, heads) for heads in range(narrower + 1, count - narrower)) / 2**count < WANTED


def test_a_single_score_has_no_interval_to_speak_of() -> None:
    found = middle([0.97])
    assert found is not None
    assert (found.median, found.low, found.high, found.confidence) == (0.97, 0.97, 0.97, 0.0)


def test_without_scores_there_is_nothing() -> None:
    assert middle([]) is None


def test_what_is_worse_than_any_number_counts() -> None:
    found = middle([10.0, 20.0, math.inf, math.inf, 30.0])
    assert found is not None
    assert (found.median, found.low, found.high) == (30.0, 10.0, math.inf)
    half = middle([10.0, math.inf])
    assert half is not None
    assert half.median == math.inf
