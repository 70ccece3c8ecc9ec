"""Holm's procedure as he wrote it, step by step, against the one that judges whole arrays."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bn_core.verdict.holm import judge, reaches

# Few values, so that many are equal, and some at a level exactly.
p_values = st.lists(
    st.one_of(st.floats(0, 1), st.sampled_from([0, 2 / 252, 0.05 / 3, 0.025, 0.05, 1])), min_size=1, max_size=7
)


def by_steps(p: list[float], level: float) -> list[bool]:
    claims = [False] * len(p)
    waiting = set(range(len(p)))
    while waiting:
        best = min(waiting, key=lambda pair: p[pair])
        if not reaches(np.array(p[best]), level / len(waiting)):
            break
        claims[best] = True
        waiting.remove(best)
    return claims


@given(p_values, st.sampled_from([0.05, 0.01, 0.3]))
def test_it_claims_what_the_steps_claim(p, level):
    assert judge(np.array(p), level).claims.tolist() == by_steps(p, level)


@given(p_values, st.sampled_from([0.05, 0.01, 0.3]))
def test_a_pair_is_claimed_exactly_where_its_p_reaches_its_level(p, level):
    judged = judge(np.array(p), level)
    assert (reaches(np.array(p), judged.levels) == judged.claims).all()
    assert (reaches(judged.adjusted, level) == judged.claims).all()


@given(p_values)
def test_equal_p_values_are_judged_alike(p):
    judged = judge(np.array([*p, p[0]]), 0.05)
    assert judged.levels[0] == judged.levels[-1]
    assert judged.adjusted[0] == judged.adjusted[-1]


def test_by_hand():
    judged = judge(np.array([0.04, 0.01, 0.2, 0.016]), 0.05)
    assert judged.claims.tolist() == [False, True, False, True]
    assert judged.levels == pytest.approx([0.025, 0.0125, 0.025, 0.05 / 3])
    assert judged.adjusted == pytest.approx([0.08, 0.04, 0.2, 0.048])


def test_each_row_is_a_family():
    rows = np.array([[0.01, 0.04], [0.04, 0.04], [0.03, 0.2]])
    together = judge(rows, 0.05)
    for row, claims, levels in zip(rows, together.claims, together.levels, strict=True):
        assert judge(row, 0.05).claims.tolist() == claims.tolist()
        assert judge(row, 0.05).levels.tolist() == levels.tolist()


def test_no_pairs_come_to_nothing():
    assert judge(np.array([]), 0.05).claims.size == 0
