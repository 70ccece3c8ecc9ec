"""What science says of whole runs on full MNIST (`pytest -m slow`; minutes each)."""

from __future__ import annotations

import pytest

from bn_core.config import TrainingConfig
from bn_core.training.events import Evaluated, Scored
from bn_core.training.loop import train

pytestmark = pytest.mark.slow


def test_at_batch_100_the_weights_know_and_the_moving_statistics_do_not(full_mnist):
    evaluations = (event for event in train(TrainingConfig(), full_mnist) if isinstance(event, Evaluated))
    at_100 = next(event for event in evaluations if event.step == 100)
    assert at_100.moving.accuracy < 0.2
    assert at_100.recalibrated.accuracy > 0.75
    assert at_100.batch.accuracy > 0.75


def test_without_batch_norm_the_network_answers_one_digit(full_mnist):
    scored = list(train(TrainingConfig(placement="none", bias=True), full_mnist))[-1]
    assert isinstance(scored, Scored)
    assert scored.test.accuracy < 0.15
    assert (scored.test_confusion.sum(axis=0) > 0).sum() == 1


@pytest.mark.parametrize("placement", ["before", "after"])
@pytest.mark.parametrize("bias", [False, True])
def test_with_batch_norm_it_learns(full_mnist, placement, bias):
    config = TrainingConfig.of({"placement": placement, "bias": bias})
    scored = list(train(config, full_mnist))[-1]
    assert isinstance(scored, Scored)
    assert scored.test.accuracy > 0.88
    assert abs(scored.one_by_one - scored.test.accuracy) < 0.08
    answers = set(scored.one_by_one_batch_predictions.tolist())
    assert len(answers) == 1
    assert scored.one_by_one_batch == (scored.one_by_one_labels == answers.pop()).mean()
