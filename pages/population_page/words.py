"""What the page says: computed from the numbers that it shows. Pure functions; the sentences are in the prose file."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bn_core.chart_tables.population import TRUTH_OVER
from bn_core.config import TrainingConfig
from bn_core.protocol import SCORING_BATCH
from bn_core.questions.answers import Recalibrated
from bn_core.runs.records import RunRecord
from bn_core.training.events import Evaluated
from bn_core.training.updates import moving_updates, start_left
from pages.charts.palette import HUES
from pages.parts.provenance import run_in_full
from pages.words import captions
from pages.words.captions import percent
from pages.words.layer_names import layer_name, layer_title
from pages.words.numbers import times, whole_percent
from pages.words.plain_text import plain
from pages.words.prose import prose

TEXT = prose("population")

FIRST_DECAYS = (0.9, 0.99)

CLOSE = 1.25
"""Up to which factor a moving variance is said to be close to the true one."""


@dataclass(frozen=True)
class Decay:
    """Which moving average is applied after the fact.

    Attributes:
        momentum: what share of the old value each update would have kept.
        debiased: whether its start is taken out.
    """

    momentum: float
    debiased: bool

    @property
    def name(self) -> str:
        """What its score is called."""
        return TEXT("scores.chosen_debiased" if self.debiased else "scores.chosen", decay=self.momentum)


def first_decay(config: TrainingConfig) -> Decay:
    """Return the decay to begin with where nobody chose one: another than the run's own."""
    return Decay(next(momentum for momentum in FIRST_DECAYS if momentum != config.moving_momentum), debiased=False)


def moving(config: TrainingConfig) -> str:
    """What the score with a run's own moving statistics is called."""
    never = not config.effect.updates_moving
    return TEXT("scores.never_updated") if never else TEXT("scores.moving", momentum=config.momentum)


def nothing_here(config: TrainingConfig) -> str:
    """Why a network has no statistics to show; an empty text where it has."""
    if not config.normalized:
        return TEXT("nothing.none")
    return TEXT(f"nothing.{config.bug}") if not config.effect.batch_statistics else ""


def truth_over(recorded: int) -> int:
    """Over how many batches the truth is averaged at the end of what was recorded; before anything, over how many it
    will be."""
    return min(TRUTH_OVER, recorded) or TRUTH_OVER


def what_to_see(evaluated: Evaluated | None, drifts: NDArray[np.float64] | None, config: TrainingConfig) -> str:
    """The thing to see at a step: what the same weights score, and how far the worst layer's variance is off.

    Args:
        evaluated: the scores of this step; None before there are any.
        drifts: moving variance over true variance by layer, float64 (layers,); None before the first batch.
    """
    if evaluated is None:
        return TEXT("says.not_yet")
    # The factors come of the recorded training batches; the scores of what the run kept.
    leaks = TEXT("says.leaks") if config.effect.scoring_updates and worst(drifts) else ""
    return " ".join(filter(None, [_said(evaluated, drifts), leaks, remembered(evaluated.step, config)]))


def _said(evaluated: Evaluated, drifts: NDArray[np.float64] | None) -> str:
    images, moving = evaluated.images, evaluated.moving.accuracy
    numbers = {"here": here(evaluated.step), "moving": percent(moving, images)}
    truth = evaluated.recalibrated
    if truth is None:
        said = TEXT("says.only_moving", **numbers)
    else:
        numbers["recalibrated"] = percent(truth.accuracy, images)
        if captions.little(evaluated):
            key = "little"
        elif captions.behind(evaluated):
            key = "behind"
        elif captions.ahead(evaluated):
            key = "ahead"
        else:
            key = "same" if numbers["recalibrated"] == numbers["moving"] else "agree"
        said = TEXT(f"says.{key}", **numbers)
    off = worst(drifts)
    return f"{said}; {off}" if off else f"{said}."


def worst(drifts: NDArray[np.float64] | None) -> str:
    """Which layer's moving variance is furthest from the true one; an empty text where none can be compared."""
    if drifts is None:
        return ""
    with np.errstate(divide="ignore", invalid="ignore"):
        factors = np.abs(np.log(drifts))
    if not np.isfinite(factors).any():
        return ""
    at = int(np.nanargmax(np.where(np.isfinite(factors), factors, np.nan)))
    off, lacking = float(drifts[at]), int(np.count_nonzero(~np.isfinite(factors)))
    if factors[at] <= math.log(CLOSE):
        said = TEXT("says.close", times=times(math.exp(factors[at])))
    else:
        key = "above" if off > 1 else "below"
        said = TEXT(f"says.{key}", layer=layer_name(at + 1, len(drifts)), times=times(off))
    return f"{said} {TEXT('says.lacking', count=lacking)}" if lacking else said


