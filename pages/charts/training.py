"""The live charts' specifications: built once with Altair, constant while a run goes on.

Only small Arrow tables change from tick to tick. A specification that changed, in a title, a domain or a layer, would
make the browser throw the chart away and draw another.
"""

from __future__ import annotations

import functools
import math
from typing import Any

import altair as alt
import numpy as np
import pyarrow as pa

from bn_core.chart_tables.curves import MEAN_OVER, accuracy_table, loss_table, strided, trailing_means
from bn_core.runs.history import RunHistory
from pages.charts.palette import HUES, QUIET, dash

HEIGHT = 350
"""Of a plot, in pixels. Larger type needs a higher one, but a room's screen is no higher than a desk's: so the height
grows with the root of the scale."""

LABEL_ROOM = 148
LOSS_LABEL_ROOM = 52
"""Pixels kept free right of the last batch for what stands at the ends of the lines."""

LABEL_GAP = 0.062
"""The least distance between two such names, as a share of the accuracy axis: one line of text."""

CHANCE = 0.1
"""Accuracy of naming one of ten classes without looking."""

BLIND_LOSS = 0.325083
"""Mean sigmoid cross-entropy of giving every one of ten equally frequent classes its share of one tenth:
-(0.1 ln 0.1 + 0.9 ln 0.9)."""

MEAN_POINTS = 100
"""How many points the mean of the loss has at most: it is smooth, so fewer than the losses themselves."""

LOSS_RANGE = (0.005, 1.5)

MARKS = {"moving": "━ ", "recalibrated": "◆ ", "batch": "○ ", "training batch": ""}
"""What stands before a line's name: a piece of the line, since a name may have to make way for another."""

Spec = dict[str, Any]

SHIFT = "shift"
"""The column that says by how many hundredths of the axis a line's name stands above the line's end; null in every row
but that end."""


@functools.lru_cache(maxsize=256)
def accuracy_spec(placement: str, bias: bool, batches: int, scale: float = 1.0) -> Spec:
    """Accuracy over the batches of one run, for `accuracy_points`. Callers must not change it.

    One hue for the placement, one dash for the bias; what the statistics are is told by weight, by the shape of the
    points and by the name at the end of the line.

    Args:
        scale: of the text, 1 for a desk and more for a room.
    """
    hue, stroke = HUES[placement], list(dash(bias))
    y = alt.Y(
        "accuracy:Q",
        title=None,
        scale=alt.Scale(domain=[0, 1], nice=False),
        axis=alt.Axis(
            grid=True,
            values=[0, CHANCE, 0.25, 0.5, 0.75, 1],
            labelExpr=f"datum.value == {CHANCE} ? 'chance 10 %' : format(100 * datum.value, 'd') + ' %'",
            **_text(scale),
        ),
    )

    def curve(statistics: str, width: float, colour: str = hue, opacity: float = 1.0) -> alt.Chart:
        mark = {"strokeWidth": width, "strokeDash": stroke, "opacity": opacity, "strokeJoin": "round"}
        return _only(statistics).mark_line(**mark).encode(color=alt.value(colour))

    def points(statistics: str, shape: str, size: float, filled: bool) -> alt.Chart:
        return (
            _only(statistics).mark_point(shape=shape, size=size, filled=filled, opacity=1).encode(color=alt.value(hue))
        )

    if placement == "none":
        titles = {"moving": "validation", "training batch": "training batch"}
        kinds = [curve("moving", 3.25)]
    else:
        titles = {name: name for name in ("moving", "recalibrated", "batch", "training batch")}
        kinds = [
            curve("batch", 1.25),
            points("batch", "circle", 26, False),
            curve("recalibrated", 1.25),
            points("recalibrated", "diamond", 34, True),
            curve("moving", 3.25),
        ]
    names = ", ".join(f"'{name}': '{MARKS[name]}{title}'" for name, title in titles.items())
    return _spec(
        "Accuracy",
        batches,
        CHANCE,
        _batch_axis(batches, scale, LABEL_ROOM),
        y,
        [
            curve("training batch", 1, QUIET, 0.55),
            *kinds,
        ],
        [
            _names("accuracy", f"({{{names}}})[datum.statistics] + format(100 * datum.accuracy, ' .0f') + ' %'", scale),
            _accuracy_reader({name: title for name, title in titles.items() if name != "training batch"}),
        ],
        scale,
    )


