"""The sweeps that come with the app."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bn_core.sweeps.plan import SEED, SweepProblem
from bn_core.sweeps.reading import to_toml
from bn_core.sweeps.ready_made import ORDER, ready_made
from bn_core.verdict import pairs_told
from tests.sweeps.test_results import PLAN, results


def test_the_five_questions_are_there_in_their_order() -> None:
    assert tuple(one.key for one in ready_made())[: len(ORDER)] == ORDER


def test_their_seeds_can_tell_every_pair_that_they_plan() -> None:
    for one in ready_made():
        seeds = len(dict(one.plan.varied)[SEED])
        assert 0 < len(one.plan.pairs) <= pairs_told(seeds), one.key


def test_results_come_with_a_sweep_where_they_were_recorded(tmp_path: Path) -> None:
    (tmp_path / "one.toml").write_text(to_toml(PLAN), encoding="utf-8")
    (tmp_path / "two.toml").write_text(to_toml(PLAN), encoding="utf-8")
    (tmp_path / "two.json").write_text(json.dumps(results().to_json()), encoding="utf-8")
    one, two = ready_made(tmp_path)
    assert (one.key, one.plan, one.results) == ("one", PLAN, None)
    assert (two.key, two.plan, two.results) == ("two", PLAN, results())


def test_a_file_that_is_none_is_named(tmp_path: Path) -> None:
    (tmp_path / "odd.toml").write_text("speed = 1", encoding="utf-8")
    with pytest.raises(SweepProblem, match=r"odd\.toml"):
        ready_made(tmp_path)
