"""What the page says, computed from answers: the numbers here, the sentences in the prose file. Pure functions."""

from __future__ import annotations

from collections import Counter

import numpy as np

from bn_core.config import TrainingConfig
from bn_core.data.catalogue import TITLES
from bn_core.questions.answers import (
    Alone,
    BatchSizeVaried,
    CompanyChanged,
    DrawingClassified,
    OneByOneScored,
    SingleClassesScored,
)
from bn_core.questions.questions import BATCH_SIZES, Company
from bn_core.runs.records import RunRecord
from pages.words.captions import APART, class_names, percent
from pages.words.numbers import number
from pages.words.prose import listed, prose

ROUNDING = 1e-3
"""Up to which difference ten scores are the same but for float32's rounding."""

_TEXT = "one-image"


def one_by_one(scored: OneByOneScored, config: TrainingConfig) -> str:
    """What 100 images get one at a time with each kind of statistics."""
    text, names, images = prose(_TEXT), class_names(config.dataset), len(scored.labels)
    own = scored.moving if scored.batch is None else scored.batch
    answer = _only_answer(own)
    kind = ("none" if scored.batch is None else "own") + ("-varied" if answer is None else "-constant")
    said = text(
        f"one-by-one.{kind}",
        answer="" if answer is None else names[answer],
        right=_right(own, scored),
        images=images,
        spread=number(own.spread),
    )
    if scored.batch is None or scored.recalibrated is None:
        return said
    moving, recalibrated = _right(scored.moving, scored), _right(scored.recalibrated, scored)
    let_through = _only_answer(scored.moving)
    others = (
        text("one-by-one.others-right", moving=moving, recalibrated=recalibrated)
        if let_through is None
        else text("one-by-one.moving-constant", answer=names[let_through], moving=moving, recalibrated=recalibrated)
    )
    return f"{said} {others}"


def where_it_dies(scored: OneByOneScored) -> str:
    """In which layer the difference between lone images ends."""
    text = prose(_TEXT)
    if scored.batch is None or scored.own_variance is None:
        # Of the first and of the last convolution; the dense layer comes after it.
        variation = scored.moving.variation
        first, last = number(float(variation[0])), number(float(variation[-2]))
        return text("depth.none", first=first, last=last)
    (dead,) = np.nonzero(scored.own_variance == 0)
    if len(dead) == 0:
        return text("depth.lives")
    place = int(dead[0])
    if place == 0:
        return text("depth.dies-at-once")
    before, after = (number(float(scored.batch.variation[layer])) for layer in (place - 1, place))
    return text("depth.dies", first=place + 1, last=place, before=before, after=after)


def batch_size(varied: BatchSizeVaried) -> str:
    """What the size of the batch does to accuracy with batch statistics."""
    text, images = prose(_TEXT), varied.images
    moving = percent(varied.moving.accuracy, images)
    if varied.batch is None or varied.recalibrated is None:
        return text("batch-size.none", moving=moving, images=images)
    recalibrated = percent(varied.recalibrated.accuracy, images)
    low, high = float(varied.batch.min()), float(varied.batch.max())
    if high - low < APART:
        return text(
            "batch-size.little",
            low=percent(low, images),
            high=percent(high, images),
            images=images,
            moving=moving,
            recalibrated=recalibrated,
        )
    one, many, most = (
        percent(float(varied.batch[BATCH_SIZES.index(size)]), images) for size in (1, 64, BATCH_SIZES[-1])
    )
    return text(
        "batch-size.matters",
        one=one,
        many=many,
        all=most,
        images=images,
        moving=moving,
        recalibrated=recalibrated,
    )


def single_classes(scored: SingleClassesScored) -> str:
    """What batches of one class score beside mixed ones."""
    text, images = prose(_TEXT), int(scored.images.sum())
    if scored.single_class is None or scored.mixed is None or scored.recalibrated is None:
        return text("single.none", moving=percent(scored.moving.sum() / images, images), images=images)
    single, mixed, recalibrated = (
        float(right.sum()) / images for right in (scored.single_class, scored.mixed, scored.recalibrated)
    )
    return text(
        "single.worse" if mixed - single >= APART else "single.little",
        single=percent(single, images),
        mixed=percent(mixed, images),
        recalibrated=percent(recalibrated, images),
        images=images,
    )


