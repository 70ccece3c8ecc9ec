"""What batch normalization is, before anything is raced: in a few sentences and one picture of recorded numbers."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from bn_core.batch_norm.reference import forward
from bn_core.exhibits import CapturedChannel, Library
from pages.parts.stacks import stack
from pages.race_page import cards
from pages.race_page.pictures import Plot
from pages.words.prose import prose
from pages.words.signs import as_read

TEXT = prose("race")

WIDTH, ROW, TOP, BOTTOM = 540, 44, 22, 22
"""Of the picture, of one row of it, and of the room above and below the rows, in pixels."""

DOT = 1.7
"""Radius of the dot that stands for one value, in pixels."""

HUE = "blue"
"""Of BN before ReLU, as everywhere: that is the network whose channels were captured."""


@dataclass(frozen=True, eq=False)
class Meaning:
    """Two channels of a layer, which no other layer's two differ more than: there normalizing does most.

    Attributes:
        step: updates done.
        layer: its number, from 1.
        channels: counted from 1.
        raw, normalized: (2, values), before and after the normalization, without gamma and beta.
    """

    step: int
    layer: int
    channels: tuple[int, int]
    raw: NDArray[np.floating]
    normalized: NDArray[np.floating]


@functools.cache
def meaning(library: Library) -> Meaning | None:
    """Choose what is shown, among the captured layers with one value for each image: one dot, one image.

    Returns:
        None where this copy of the app has no captured channels.
    """
    member = next((member for member in library.members() if member.captured), None)
    if member is None:
        return None
    step = member.snapshot_steps[-1]
    layers = member.record.config.architecture.numbers
    pairs = [
        (first, second)
        for layer in layers
        if (first := library.channel(member.record.id, step, layer, 0)) is not None
        and (second := library.channel(member.record.id, step, layer, 1)) is not None
        and first.side == 1
        and not first.dense
    ]
    if not pairs:
        return None
    return _meaning(max(pairs, key=_difference))


@contextmanager
def beside(found: Meaning | None) -> Iterator[None]:
    """Begin the page by the title, drawn inside, and what batch normalization is; the picture stands at its right."""
    if found is None:
        yield
        return
    left, right = stack("meaning", [7, 5], "large")
    with left:
        yield
    with right:
        cards.put("meaning", picture(found))
        st.caption(sentence(found))


def sentence(found: Meaning) -> str:
    """Say what the picture shows, with the figures of both channels before and after."""

    def said(values: NDArray[np.floating], digits: int) -> dict[str, str]:
        means, deviations = values.mean(axis=1, dtype=np.float64), values.std(axis=1, dtype=np.float64)
        figures = {"mean": means, "deviation": deviations}
        return {f"{name}_{at}": _signed(value[at], digits) for name, value in figures.items() for at in (0, 1)}

    before, after = said(found.raw, 2), said(found.normalized, 1)
    return TEXT(
        "meaning.sentence",
        images=found.raw.shape[1],
        layer=found.layer,
        step=found.step,
        before_means=TEXT("meaning.pair", first=before["mean_0"], second=before["mean_1"]),
        before_deviations=TEXT("meaning.pair", first=before["deviation_0"], second=before["deviation_1"]),
        after_mean=_one(after["mean_0"], after["mean_1"]),
        after_deviation=_one(after["deviation_0"], after["deviation_1"]),
    )


def picture(found: Meaning) -> str:
    """Draw each channel's values as stacked dots on one axis, before and after: one row a channel."""
    low, high = float(found.raw.min()), float(found.raw.max())
    low, high = min(low, float(found.normalized.min())), max(high, float(found.normalized.max()))
    gap, height = 40, TOP + 2 * ROW + BOTTOM
    panel = (WIDTH - gap) / 2
    parts = []
    for at, (name, values) in enumerate((("raw", found.raw), ("normalized", found.normalized))):
        left = at * (panel + gap)
        plot = Plot(left + DOT, left + panel - DOT, TOP, TOP + 2 * ROW, (low, high), (0, 1))
        plot.words(left + panel / 2, 13, TEXT(f"meaning.{name}"), "name ink", "middle")
        plot.rule(f"M{plot.x(0):.1f} {plot.top}V{plot.bottom + 4}")
        plot.words(plot.x(0), plot.bottom + 17, "0", anchor="middle")
        for row in (0, 1):
            _dots(plot, values[row], TOP + (row + 1) * ROW - 4)
        parts.append(plot)
    middle = panel + gap / 2
    parts[0].rule(f"M{middle - 12:.1f} {TOP + ROW}h24m-7 -6l7 6l-7 6", "arrow")
    parts[0].body += parts[1].body
    return parts[0].svg(TEXT("meaning.alt", sentence=sentence(found)), (WIDTH, height), "meaning")


def _dots(plot: Plot, values: NDArray[np.floating], base: float) -> None:
    """Stack one dot for each value on a line at `base`, with a mark at their mean."""
    pitch = 2 * DOT + 0.4
    columns = np.round((np.array([plot.x(float(value)) for value in values]) - plot.left) / pitch).astype(int)
    heights: dict[int, int] = {}
    plot.rule(f"M{plot.left:.1f} {base + DOT + 1:.1f}H{plot.right:.1f}", "row")
    for column in columns:
        heights[column] = heights.get(column, 0) + 1
        plot.dot(plot.left + column * pitch, base - (heights[column] - 1) * pitch, HUE, "value", DOT)
    mean = plot.x(float(values.mean()))
    plot.rule(f"M{mean:.1f} {base + DOT + 1:.1f}l-5 7h10Z", "mean")


def _meaning(pair: tuple[CapturedChannel, CapturedChannel]) -> Meaning:
    first, second = pair
    raw = np.stack([channel.values.ravel() for channel in pair])
    step = forward(raw.T, np.ones(2), np.zeros(2), first.epsilon)
    return Meaning(first.step, first.layer, (first.channel + 1, second.channel + 1), raw, step.x_hat.T)


def _difference(pair: tuple[CapturedChannel, CapturedChannel]) -> float:
    """How far apart the two channels' means are, in standard deviations."""
    first, second = (channel.values for channel in pair)
    return float(abs(first.mean() - second.mean()) / (first.std() + second.std()))


def _signed(value: float, digits: int) -> str:
    """A figure with a true minus sign, and no sign at zero."""
    return as_read(f"{round(value, digits) + 0.0:.{digits}f}")


def _one(first: str, second: str) -> str:
    """Both figures, or the one that they share."""
    return first if first == second else TEXT("meaning.pair", first=first, second=second)
