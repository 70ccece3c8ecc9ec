"""What the page says, computed from answers: the numbers here, the sentences in the prose file. Pure functions."""

from __future__ import annotations

from collections import Counter
from typing import Any

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
from pages.one_image_page.text import TEXT
from pages.words.captions import alike, class_names, how_often, percent
from pages.words.numbers import number
from pages.words.prose import listed, prose
from pages.words.signs import MINUS

ROUNDING = 1e-3
"""Up to which difference ten scores are the same but for float32's rounding."""


def one_by_one(scored: OneByOneScored, config: TrainingConfig) -> str:
    """What 100 images get one at a time with each kind of statistics."""
    names, shown = class_names(config.dataset), scored.batch or scored.moving
    answer, other_answer = _only_answer(shown, names), _only_answer(scored.moving, names)
    kind = ("none" if scored.batch is None else "batch") + ("-constant" if answer else "-varied")
    if kind == "batch-constant":
        kind += "-exact" if shown.spread == 0 else "-beyond" if shown.spread >= ROUNDING else ""
    said = TEXT(
        f"one-by-one.{kind}",
        answer=answer,
        right=right(shown, scored),
        images=len(scored.labels),
        spread=number(shown.spread),
    )
    if scored.recalibrated is None:
        return said
    others = TEXT(
        "one-by-one.moving-constant" if other_answer else "one-by-one.others-right",
        answer=other_answer,
        moving=right(scored.moving, scored),
        recalibrated=right(scored.recalibrated, scored),
    )
    return f"{said} {others}"


def where_it_dies(scored: OneByOneScored) -> str:
    """In which layer the difference between lone images ends."""
    if scored.batch is None or scored.own_variance is None:
        # Of the first and of the last convolution; the dense layer comes after it.
        variation = scored.moving.variation
        first, last = number(float(variation[0])), number(float(variation[-2]))
        return TEXT("depth.none", first=first, last=last)
    (dead,) = np.nonzero(scored.own_variance == 0)
    if len(dead) == 0:
        return TEXT("depth.lives")
    place = int(dead[0])
    if place == 0:
        return TEXT("depth.dies-at-once")
    before, after = (number(float(scored.batch.variation[layer])) for layer in (place - 1, place))
    rounding = TEXT("depth.rounding") if 0 < scored.batch.variation[place] < ROUNDING else ""
    return TEXT("depth.dies", first=place + 1, last=place, before=before, after=after, rounding=rounding)


def batch_size(varied: BatchSizeVaried) -> str:
    """What the size of the batch does to accuracy with batch statistics."""
    images = varied.images
    values: dict[str, Any] = {"images": images, "moving": percent(varied.moving.accuracy, images)}
    if varied.batch is None or varied.recalibrated is None:
        return TEXT("batch-size.none", **values)
    shares = {
        "low": varied.batch.min(),
        "high": varied.batch.max(),
        "one": varied.batch[0],
        "many": varied.batch[BATCH_SIZES.index(64)],
        "all": varied.batch[-1],
        "recalibrated": varied.recalibrated.accuracy,
    }
    values |= {name: percent(float(share), images) for name, share in shares.items()}
    low, high = float(varied.batch.min()), float(varied.batch.max())
    if not alike(low, images, high, images):
        return TEXT("batch-size.matters", **values)
    return TEXT("batch-size.even" if values["low"] == values["high"] else "batch-size.little", **values)


def single_classes(scored: SingleClassesScored) -> str:
    """What batches of one class score beside mixed ones."""
    images = int(scored.images.sum())
    counts = {kind: getattr(scored, kind) for kind in ("moving", "single_class", "mixed", "recalibrated")}
    shares = {kind: float(right.sum()) / images for kind, right in counts.items() if right is not None}
    percents = {name: percent(share, images) for name, share in shares.items()}
    if "mixed" not in shares:
        return TEXT("single.none", images=images, **percents)
    single, mixed = shares["single_class"], shares["mixed"]
    worse = single < mixed and not alike(single, images, mixed, images)
    return TEXT("single.worse" if worse else "single.little", images=images, **percents)


