"""The charts of several runs on one axis: specifications that depend on which runs these are, and not on what was
measured. Colour tells the placement and dash the bias, as everywhere; a letter at its end tells lines
apart.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import altair as alt
import numpy as np
import pyarrow as pa

from bn_core.chart_tables.curves import Score, one_curve
from bn_core.chart_tables.layers import ROOT_OF_ALL
from bn_core.config import TrainingConfig
from bn_core.network.bins import COUNTS
from bn_core.runs.history import RunHistory
from pages.charts.axes import bin_axis
from pages.charts.kit import (
    PERCENT,
    Encoding,
    Look,
    Spec,
    built_once,
    finished,
    grown,
    lookup,
    over,
    power_of_ten,
    quiet,
    rows,
    value_axis,
)
from pages.charts.palette import HUES, dash
from pages.charts.training import spread
from pages.compare_page.chosen import LETTERS
from pages.compare_page.text import TEXT
from pages.words.prose import prose

HEIGHT, DEPTH_HEIGHT = 330, 230
"""Of the plots of curves, and of those by layer, in pixels at the usual size of type."""

ROOM = 66
"""Pixels kept free right of the last batch for what stands at the ends of the lines."""

POINTS = 320
"""How many points all curves of a chart have together: each as many as an update has room for."""

GAP = 0.058
"""The least distance between two names at the ends of lines, as a share of the plot's height: one line of text."""

LETTER = 1.5
"""How much more of a plot by layer, which is lower, a letter takes than a name of a plot of curves."""

LOSSES = (0.005, 1.5)

SCORES = (0.0, 1.0)

DEPTHS: dict[str, tuple[float, float]] = {"gradient": (1e-6, 1e1), "drift": (1e-2, 1e2)}
"""What the axis of each number by layer reaches; what lies outside is drawn at its edge."""


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
    def of(cls, configs: Sequence[TrainingConfig], scale: float) -> Lines:
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
        return {str(place): letter for place, letter in enumerate(LETTERS[: len(self.runs)])}


@built_once
def curves_spec(lines: Lines, score: Score) -> Spec:
    """One curve of each run over the batches, for `curves_table`. Callers must not change it."""
    look, losses = lines.look, score == "loss"
    text = look.text(12, 8)
    if losses:
        axis = alt.Axis(grid=True, values=[0.01, 0.03, 0.1, 0.3, 1], format="~r", **text)
        y = over(alt.Y, "value:Q", LOSSES, axis, type="log", clamp=True)
        form = "format(datum.value, '.3f')"
    else:
        axis = alt.Axis(grid=True, values=[0, 0.25, 0.5, 0.75, 1], labelExpr=PERCENT, **text)
        y = over(alt.Y, "value:Q", SCORES, axis)
        form = "format(100 * datum.value, '.0f') + ' %'"
    room = alt.ExprRef(f"width - {round(ROOM * lines.scale)}")
    x = over(
        alt.X,
        "step:Q",
        [0, lines.batches],
        alt.Axis(grid=False, titleAnchor="start", format="d", tickMinStep=1, tickCount=5, **text),
        prose("charts")("axes.batches"),
        range=[0, room],
    )
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
        alt.Tooltip("said:N", title=TEXT(f"scores.{score}")),
    ]
    dots = near.mark_point(filled=True, size=90, opacity=0.001).encode(x=x, y=y, tooltip=tips)
    chart = alt.layer(line, leader, quiet(name, text="name:N"), dots)
    return finished(chart, look, look.height(HEIGHT), TEXT(f"titles.{score}"), size=16, gap=14)


