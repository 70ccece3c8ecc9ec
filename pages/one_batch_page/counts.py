"""How many values stand behind each mean, layer by layer: a chart."""

from __future__ import annotations

from typing import Any

import altair as alt
import pyarrow as pa
import streamlit as st

from bn_core.config import TrainingConfig
from pages.charts.kit import WHOLE, Spec, as_dict, built_once, quiet, rows, thicken
from pages.charts.palette import HUES
from pages.one_batch_page.text import TEXT
from pages.parts.chart import draw_chart

MOST = 200_000


def draw(config: TrainingConfig, chosen: int, images: int, scale: float) -> None:
    """Put the chart on the page.

    Args:
        config: the run's.
        chosen: the layer on the page.
        images: the number of images in the batch on the page, marked beside that of the run.
        scale: of the text.
    """
    own = config.batch_size
    chart = table(config, chosen, images)
    first, *_, last = chart["values"].to_pylist()
    draw_chart(chart, spec(scale), alt=TEXT("counts.alt", first=first, last=last))
    st.caption(TEXT("counts.caption" if images == own else "counts.caption_marked", images=own, marked=images))


def table(config: TrainingConfig, chosen: int, images: int) -> pa.Table:
    """A row for each layer: `values` behind a mean in a batch of the run, `marked` in one of so many `images`."""
    architecture, layers = config.architecture, config.architecture.numbers
    sides = [architecture.side(layer) for layer in layers]
    values = [architecture.values_behind_mean(layer, config.batch_size) for layer in layers]
    marked = [architecture.values_behind_mean(layer, images) for layer in layers]
    first = [side != before for side, before in zip(sides, [0, *sides], strict=False)]
    return pa.table(
        {
            "layer": pa.array(layers, pa.int32()),
            "values": pa.array(values, pa.int32()),
            "marked": pa.array(marked, pa.int32()),
            "map": pa.array([f"{side}×{side}" for side in sides]),
            "name": pa.array([f"{count:,}" if new else "" for count, new in zip(values, first, strict=True)]),
            "chosen": pa.array([layer == chosen for layer in layers]),
        }
    )


@built_once
def spec(scale: float) -> Spec:
    """The chart's specification: bars on a logarithmic scale, since the counts span three powers of ten."""
    chart, size = rows(), 12 * scale
    bare: dict[str, Any] = {"domain": False, "ticks": False, "labelFontSize": size, "labelLimit": WHOLE}
    x = alt.X(
        "layer:O",
        title=TEXT("counts.layer"),
        axis=alt.Axis(labelAngle=0, titleFontSize=size, titleFontWeight=400, **bare),
    )
    y = alt.Y(
        "values:Q",
        title=None,
        scale=alt.Scale(type="log", domain=[1, MOST], nice=False),
        axis=alt.Axis(values=[1, 10, 100, 1000, 10_000, 100_000], format=",", grid=True, **bare),
    )
    bars = chart.mark_bar(cornerRadiusEnd=2).encode(
        x=x,
        y=y,
        y2=alt.datum(1),
        opacity=alt.condition("datum.chosen", alt.value(1.0), alt.value(0.4)),
        color=alt.value(HUES["before"]),
        tooltip=[
            alt.Tooltip("layer:O", title=TEXT("counts.layer")),
            alt.Tooltip("map:N", title=TEXT("counts.map")),
            alt.Tooltip("values:Q", title=TEXT("counts.values"), format=","),
        ],
    )
    marks = chart.transform_filter("datum.marked != datum.values")
    marks = marks.mark_tick(thickness=2.5, width=alt.RelativeBandSize(0.9))
    names = chart.mark_text(align="left", baseline="bottom", dy=-3, xOffset=-8, fontSize=size, fontWeight=600)
    layers = [bars, quiet(marks, x=x, y=alt.Y("marked:Q", title=None)), quiet(names, x=x, y=y, text="name:N")]
    made = as_dict(alt.layer(*layers).properties(height=round(240 * scale), width="container"))
    thicken(made, scale)
    return {name: made[name] for name in ("height", "width", "layer", "config")}
