"""Verdict and interval never disagree, and every edge has one outcome."""

from __future__ import annotations

import itertools
import json
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bn_core.verdict import VerdictProblem, compare, pairs_told

# Ties, constant groups, scores of very unequal sizes, and accuracies as a run has them.
score = st.one_of(
    st.integers(0, 3).map(float),
    st.floats(-1e6, 1e6, allow_nan=False, width=32),
    st.sampled_from([0.098, 0.1135, 0.97, 0.9712, 0.1 + 0.2, 0.3]),
)
group = st.lists(score, min_size=1, max_size=6)
constant = st.tuples(score, st.integers(1, 6)).map(lambda pair: [pair[0]] * pair[1])
levels = st.sampled_from([0.05, 0.1, 0.01, 0.5])


def apart(low: float, high: float) -> bool:
    return not low <= 0 <= high


def every_pair(groups):
    named = {f"group {number}": scores for number, scores in enumerate(groups)}
    return named, list(itertools.combinations(named, 2))


@settings(max_examples=200)
@given(st.lists(st.one_of(group, constant), min_size=2, max_size=4), levels)
def test_zero_is_outside_of_the_interval_exactly_where_a_difference_is_claimed(groups, level):
    named, pairs = every_pair(groups)
    for told in compare(named, pairs, level=level):
        claimed = told.verdict == "difference"
        assert apart(told.low, told.high) == claimed
        assert (told.p <= told.level * (1 + 1e-12)) == claimed
        assert (told.adjusted_p <= level * (1 + 1e-9)) == claimed
        assert told.low <= told.difference <= told.high


@given(st.lists(score, min_size=3, max_size=6), st.lists(score, min_size=3, max_size=6), levels)
def test_the_interval_is_the_inversion_of_the_test(first, second, level):
    """Its ends are found by one computation, the claims by another: a group that is shifted to just outside of an end
    is told from the other one, and to just inside is not."""
    told = compare({"a": first, "b": second}, [("a", "b")], level=level)[0]
    margin = 1e-6 * max(map(abs, first + second), default=0) + 1e-9
    for end, outwards in ((told.low, -margin), (told.high, margin)):
        if math.isfinite(end):
            shifts = {"difference": end + outwards} | ({"inside": end - outwards} if told.high > told.low else {})
            for where, shift in shifts.items():
                again = compare({"a": first, "b": [x - shift for x in second]}, [("a", "b")], level=level)[0]
                inside = told.low <= shift <= told.high
                assert (again.verdict == "difference") == (not inside), where


@given(group, group, levels)
def test_the_other_way_round_it_says_the_opposite(first, second, level):
    groups = {"a": first, "b": second}
    one, other = compare(groups, [("a", "b")], level=level)[0], compare(groups, [("b", "a")], level=level)[0]
    assert (other.verdict, other.seeds, other.spreads) == (one.verdict, one.seeds[::-1], one.spreads[::-1])
    assert other.p == pytest.approx(one.p)
    assert (other.difference, other.low, other.high) == pytest.approx((-one.difference, -one.high, -one.low), abs=1e-9)


def test_by_hand():
    """Five below five: 2 of 252 relabelings are as extreme, and the interval ends where 6 of 126 are on either side."""
    first, second = [0.0, 1.0, 2.0, 3.0, 4.0], [10.0, 11.0, 12.0, 13.0, 14.0]
    told = compare({"none": first, "before": second}, [("none", "before")])[0]
    assert (told.verdict, told.difference, told.p, told.test) == ("difference", 10, 2 / 252, "permutation")
    assert (told.adjusted_p, told.level, told.seeds, told.exact) == (told.p, 0.05, (5, 5), True)
    assert told.spreads == pytest.approx((math.sqrt(2.5), math.sqrt(2.5)))
    points = sorted(
        (sum(theirs) - sum(ours)) / count
        for count in range(1, 6)
        for theirs in itertools.combinations(second, count)
        for ours in itertools.combinations(first, count)
    )
    assert len(points) == 251
    assert told.low <= points[5]
    assert told.high >= points[-6]


def test_where_one_group_spreads_far_more_welchs_test_decides():
    learns = {"before": [0.97, 0.972, 0.971, 0.969, 0.973], "none": [0.96, 0.098, 0.95, 0.098, 0.961]}
    told = compare(learns, [("none", "before")])[0]
    assert (told.test, told.verdict) == ("welch", "no-difference")
    assert told.spreads[0] > 100 * told.spreads[1]


