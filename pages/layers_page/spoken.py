"""What the small charts of the page show, for whoever does not see them: computed from the tables that they draw."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from bn_core.chart_tables.layers import Point, Quantity, by_layer
from bn_core.network.layers_probed import LayersProbed
from pages.layers_page.charts import DEPTH_CHARTS
from pages.layers_page.words import TEXT
from pages.words.numbers import number, whole_percent


def depth(probe: LayersProbed | None, point: Point, quantity: Quantity) -> str:
    """Return where in depth a quantity begins, ends and is largest; an empty text where it was not measured."""
    values = None if probe is None else by_layer(probe, point, quantity)
    if probe is None or values is None or not np.isfinite(values).all():
        return ""
    written = whole_percent if DEPTH_CHARTS[quantity].percent else number
    most = int(np.argmax(values))
    return TEXT(
        "spoken.depth",
        step=probe.step,
        first=written(float(values[0])),
        last=written(float(values[-1])),
        layers=len(values),
        most=written(float(values[most])),
        layer=most + 1,
    )


def size(probe: LayersProbed | None, point: Point, layer: int) -> str:
    """Return how large the values of a layer are; an empty text where that was not measured."""
    values = None if probe is None else by_layer(probe, point, "rms")
    if probe is None or values is None or not np.isfinite(values[layer - 1]):
        return ""
    return TEXT("spoken.size", step=probe.step, rms=number(float(values[layer - 1])))


def band(table: pa.Table) -> str:
    """Return where a band of the run is at its last probe; an empty text where it has none."""
    ends = [row for row in table.to_pylist() if row["run"] == 0]
    if not ends:
        return ""
    last = ends[-1]
    return TEXT("spoken.band", step=last["step"], **{name: number(last[name]) for name in ("low", "middle", "high")})