def company(changed: CompanyChanged, kind: Company, config: TrainingConfig, one_by_one: OneByOneScored | None) -> str:
    """What company does to the answer to one image.

    Args:
        one_by_one: to know whether alone every image gets the same answer; None where that is not known.
    """
    names, sets = class_names(config.dataset), len(changed.moving)
    delta = float(np.ptp(changed.moving, axis=0).max())
    values: dict[str, Any] = {
        "name": names[changed.label],
        "sets": sets,
        "still": _answer(changed.moving[0], names),
        "same": TEXT("company.nearly", delta=number(delta)) if delta else TEXT("company.exactly"),
    }
    if changed.batch is None or changed.recalibrated is None:
        return TEXT("company.none" if sets > 1 else "company.none-single", **values)
    own = changed.batch[:, changed.label]
    answers = Counter(names[best] for best in changed.batch.argmax(axis=1)).most_common()
    told = [TEXT("company.how-often", answer=answer, times=how_often(times)) for answer, times in answers]
    low, high = f"{own.min():z.1f}", f"{own.max():z.1f}"
    ranges = "company.stays" if low == high else "company.ranges"
    values |= {
        "answer": answers[0][0],
        "answers": listed(told),
        "low": low.replace("-", MINUS),
        "range": TEXT(ranges, low=low, high=high, deviation=f"{own.std():z.2f}").replace("-", MINUS),
        "recalibrated": _answer(changed.recalibrated, names),
    }
    if sets > 1:
        key = "one-answer" if len(answers) == 1 else "many-answers"
    elif kind == "alone" and one_by_one is not None and _alone_like_all(changed.batch[0], one_by_one):
        key = "alone-constant"
        values["images"] = len(one_by_one.labels)
    else:
        key = "single"
    rest = "still" if sets > 1 else "still-one"
    return " ".join(TEXT(f"company.{sentence}", **values) for sentence in (key, rest, "recalibrated"))


def drawing(classified: DrawingClassified, config: TrainingConfig, one_by_one: OneByOneScored | None) -> str:
    """What a drawing gets in each mode, and whether alone it gets what every image gets."""
    names = class_names(config.dataset)
    moving = _answer(classified.moving, names)
    if classified.alone is None or classified.in_company is None or classified.recalibrated is None:
        return TEXT("draw.none", answer=moving)
    parts = []
    if one_by_one is not None and one_by_one.batch is not None:
        delta = float(np.abs(one_by_one.batch.logits - classified.alone).max())
        parts.append(
            TEXT(
                "draw.same-alone" if delta < ROUNDING else "draw.other-alone",
                answer=_answer(classified.alone, names),
                images=len(one_by_one.labels),
                delta=number(delta),
            )
        )
    recalibrated, in_company = _answer(classified.recalibrated, names), _answer(classified.in_company, names)
    key = "draw.agree" if moving == recalibrated == in_company else "draw.differ"
    parts.append(TEXT(key, moving=moving, recalibrated=recalibrated, company=in_company))
    return " ".join(parts)


def provenance(run: RunRecord, step: int, *rest: str) -> str:
    """Where a chart's numbers come from, in short, as plain text."""
    words = [prose("runs")("provenance.run", id=run.id), TEXT("provenance.step", step=step), TITLES[run.config.dataset]]
    return " · ".join([*words, *filter(None, rest)])


def right(alone: Alone, scored: OneByOneScored) -> int:
    """How many of the images are right with one kind of statistics."""
    return int(np.sum(alone.predictions == scored.labels))


def _answer(logits: np.ndarray, names: tuple[str, ...]) -> str:
    return names[logits.argmax()]


def _only_answer(alone: Alone, names: tuple[str, ...]) -> str:
    """The answer that all images get; an empty text where they get several."""
    answers = np.unique(alone.predictions)
    return names[answers[0]] if len(answers) == 1 else ""


def _alone_like_all(logits: np.ndarray, scored: OneByOneScored) -> bool:
    return scored.batch is not None and float(np.abs(scored.batch.logits - logits).max()) < ROUNDING
