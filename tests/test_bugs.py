"""A bug's effect: each one changes something of its own, and without batch normalization all but one change nothing."""

from __future__ import annotations

from typing import get_args

import pytest

from bn_core.bugs import EFFECTS, Bug, Effect
from bn_core.config import TrainingConfig

BUGS = get_args(Bug)


def test_every_bug_has_an_effect_of_its_own():
    assert tuple(EFFECTS) == BUGS
    assert EFFECTS["none"] == Effect()
    assert len(set(EFFECTS.values())) == len(BUGS)


@pytest.mark.parametrize("bug", BUGS)
def test_without_batch_normalization_only_the_order_of_the_batches_is_left_to_change(bug):
    effect = TrainingConfig.of({"placement": "none", "bug": bug}).effect
    assert effect == (Effect(shuffles=False) if bug == "sorted-batches" else Effect())


@pytest.mark.parametrize("bug", BUGS)
def test_a_bug_needs_a_compiled_network_of_its_own_just_where_it_changes_what_a_batch_is_normalized_with(bug):
    same = TrainingConfig(bug=bug).compile_key == TrainingConfig().compile_key
    assert same == TrainingConfig(bug=bug).effect.batch_statistics == (bug not in ("wrong-axes", "no-training-mode"))


def test_statistics_that_are_never_updated_keep_all_of_the_old():
    assert TrainingConfig(bug="never-updated", momentum=0.9).moving_momentum == 1
    assert TrainingConfig(bug="leaky-evaluation", momentum=0.9).moving_momentum == 0.9
