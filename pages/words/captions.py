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
from bn_core.protocol import ONE_BY_ONE_IMAGES, SCORING_BATCH
from bn_core.training.events import Evaluated, Failed, Scored
from bn_core.training.updates import start_left
from pages.words.numbers import number, times, whole_percent
from pages.words.prose import prose

TEXT = prose("train")

LITTLE = 0.2
"""Below which accuracy a network is said to have learned little: answers that ignore the image score about 0.1."""

REMEMBERED = 0.01
"""From which share on the start of a moving average is said to be left in it."""

BLIND_OVER = 50
"""Over how many of the latest batches the loss is averaged before a network is said to ignore its input."""

ABSURD = 10.0
"""From which loss on it gets a sentence of its own: answering one half to everything costs 0.69."""

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
    if little(latest):
        return TEXT("gap.little", **values)
    if behind(latest) or ahead(latest):
        return TEXT("gap.behind" if behind(latest) else "gap.ahead", **values)
    agreed = TEXT("gap.agreed", **values)
    worst = max(three_way, key=lag)
    if not behind(worst):
        return TEXT("gap.agree", agreed=agreed)
    # What an average that started at 0 and 1 still holds of its start after t updates: momentum to the power of t.
    left = start_left(config, worst.step)
    held = TEXT("gap.held", share=whole_percent(left)) if left >= REMEMBERED else ""
    return TEXT("gap.caught_up", agreed=agreed, held=held, **_scored(worst))


def _scored(event: Evaluated) -> dict[str, object]:
    """The numbers of an evaluation as sentences write them."""
    truth = event.recalibrated
    return {
        "when": when(event.step),
        "images": event.images,
        "moving": percent(event.moving.accuracy, event.images),
        "recalibrated": "" if truth is None else percent(truth.accuracy, event.images),
    }


def little(evaluated: Evaluated) -> bool:
    """Whether hardly more is right than by chance, with moving and with recalibrated statistics."""
    scores = (evaluated.moving, evaluated.recalibrated)
    return max(score.accuracy for score in scores if score is not None) < LITTLE


def behind(evaluated: Evaluated) -> bool:
    """Whether the moving statistics score below the recalibrated ones by more than chance could explain."""
    return lag(evaluated) > 0 and not _agree(evaluated)


def ahead(evaluated: Evaluated) -> bool:
    """Whether the moving statistics score above the recalibrated ones by more than chance could explain."""
    return lag(evaluated) < 0 and not _agree(evaluated)


def _agree(evaluated: Evaluated) -> bool:
    """Whether nothing is there to be compared, little is learned, or the scores are alike."""
    truth, images = evaluated.recalibrated, evaluated.images
    return truth is None or little(evaluated) or alike(evaluated.moving.accuracy, images, truth.accuracy, images)


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


def how_scored(config: TrainingConfig) -> str:
    """With which statistics the final lines of a run are scored; an empty text without batch normalization."""
    effect = config.effect
    if not config.normalized:
        return ""
    if effect.scores_with_batch:
        said = TEXT("ending.how.batch", bug=config.bug, size=SCORING_BATCH, alone=ONE_BY_ONE_IMAGES)
        return f"{said} {TEXT('ending.how.leaks')}" if effect.scoring_updates else said
    if not effect.updates_moving or not effect.trains_with_batch:
        return TEXT("ending.how.start", bug=config.bug)
    return TEXT("ending.how.moving")


def absurd(losses: np.ndarray, evaluations: Sequence[Evaluated], config: TrainingConfig, blind_loss: float) -> str:
    """What losses say that are finite and no sensible network's; an empty text where none is.

    Args:
        losses: of the training batches, the first batch's first.
    """
    said = []
    highest = int(np.argmax(losses)) if len(losses) else 0
    if len(losses) and losses[highest] >= ABSURD:
        said.append(TEXT("loss.batch", loss=number(float(losses[highest])), batch=highest + 1))
    if evaluations and (latest := evaluations[-1]).moving.loss >= ABSURD:
        key = "moving" if config.normalized else "validation"
        said.append(TEXT(f"loss.{key}", loss=number(latest.moving.loss), when=when(latest.step)))
    if not said:
        return ""
    said.append(TEXT("loss.compared", blind=blind_loss))
    if config.normalized and config.batch_size == 1:
        said.append(TEXT("loss.batch_size"))
    if config.learning_rate > TrainingConfig.learning_rate:
        times_notebook = times(config.learning_rate / TrainingConfig.learning_rate)
        said.append(TEXT("loss.learning_rate", rate=config.learning_rate, times=times_notebook))
    return " ".join(said)


def of_validation(scored: Scored, config: TrainingConfig) -> str:
    """What the final validation accuracy means in this run."""
    confusion, names = scored.validation_confusion, class_names(config.dataset)
    return _constant(confusion, names, "validation") or _right(confusion, names)


