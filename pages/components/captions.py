"""Sentences computed from the numbers that they stand beside. Pure functions; no sentence is there without its reason.

Shares of a few hundred images scatter: two of them are called equal where their difference is within two standard
errors of a difference of proportions, and different only beyond that.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bn_core.config import FIELD_BY_NAME, TrainingConfig, default_bias
from bn_core.datasets import DIGITS, GARMENTS, TITLES
from bn_core.events import Evaluated, Failed, Scored

APART = 0.05
"""From which difference on two kinds of statistics are said to score the same weights differently."""

PLACEMENT_WORDS = {"none": "no BN", "before": "BN before ReLU", "after": "BN after ReLU"}

INITIALIZER_WORDS = {"glorot": "Glorot", "he": "He", "truncated-normal": "truncated normal"}


def percent(share: float, images: int) -> str:
    """A share as a percentage, with as many digits as this many images are good for."""
    return f"{100 * share:.1f} %" if images >= 1000 else f"{100 * share:.0f} %"


def alike(first: float, first_images: int, second: float, second_images: int) -> bool:
    """Whether two shares differ by no more than sampling alone would make them (two standard errors)."""
    right = first * first_images + second * second_images
    pooled = right / (first_images + second_images)
    error = math.sqrt(pooled * (1 - pooled) * (1 / first_images + 1 / second_images))
    return abs(first - second) <= 2 * error + 1e-9


def class_names(dataset: str) -> tuple[str, ...]:
    """The ten classes of a data set as a sentence writes them."""
    return GARMENTS if dataset == "fashion-mnist" else DIGITS


def variant(config: TrainingConfig) -> str:
    """The network in a few words: `BN before ReLU, no bias`, with what else is not the notebook's."""
    words = [PLACEMENT_WORDS[config.placement]]
    if config.normalized or config.bias != default_bias(config.placement):
        words.append("bias" if config.bias else "no bias")
    if config.normalized and config.implementation == "by-hand":
        words.append("by hand")
    if config.initializer != "glorot":
        words.append(INITIALIZER_WORDS[config.initializer])
    if config.bug != "none":
        words.append(f"bug: {config.bug}")
    return ", ".join(words)


def training(config: TrainingConfig) -> str:
    """How it is trained, in a few words: `MNIST, seed 0`, with what is not the default."""
    words = [TITLES[config.dataset], f"seed {config.seed}"]
    quiet = {"batches": "{} batches", "batch_size": "batches of {}", "learning_rate": "learning rate {:g}"}
    if config.normalized:
        quiet |= {"momentum": "momentum {:g}", "epsilon": "epsilon {:g}"}
    for name, form in quiet.items():
        if (value := getattr(config, name)) != FIELD_BY_NAME[name].default:  # type: ignore[union-attr]
            words.append(form.format(value))
    return ", ".join(words)


def gap(evaluations: Sequence[Evaluated], config: TrainingConfig) -> str:
    """What the latest evaluation says of the statistics: one sentence, or an empty text before there is any."""
    if not config.normalized:
        return _without_statistics(evaluations)
    three_way = [event for event in evaluations if event.recalibrated is not None]
    if not three_way:
        return ""
    latest = three_way[-1]
    assert latest.recalibrated is not None
    able, let_through, images = latest.recalibrated.accuracy, latest.moving.accuracy, latest.images
    here = f"after {_batches(latest.step)}"
    can, does = percent(able, images), percent(let_through, images)
    if able - let_through >= APART:
        return (
            f"The weights already classify {can} of the {images} validation images {here}, with recalibrated "
            f"statistics; the moving (population) statistics let through {does}."
        )
    if let_through - able >= APART:
        return (
            f"With the moving (population) statistics {does} of the {images} validation images are right {here}; with "
            f"recalibrated ones only {can}."
        )
    if max(able, let_through) < 0.2:
        return (
            f"With either kind of statistics about one image in ten is right {here}: {does} with the moving "
            f"(population) statistics, {can} with recalibrated ones."
        )
    agreed = f"{does} of the {images} validation images are right with them {here}, {can} with recalibrated ones."
    worst = max(three_way, key=_lag)
    if _lag(worst) < APART or worst.recalibrated is None:
        return f"The moving (population) statistics agree with the recalibrated ones: {agreed}"
    could, did = percent(worst.recalibrated.accuracy, images), percent(worst.moving.accuracy, images)
    # What an average that started at 0 and 1 still holds of its start after t updates: momentum to the power of t.
    held = percent(config.momentum**worst.step, images)
    return (
        f"The moving (population) statistics have caught up: {agreed} After {_batches(worst.step)} the weights already "
        f"classified {could}; the moving statistics, which still held {held} of their start (mean 0, variance 1), let "
        f"through {did}."
    )


def _lag(evaluated: Evaluated) -> float:
    """By how much the moving statistics score below the recalibrated ones, -1 to 1."""
    return 0.0 if evaluated.recalibrated is None else evaluated.recalibrated.accuracy - evaluated.moving.accuracy


def _without_statistics(evaluations: Sequence[Evaluated]) -> str:
    if not evaluations:
        return ""
    latest = evaluations[-1]
    return (
        "Without batch normalization there are no statistics to choose, so there is one score: "
        f"{percent(latest.moving.accuracy, latest.images)} of the {latest.images} validation images after "
        f"{_batches(latest.step)}."
    )


