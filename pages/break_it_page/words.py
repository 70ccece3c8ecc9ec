"""What the page says of a run: sentences filled in with its numbers. Pure functions."""

from __future__ import annotations

import math

import numpy as np

from bn_core.config import TrainingConfig
from bn_core.exhibits.catalogue import HEALTHY
from bn_core.exhibits.fingerprints import Condition, Finding
from bn_core.protocol import SCORING_BATCH
from bn_core.runs.history import RunHistory
from bn_core.training.events import Score
from pages.words import captions
from pages.words.prose import prose

MISSING = "–"

TEXT = prose("break-it")

Numbers = dict[str, str]
"""What a run measured, written out, by the names that the prose file uses."""


def numbers(history: RunHistory, config: TrainingConfig) -> Numbers:
    """Every number of a run that a sentence may name. What was not measured is a dash."""
    found: Numbers = {}
    for statistics in ("moving", "batch", "recalibrated"):
        for step in (None, 0, 10, 75, 100, 150, 400):
            score = _score(history, statistics, step)
            suffix = "" if step is None else f"_{step}"
            found[f"{statistics}{suffix}"] = share(None if score is None else score.accuracy)
            found[f"{statistics}_loss{suffix}"] = loss(None if score is None else score.loss)
    losses, accuracies = history.losses, history.accuracies
    early = accuracies[(history.steps > 50) & (history.steps <= 100)]
    found |= {
        "training_loss": loss(_mean(losses[-50:])),
        "training_accuracy": share(_mean(accuracies[-50:])),
        "early_training": share(_mean(early)),
        "highest_loss": loss(float(losses.max()) if len(losses) else None),
        "best_training": share(_best(accuracies, 50)),
        "held": share(config.momentum**history.last_step),
        "held_400": share(config.momentum**400),
    }
    return found | _final(history, config)


def _final(history: RunHistory, config: TrainingConfig) -> Numbers:
    scored, names = history.scored, captions.class_names(config.dataset)
    if scored is None:
        return dict.fromkeys(
            ("validation", "test", "one_by_one", "answer", "commonest", "answer_alone", "leaked_updates"), MISSING
        )
    answers, alone = scored.test_confusion.sum(axis=0), np.bincount(scored.one_by_one_predictions, minlength=10)
    return {
        "validation": share(scored.validation.accuracy),
        "test": share(scored.test.accuracy),
        "one_by_one": f"{round(100 * scored.one_by_one)}",
        "answer": names[int(answers.argmax())],
        "commonest": share(float(answers.max() / answers.sum())),
        "answer_alone": names[int(alone.argmax())],
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
    return (f"{number:,.0f}" if abs(number) >= 1000 else f"{number:.4g}").replace("-", "−")


def share(value: float | None) -> str:
    """An accuracy as a percentage, `97.4 %`, that stays on one line."""
    return MISSING if value is None else f"{100 * value:.1f}\N{NO-BREAK SPACE}%"


def loss(value: float | None) -> str:
    """A loss, to three digits: `0.325`, `139`, `212,312`."""
    if value is None or not math.isfinite(value):
        return MISSING
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def _score(history: RunHistory, statistics: str, step: int | None) -> Score | None:
    events = [event for event in history.evaluations if step is None or event.step == step]
    return getattr(events[-1], statistics) if events else None


def _mean(values: np.ndarray) -> float | None:
    return float(values.mean()) if len(values) else None


def _best(values: np.ndarray, count: int) -> float | None:
    if not len(values):
        return None
    sums = np.concatenate([[0.0], np.cumsum(values)])
    count = min(count, len(values))
    return float(((sums[count:] - sums[:-count]) / count).max())