def of_test(scored: Scored, config: TrainingConfig) -> str:
    """What the final test accuracy means in this run."""
    confusion = scored.test_confusion
    if constant := _constant(confusion, class_names(config.dataset), "test"):
        return constant
    tested, validated = int(confusion.sum()), int(scored.validation_confusion.sum())
    difference = 100 * (scored.test.accuracy - scored.validation.accuracy)
    side, key = ("above", "easier") if difference > 0 else ("below", "harder")
    if abs(difference) < 0.05:
        key = "equal"
    elif alike(scored.test.accuracy, tested, scored.validation.accuracy, validated):
        key = "alike"
    elif _only_shares(scored):
        key = "shares"
    comparison = TEXT(f"ending.test.{side}", points=abs(difference))
    return TEXT(f"ending.test.{key}", right=int(confusion.trace()), images=tested, comparison=comparison)


def _only_shares(scored: Scored) -> bool:
    """Whether test and validation accuracy are alike once each class counts as much as in the validation set."""
    test, validation = scored.test_confusion, scored.validation_confusion
    members = test.sum(axis=1)
    if not members.all():
        return False
    reweighted = float((np.diag(test) / members * validation.sum(axis=1)).sum() / validation.sum())
    return alike(reweighted, int(test.sum()), scored.validation.accuracy, int(validation.sum()))


def of_one_by_one(scored: Scored, config: TrainingConfig) -> str:
    """What the accuracy on 100 samples means in this run; with batch norm also what the other statistics make of it."""
    names, images = class_names(config.dataset), len(scored.one_by_one_labels)
    right = round(scored.one_by_one * images)
    tested = int(scored.test_confusion.sum())
    answer = _only_answer(scored.one_by_one_predictions)
    statistics = "plain" if not config.normalized else "batch" if config.effect.scores_with_batch else "moving"
    values = {"how": TEXT(f"ending.one_by_one.{statistics}"), "right": right, "images": images}
    said = []
    if answer is not None:
        said.append(TEXT("ending.one_by_one.constant", answer=names[answer], **values))
    elif alike(scored.one_by_one, images, scored.test.accuracy, tested):
        said.append(TEXT("ending.one_by_one.alike", **values))
        said.append(TEXT("ending.one_by_one.company") if statistics != "batch" else "")
    else:
        said.append(TEXT("ending.one_by_one.far", test=percent(scored.test.accuracy, tested), **values))
        said.append(TEXT("ending.one_by_one.first", images=images) if statistics != "batch" else "")
    if statistics == "batch":
        said.append(TEXT("ending.one_by_one.same_values") if answer is not None else "")
    else:
        said.append(_alone(scored, names))
    return " ".join(filter(None, said))


def _alone(scored: Scored, names: Sequence[str]) -> str:
    if scored.one_by_one_batch is None or scored.one_by_one_batch_predictions is None:
        return ""
    right = round(scored.one_by_one_batch * len(scored.one_by_one_labels))
    answer = _only_answer(scored.one_by_one_batch_predictions)
    if answer is None:
        return TEXT("ending.one_by_one.batch_varied", right=right)
    return TEXT("ending.one_by_one.batch_constant", right=right, answer=names[answer])


def failure(failed: Failed, config: TrainingConfig) -> str:
    """What a failed run's card says: what happened, and what to try where anything is known to help.

    It may quote the cause: it is not safe to show as Markdown.
    """
    said = [TEXT("failed.what", step=failed.step, cause=failed.cause)]
    if failed.layer:
        said.append(TEXT("failed.layer", layer=failed.layer))
        if config.learning_rate > TrainingConfig.learning_rate:
            said.append(TEXT("failed.learning_rate", rate=config.learning_rate))
        elif config.normalized and config.epsilon < TrainingConfig.epsilon:
            said.append(TEXT("failed.epsilon", epsilon=config.epsilon))
    return " ".join(said)


def batches(step: int) -> str:
    """So many batches, as a sentence writes it."""
    return TEXT("batches", count=step)


def when(step: int) -> str:
    """After how many batches, in the middle of a sentence."""
    return TEXT("when.after", batches=batches(step)) if step else TEXT("when.before")


def how_often(times: int) -> str:
    """So many times, as a sentence writes it: `once`, `twice`, `20 times`."""
    return prose("numbers")({1: "once", 2: "twice"}.get(times, "times"), times=times)


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
    most = int(mistakes.max())
    if most == 0:
        return TEXT("ending.validation.all", images=total)
    true, answered = (int(place) for place in np.unravel_index(int(mistakes.argmax()), mistakes.shape))
    commonest = "commonest" if np.count_nonzero(mistakes == most) == 1 else "one_of_the_commonest"
    right = TEXT("ending.validation.right", right=int(confusion.trace()), images=total)
    mistake = TEXT(f"ending.validation.{commonest}", true=names[true], answered=names[answered], times=how_often(most))
    return f"{right} {mistake}"


def _only_answer(predictions: np.ndarray) -> int | None:
    answers = np.unique(predictions)
    return int(answers[0]) if len(answers) == 1 else None
