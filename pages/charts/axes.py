"""The axis of batches on which the early ones, where most happens, have more room: their square roots are even."""

from __future__ import annotations

import math
from typing import Any

import altair as alt

from pages.charts.kit import Encoding, Look, over
from pages.words.prose import prose

ROUND_BATCHES = (1, 2, 5, 10, 20, 50, 100, 200, 400, 800, 1600, 3200)


def batch_axis(look: Look, room: int = 0) -> Encoding:
    """The x axis of a chart whose rows have the column `step`.

    Args:
        room: pixels kept free right of the last batch.
    """
    to_edge: dict[str, Any] = {"range": [0, alt.ExprRef(f"width - {room}")]} if room else {}
    ticks = batch_ticks(look.batches)
    axis = alt.Axis(grid=False, format="d", values=ticks, titleAnchor="start", titlePadding=4, **look.text())
    return over(alt.X, "step:Q", [0, look.batches], axis, prose("charts")("axes.batches"), type="sqrt", **to_edge)


def batch_ticks(batches: int) -> list[int]:
    """Where the axis has its marks: the ends, and round numbers that keep apart."""
    ticks = [0]
    for tick in ROUND_BATCHES:
        apart = math.sqrt(tick) - math.sqrt(ticks[-1])
        if min(apart, math.sqrt(batches) - math.sqrt(tick)) >= 0.13 * math.sqrt(batches):
            ticks.append(tick)
    return [*ticks, batches]