def remembered(step: int, config: TrainingConfig) -> str:
    """How much of a run's moving statistics is still what they were started with; an empty text where next to none."""
    if config.moving_momentum == 1:
        return TEXT("says.never")
    if step == 0:
        return TEXT("says.at_start")
    left, updates = start_left(config, step), moving_updates(config, step)
    if left < captions.REMEMBERED:
        return ""
    more = updates - step
    counted = TEXT("says.updates", batches=captions.batches(step), more=more) if more else ""
    return TEXT("says.start", share=whole_percent(left), momentum=config.momentum, updates=updates, counted=counted)


def of_decay(score: float | None, evaluated: Evaluated, decay: Decay, config: TrainingConfig) -> str:
    """What the chosen decay would have made of it; an empty text before its score is known.

    Args:
        score: of these weights with the chosen decay, 0 to 1.
        evaluated: with the run's own moving statistics.
    """
    if score is None:
        return ""
    moving = evaluated.moving.accuracy
    said, own = percent(score, evaluated.images), percent(moving, evaluated.images)
    memory = 1 / (1 - decay.momentum)
    if decay.momentum == config.moving_momentum and not decay.debiased:
        key = "run" if score == moving else "run_nearly" if said == own else "run_differs"
    elif decay.debiased:
        key = "debiased"
    else:
        key = "memory" if decay.momentum else "no_memory"
    return TEXT(
        f"decays.{key}",
        decay=decay.momentum,
        score=said,
        moving=own,
        compared="" if said == own else TEXT("decays.compared", moving=own),
        memory=round(memory),
        why=TEXT("decays.leaks") if config.effect.scoring_updates else "",
        tail=TEXT("decays.memory_longer") if memory > evaluated.step else "",
    )


def of_recalibration(answer: Recalibrated | None, batches: int | None) -> str:
    """What recalibrating over so many batches changed; an empty text before that is known."""
    if answer is None or answer.recalibrated is None or batches is None:
        return ""
    return TEXT(
        "recalibration.done",
        batches=captions.batches(batches),
        images=batches * SCORING_BATCH,
        before=percent(answer.moving.accuracy, answer.images),
        after=percent(answer.recalibrated.accuracy, answer.images),
    )


def here(step: int) -> str:
    """A step, at the start of a sentence."""
    return TEXT("says.here_start") if step == 0 else TEXT("says.here", step=step)


def layer_heading(layer: int, config: TrainingConfig) -> str:
    """What the curves of a layer are of, as Markdown."""
    images = config.batch_size
    values = config.values_behind_means(images)[layer - 1]
    kind = "one_each" if values == images else "positions"
    behind = TEXT(f"layer.{kind}", images=images, positions=values // images)
    return TEXT("layer.heading", title=layer_title(layer, config.architecture), values=values, behind=behind)


def channel_label(layer: int, config: TrainingConfig) -> str:
    """What a number that picks one of a layer's channels is called."""
    return TEXT("layer.unit" if config.architecture.is_dense(layer) else "layer.channel")


def legend(config: TrainingConfig, decay: str, recorded: int) -> str:
    """What the lines are, as Markdown.

    Args:
        decay: what the chosen decay is called.
        recorded: batches.
    """
    return TEXT("layer.legend", hue=HUES[config.placement], decay=plain(decay), over=truth_over(recorded))


def bessel(layer: int, config: TrainingConfig) -> str:
    """What Bessel's correction would be in this layer."""
    m = config.values_behind_means(config.batch_size)[layer - 1]
    if m < 2:
        return TEXT("layer.bessel_one")
    more = 1 / (m - 1)
    digits = 1 + math.ceil(-math.log10(more)) if m > 2 else 0
    factor = f"{1 + more:.{digits}f}".rstrip("0").rstrip(".")
    return TEXT(
        "layer.bessel",
        layer=layer_name(layer, config.architecture.layers),
        m=m,
        factor=factor,
        share=TEXT("layer.share", percentage=times(100 * more)),
    )


def notes(config: TrainingConfig, recorded: int, drawn: int) -> str:
    """How the pictures are to be read."""
    over = truth_over(recorded)
    keys = ["truth_one" if over == 1 else "truth", "band"] + (["steps"] if drawn < recorded else [])
    keys += ["replay_leaks"] if config.effect.scoring_updates else []
    numbers = {"over": over, "recalibrated": TRUTH_OVER, "recorded": recorded, "drawn": drawn}
    return " ".join(TEXT(f"layer.{key}", fewer=TEXT("layer.fewer", over=over), **numbers) for key in keys)


def provenance(run: RunRecord, recorded: int, images: int | None) -> str:
    """Where the pictures come from, as plain text."""
    words = [*run_in_full(run), TEXT("provenance.statistics", recorded=recorded)]
    if images is not None:
        words.append(TEXT("provenance.scores", images=images))
    return " · ".join(words)
