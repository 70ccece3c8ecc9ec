"""What each field of an event or an answer may hold in a run of a configuration: type, shape and range.

A field without a rule is no field: whoever adds one to an event says here what it may be.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import fields
from typing import Any

import numpy as np

from bn_core.architecture import CLASSES, IMAGE_SIZE
from bn_core.config import ConfigError, TrainingConfig
from bn_core.network import bins
from bn_core.network.layers_probed import PERCENTILES, LayersProbed
from bn_core.network.weight_shapes import weight_shapes
from bn_core.protocol import ONE_BY_ONE_IMAGES, PROBE_IMAGES
from bn_core.questions import answers, questions
from bn_core.training.events import (
    Checked,
    Evaluated,
    Failed,
    RunStarted,
    Score,
    Scored,
    StatisticsRecorded,
    Step,
    Stopped,
)

MOST_IMAGES = 70_000
_HASH = re.compile(r"[0-9a-f]{64}")

Rule = Callable[[Any], bool]
"""Whether a field may have a value."""


def whole(low: int, high: int) -> Rule:
    """A whole number in a range, both ends included."""
    return lambda value: type(value) is int and low <= value <= high


def real(low: float, high: float) -> Rule:
    """A finite number in a range, both ends included."""
    return lambda value: type(value) is float and low <= value <= high


share = real(0.0, 1.0)
milliseconds = real(0.0, 1e12)


def loss(value: Any) -> bool:
    """Whether it is what a cross-entropy can be: where numbers grow too large, infinite, or none."""
    return type(value) is float and not value < 0


def score(value: Any) -> bool:
    """Whether it is a Score."""
    return isinstance(value, Score) and loss(value.loss) and share(value.accuracy)


def text(most: int) -> Rule:
    """A line of at most so many characters that can be printed."""
    return lambda value: isinstance(value, str) and len(value) <= most and value.isprintable()


def nothing(value: Any) -> bool:
    """Whether there is none."""
    return value is None


def maybe(rule: Rule) -> Rule:
    """None, or what the rule says."""
    return lambda value: value is None or rule(value)


def array(dtype: Any, *shape: int, low: float = -math.inf, high: float = math.inf) -> Rule:
    """An array of this type and shape, whose numbers, where they are some, lie in a range."""

    def rule(value: Any) -> bool:
        is_one = isinstance(value, np.ndarray) and value.dtype == np.dtype(dtype) and value.shape == shape
        return is_one and not bool(((value < low) | (value > high)).any())

    return rule


def either(*rules: Rule) -> Rule:
    """What any of the rules says."""
    return lambda value: any(rule(value) for rule in rules)


def fits(value: Any, rules: Mapping[str, Rule]) -> bool:
    """Return whether each field of a dataclass has a value that it may have."""
    return all(rules[field.name](getattr(value, field.name)) for field in fields(value))


def event_rules(config: TrainingConfig) -> dict[type[Any], dict[str, Rule]]:
    """Return what each field of each event may hold in a run of this configuration."""
    architecture, last = config.architecture, config.batches
    layers, channels = architecture.layers, architecture.channels
    points = ["linear", "bn", "relu"] if config.normalized else ["linear", "relu"]
    by_point = len(points), layers
    if_normalized = maybe if config.normalized else (lambda rule: nothing)
    if_by_channel = maybe if config.normalized and config.effect.axes_of_channel else (lambda rule: nothing)
    norms = array("f4", layers, low=0)
    of_channels = array("f4", channels)
    confusion = array("i8", CLASSES, CLASSES, low=0, high=MOST_IMAGES)
    labels = array("u1", ONE_BY_ONE_IMAGES, high=CLASSES - 1)
    step = whole(0, last)
    return {
        RunStarted: {
            "step": step,
            "config": lambda value: _same_training(value, config),
            "dataset": lambda value: value == config.dataset,
            "dataset_sha256": lambda value: isinstance(value, str) and _HASH.fullmatch(value) is not None,
            "train_images": whole(1, MOST_IMAGES),
            "versions": _are_versions,
        },
        Step: {"step": whole(1, last), "loss": loss, "accuracy": share, "milliseconds": milliseconds},
        StatisticsRecorded: {
            "step": whole(1, last),
            "mean": of_channels,
            "variance": array("f4", channels, low=0),
        },
        LayersProbed: {
            "step": step,
            "points": lambda value: value == points,
            "histograms": lambda value: _are_histograms(value, config, len(points) - 1),
            "mean": array("f4", *by_point),
            "rms": array("f4", *by_point, low=0),
            "zeros": array("f4", *by_point, low=0, high=1),
            "cosine": array("f4", *by_point, low=-1.01, high=1.01),
            "correlation": array("f4", *by_point, low=-1.01, high=1.01),
            "dead_units": array("f4", layers, low=0, high=1),
            "dead_channels": array("f4", layers, low=0, high=1),
            "percentiles": array("f4", *by_point, 3, len(PERCENTILES)),
            "kernel_norms": norms,
            "kernel_gradients": maybe(norms),
            "bias_gradients": maybe(norms) if config.bias else nothing,
            "gamma_gradients": if_normalized(norms),
            "beta_gradients": if_normalized(norms),
            "gamma": if_by_channel(of_channels),
            "beta": if_by_channel(of_channels),
            "milliseconds": milliseconds,
        },
        Evaluated: {
            "step": step,
            "images": whole(1, MOST_IMAGES),
            "moving": score,
            "batch": if_normalized(score),
            "recalibrated": if_normalized(score),
            "milliseconds": milliseconds,
        },
        Checked: {
            "step": whole(1, last),
            "batch": whole(0, last - 1),
            "images": lambda value: value in ("training", "validation"),
            "score": score,
            "milliseconds": milliseconds,
        },
        Scored: {
            "step": lambda value: value == last and type(value) is int,
            "validation": score,
            "test": score,
            "one_by_one": share,
            "one_by_one_batch": if_normalized(share),
            "validation_confusion": lambda value: confusion(value) and bool(value.sum() > 0),
            "test_confusion": lambda value: confusion(value) and bool(value.sum() > 0),
            "one_by_one_labels": labels,
            "one_by_one_predictions": labels,
            "one_by_one_batch_predictions": if_normalized(labels),
            "milliseconds": milliseconds,
        },
        Stopped: {"step": step},
        Failed: {"step": whole(0, last + 1), "cause": text(200), "layer": maybe(text(40))},
    }


def answer_rules(config: TrainingConfig) -> dict[type[Any], dict[str, Rule]]:
    """Return what each field of each answer may hold about a run of this configuration."""
    layers, channels = config.architecture.layers, config.architecture.channels
    if_normalized = maybe if config.normalized else (lambda rule: nothing)
    of_channels, counts = array("f4", channels), array("i8", CLASSES, low=0, high=MOST_IMAGES)
    logits, images = array("f4", CLASSES), whole(1, MOST_IMAGES)
    sets = either(array("f4", 1, CLASSES), array("f4", questions.COMPANION_SETS, CLASSES))
    pixels = IMAGE_SIZE, IMAGE_SIZE
    alone = {
        "logits": array("f4", ONE_BY_ONE_IMAGES, CLASSES),
        "variation": array("f4", layers, low=0),
    }

    def is_alone(value: Any) -> bool:
        return isinstance(value, answers.Alone) and fits(value, alone)

    return {
        answers.Recalibrated: {
            "images": images,
            "moving": score,
            "batch": if_normalized(score),
            "recalibrated": if_normalized(score),
            "means": if_normalized(either(of_channels, _of_places(config))),
            "variances": if_normalized(either(of_channels, _of_places(config))),
        },
        answers.DecayApplied: {"images": images, "score": if_normalized(score)},
        answers.OneByOneScored: {
            "pictures": array("u1", ONE_BY_ONE_IMAGES, *pixels),
            "labels": array("u1", ONE_BY_ONE_IMAGES, high=CLASSES - 1),
            "moving": is_alone,
            "batch": if_normalized(is_alone),
            "recalibrated": if_normalized(is_alone),
            "own_variance": if_normalized(array("f4", layers, low=0)),
        },
        answers.BatchSizeVaried: {
            "images": images,
            "batch": if_normalized(array("f8", len(questions.BATCH_SIZES), low=0, high=1)),
            "moving": score,
            "recalibrated": if_normalized(score),
        },
        answers.CompanyChanged: {
            "picture": array("u1", *pixels),
            "label": whole(0, CLASSES - 1),
            "companions": either(array("u1", 0, *pixels), array("u1", questions.COMPANIONS, *pixels)),
            "batch": if_normalized(sets),
            "moving": sets,
            "recalibrated": if_normalized(logits),
        },
        answers.SingleClassesScored: {
            "images": counts,
            "single_class": if_normalized(counts),
            "mixed": if_normalized(counts),
            "moving": counts,
            "recalibrated": if_normalized(counts),
        },
        answers.DrawingClassified: {
            "moving": logits,
            "alone": if_normalized(logits),
            "in_company": if_normalized(logits),
            "recalibrated": if_normalized(logits),
        },
    }


def _of_places(config: TrainingConfig) -> Rule:
    """Statistics of every place of a map, where each has its own."""
    shapes = weight_shapes(config)
    return array("f4", sum(shape[0] for path, shape in shapes.items() if path.endswith("/moving_mean")))


def _same_training(values: Any, config: TrainingConfig) -> bool:
    try:
        return isinstance(values, dict) and TrainingConfig.of(values) == config
    except ConfigError:
        return False


def _are_versions(values: Any) -> bool:
    short = text(40)
    return (
        isinstance(values, dict) and len(values) <= 20 and all(short(each) for pair in values.items() for each in pair)
    )


def _are_histograms(value: Any, config: TrainingConfig, points: int) -> bool:
    """Whether these count every value of the probe batch, layer by layer."""
    architecture = config.architecture
    if not array("i4", points, architecture.layers, bins.COUNTS, low=0)(value):
        return False
    counted = [
        architecture.values_behind_mean(layer, PROBE_IMAGES) * architecture.layer_channels[layer - 1]
        for layer in architecture.numbers
    ]
    return bool((value.sum(axis=-1, dtype=np.int64) == counted).all())
