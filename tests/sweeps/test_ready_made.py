"""The sweeps that come with the app."""

from __future__ import annotations

from bn_core.sweeps.plan import SEED
from bn_core.sweeps.ready_made import FOLDER, ORDER, ready_made
from bn_core.verdict import pairs_told


def test_the_five_questions_are_there_in_their_order() -> None:
    assert tuple(one.key for one in ready_made()) == ORDER
    assert {file.stem for file in FOLDER.iterdir()} == set(ORDER)


def test_their_seeds_can_tell_every_pair_that_they_plan() -> None:
    for one in ready_made():
        seeds = len(dict(one.plan.varied)[SEED])
        assert one.plan.title.endswith("?")
        assert seeds == 5
        assert 0 < len(one.plan.pairs) <= pairs_told(seeds), one.key