@functools.lru_cache(maxsize=256)
def loss_spec(placement: str, bias: bool, batches: int, scale: float = 1.0) -> Spec:
    """The loss of the batches of one run on a logarithmic axis, for `loss_points`. As `accuracy_spec`.

    The batches themselves are faint, since they scatter; the mean of the latest ten is the line to follow. What lies
    outside of the axis is drawn at its edge; the number at the end of the line is the true one.
    """
    y = alt.Y(
        "loss:Q",
        title=None,
        scale=alt.Scale(type="log", domain=list(LOSS_RANGE), nice=False, clamp=True),
        axis=alt.Axis(
            grid=True,
            values=[0.01, 0.03, 0.1, BLIND_LOSS, 1],
            labelExpr=f"datum.value == {BLIND_LOSS} ? 'blind 0.325' : format(datum.value, '~r')",
            **_text(scale),
        ),
    )
    faint = _only("batch").mark_line(strokeWidth=1, opacity=0.35, strokeJoin="round")
    mean = _only("mean").mark_line(strokeWidth=2.25, strokeDash=list(dash(bias)), strokeJoin="round")
    return _spec(
        "Training loss",
        batches,
        BLIND_LOSS,
        _batch_axis(batches, scale, LOSS_LABEL_ROOM),
        y,
        [faint.encode(color=alt.value(HUES[placement])), mean.encode(color=alt.value(HUES[placement]))],
        [
            _names("loss", "format(datum.loss, '.3f')", scale),
            _reader(_only("mean"), [alt.Tooltip("loss:Q", title="mean of the latest ten", format=".4f")]),
        ],
        scale,
    )


# A history never changes and is shared by everybody who looks at the run: so are its tables.
@functools.lru_cache(maxsize=64)
def accuracy_points(history: RunHistory) -> pa.Table:
    """The four accuracy curves for `accuracy_spec`: step, statistics, accuracy (0 to 1), and `shift` in the last row of
    each, where its name stands. At most 200 rows a curve."""
    table = accuracy_table(history)
    names = table["statistics"].combine_chunks().cast(pa.dictionary(pa.int8(), pa.string()))
    accuracies = table["accuracy"].to_numpy()
    # Each curve's rows stand together.
    codes = names.indices.to_numpy()
    ends = np.flatnonzero(np.diff(codes, append=-1))
    return _points("accuracy", table["step"].to_numpy(), names, accuracies, ends, LABEL_GAP)


@functools.lru_cache(maxsize=64)
def loss_points(history: RunHistory) -> pa.Table:
    """The loss of the batches and its mean over the latest ten for `loss_spec`: step, statistics ("batch" or "mean"),
    loss, and `shift` in the last row of the mean. At most 200 and 100 rows; what is not finite has no row."""
    batches = loss_table(history)
    means = trailing_means(history.losses, MEAN_OVER)
    kept = strided(len(means), MEAN_POINTS)
    kept = kept[np.isfinite(means[kept])]
    codes = np.repeat(np.array([0, 1], np.int8), [len(batches), len(kept)])
    names = pa.DictionaryArray.from_arrays(pa.array(codes), pa.array(["batch", "mean"]))
    steps = np.concatenate([batches["step"].to_numpy(), history.steps[kept]])
    losses = np.concatenate([batches["loss"].to_numpy(), means[kept]])
    ends = np.array([len(losses) - 1] if len(kept) else [], np.int64)
    return _points("loss", steps, names, losses, ends, 0.0)


def _points(
    value: str, steps: np.ndarray, names: pa.DictionaryArray, values: np.ndarray, ends: np.ndarray, gap: float
) -> pa.Table:
    """A table in few bytes, since it travels with every update; `ends` are the rows whose line gets its name there."""
    shifts = np.zeros(len(values), np.int8)
    unnamed = np.ones(len(values), bool)
    for row, height in zip(ends, spread([float(values[row]) for row in ends], gap), strict=True):
        shifts[row] = round(100 * (height - float(values[row])))
        unnamed[row] = False
    return pa.table(
        {
            "step": pa.array(steps.astype(np.int16)),
            "statistics": names,
            value: pa.array(values.astype(np.float32)),
            SHIFT: pa.array(shifts, mask=unnamed),
        }
    )


