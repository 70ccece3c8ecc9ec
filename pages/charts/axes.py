"""Axes that the charts of several pages share: of batches, on which the early ones, where most happens, have more room
(their square roots are even), and of the bins of values."""

from __future__ import annotations

import math
from typing import Any

import altair as alt

from bn_core.network.bins import BINS_PER_DECADE, SMALLEST_DECADE, ZERO
from pages.charts.kit import Encoding, Look, lookup, over, power_of_ten
from pages.words.prose import prose

DECADES = (2, 0, -3, -6)
"""The powers of ten that the axes of values name, on both sides of 0."""

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


def bin_axis(look: Look, shift: int) -> Encoding:
    """The axis of values under the bins, `shift` bins wider right of 0."""
    labels = {ZERO + 0.5 + shift / 2: "0"}
    for decade in DECADES:
        name, distance = power_of_ten(decade), BINS_PER_DECADE * (decade - SMALLEST_DECADE) + 1
        labels[ZERO - distance] = f"−{name}"
        labels[ZERO + 1 + shift + distance] = name
    return alt.Axis(
        values=sorted(labels),
        labelExpr=lookup({f"{place:g}": name for place, name in labels.items()}, "datum.value"),
        grid=True,
        gridOpacity=0.5,
        domain=False,
        titleAnchor="start",
        titlePadding=4,
        labelOverlap="greedy",
        **look.text(padding=5 + 24 * (1 - 1 / look.scale)),
    )
