"""A sweep in an address."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bn_core.sweeps.line import FORM, LONGEST, PAIRS_FORM, Line, line_of, line_of_sweep, lists_of, pairs_of, sweep_of
from bn_core.sweeps.plan import Sweep, SweepProblem
from bn_core.sweeps.ready_made import ready_made

PLACEMENTS = st.lists(st.sampled_from(["none", "before", "after"]), min_size=1, max_size=3, unique=True)
RATES = st.lists(st.floats(1e-5, 1.0), min_size=1, max_size=4, unique=True)
SEEDS = st.lists(st.integers(0, 300), min_size=1, max_size=9, unique=True)


def same(one: Sweep, other: Sweep) -> bool:
    """Whether two sweeps train and compare the same: what is fixed has no order."""
    return (one.members, pairs_of(one), one.title) == (other.members, pairs_of(other), other.title)


@given(placements=PLACEMENTS, rates=RATES, seeds=SEEDS, data=st.data())
def test_it_is_read_back(placements: list[str], rates: list[float], seeds: list[int], data: st.DataObject) -> None:
    varied = {"learning_rate": rates, "placement": placements, "seed": seeds}
    sweep = Sweep.of("Which?", {"batches": 100, "bias": True}, varied)
    arms = [dict(arm.values) for arm in sweep.arms]
    every = [(one, other) for place, one in enumerate(arms) for other in arms[place + 1 :]]
    pairs = data.draw(st.lists(st.sampled_from(every), unique_by=str, max_size=5)) if every else []
    sweep = Sweep.of("Which?", {"batches": 100, "bias": True}, varied, pairs)
    line = line_of_sweep(sweep)
    assert same(sweep_of(line), sweep)
    assert re.fullmatch(FORM, line.plan)
    assert not line.pairs or re.fullmatch(PAIRS_FORM, line.pairs)


def test_those_that_come_with_the_app_fit_into_an_address() -> None:
    assert ready_made()
    for one in ready_made():
        assert same(sweep_of(line_of_sweep(one.plan)), one.plan)


def test_seeds_in_a_row_are_written_as_a_range() -> None:
    sweep = Sweep.of("x", {}, {"placement": ["none", "before"], "seed": [0, 1, 2, 3, 7, 9, 10]})
    assert lists_of(line_of_sweep(sweep).plan)["seed"] == ("0-3", "7", "9", "10")


def test_pairs_that_go_without_saying_are_not_said() -> None:
    sweep = Sweep.of("x", {}, {"placement": ["none", "before", "after"]})
    assert line_of_sweep(sweep).pairs == ""
    assert line_of_sweep(Sweep.of("x", {}, {"placement": ["none", "before"]}, [])).pairs == "none"


@pytest.mark.parametrize(
    "line",
    [
        Line("placement", "", "x"),
        Line("speed:1,2", "", "x"),
        Line("seed:0;seed:1", "", "x"),
        Line("seed:5-1", "", "x"),
        Line("learning_rate:9", "", "x"),
        Line("placement:none,before", "1-3", "x"),
        Line("placement:none,before", "1-1", "x"),
        Line("placement:none,before", "0-1", "x"),
        Line("placement:none,before", "1-2.2-1", "x"),
    ],
)
def test_what_is_none_is_one_sentence(line: Line) -> None:
    with pytest.raises(SweepProblem) as caught:
        sweep_of(line)
    assert "\n" not in str(caught.value)
    assert str(caught.value).endswith(".")


@pytest.mark.parametrize("value", ["a;b", "x:y", "é", "", "1" * 41, "<b>"])
def test_a_value_that_would_break_the_line_is_refused(value: str) -> None:
    with pytest.raises(SweepProblem, match="learning_rate cannot be"):
        line_of({"learning_rate": (value,)})


def test_what_an_address_has_no_room_for_is_refused() -> None:
    with pytest.raises(SweepProblem, match="file"):
        line_of({"seed": tuple(str(seed) for seed in range(LONGEST))})
