"""Several runs on one axis, wherever that is: colour tells placement, dash tells bias, and a letter at its end tells
which run a line is of. Specifications depend on which runs these are, and not on what was measured.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from string import ascii_uppercase
from typing import Any, TypeVar

import altair as alt
import numpy as np
import pyarrow as pa

from bn_core.chart_tables.curves import Score, one_curve
from bn_core.config import TrainingConfig
from bn_core.runs.history import RunHistory
from pages.charts.kit import PERCENT, Encoding, Look, Spec, built_once, finished, grown, lookup, over, quiet, rows
from pages.charts.palette import HUES, dash
from pages.charts.training import LOSS_RANGE, linear_batch_axis, spread
from pages.words.prose import prose

TEXT = prose("charts")

HEIGHT = 330
"""Of the plot, in pixels at the usual size of type."""

ROOM = 66
"""Pixels kept free right of the last batch for what stands at the ends of the lines."""

POINTS = 320
"""How many points all curves of a chart that moves have together: each as many as an update has room for."""

GAP = 0.058
"""The least distance between two names at the ends of lines, as a share of the plot's height: one line of text."""

Item = TypeVar("Item")


def letter(place: int) -> str:
    """Return what the run at this place, from 0, is called: A to Z, then AA, BB and on."""
    return ascii_uppercase[place % len(ascii_uppercase)] * (place // len(ascii_uppercase) + 1)


def lettered(runs: Iterable[Item]) -> Iterator[tuple[str, Item]]:
    """Yield each of these runs with its letter."""
    return ((letter(place), run) for place, run in enumerate(runs))


@dataclass(frozen=True)
class Lines:
    """What decides how lines of several runs look.

    Attributes:
        runs: placement and bias of each, in order.
        batches: how many the axis has room for.
        layers: how many the charts by layer have room for.
        scale: of the text, 1 for a desk and more for a room.
    """

    runs: tuple[tuple[str, bool], ...]
    batches: int
    layers: int
    scale: float = 1.0

    @classmethod
    def of(cls, configs: Sequence[TrainingConfig], scale: float = 1.0) -> Lines:
        """The lines of runs of these configurations."""
        return cls(
            tuple((config.placement, config.bias) for config in configs),
            max(config.batches for config in configs),
            max(config.architecture.layers for config in configs),
            scale,
        )

    @property
    def look(self) -> Look:
        """What decides how the rest of the chart looks."""
        return Look(*self.runs[0], self.batches, self.scale, self.layers)

    @property
    def colour(self) -> Encoding:
        return alt.Color("run:N", scale=self._scale([HUES[placement] for placement, _ in self.runs]), legend=None)

    @property
    def dashes(self) -> Encoding:
        return alt.StrokeDash("run:N", scale=self._scale([list(dash(bias)) for _, bias in self.runs]), legend=None)

    def _scale(self, values: Sequence[Any]) -> Encoding:
        return alt.Scale(domain=list(range(len(values))), range=list(values))

    @property
    def names(self) -> dict[str, str]:
        """The letters, by the number of the run."""
        return {str(place): letter(place) for place in range(len(self.runs))}


def curves_told(lines: Lines, score: Score) -> str:
    """What `curves_spec` shows, for whoever does not see it."""
    return TEXT(f"overlay_told.{score}", count=len(lines.runs), batches=lines.batches)


@built_once
def curves_spec(lines: Lines, score: Score) -> Spec:
    """One curve of each run over the batches, for `curves_table`. Callers must not change it."""
    look, losses = lines.look, score == "loss"
    text = look.text(12, 8)
    if losses:
        axis = alt.Axis(grid=True, values=[0.01, 0.03, 0.1, 0.3, 1], format="~r", **text)
        y = over(alt.Y, "value:Q", LOSS_RANGE, axis, type="log", clamp=True)
        form = "format(datum.value, '.3f')"
    else:
        axis = alt.Axis(grid=True, values=[0, 0.25, 0.5, 0.75, 1], labelExpr=PERCENT, **text)
        y = over(alt.Y, "value:Q", [0, 1], axis)
        form = "format(100 * datum.value, '.0f') + ' %'"
    x = linear_batch_axis(look, f"width - {round(ROOM * lines.scale)}")
    line = rows().mark_line(strokeWidth=2.25, clip=True).encode(x=x, y=y, color=lines.colour, strokeDash=lines.dashes)
    ends = (
        rows("isValid(datum.shift)")
        .transform_joinaggregate(now="max(step)")
        .transform_calculate(name=f"{lookup(lines.names, 'datum.run')} + '  ' + {form}")
    )
    place = "scale('y', datum.value) - datum.shift * height / 100"
    name = ends.mark_text(
        align="left",
        baseline="middle",
        fontSize=13 * lines.scale,
        fontWeight=600,
        x=alt.ExprRef("scale('x', datum.now) + 9"),
        y=alt.ExprRef(place),
    )
    leader = (
        ends.transform_filter("datum.step < datum.now")
        .mark_rule(strokeDash=[1, 3], opacity=0.7, x2=alt.ExprRef("scale('x', datum.now) + 5"), y2=alt.ExprRef(place))
        .encode(x="step:Q", y="value:Q", color=lines.colour)
    )
    near = rows().transform_calculate(letter=lookup(lines.names, "datum.run"), said=form)
    tips = [
        alt.Tooltip("letter:N", title=TEXT("tooltips.run")),
        alt.Tooltip("step:Q", title=TEXT("tooltips.batches"), format="d"),
        alt.Tooltip("said:N", title=TEXT(f"overlay.{score}")),
    ]
    dots = near.mark_point(filled=True, size=90, opacity=0.001).encode(x=x, y=y, tooltip=tips)
    chart = alt.layer(line, leader, quiet(name, text="name:N"), dots)
    return finished(chart, look, look.height(HEIGHT), TEXT(f"overlay.{score}"), size=16, gap=14)


def curves_table(
    histories: Sequence[RunHistory], score: Score, scale: float = 1.0, most: int | None = None
) -> pa.Table:
    """One curve of each run for `curves_spec`: run (its place), step, value, and in the last row of each curve `shift`,
    by how many hundredths of the plot its name stands above its end.

    Args:
        scale: of the text.
        most: how many points each curve has at most; where that is not said, about `POINTS` all together.
    """
    parts = [_curve(history, score, most or POINTS // len(histories)) for history in histories]
    ends = {place: _height(float(values[-1]), score) for place, (_, values) in enumerate(parts) if len(values)}
    above = shifts_of(ends, scale * HEIGHT / grown(HEIGHT, scale))
    shifts: list[int | None] = []
    for place, (_, values) in enumerate(parts):
        shifts += [*([None] * (len(values) - 1)), above[place]] if len(values) else []
    lengths = [len(values) for _, values in parts]
    return pa.table(
        {
            "run": pa.array(np.repeat(np.arange(len(parts), dtype=np.uint8), lengths)),
            "step": pa.array(np.concatenate([steps for steps, _ in parts])),
            "value": pa.array(np.concatenate([values for _, values in parts])),
            "shift": pa.array(shifts, pa.int8()),
        }
    )


@functools.lru_cache(maxsize=256)
def _curve(history: RunHistory, score: Score, most: int) -> tuple[np.ndarray, np.ndarray]:
    steps, values = one_curve(history, score, most)
    return steps.astype(np.int16), values.astype(np.float32)


def _height(value: float, score: Score) -> float:
    """Where on its axis a value stands, 0 to 1."""
    return on_log(value, LOSS_RANGE) if score == "loss" else value


def on_log(value: float, reach: tuple[float, float]) -> float:
    """Where on a logarithmic axis a value stands, 0 to 1; what lies outside, at its edge."""
    low, high = reach
    return min(1.0, max(0.0, math.log(max(value, low) / low) / math.log(high / low)))


def shifts_of(ends: Mapping[int, float], times: float) -> dict[int, int]:
    """By how many hundredths of the plot the name of each line is to stand above the line's end, so that no two names
    stand on each other.

    Args:
        ends: the heights of the ends, 0 to 1, by the place of the run.
        times: how much more of the plot a line of text takes than at the usual size of type.
    """
    heights = list(ends.values())
    # Of more names than the plot has lines for each comes as near to its neighbours as it has to.
    places = spread(heights, min(GAP * times, 1 / max(1, len(heights))))
    return {run: round(100 * (place - end)) for run, place, end in zip(ends, places, heights, strict=True)}
