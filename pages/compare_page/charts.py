"""The charts of what several runs are inside, in the colours, dashes and letters of their curves."""

from __future__ import annotations

import math

import altair as alt
import numpy as np
import pyarrow as pa

from bn_core.chart_tables.layers import ROOT_OF_ALL
from bn_core.network.bins import COUNTS
from pages.charts.axes import bin_axis
from pages.charts.kit import (
    PERCENT,
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
from pages.charts.overlay import Lines, on_log, shifts_of
from pages.compare_page.text import TEXT
from pages.words.prose import prose

DEPTH_HEIGHT = 230
"""Of the plots, in pixels at the usual size of type."""

LETTER = 1.5
"""How much more of a plot by layer, which is lower, a letter takes than a name of a plot of curves."""

DEPTHS: dict[str, tuple[float, float]] = {"gradient": (1e-6, 1e1), "drift": (1e-2, 1e2)}
"""What the axis of each number by layer reaches; what lies outside is drawn at its edge."""


def named_ends(table: pa.Table, lines: Lines, quantity: str) -> pa.Table:
    """A table of run, layer and value for `depth_spec`, with `shift` in the row of each run's last layer: as in
    `curves_table`."""
    runs, layers, values = (table[name].to_numpy() for name in ("run", "layer", "value"))
    at_end = {int(runs[row]): int(row) for row in np.flatnonzero(layers == lines.layers)}
    ends = {run: on_log(float(values[row]), DEPTHS[quantity]) for run, row in at_end.items()}
    above = shifts_of(ends, LETTER * lines.scale * DEPTH_HEIGHT / grown(DEPTH_HEIGHT, lines.scale))
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
