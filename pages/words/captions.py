"""Sentences computed from the numbers that they stand beside. Pure functions; no sentence is there without its reason.

The sentences are in the prose file of the Train page, as Markdown with the glossary's terms marked.

Shares of a few hundred images scatter: two of them are called equal where their difference is within two standard
errors of a difference of proportions, and different only beyond that.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from bn_core.config import FIELDS, Real, TrainingConfig, Whole, default_bias
from bn_core.data.catalogue import DIGITS, GARMENTS, TITLES
from bn_core.names import VALUES
from bn_core.training.events import Evaluated, Failed, Scored
from pages.words.prose import prose

TEXT = prose("train")

APART = 0.05
"""From which difference on two kinds of statistics are said to score the same weights differently."""

BLIND_OVER = 50
"""Over how many of the latest batches the loss is averaged before a network is said to ignore its input."""


QUIET = tuple(field.name for field in FIELDS if isinstance(field, Whole | Real) and field.name != "seed")
"""The fields of how a network is trained that are said only where they are not the default's."""


def percent(share: float, images: int) -> str:
    """A share as a percentage, with as many digits as this many images are good for."""
    return prose("numbers")("tenths" if images >= 1000 else "percent", percentage=100 * share)


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
    text = prose("runs")
    short = {field: values[getattr(config, field)].short for field, values in VALUES.items()}
    words = [short["placement"]]
    if config.normalized or config.bias != default_bias(config.placement):
        words.append(text("variant.bias" if config.bias else "variant.no_bias"))
    words += [short["implementation"] if config.normalized else "", short["initializer"]]
    if config.bug != "none":
        words.append(text("variant.bug", bug=config.bug))
    return ", ".join(filter(None, words))


def training(config: TrainingConfig) -> str:
    """How it is trained, in a few words: `MNIST, seed 0`, with what is not the default."""
    text, default = prose("runs"), TrainingConfig()
    words = [TITLES[config.dataset], text("training.seed", value=config.seed)]
    for name in QUIET:
        if (value := getattr(config, name)) != getattr(default, name) and name not in config.idle:
            words.append(text(f"training.{name}", value=value))
    return ", ".join(words)


def gap(evaluations: Sequence[Evaluated], config: TrainingConfig) -> str:
    """What the latest evaluation says of the statistics: one sentence, or an empty text before there is any."""
    three_way = [event for event in evaluations if event.recalibrated is not None or not config.normalized]
    if not three_way:
        return ""
    latest = three_way[-1]
    values = _scored(latest)
    if latest.recalibrated is None:
        return TEXT("gap.none", **values)
    if abs(lag(latest)) >= APART:
        return TEXT("gap.behind" if lag(latest) > 0 else "gap.reversed", **values)
    if max(latest.recalibrated.accuracy, latest.moving.accuracy) < 0.2:
        return TEXT("gap.blind", **values)
    agreed = TEXT("gap.agreed", **values)
    worst = max(three_way, key=lag)
    if lag(worst) < APART:
        return TEXT("gap.agree", agreed=agreed)
    # What an average that started at 0 and 1 still holds of its start after t updates: momentum to the power of t.
    held = percent(config.momentum**worst.step, worst.images)
    return TEXT("gap.caught_up", agreed=agreed, held=held, **_scored(worst))


def _scored(event: Evaluated) -> dict[str, object]:
    """The numbers of an evaluation as sentences write them."""
    truth = event.recalibrated
    return {
        "batches": batches(event.step),
        "images": event.images,
        "moving": percent(event.moving.accuracy, event.images),
        "recalibrated": "" if truth is None else percent(truth.accuracy, event.images),
    }


def lag(evaluated: Evaluated) -> float:
    """By how much the moving statistics score below the recalibrated ones, -1 to 1."""
    return 0.0 if evaluated.recalibrated is None else evaluated.recalibrated.accuracy - evaluated.moving.accuracy