def spread(heights: list[float], gap: float) -> list[float]:
    """Heights close to these, in the same order, no two nearer than `gap`, inside 0..1 where they all fit.

    With `gap` 0 they are returned as they are.
    """
    if gap <= 0:
        return list(heights)
    order = sorted(range(len(heights)), key=lambda i: heights[i])
    placed = [heights[i] for i in order]
    for i in range(1, len(placed)):
        placed[i] = max(placed[i], placed[i - 1] + gap)
    top = 1.0
    for i in range(len(placed) - 1, -1, -1):
        placed[i] = min(placed[i], top)
        top = placed[i] - gap
    result = list(heights)
    for i, height in zip(order, placed, strict=True):
        result[i] = height
    return result


def _chart() -> alt.Chart:
    return alt.Chart(alt.NamedData("run"))


def _only(statistics: str) -> alt.Chart:
    return _chart().transform_filter(alt.datum.statistics == statistics)


def _text(scale: float) -> dict[str, float]:
    size = 12 * scale
    return {
        "labelFontSize": size,
        "titleFontSize": size,
        "labelLimit": 10 * size,
        "labelPadding": 8,
        "labelFlush": False,
    }


def _batch_axis(batches: int, scale: float, room: int) -> alt.X:
    free = round(room * scale)
    return alt.X(
        "step:Q",
        title="batches trained",
        scale=alt.Scale(domain=[0, batches], nice=False, range=[0, alt.ExprRef(f"max(width - {free}, width / 3)")]),
        axis=alt.Axis(
            grid=False, format="d", tickMinStep=1, tickCount=5, titleAnchor="start", titlePadding=6, **_text(scale)
        ),
    )


def _names(value: str, text: str, scale: float) -> alt.Chart:
    return (
        _chart()
        .transform_filter(f"isValid(datum.{SHIFT})")
        .transform_calculate(name=text, height=f"datum.{value} + datum.{SHIFT} / 100")
        .mark_text(align="left", baseline="middle", dx=8, fontSize=12.5 * scale)
        .encode(x="step:Q", y="height:Q", text="name:N", color=alt.value(QUIET))
    )


def _accuracy_reader(titles: dict[str, str]) -> alt.Chart:
    """Reads the scores on the validation images, at the batches where there are any; not all kinds are everywhere."""
    chart = (
        _chart()
        .transform_pivot("statistics", value="accuracy", groupby=["step"])
        .transform_filter("isValid(datum.moving)")
    )
    shown = {
        name: f"isValid(datum.{name}) ? format(100 * datum.{name}, '.1f') + ' %' : 'not measured'" for name in titles
    }
    chart = chart.transform_calculate(**{f"{name}_shown": words for name, words in shown.items()})
    return _reader(chart, [alt.Tooltip(f"{name}_shown:N", title=title) for name, title in titles.items()])


def _reader(chart: alt.Chart, tooltips: list[alt.Tooltip]) -> alt.Chart:
    """A hair line that follows the pointer to the nearest row of the chart, and what it reads there."""
    near = alt.selection_point(
        name="near", fields=["step"], nearest=True, on="pointermove", clear="pointerout", empty=False
    )
    return (
        chart.mark_rule(strokeWidth=1)
        .encode(
            x="step:Q",
            opacity=alt.condition(near, alt.value(0.6), alt.value(0)),
            color=alt.value(QUIET),
            tooltip=[alt.Tooltip("step:Q", title="batches", format="d"), *tooltips],
        )
        .add_params(near)
    )


def _spec(
    title: str,
    batches: int,
    reference: float,
    x: alt.X,
    y: alt.Y,
    curves: list[alt.Chart],
    notes: list[alt.Chart],
    scale: float,
) -> Spec:
    """Curves over a reference line, and notes on them, as Streamlit wants it: without data or theme.

    What the curves share is written once, since the specification travels with every update.
    """
    line = (
        _chart()
        .mark_rule(opacity=0.45)
        .encode(x=alt.XDatum(0), x2=alt.X2Datum(batches), y=alt.YDatum(reference), color=alt.value(QUIET))
    )
    heading = alt.TitleParams(title, fontSize=16 * scale, fontWeight=600, offset=14)
    shared = alt.LayerChart(layer=curves, encoding=alt.SharedEncoding(x=x, y=y))
    spec = (
        alt.layer(line, shared, *notes)
        .properties(height=round(HEIGHT * math.sqrt(scale)), width="container", title=heading)
        .to_dict()
    )
    for layer in (*spec["layer"], *spec["layer"][1]["layer"]):
        layer.pop("data", None)
    spec["layer"][0]["data"] = {"values": [{}]}
    spec["padding"] = {"left": 0, "top": 6, "right": 0, "bottom": 4}
    return {name: spec[name] for name in ("title", "height", "width", "padding", "layer", "params") if name in spec}
