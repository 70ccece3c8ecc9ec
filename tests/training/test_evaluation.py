"""Scoring: three kinds of statistics against NumPy and closed forms."""

from __future__ import annotations

import keras
import numpy as np
import pytest

from bn_core.config import TrainingConfig
from bn_core.data.order import pixels
from bn_core.training import evaluation
from bn_core.training.loop import train, training_batch

CONFIG = TrainingConfig(dataset="mnist-5k", batches=10, batch_size=32)


@pytest.fixture
def trained(digits, networks):
    compiled = networks(CONFIG)
    compiled.start(CONFIG)
    for batch in range(CONFIG.batches):
        images, labels = training_batch(CONFIG, digits, batch)
        compiled.step(pixels(images), labels.astype(np.int32))
    return compiled


def unchanged(before, after):
    return all(np.array_equal(before[name], after[name]) for name in before)


def test_scoring_leaves_every_weight_and_statistic_untouched(trained, digits):
    before, momentum = trained.arrays(), trained.momentum.numpy()
    evaluation.with_all_statistics(trained, digits, 10)
    evaluation.final_scores(trained, CONFIG, digits, 10)
    evaluation.check_validation(trained, CONFIG, digits, 10)
    assert unchanged(before, trained.arrays())
    assert trained.momentum.numpy() == momentum


def test_statistics_are_put_back_when_scoring_fails(trained):
    before = trained.arrays()

    def scoring_that_fails():
        with trained.borrowed_statistics():
            trained.in_training_mode(np.ones((4, 28, 28, 1), np.float32), np.zeros(4, np.int32))
            raise RuntimeError("on purpose")

    with pytest.raises(RuntimeError, match="on purpose"):
        scoring_that_fails()
    assert unchanged(before, trained.arrays())


def test_recalibrated_statistics_are_the_plain_average_over_ten_batches(trained, digits):
    """Against NumPy, on the input of a normalization layer near the start, in the middle and at the end."""
    batches = [pixels(digits.train_images[k * 64 : (k + 1) * 64]) for k in range(10)]
    for number in (1, 10, 20):
        name = "dense" if number == 20 else f"conv_{number}"
        inputs = keras.Model(trained.network.input, trained.network.get_layer(name).output)
        with trained.borrowed_statistics():
            values = [np.asarray(inputs(batch, training=True), np.float64) for batch in batches]
        values = [value.reshape(-1, value.shape[-1]) for value in values]
        layer = trained.network.get_layer(f"bn_{number}")
        with trained.borrowed_statistics():
            evaluation.recalibrate(trained, digits, 10)
            mean, variance = layer.moving_mean.numpy(), layer.moving_variance.numpy()
        assert np.allclose(mean, np.mean([value.mean(axis=0) for value in values], axis=0), rtol=1e-4, atol=1e-5)
        assert np.allclose(variance, np.mean([value.var(axis=0) for value in values], axis=0), rtol=1e-3, atol=1e-6)


def test_a_score_is_the_average_over_images_however_they_are_cut(trained, digits):
    images, labels = digits.validation_images[:100], digits.validation_labels[:100]
    whole, answers = evaluation.score(trained.in_inference_mode, images, labels, 100)
    parts, same = evaluation.score(trained.in_inference_mode, images, labels, 33)
    assert parts.loss == pytest.approx(whole.loss, rel=1e-5)
    assert parts.accuracy == whole.accuracy == np.mean(answers == labels)
    assert np.array_equal(answers, same)


def test_the_loss_is_mean_sigmoid_cross_entropy(trained, digits):
    images, labels = pixels(digits.test_images[:50]), digits.test_labels[:50].astype(np.int32)
    logits = np.asarray(trained.network(images, training=False), np.float64)
    target = np.eye(10)[labels]
    expected = np.mean(np.logaddexp(0, logits) - target * logits)
    assert float(trained.in_inference_mode(images, labels)[0]) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("placement", ["before", "after"])
def test_a_lone_image_with_its_own_statistics_always_gets_the_same_answer(digits, networks, placement):
    """From layer 15 on the maps are 1x1: the variance of one value is 0, and BN's output is beta."""
    config = CONFIG.with_(placement=placement)
    scored = list(train(config, digits, compiled=networks(config)))[-1]
    answers = set(scored.one_by_one_batch_predictions.tolist())
    assert len(answers) == 1
    assert scored.one_by_one_batch == np.mean(digits.test_labels[:100] == answers.pop())


def test_a_confusion_counts_every_image_once():
    labels, predictions = np.array([0, 0, 1, 9], np.uint8), np.array([0, 1, 1, 9], np.uint8)
    counts = evaluation.confusion(labels, predictions)
    assert counts.sum() == 4
    assert counts[0, 1] == counts[0, 0] == counts[1, 1] == counts[9, 9] == 1


def test_final_scores_agree_with_their_confusions(trained, digits):
    scored = evaluation.final_scores(trained, CONFIG, digits, 10)
    assert scored.test.accuracy == np.trace(scored.test_confusion) / scored.test_confusion.sum()
    assert scored.validation.accuracy == np.trace(scored.validation_confusion) / scored.validation_confusion.sum()
    assert scored.one_by_one == np.mean(scored.one_by_one_predictions == scored.one_by_one_labels)