def company(changed: CompanyChanged, kind: Company, config: TrainingConfig, one_by_one: OneByOneScored | None) -> str:
    """What company does to the answer to one image.

    Args:
        one_by_one: to know whether alone every image gets the same answer; None where that is not known.
    """
    text, names = prose(_TEXT), class_names(config.dataset)
    name, sets = names[changed.label], len(changed.moving)
    still = names[int(changed.moving[0].argmax())]
    delta = float(np.ptp(changed.moving, axis=0).max())
    same = text("company.exactly") if delta == 0 else text("company.nearly", delta=number(delta))
    if changed.batch is None or changed.recalibrated is None:
        key = "company.none" if sets > 1 else "company.none-single"
        return text(key, answer=still, name=name, same=same, sets=sets)
    own = changed.batch[:, changed.label]
    answers = Counter(int(best) for best in changed.batch.argmax(axis=1)).most_common()
    first = names[answers[0][0]]
    if sets > 1:
        how_often = [
            text("company.one-of-many", answer=names[answer], times=_times(times)) for answer, times in answers
        ]
        said = text(
            "company.one-answer" if len(answers) == 1 else "company.many-answers",
            sets=sets,
            name=name,
            answer=first,
            answers=listed(how_often),
            low=f"{own.min():.1f}",
            high=f"{own.max():.1f}",
            deviation=f"{own.std():.2f}",
        )
    elif kind == "alone" and one_by_one is not None and _alone_like_all(changed.batch[0], one_by_one):
        said = text("company.alone-constant", name=name, answer=first, images=len(one_by_one.labels))
    else:
        said = text("company.single", name=name, answer=first, logit=f"{own[0]:.1f}")
    rest = text("company.still" if sets > 1 else "company.still-one", answer=still, same=same, sets=sets)
    recalibrated = text("company.recalibrated", answer=names[int(changed.recalibrated.argmax())])
    return f"{said} {rest} {recalibrated}"


def drawing(classified: DrawingClassified, config: TrainingConfig, one_by_one: OneByOneScored | None) -> str:
    """What a drawing gets in each mode, and whether alone it gets what every image gets."""
    text, names = prose(_TEXT), class_names(config.dataset)
    moving = names[int(classified.moving.argmax())]
    if classified.alone is None or classified.in_company is None or classified.recalibrated is None:
        return text("draw.none", answer=moving)
    parts = []
    if one_by_one is not None and one_by_one.batch is not None:
        answer = names[int(classified.alone.argmax())]
        delta = float(np.abs(one_by_one.batch.logits - classified.alone).max())
        key = "draw.same-alone" if delta < ROUNDING else "draw.other-alone"
        parts.append(text(key, answer=answer, images=len(one_by_one.labels), delta=number(delta)))
    recalibrated, in_company = (
        names[int(logits.argmax())] for logits in (classified.recalibrated, classified.in_company)
    )
    key = "draw.agree" if moving == recalibrated == in_company else "draw.differ"
    parts.append(text(key, answer=moving, moving=moving, recalibrated=recalibrated, company=in_company))
    return " ".join(parts)


def provenance(run: RunRecord, step: int, *rest: str) -> str:
    """Where a chart's numbers come from, in short, as plain text."""
    words = [
        prose("runs")("provenance.run", id=run.id),
        prose(_TEXT)("provenance.moment", step=f"{step:,}"),
        TITLES[run.config.dataset],
    ]
    return " · ".join([*words, *filter(None, rest)])


def _times(times: int) -> str:
    key = {1: "once", 2: "twice"}.get(times, "times")
    return prose(_TEXT)(f"company.{key}", times=times)


def _only_answer(alone: Alone) -> int | None:
    answers = np.unique(alone.predictions)
    return int(answers[0]) if len(answers) == 1 else None


def _right(alone: Alone, scored: OneByOneScored) -> int:
    return int(np.sum(alone.predictions == scored.labels))


def _alone_like_all(logits: np.ndarray, scored: OneByOneScored) -> bool:
    return scored.batch is not None and float(np.abs(scored.batch.logits - logits).max()) < ROUNDING