def curves_table(histories: Sequence[RunHistory], score: Score, scale: float = 1.0) -> pa.Table:
    """One curve of each run for `curves_spec`: run (its place), step, value, and in the last row of each curve `shift`,
    by how many hundredths of the plot its name stands above its end. At most about `POINTS` rows.

    Args:
        scale: of the text.
    """
    parts = [_curve(history, score, POINTS // len(histories)) for history in histories]
    ends = {place: _height(float(values[-1]), score) for place, (_, values) in enumerate(parts) if len(values)}
    above = _shifts(ends, scale * HEIGHT / grown(HEIGHT, scale))
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
    return _on_log(value, LOSSES) if score == "loss" else value


def _on_log(value: float, reach: tuple[float, float]) -> float:
    """Where on a logarithmic axis a value stands, 0 to 1; what lies outside, at its edge."""
    low, high = reach
    return min(1.0, max(0.0, math.log(max(value, low) / low) / math.log(high / low)))


def _shifts(ends: Mapping[int, float], times: float) -> dict[int, int]:
    """By how many hundredths of the plot the name of each line is to stand above the line's end, so that no two names
    stand on each other.

    Args:
        ends: the heights of the ends, 0 to 1, by the place of the run.
        times: how much more of the plot a line of text takes than at the usual size of type.
    """
    heights = list(ends.values())
    places = spread(heights, GAP * times)
    return {run: round(100 * (place - end)) for run, place, end in zip(ends, places, heights, strict=True)}


def named_ends(table: pa.Table, lines: Lines, quantity: str) -> pa.Table:
    """A table of run, layer and value for `depth_spec`, with `shift` in the row of each run's last layer: as in
    `curves_table`."""
    runs, layers, values = (table[name].to_numpy() for name in ("run", "layer", "value"))
    at_end = {int(runs[row]): int(row) for row in np.flatnonzero(layers == lines.layers)}
    ends = {run: _on_log(float(values[row]), DEPTHS[quantity]) for run, row in at_end.items()}
    above = _shifts(ends, LETTER * lines.scale * DEPTH_HEIGHT / grown(DEPTH_HEIGHT, lines.scale))
    shifts = {at_end[run]: shift for run, shift in above.items()}
    return table.append_column("shift", pa.array([shifts.get(row) for row in range(table.num_rows)], pa.int8()))


@built_once
def depth_spec(lines: Lines, quantity: str) -> Spec:
    """One number by layer of each run, for a table of run, layer and value."""
    look, (low, high) = lines.look, DEPTHS[quantity]
    marked = [1, *range(5, lines.layers - 2, 5), lines.layers]
    numbers = alt.Axis(grid=False, values=marked, titleAnchor="start", titlePadding=2, **look.text())
    right = alt.ExprRef(f"width - {round(26 * lines.scale)}")
    x = over(alt.X, "layer:Q", [0.5, lines.layers + 0.5], numbers, prose("charts")("axes.layer"), range=[0, right])
    powers = range(round(math.log10(high)), round(math.log10(low)) - 1, -1)
    written = lookup({f"{power}": power_of_ten(power) for power in range(-9, 3)}, "'' + round(log(datum.value) / LN10)")
    axis = value_axis(look, values=[10.0**power for power in powers], labelExpr=written)
    y = over(alt.Y, "drawn:Q", [low, high], axis, type="log", clamp=True)
    drawn = rows().transform_calculate(drawn=f"max(datum.value, {low:g})", letter=lookup(lines.names, "datum.run"))
    tips = [
        alt.Tooltip("letter:N", title=TEXT("tooltips.run")),
        alt.Tooltip("layer:Q", title=TEXT("tooltips.layer")),
        alt.Tooltip("value:Q", title=TEXT(f"titles.{quantity}"), format=".3~g"),
    ]
    line = drawn.mark_line(strokeWidth=1.75).encode(x=x, y=y, color=lines.colour, strokeDash=lines.dashes)
    dots = drawn.mark_point(filled=True, size=26, opacity=1).encode(x=x, y=y, color=lines.colour, tooltip=tips)
    name = drawn.transform_filter("isValid(datum.shift)").mark_text(
        align="left",
        baseline="middle",
        dx=7,
        fontSize=12 * lines.scale,
        fontWeight=600,
        y=alt.ExprRef("scale('y', datum.drawn) - datum.shift * height / 100"),
    )
    chart = alt.layer(line, dots, quiet(name, x=x, text="letter:N"))
    return finished(chart, look, look.height(DEPTH_HEIGHT), TEXT(f"titles.{quantity}"))


@built_once
def layer_spec(lines: Lines) -> Spec:
    """The histogram of one layer of each run as outlines, for `bn_core.chart_tables.layers.layer_table`."""
    look = lines.look
    x = over(alt.X, "entry:Q", [0, COUNTS], bin_axis(look, 0), TEXT("axes.value"))
    shares = value_axis(look, values=[0, 0.01, 0.05, 0.1, 0.25, 0.5, 1], labelExpr=PERCENT)
    y = over(alt.Y, "share:Q", [0, 1], shares, type="sqrt")
    outline = (
        rows()
        .transform_joinaggregate(all="sum(values)", groupby=["run"])
        .transform_calculate(share="datum.values / datum.all")
        .transform_impute("share", key="entry", keyvals=list(range(COUNTS)), value=0, groupby=["run"])
        .mark_line(interpolate="step-after", strokeWidth=1.75)
        .encode(x=x, y=y, color=lines.colour, strokeDash=lines.dashes)
    )
    return finished(alt.layer(outline), look, look.height(DEPTH_HEIGHT), TEXT("titles.layer"))


@built_once
def heat_spec(look: Look, title: str) -> Spec:
    """All layers of one run as rows of a heat map, for `bn_core.chart_tables.layers.histogram_table`."""
    numbers = alt.Axis(
        grid=False, values=[1, *range(5, look.layers - 2, 5), look.layers], ticks=False, domain=False, **look.text()
    )
    y = over(alt.Y, "top:Q", [look.layers + 0.5, 0.5], numbers, zero=False)
    scale = alt.Scale(type="sqrt", domain=[0, 0.25], clamp=True, scheme="viridis")
    tips = [
        alt.Tooltip("layer:Q", title=TEXT("tooltips.layer")),
        alt.Tooltip("share:Q", title=TEXT("tooltips.share"), format=".2%"),
    ]
    cells = (
        rows("datum.root > 0")
        .transform_calculate(
            right="datum.entry + 1",
            top="datum.layer - 0.48",
            bottom="datum.layer + 0.48",
            share=f"pow(datum.root / {ROOT_OF_ALL}, 2)",
        )
        .mark_rect()
        .encode(
            x=over(alt.X, "entry:Q", [0, COUNTS], bin_axis(look, 0)),
            x2="right:Q",
            y=y,
            y2="bottom:Q",
            color=alt.Color("share:Q", scale=scale, legend=None),
            tooltip=tips,
        )
    )
    return finished(alt.layer(cells), look, look.rows(look.layers, 9, 60), title)
