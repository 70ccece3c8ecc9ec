"""Scoring: the same weights under moving, batch and recalibrated statistics, and one image at a time.

Every function leaves the compiled network as it found it: weights, moving statistics and optimizer. (The one exception
is the bug `leaky-evaluation`, which consists in not doing so.)
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

import numpy as np
import tensorflow as tf

from bn_core.architecture import CLASSES
from bn_core.config import TrainingConfig
from bn_core.data.dataset import Dataset
from bn_core.data.order import pixels
from bn_core.network.compiled import CompiledNetwork
from bn_core.protocol import EVALUATION_SUBSET, INFERENCE_CHUNK, ONE_BY_ONE_IMAGES, RECALIBRATION_BATCHES, SCORING_BATCH
from bn_core.training.events import Checked, Evaluated, Score, Scored

Forward = Callable[[np.ndarray, np.ndarray], tuple[tf.Tensor, tf.Tensor]]


@dataclass(frozen=True)
class Use:
    """How a network is used once it is trained, mistakes included.

    Attributes:
        forward: scores float32 images (n, 28, 28, 1) and int32 labels (n,): mean loss, predictions.
        chunk: images scored at once.
        protection: what keeps scoring from changing the moving statistics.
    """

    forward: Forward
    chunk: int
    protection: Callable[[], AbstractContextManager[None]]


def at_test_time(compiled: CompiledNetwork, config: TrainingConfig) -> Use:
    """Inference mode; or what the bugs `batch-at-test` and `leaky-evaluation` do in its place."""
    if not config.effect.scores_with_batch:
        return Use(compiled.in_inference_mode, INFERENCE_CHUNK, nullcontext)
    protection = nullcontext if config.effect.scoring_updates else compiled.borrowed_statistics
    return Use(compiled.in_training_mode, SCORING_BATCH, protection)


def with_moving_statistics(compiled: CompiledNetwork, dataset: Dataset, step: int) -> Evaluated:
    """Score the fixed validation images with the moving statistics."""
    started = time.perf_counter()
    moving = _moving(compiled, dataset)
    return Evaluated(step, EVALUATION_SUBSET, moving, None, None, _milliseconds_since(started))


def with_all_statistics(compiled: CompiledNetwork, dataset: Dataset, step: int) -> Evaluated:
    """Score the same weights on the same images with moving, batch and recalibrated statistics."""
    started = time.perf_counter()
    moving = _moving(compiled, dataset)
    with compiled.borrowed_statistics():
        batch, _ = score(compiled.in_training_mode, *validation(dataset), SCORING_BATCH)
    with compiled.borrowed_statistics():
        recalibrate(compiled, dataset, RECALIBRATION_BATCHES)
        recalibrated = _moving(compiled, dataset)
    return Evaluated(step, EVALUATION_SUBSET, moving, batch, recalibrated, _milliseconds_since(started))


def recalibrate(compiled: CompiledNetwork, dataset: Dataset, batches: int) -> None:
    """Replace the moving statistics by the plain average of batch means and variances over training batches of 64.

    Ioffe and Szegedy (2015), Algorithm 2, line 10; later known as PreciseBN. The layers compute the average themselves:
    with a momentum of k / (k + 1) in batch k, counted from 0, a moving average is a plain one.
    """
    for k in range(batches):
        part = slice(k * SCORING_BATCH, (k + 1) * SCORING_BATCH)
        compiled.momentum.assign(k / (k + 1))
        compiled.in_training_mode(pixels(dataset.train_images[part]), dataset.train_labels[part].astype(np.int32))


def check_batch(
    compiled: CompiledNetwork, config: TrainingConfig, images: np.ndarray, labels: np.ndarray, step: int
) -> Checked:
    """The notebook's `Training loss`: the batch just used, uint8 images and labels, scored as at test time."""
    started = time.perf_counter()
    use = at_test_time(compiled, config)
    with use.protection():
        result, _ = score(use.forward, images, labels, len(labels))
    return Checked(step, step - 1, "training", result, _milliseconds_since(started))


def check_validation(compiled: CompiledNetwork, config: TrainingConfig, dataset: Dataset, step: int) -> Checked:
    """The notebook's `Validation loss`: the whole validation set, scored as at test time."""
    started = time.perf_counter()
    use = at_test_time(compiled, config)
    with use.protection():
        result, _ = score(use.forward, dataset.validation_images, dataset.validation_labels, use.chunk)
    return Checked(step, step - 1, "validation", result, _milliseconds_since(started))


def final_scores(compiled: CompiledNetwork, config: TrainingConfig, dataset: Dataset, step: int) -> Scored:
    """The three final lines: validation set, test set, and the first 100 test images one at a time."""
    started = time.perf_counter()
    use = at_test_time(compiled, config)
    first = dataset.test_images[:ONE_BY_ONE_IMAGES], dataset.test_labels[:ONE_BY_ONE_IMAGES]
    with use.protection():
        validation, validated = score(use.forward, dataset.validation_images, dataset.validation_labels, use.chunk)
        test, tested = score(use.forward, dataset.test_images, dataset.test_labels, use.chunk)
        alone, answers = score(use.forward, *first, 1)
    batch_accuracy, batch_answers = None, None
    if config.normalized:
        with compiled.borrowed_statistics():
            batch_alone, batch_answers = score(compiled.in_training_mode, *first, 1)
        batch_accuracy = batch_alone.accuracy
    return Scored(
        step=step,
        validation=validation,
        test=test,
        one_by_one=alone.accuracy,
        one_by_one_batch=batch_accuracy,
        validation_confusion=confusion(dataset.validation_labels, validated),
        test_confusion=confusion(dataset.test_labels, tested),
        one_by_one_labels=first[1],
        one_by_one_predictions=answers,
        one_by_one_batch_predictions=batch_answers,
        milliseconds=_milliseconds_since(started),
    )


def score(forward: Forward, images: np.ndarray, labels: np.ndarray, chunk: int) -> tuple[Score, np.ndarray]:
    """Score images, `chunk` at a time.

    Args:
        forward: `CompiledNetwork.in_inference_mode` or `CompiledNetwork.in_training_mode`.
        images: uint8 (n, 28, 28).
        labels: uint8 (n,).

    Returns:
        The score over all n images, and the predictions, uint8 (n,).
    """
    total, predictions = 0.0, np.empty(len(labels), np.uint8)
    for start in range(0, len(labels), chunk):
        part = slice(start, start + chunk)
        loss, predicted = forward(pixels(images[part]), labels[part].astype(np.int32))
        predictions[part] = predicted.numpy()
        total += float(loss.numpy()) * len(labels[part])
    return Score(total / len(labels), float(np.mean(predictions == labels))), predictions


def confusion(labels: np.ndarray, predictions: np.ndarray) -> np.ndarray:
    """Counts by [true class, predicted class], int64 (10, 10)."""
    counts = np.zeros((CLASSES, CLASSES), np.int64)
    np.add.at(counts, (labels, predictions), 1)
    return counts


def validation(dataset: Dataset) -> tuple[np.ndarray, np.ndarray]:
    """Return the validation images that are scored while a run trains, uint8 (250, 28, 28), and their labels."""
    return dataset.validation_images[:EVALUATION_SUBSET], dataset.validation_labels[:EVALUATION_SUBSET]


def _moving(compiled: CompiledNetwork, dataset: Dataset) -> Score:
    return score(compiled.in_inference_mode, *validation(dataset), EVALUATION_SUBSET)[0]


def _milliseconds_since(started: float) -> float:
    return (time.perf_counter() - started) * 1000