def blind(losses: np.ndarray, blind_loss: float) -> str:
    """What the latest 50 losses say of a network that ignores its input; empty where they are not close to that."""
    if len(losses) < BLIND_OVER:
        return ""
    mean = float(np.mean(losses[-BLIND_OVER:]))
    if not abs(mean - blind_loss) <= 0.004:
        return ""
    return TEXT("loss.blind", over=BLIND_OVER, mean=mean, blind=blind_loss)


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
    side, key = ("above", "easier") if difference > 0 else ("below", "harder")
    if abs(difference) < 0.05:
        key = "equal"
    elif alike(scored.test.accuracy, tested, scored.validation.accuracy, validated):
        key = "alike"
    comparison = TEXT(f"ending.test.{side}", points=abs(difference))
    return TEXT(f"ending.test.{key}", right=int(confusion.trace()), images=tested, comparison=comparison)


def of_one_by_one(scored: Scored, names: Sequence[str]) -> str:
    """What the accuracy on 100 samples means in this run, with moving and, with batch norm, with batch statistics."""
    images = len(scored.one_by_one_labels)
    right = round(scored.one_by_one * images)
    tested = int(scored.test_confusion.sum())
    answer = _only_answer(scored.one_by_one_predictions)
    how = TEXT("ending.one_by_one.with_moving" if scored.one_by_one_batch is not None else "ending.one_by_one.plain")
    values = {"how": how, "right": right, "images": images}
    if answer is not None:
        meaning = TEXT("ending.one_by_one.constant", answer=names[answer], **values)
    elif alike(scored.one_by_one, images, scored.test.accuracy, tested):
        meaning = TEXT("ending.one_by_one.alike", **values)
    else:
        meaning = TEXT("ending.one_by_one.far", test=percent(scored.test.accuracy, tested), **values)
    return f"{meaning} {_alone(scored, names)}".strip()


def _alone(scored: Scored, names: Sequence[str]) -> str:
    if scored.one_by_one_batch is None or scored.one_by_one_batch_predictions is None:
        return ""
    right = round(scored.one_by_one_batch * len(scored.one_by_one_labels))
    answer = _only_answer(scored.one_by_one_batch_predictions)
    if answer is None:
        return TEXT("ending.one_by_one.own_varied", right=right)
    return TEXT("ending.one_by_one.own_constant", right=right, answer=names[answer])


def failure(failed: Failed, config: TrainingConfig) -> str:
    """What a failed run's card says: what happened, and what to try where anything is known to help.

    It may quote the cause: it is not safe to show as Markdown.
    """
    said = [TEXT("failed.what", step=failed.step, cause=failed.cause)]
    if failed.layer:
        said.append(TEXT("failed.layer", layer=failed.layer))
        if config.learning_rate > 0.002:
            said.append(TEXT("failed.learning_rate", rate=config.learning_rate))
        elif config.normalized and config.epsilon < 0.001:
            said.append(TEXT("failed.epsilon", epsilon=config.epsilon))
    return " ".join(said)


def batches(step: int) -> str:
    """So many batches, as a sentence writes it."""
    return TEXT("one_batch") if step == 1 else TEXT("batches", count=step)


def _constant(confusion: np.ndarray, names: Sequence[str], kind: str) -> str:
    answers = confusion.sum(axis=0)
    total = int(confusion.sum())
    if total == 0 or answers.max() < total:
        return ""
    answer = int(answers.argmax())
    members = int(confusion[answer].sum())
    return TEXT(f"ending.{kind}.constant", answer=names[answer], images=total, members=members)


def _right(confusion: np.ndarray, names: Sequence[str]) -> str:
    total = int(confusion.sum())
    mistakes = confusion - np.diag(np.diag(confusion))
    if mistakes.sum() == 0:
        return TEXT("ending.validation.all", images=total)
    true, answered = (int(place) for place in np.unravel_index(int(mistakes.argmax()), mistakes.shape))
    return TEXT(
        "ending.validation.right",
        right=int(confusion.trace()),
        images=total,
        true=names[true],
        answered=names[answered],
        times=int(mistakes.max()),
    )


def _only_answer(predictions: np.ndarray) -> int | None:
    answers = np.unique(predictions)
    return int(answers[0]) if len(answers) == 1 else None