def blind(losses: np.ndarray, blind_loss: float) -> str:
    """What the latest 50 losses say of a network that ignores its input; empty where they are not close to that."""
    if len(losses) < 50:
        return ""
    mean = float(np.mean(losses[-50:]))
    if not abs(mean - blind_loss) <= 0.004:
        return ""
    return (
        f"The loss of the latest 50 batches is {mean:.4f} on average. A network that ignores the image and gives each "
        f"of ten classes its share scores {blind_loss:.4f}."
    )


def of_validation(scored: Scored, names: Sequence[str]) -> str:
    """What the final validation accuracy means in this run."""
    confusion = scored.validation_confusion
    return _constant(confusion, names, "validation") or _right(confusion, names)


def of_test(scored: Scored, names: Sequence[str]) -> str:
    """What the final test accuracy means in this run."""
    confusion = scored.test_confusion
    if constant := _constant(confusion, names, "test"):
        return constant
    tested, validated = int(confusion.sum()), int(scored.validation_confusion.sum())
    difference = 100 * (scored.test.accuracy - scored.validation.accuracy)
    comparison = f"{abs(difference):.1f} points {'above' if difference > 0 else 'below'} the validation accuracy"
    if alike(scored.test.accuracy, tested, scored.validation.accuracy, validated):
        return (
            f"{_count(confusion.trace())} of {_count(tested)} images that took no part in training; {comparison}, "
            "which chance alone explains."
        )
    return (
        f"{_count(confusion.trace())} of {_count(tested)} images that took no part in training; {comparison}, more "
        "than chance alone explains: these images are a little "
        f"{'easier' if difference > 0 else 'harder'} for this network."
    )


def of_one_by_one(scored: Scored, names: Sequence[str]) -> str:
    """What the accuracy on 100 samples means in this run, with moving and, with batch norm, with batch statistics."""
    images = len(scored.one_by_one_labels)
    right = round(scored.one_by_one * images)
    tested = int(scored.test_confusion.sum())
    answer = _only_answer(scored.one_by_one_predictions)
    normalized = scored.one_by_one_batch is not None
    how = ", with the moving (population) statistics," if normalized else ""
    if answer is not None:
        meaning = (
            f"One at a time{how} every image gets the answer “{names[answer]}”: {right} of these {images} are that."
        )
    elif alike(scored.one_by_one, images, scored.test.accuracy, tested):
        meaning = (
            f"One at a time{how} {right} of {images} are right: the test accuracy, as near as {images} images can "
            "tell. An image's answer does not depend on its company."
        )
    else:
        meaning = (
            f"One at a time{how} {right} of {images} are right, which is further from the test accuracy of "
            f"{percent(scored.test.accuracy, tested)} than chance alone explains."
        )
    return f"{meaning} {_alone(scored, names)}".strip()


def _alone(scored: Scored, names: Sequence[str]) -> str:
    if scored.one_by_one_batch is None or scored.one_by_one_batch_predictions is None:
        return ""
    images = len(scored.one_by_one_labels)
    right = round(scored.one_by_one_batch * images)
    answer = _only_answer(scored.one_by_one_batch_predictions)
    if answer is None:
        return f"With each image's own (batch) statistics it would be {right}."
    return (
        f"With each image's own (batch) statistics it would be {right}, the number of “{names[answer]}” among them: "
        "alone in its batch, every image is normalized to the same values and gets that answer."
    )


@dataclass(frozen=True)
class Failure:
    """A failed run, explained: what happened, and what to try (empty where nothing is known to help)."""

    what: str
    advice: str


def failure(failed: Failed, config: TrainingConfig) -> Failure:
    """What a failed run's card says. `what` may quote the cause: it is not safe to show as Markdown."""
    where = f" The first layer with such a number: {failed.layer}." if failed.layer else ""
    advice = ""
    if failed.layer and config.learning_rate > 0.002:
        advice = f"The learning rate was {config.learning_rate:g}: try a smaller one."
    elif failed.layer and config.normalized and config.epsilon < 0.001:
        advice = f"BN's epsilon was {config.epsilon:g}: try a larger one."
    return Failure(f"It failed at batch {failed.step:,}. {failed.cause}{where}", advice)


def _constant(confusion: np.ndarray, names: Sequence[str], kind: str) -> str:
    answers = confusion.sum(axis=0)
    total = int(confusion.sum())
    if total == 0 or answers.max() < total:
        return ""
    answer = int(answers.argmax())
    members = int(confusion[answer].sum())
    return (
        f"The network answers “{names[answer]}” for every one of the {_count(total)} {kind} images, so this is only "
        f"that class's share: {_count(members)} of {_count(total)}."
    )


def _right(confusion: np.ndarray, names: Sequence[str]) -> str:
    total = int(confusion.sum())
    mistakes = confusion - np.diag(np.diag(confusion))
    if mistakes.sum() == 0:
        return f"All {_count(total)} validation images are right."
    true, answered = np.unravel_index(int(mistakes.argmax()), mistakes.shape)
    return (
        f"{_count(confusion.trace())} of {_count(total)} validation images are right. The commonest mistake is to take "
        f"“{names[true]}” for “{names[answered]}”: {_count(mistakes.max())} times."
    )


def _only_answer(predictions: np.ndarray) -> int | None:
    answers = np.unique(predictions)
    return int(answers[0]) if len(answers) == 1 else None


def _count(number: int) -> str:
    return f"{int(number):,}"


def _batches(step: int) -> str:
    return "1 batch" if step == 1 else f"{step:,} batches"
