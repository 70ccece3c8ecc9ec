"""The axis of batches on which the early ones, where most happens, have more room: their square roots are even."""

from __future__ import annotations

import math
from typing import Any

import altair as alt

ROUND_BATCHES = (1, 2, 5, 10, 20, 50, 100, 200, 400, 800, 1600, 3200)


def batch_axis(batches: int, text: dict[str, Any], room: int = 0) -> alt.X:
    """The x axis of a chart whose rows have the column `step`.

    Args:
        text: sizes and distances of labels and title, for `alt.Axis`.
        room: pixels kept free right of the last batch.
    """
    scale = alt.Scale(type="sqrt", domain=[0, batches], nice=False)
    if room:
        scale = alt.Scale(type="sqrt", domain=[0, batches], nice=False, range=[0, alt.ExprRef(f"width - {room}")])
    axis = alt.Axis(
        grid=False,
        format="d",
        values=batch_ticks(batches),
        titleAnchor="start",
        titlePadding=4,
        **text,
    )
    return alt.X("step:Q", title="batches trained", scale=scale, axis=axis)


def batch_ticks(batches: int) -> list[int]:
    """Where the axis has its marks: the ends, and round numbers that keep apart."""
    ticks = [0]
    for tick in ROUND_BATCHES:
        apart = math.sqrt(tick) - math.sqrt(ticks[-1])
        if min(apart, math.sqrt(batches) - math.sqrt(tick)) >= 0.13 * math.sqrt(batches):
            ticks.append(tick)
    return [*ticks, batches]