class TestPlans:
    @pytest.mark.parametrize("pairs", [6, 7])
    def test_six_pairs_of_five_seeds_can_be_told_and_seven_cannot(self, pairs):
        groups = {f"group {n}": [100 * n + seed for seed in range(5)] for n in range(5)}
        told = compare(groups, list(itertools.combinations(groups, 2))[:pairs])
        assert {pair.verdict for pair in told} == {"difference" if pairs <= pairs_told(5) else "too-few-seeds"}

    def test_no_pairs_tell_nothing(self):
        assert compare({"a": [1, 2], "b": [3, 4]}, []) == ()

    def test_pairs_come_back_in_their_order(self):
        groups = {"a": [1, 2, 3], "b": [3, 4, 5], "c": [1, 1, 1]}
        pairs = [("c", "a"), ("a", "b"), ("b", "c")]
        assert [(told.first, told.second) for told in compare(groups, pairs)] == pairs

    @pytest.mark.parametrize(
        ("pairs", "level", "said"),
        [
            ([("a", "z")], 0.05, '"z"'),
            ([("a", "a")], 0.05, '"a"'),
            ([("a", "b"), ("b", "a")], 0.05, "twice"),
            ([("a", "b")], 0, "level"),
            ([("a", "b")], 1, "level"),
            ([("a", "b")], math.nan, "level"),
        ],
    )
    def test_a_plan_that_makes_no_sense_gets_one_sentence(self, pairs, level, said):
        with pytest.raises(VerdictProblem) as problem:
            compare({"a": [1, 2], "b": [3, 4]}, pairs, level=level)
        text = str(problem.value)
        assert said in text
        assert text.endswith(".")
        assert "\n" not in text


class TestEdges:
    @pytest.mark.parametrize("seeds", [0, 1, 2, 3])
    def test_too_few_seeds_cannot_tell_anything(self, seeds):
        told = compare({"a": list(range(seeds)), "b": [100.0] * seeds}, [("a", "b")])[0]
        assert (told.verdict, told.low, told.high) == ("too-few-seeds", -math.inf, math.inf)
        assert (told.difference is None) == (seeds == 0)
        assert (told.test is None) == (seeds < 2)

    def test_one_score_against_many_tells_nothing_as_its_spread_is_unknown(self):
        told = compare({"a": [1000.0], "b": [float(seed) for seed in range(60)]}, [("a", "b")])[0]
        assert (told.verdict, told.p, told.spreads[0]) == ("too-few-seeds", 1, None)
        assert told.difference == 29.5 - 1000

    def test_scores_that_are_all_equal(self):
        told = compare({"a": [0.098] * 5, "b": [0.098] * 5, "c": [0.97] * 5}, [("a", "b"), ("a", "c")])
        assert [pair.verdict for pair in told] == ["no-difference", "difference"]
        assert (told[0].difference, told[0].p, told[0].low, told[0].high) == (0, 1, 0, 0)
        assert (told[1].low, told[1].high) == pytest.approx((0.872, 0.872))

    @pytest.mark.parametrize("lost", [None, math.nan, math.inf, -math.inf, 1e200])
    def test_a_run_that_diverged_is_never_left_out(self, lost):
        groups = {"a": [0.3, 0.31, 0.29, 0.3, lost], "b": [9.0, 9.1, 9.2, 9.3, 9.4], "c": [5.0, 5.1, 5.2, 5.3, 5.4]}
        told = compare(groups, [("a", "b"), ("b", "c")])
        assert (told[0].verdict, told[0].difference, told[0].p) == ("not-finite", None, 1)
        assert (told[0].not_finite, told[0].seeds, told[0].spreads[0]) == ((1, 0), (5, 5), None)
        assert (told[0].low, told[0].high) == (-math.inf, math.inf)
        # It counts in the family, so that the others are not judged by what came of it.
        assert told[1].level == 0.025

    def test_groups_of_different_sizes(self):
        told = compare({"a": [1.0, 1.1, 1.2], "b": [5.0, 5.1, 5.2, 5.3, 5.4, 5.5, 5.6]}, [("a", "b")])[0]
        assert (told.verdict, told.seeds, told.p) == ("difference", (3, 7), pytest.approx(2 / 120))

    @pytest.mark.parametrize("size", [1e-150, 1e-12, 1e99])
    def test_the_unit_of_the_scores_does_not_matter(self, size):
        groups = {"a": [1.0, 1.5, 0.7, 1.2, 0.9], "b": [3.0, 3.3, 2.4, 2.9, 2.2]}
        small = {name: [size * score for score in scores] for name, scores in groups.items()}
        one, other = compare(groups, [("a", "b")])[0], compare(small, [("a", "b")])[0]
        assert other.verdict == one.verdict == "difference"
        assert (other.low / size, other.high / size, other.p) == pytest.approx((one.low, one.high, one.p))


class TestJson:
    def test_it_is_json_without_infinities(self):
        groups = {"a": [1.0, 2.0], "b": [3.0, 4.0], "c": [1.0, math.inf]}
        told = [pair.to_json() for pair in compare(groups, [("a", "b"), ("a", "c")])]
        assert json.loads(json.dumps(told, allow_nan=False)) == told
        assert (told[0]["low"], told[0]["high"], told[0]["difference"]) == (None, None, 2.0)
        assert (told[1]["difference"], told[1]["spreads"][1], told[1]["not_finite"]) == (None, None, [0, 1])

    def test_it_has_what_was_told(self):
        told = compare({"a": [1, 2, 3, 4, 5], "b": [8, 9, 10, 11, 12]}, [("a", "b")])[0]
        values = told.to_json()
        assert (values["low"], values["high"], values["verdict"]) == (told.low, told.high, "difference")
        assert values["seeds"] == [5, 5]
