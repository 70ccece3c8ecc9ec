"""Answers to questions about a step of a run as small Arrow tables for charts: explicit types, the same columns
whatever the network.

`statistics` is "moving", "recalibrated" or "batch"; without batch normalization there is "moving" alone, which is then
simply the network's score. An answer never changes and is shared by everybody who asks: so are its tables.
"""

from __future__ import annotations

import functools
from typing import Literal

import numpy as np
import pyarrow as pa

from bn_core.architecture import CLASSES
from bn_core.questions.answers import (
    BatchSizeVaried,
    CompanyChanged,
    OneByOneScored,
    SingleClassesScored,
    sigmoid,
)
from bn_core.questions.questions import BATCH_SIZES

Measure = Literal["sigmoid", "logit"]
"""How the ten scores of an image are written: see `bn_core.questions.answers`."""

STATISTICS = ("batch", "recalibrated", "moving")

SINGLE = "single class"
"""Batch statistics of a batch that has one class only; "batch" are those of a mixed one."""

SMALLEST = 1e-10
"""What is smaller is drawn like this on a logarithmic axis."""


@functools.lru_cache(maxsize=64)
def variation_table(scored: OneByOneScored) -> pa.Table:
    """How different the images still are by layer: statistics, layer (from 1), value, own.

    `value` is at least `SMALLEST`. `own` is the variance that a lone image has to give; null but for "batch".
    """
    parts = []
    for name in STATISTICS:
        alone = getattr(scored, name)
        if alone is not None:
            own = scored.own_variance if name == "batch" else None
            parts.append((name, np.maximum(alone.variation, SMALLEST), own))
    layers = np.arange(1, len(scored.moving.variation) + 1, dtype=np.int8)
    nothing = np.full(len(layers), np.nan, np.float32)
    return pa.table(
        {
            "statistics": _names([name for name, _, _ in parts], len(layers)),
            "layer": np.tile(layers, len(parts)),
            "value": np.concatenate([value for _, value, _ in parts]).astype(np.float32),
            "own": pa.array(
                np.concatenate([nothing if own is None else own for _, _, own in parts]), pa.float32(), from_pandas=True
            ),
        }
    )


@functools.lru_cache(maxsize=64)
def batch_size_table(varied: BatchSizeVaried) -> pa.Table:
    """Accuracy (0 to 1) by images in a batch: statistics, size (1 to 256), accuracy. Only "batch" depends on it."""
    level = {"recalibrated": varied.recalibrated, "moving": varied.moving}
    rows = {} if varied.batch is None else {"batch": varied.batch}
    rows |= {name: np.full(len(BATCH_SIZES), score.accuracy) for name, score in level.items() if score is not None}
    return pa.table(
        {
            "statistics": _names(list(rows), len(BATCH_SIZES)),
            "size": np.tile(np.array(BATCH_SIZES, np.int16), len(rows)),
            "accuracy": np.concatenate(list(rows.values())).astype(np.float32),
        }
    )


@functools.lru_cache(maxsize=64)
def single_class_table(scored: SingleClassesScored) -> pa.Table:
    """The share that is right by class: statistics, class (0 to 9), right, images, accuracy (0 to 1).

    `statistics` may be `SINGLE` besides. A class without images has no rows.
    """
    counts = {
        SINGLE: scored.single_class,
        "batch": scored.mixed,
        "recalibrated": scored.recalibrated,
        "moving": scored.moving,
    }
    rows = {name: right for name, right in counts.items() if right is not None}
    (there,) = np.nonzero(scored.images)
    right = np.concatenate([values[there] for values in rows.values()])
    images = np.tile(scored.images[there], len(rows))
    return pa.table(
        {
            "statistics": _names(list(rows), len(there)),
            "class": np.tile(there.astype(np.int8), len(rows)),
            "right": right.astype(np.int16),
            "images": images.astype(np.int16),
            "accuracy": (right / images).astype(np.float32),
        }
    )


@functools.lru_cache(maxsize=64)
def company_table(changed: CompanyChanged, measure: Measure, *, with_batch: bool) -> pa.Table:
    """Ten scores in every set of companions: statistics, set (0 for the first), class (0 to 9), score.

    Args:
        with_batch: batch statistics, beside them the recalibrated ones, of the first set alone: company does not change
            them; else the moving ones.
    """
    rows = {"batch": changed.batch, "recalibrated": changed.recalibrated} if with_batch else {"moving": changed.moving}
    found = {name: np.atleast_2d(logits) for name, logits in rows.items() if logits is not None}
    scores = [_as(measure, logits).ravel() for logits in found.values()]
    sets = [np.repeat(np.arange(len(logits)), CLASSES) for logits in found.values()]
    codes = np.repeat(np.arange(len(found), dtype=np.int8), [len(part) for part in sets])
    places = np.concatenate([np.empty(0, np.int64), *sets])
    return pa.table(
        {
            "statistics": pa.DictionaryArray.from_arrays(pa.array(codes), pa.array(list(found), pa.string())),
            "set": places.astype(np.int8),
            "class": np.tile(np.arange(CLASSES, dtype=np.int8), len(places) // CLASSES),
            "score": np.concatenate([np.empty(0, np.float32), *scores]).astype(np.float32),
        }
    )


def scores_table(logits: np.ndarray) -> pa.Table:
    """Ten scores of one image, logits float32 (10,) in: class (0 to 9), score (0 to 1), best (whether it is the
    prediction)."""
    return pa.table(
        {
            "class": np.arange(CLASSES, dtype=np.int8),
            "score": sigmoid(logits).astype(np.float32),
            "best": np.arange(CLASSES) == logits.argmax(),
        }
    )


def _as(measure: Measure, logits: np.ndarray) -> np.ndarray:
    return sigmoid(logits) if measure == "sigmoid" else logits


def _names(names: list[str], count: int) -> pa.DictionaryArray:
    """Each name so many times, in order."""
    codes = np.repeat(np.arange(len(names), dtype=np.int8), count)
    return pa.DictionaryArray.from_arrays(pa.array(codes), pa.array(names, pa.string()))
