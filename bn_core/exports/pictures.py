"""Charts outside of the app: a specification that needs no theme of Streamlit's, as a picture and with its scripts.

The pages' specifications name the theme's colours, and leave width, data and style to the app. Converting needs no
browser and no network: vl-convert brings Vega along. Its first call in a process takes about half a second.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pyarrow as pa

Spec = dict[str, Any]
PictureKind = Literal["png", "svg"]

VEGA_LITE = "6.4"
"""The version that Altair writes."""

SHARPNESS = 2.0
"""Pixels of a PNG to one of the chart's."""

_COLOURED = ("color", "fill", "stroke", "value", "range")
"""Where in a specification the name of a colour may stand, alone or in a list."""


@dataclass(frozen=True)
class Theme:
    """How a chart looks where no app surrounds it.

    Attributes:
        colours: those that specifications name, by name, as CSS writes them.
        text, background, lines: of words, of the ground and of axes and grids.
        font: the family of all words.
    """

    colours: Mapping[str, str]
    text: str
    background: str
    lines: str
    font: str = "sans-serif"


def standalone(spec: Spec, theme: Theme, width: int | None = None) -> Spec:
    """Return a specification that any Vega-Lite can draw, without its data.

    Args:
        spec: as pages give it to Streamlit. It is not changed.
        width: of the whole picture, in pixels; None to fill what the chart is put into.
    """
    style: Spec = {
        "background": theme.background,
        "font": theme.font,
        "view": {"stroke": None},
        "title": {"color": theme.text, "subtitleColor": theme.text},
        "axis": {
            "labelColor": theme.text,
            "titleColor": theme.text,
            "titleFontWeight": "normal",
            "gridColor": theme.lines,
            "domainColor": theme.lines,
            "tickColor": theme.lines,
        },
        "legend": {"labelColor": theme.text, "titleColor": theme.text},
        "text": {"color": theme.text},
    }
    coloured: Spec = _coloured(spec, theme.colours, may_be=False)
    return coloured | {
        "$schema": f"https://vega.github.io/schema/vega-lite/v{VEGA_LITE.partition('.')[0]}.json",
        "width": "container" if width is None else width,
        "autosize": {"type": "fit", "contains": "padding"},
        "config": _over(style, spec.get("config", {})),
    }


def columns_of(table: pa.Table) -> dict[str, list[Any]]:
    """Return a table's columns in JSON's own types: floats with as few digits as give the same number back, and None
    for what is not finite."""
    return {name: _values(table[name]) for name in table.column_names}


def picture(spec: Spec, table: pa.Table, kind: PictureKind) -> bytes:
    """Return a chart as a picture.

    Args:
        spec: `standalone`, of a certain width.
        table: its data.
    """
    # It brings a script engine along, for those who take a picture alone.
    import vl_convert

    columns = columns_of(table)
    rows = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    whole = spec | {"data": {"values": rows}}
    if kind == "svg":
        return str(vl_convert.vegalite_to_svg(whole, vl_version=VEGA_LITE)).encode()
    return bytes(vl_convert.vegalite_to_png(whole, vl_version=VEGA_LITE, scale=SHARPNESS))


@functools.cache
def vega_scripts() -> str:
    """Return the script that draws charts in a browser: Vega, Vega-Lite and vega-embed, which is `vegaEmbed` in it."""
    # As above.
    import vl_convert

    return str(vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed", VEGA_LITE))


def _values(column: pa.ChunkedArray) -> list[Any]:
    values = column.to_pylist()
    # In Python's float64 a float32 has digits that were never measured.
    short = np.float32 if pa.types.is_float32(column.type) else float
    return [_written(value, short) if isinstance(value, float) else value for value in values]


def _written(value: float, short: Callable[[float], float | np.float32]) -> float | None:
    return float(str(short(value))) if math.isfinite(value) else None


def _coloured(part: Any, colours: Mapping[str, str], *, may_be: bool) -> Any:
    """Return a part of a specification with colours in place of their names, where such may stand."""
    if isinstance(part, str):
        return colours.get(part, part) if may_be else part
    if isinstance(part, list):
        return [_coloured(each, colours, may_be=may_be) for each in part]
    if isinstance(part, dict):
        return {
            name: each if name == "datasets" else _coloured(each, colours, may_be=name in _COLOURED)
            for name, each in part.items()
        }
    return part


def _over(style: Spec, own: Spec) -> Spec:
    """Return a style with what the chart itself says on top."""
    merged = dict(style)
    for name, value in own.items():
        there = merged.get(name)
        merged[name] = _over(there, value) if isinstance(there, dict) and isinstance(value, dict) else value
    return merged
