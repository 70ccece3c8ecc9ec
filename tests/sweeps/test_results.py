"""What a sweep came to: scores by three measures, and what they are worth."""

from __future__ import annotations

import math

import pytest

from bn_core.sweeps.cost import cost
from bn_core.sweeps.measures import MEASURES
from bn_core.sweeps.plan import Sweep
from bn_core.sweeps.results import Outcome, Results

PLAN = Sweep.of("two", {"batches": 400}, {"placement": ["none", "before"], "seed": [0, 1, 2, 3, 4]})


def results(without: int = 0) -> Results:
    outcomes = {
        member.identity: Outcome(
            0.1 if member.placement == "none" else 0.97 + member.seed / 1000, 0.5, 100 + member.seed
        )
        for member in PLAN.members[without:]
    }
    return Results(PLAN, outcomes)


def test_scores_are_seed_by_seed_and_none_where_there_is_none() -> None:
    found = results(without=3)
    assert found.scores(PLAN.arms[1]) == [None, 0.971, 0.972, 0.973, 0.974]
    assert found.scores(PLAN.arms[0], "learned") == [None, None, 102, 103, 104]
    assert not found.complete
    assert results().complete


def test_every_planned_pair_is_judged_by_each_measure() -> None:
    verdicts = {measure: results().comparisons(measure)[0].verdict for measure in MEASURES}
    assert verdicts == {"final": "difference", "recalibrated": "no-difference", "learned": "no-difference"}


def test_a_run_without_a_score_is_never_left_out() -> None:
    found = results()
    failed = found.outcomes | {PLAN.members[0].identity: Outcome(failed="The loss is not a number.")}
    (one,) = Results(PLAN, failed).comparisons()
    assert (one.verdict, one.not_finite) == ("not-finite", (1, 0))


def test_what_is_missing_is_worse_than_any_number() -> None:
    assert Outcome(failed="x").ranked("final") == -math.inf
    assert Outcome(0.9, 0.9, None).ranked("learned") == math.inf
    assert Outcome(0.9, 0.8, 120).ranked("recalibrated") == 0.8


class TestWhatItTakes:
    def test_time_and_disk_are_of_what_is_left(self) -> None:
        trained = {member.identity for member in PLAN.members[:4]}
        takes = cost(PLAN, trained, {64: 30.0}, 200.0, 2)
        assert (takes.members, takes.trained) == (10, 4)
        assert takes.minutes == pytest.approx(6 * 400 * 30 / 60_000 / 2)
        assert takes.megabytes == pytest.approx(6 * 400 * 200 / 1e6)

    def test_many_workers_take_no_less_than_one_training_does(self) -> None:
        takes = cost(PLAN, (), {64: 30.0}, None, 100)
        assert takes.minutes == pytest.approx(400 * 30 / 60_000)

    def test_what_was_not_measured_is_not_told(self) -> None:
        plan = Sweep.of("x", {}, {"batch_size": [8, 64], "seed": [0, 1]})
        takes = cost(plan, (), {64: 30.0}, None, 2)
        assert (takes.minutes, takes.unmeasured, takes.megabytes) == (None, (8,), None)
        assert cost(plan, (), {8: 9.0, 64: 30.0}, None, 0).minutes is None

    def test_where_all_is_trained_it_takes_nothing(self) -> None:
        takes = cost(PLAN, {member.identity for member in PLAN.members}, {}, 200.0, 1)
        assert (takes.minutes, takes.megabytes) == (0.0, 0.0)
