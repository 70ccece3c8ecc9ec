"""What the page says of a run: sentences filled in with its numbers. Pure functions."""

from __future__ import annotations

import math

import numpy as np

from bn_core.chart_tables.curves import trailing_means
from bn_core.config import TrainingConfig
from bn_core.exhibits.catalogue import HEALTHY
from bn_core.exhibits.fingerprints import Condition, Finding
from bn_core.protocol import SCORING_BATCH
from bn_core.runs.history import RunHistory
from bn_core.runs.inside import StatisticsHistory
from bn_core.training.events import Scored
from bn_core.training.updates import start_left
from pages.words import captions
from pages.words.layer_names import layer_name
from pages.words.numbers import number
from pages.words.prose import prose
from pages.words.signs import as_read

LATEST = 50
"""Over how many batches the losses and accuracies of training are averaged."""

MISSING = "–"

TEXT = prose("break-it")


class Numbers(dict[str, str]):
    """What a run measured, written out, by the names that the prose file uses. What was not measured is a dash."""

    def __missing__(self, name: str) -> str:
        return MISSING


HELD_AT = (10, 400)
"""The steps at which a sentence names what is left of the start of the moving statistics."""


def numbers(history: RunHistory, config: TrainingConfig) -> Numbers:
    """Every number of a run that a sentence may name."""
    found = Numbers(held=share(start_left(config, history.last_step)))
    found |= {f"held_{step}": share(start_left(config, step)) for step in HELD_AT}
    for event in history.evaluations:
        for statistics in ("moving", "batch", "recalibrated"):
            score = getattr(event, statistics)
            for suffix in ("", f"_{event.step}"):  # the last one has no suffix, too
                found[f"{statistics}{suffix}"] = MISSING if score is None else share(score.accuracy)
                found[f"{statistics}_loss{suffix}"] = MISSING if score is None else loss(score.loss)
    losses, accuracies = history.losses, history.accuracies
    if len(losses):
        found["training_loss"] = loss(losses[-LATEST:].mean())
        found["training_accuracy"] = share(accuracies[-LATEST:].mean())
        found["highest_loss"] = loss(losses.max())
        means = trailing_means(accuracies, LATEST)
        found["best_training"] = share(means[min(LATEST, len(means)) - 1 :].max())
    early = accuracies[(history.steps > 50) & (history.steps <= 100)]
    if len(early):
        found["early_training"] = share(early.mean())
    if history.scored is not None:
        found |= _final(history.scored, captions.class_names(config.dataset))
    return found


def variances(statistics: StatisticsHistory, config: TrainingConfig) -> Numbers:
    """Every number of a run's batch variances that a sentence may name: in its first batch and in its last, by layer
    the median over channels."""
    if not len(statistics.steps):
        return Numbers()
    architecture = config.architecture
    found = Numbers(batches=captions.batches(int(statistics.steps[-1])), layers=f"{architecture.layers}")
    for when, batch in (("first", statistics.variances[0]), ("last", statistics.variances[-1])):
        medians = [float(np.median(batch[architecture.channels_of(layer)])) for layer in architecture.numbers]
        found[f"{when}_below_half"] = f"{sum(median < 0.5 for median in medians)}"
        for end, at in (("low", int(np.argmin(medians))), ("high", int(np.argmax(medians)))):
            found[f"{when}_{end}"] = number(medians[at])
            found[f"{when}_{end}_layer"] = layer_name(at + 1, architecture.layers)
    return found


def _final(scored: Scored, names: tuple[str, ...]) -> dict[str, str]:
    answers, alone = scored.test_confusion.sum(axis=0), np.bincount(scored.one_by_one_predictions, minlength=10)
    return {
        "validation": share(scored.validation.accuracy),
        "test": share(scored.test.accuracy),
        "one_by_one": f"{round(100 * scored.one_by_one)}",
        "answer": names[answers.argmax()],
        "commonest": share(answers.max() / answers.sum()),
        "answer_alone": names[alone.argmax()],
        "leaked_updates": f"{math.ceil(scored.validation_confusion.sum() / SCORING_BATCH)}",
    }


def name(key: str) -> str:
    """What a mistake, or the healthy run, is called."""
    return TEXT(f"{place(key)}.name")


def inline(key: str) -> str:
    """The same in the middle of a sentence."""
    return TEXT(f"{place(key)}.inline")


def place(key: str) -> str:
    """Where the prose file speaks of this mistake, or of the healthy run. In that file a dot parts the names."""
    return "healthy" if key == HEALTHY else f"bugs.{key.replace('.', '-')}"


def measure(condition: Condition) -> str:
    """What the number on a condition's left side is, in words."""
    return str(TEXT.table("measures")[condition.measure.key])


def value(finding: Finding) -> str:
    """The number of a run that entered a condition."""
    return MISSING if finding.value is None else figure(finding.value)


def figure(number: float) -> str:
    """A number as it stands in an inequality: `0.9735`, `212,312`."""
    if not math.isfinite(number):
        return TEXT("not-finite")
    return as_read(f"{number:,.0f}" if abs(number) >= 1000 else f"{number:.4g}")


def share(value: float) -> str:
    """An accuracy as a percentage that stays on one line."""
    return TEXT("share", percentage=100 * float(value))


def loss(value: float) -> str:
    """A loss, to three digits: `0.325`, `139`, `212,312`."""
    if not math.isfinite(value):
        return MISSING
    return as_read(f"{value:,.0f}" if value >= 100 else f"{value:.3g}")
