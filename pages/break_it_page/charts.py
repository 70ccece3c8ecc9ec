"""The curves of a run, drawn as on the Train page, to stand beside those of another."""

from __future__ import annotations

import copy
import functools

import pyarrow as pa

from bn_core.runs.history import RunHistory
from pages.charts.kit import Look, Spec, built_once
from pages.charts.training import CHANCE, SHIFT, accuracy_points, accuracy_spec, names_height, spread

HEIGHT = 290

LABEL_GAP = 0.08
"""The least distance between two names at the lines' ends, as a share of the axis: one line of text."""

TICKS = (CHANCE, 0.5, 1)
"""What the accuracy axis names: a chart of this height has no room for more."""


@built_once
def curves_spec(placement: str, bias: bool, batches: int, title: str, scale: float = 1.0) -> Spec:  # noqa: FBT001 - a value of the network, not a switch
    """Accuracy over the batches, for `curve_points`; two of them have the same axes where the batches are equal."""
    spec = copy.deepcopy(accuracy_spec(placement, bias, batches, scale))
    spec["title"]["text"] = title
    look = Look(placement, bias, batches, scale)
    spec["height"] = look.height(HEIGHT) + names_height(look)
    spec["layer"][1]["encoding"]["y"]["axis"]["values"] = list(TICKS)
    return spec


@functools.lru_cache(maxsize=64)
def curve_points(history: RunHistory) -> pa.Table:
    """The points of `accuracy_points`, with the names at the lines' ends as far apart as a lower chart needs."""
    table = accuracy_points(history)
    shifts = table[SHIFT].to_pylist()
    accuracies = table["accuracy"].to_numpy()
    ends = [row for row, shift in enumerate(shifts) if shift is not None]
    for row, height in zip(ends, spread([float(accuracies[row]) for row in ends], LABEL_GAP), strict=True):
        shifts[row] = round(100 * (height - float(accuracies[row])))
    return table.set_column(table.column_names.index(SHIFT), SHIFT, pa.array(shifts, pa.int8()))
