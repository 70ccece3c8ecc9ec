"""The curves of several runs on one axis: colour tells placement, dash tells bias, and a number at its end tells which
run a curve is of."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, get_args

import altair as alt
import numpy as np
import pyarrow as pa

from bn_core.chart_tables.curves import MEAN_OVER, strided, trailing_means
from bn_core.config import TrainingConfig
from bn_core.runs.history import RunHistory
from pages.charts.axes import batch_axis
from pages.charts.kit import PERCENT, Encoding, Look, Spec, built_once, finished, over, rows, value_axis
from pages.charts.palette import DASHED, HUES, SOLID
from pages.charts.training import HEIGHT, LOSS_RANGE, spread
from pages.words.prose import prose

TEXT = prose("charts")

Curve = Literal["moving", "training", "loss"]
"""Accuracy on the validation images with moving statistics; accuracy on the training batches in training mode, and
their loss, each the mean over the latest ten."""

CURVES: tuple[Curve, ...] = get_args(Curve)

POINTS = 100
"""How many points a curve has at most, evaluations apart."""

NUMBER_GAP = 0.045
"""The least distance between two numbers at the ends of curves, as a share of the axis: one line of text."""

NUMBER_ROOM = 20
"""Pixels kept free right of the last batch for the numbers of the runs."""


@built_once
def overlay_spec(curve: Curve, batches: int, scale: float = 1.0) -> Spec:
    """One curve of every run, for `overlay_table`. Callers must not change it.

    Args:
        batches: of the longest run.
        scale: of the text, 1 for a desk and more for a room.
    """
    look = Look("before", bias=False, batches=batches, scale=scale)
    if curve == "loss":
        axis = value_axis(look, values=[0.01, 0.03, 0.1, 0.3, 1], format="~r")
        y = over(alt.Y, "value:Q", LOSS_RANGE, axis, type="log", clamp=True)
    else:
        axis = value_axis(look, values=[0, 0.25, 0.5, 0.75, 1], labelExpr=PERCENT)
        y = over(alt.Y, "value:Q", [0, 1], axis)
    x = batch_axis(look, round(NUMBER_ROOM * scale))
    hues = alt.Scale(domain=list(HUES), range=list(HUES.values()))
    dashes = alt.Scale(domain=[0, 1], range=[list(SOLID), list(DASHED)])
    colour: Encoding = alt.Color("placement:N", scale=hues, legend=None)
    near = alt.selection_point(name="near", nearest=True, on="pointermove", clear="pointerout", empty=False)
    tooltip = [
        alt.Tooltip("name:N", title=TEXT("tooltips.run")),
        alt.Tooltip("step:Q", title=TEXT("tooltips.batches"), format="d"),
        alt.Tooltip("value:Q", title=TEXT(f"overlay.{curve}"), format=".4f" if curve == "loss" else ".1%"),
    ]
    line = rows().mark_line(strokeWidth=2).encode(strokeDash=alt.StrokeDash("bias:N", scale=dashes, legend=None))
    read = (
        rows()
        .mark_point(filled=True, size=60)
        .encode(opacity=alt.condition(near, alt.value(1), alt.value(0)), tooltip=tooltip)
    )
    number = rows("isValid(datum.place)").mark_text(
        align="left",
        baseline="middle",
        dx=6 * scale,
        fontSize=12 * scale,
        fontWeight=600,
        y=alt.ExprRef("height * (1 - datum.place)"),
    )
    curves = alt.LayerChart(
        layer=[line.encode(detail="run:N"), read.add_params(near)],
        encoding=alt.SharedEncoding(x=x, y=y, color=colour),
    )
    chart = alt.layer(curves, number.encode(x=x, text="run:Q", color=colour))
    return finished(chart, look, look.height(HEIGHT), TEXT(f"overlay.{curve}"), size=16, gap=14)


def overlay_table(curve: Curve, runs: Sequence[tuple[TrainingConfig, RunHistory, str]]) -> pa.Table:
    """Return one curve of these runs: run (from 1), name, placement, bias (0 or 1), step, value, and in the last row of
    each `place`, the height at which its number stands (0 to 1), else null.

    What is not finite has no row.

    Args:
        runs: of each its configuration, its history and what it is called.
    """
    curves = [_points(curve, history) for _, history, _ in runs]
    counts = [len(steps) for steps, _ in curves]
    there = [place for place, count in enumerate(counts) if count]
    heights = [_height(curve, float(curves[place][1][-1])) for place in there]
    ends = dict(zip((sum(counts[: place + 1]) - 1 for place in there), spread(heights, NUMBER_GAP), strict=True))
    steps, values = (np.concatenate([np.empty(0), *(each[part] for each in curves)]) for part in (0, 1))
    which = np.repeat(np.arange(len(runs), dtype=np.int8), counts)
    return pa.table(
        {
            "run": which + np.int8(1),
            "name": pa.DictionaryArray.from_arrays(
                pa.array(which), pa.array([name for _, _, name in runs], pa.string())
            ),
            "placement": pa.DictionaryArray.from_arrays(
                pa.array(which), pa.array([config.placement for config, _, _ in runs], pa.string())
            ),
            "bias": np.array([config.bias for config, _, _ in runs], np.int8)[which],
            "step": steps.astype(np.int16),
            "value": values.astype(np.float32),
            "place": pa.array([ends.get(row) for row in range(len(steps))], pa.float32()),
        }
    )


def _points(curve: Curve, history: RunHistory) -> tuple[np.ndarray, np.ndarray]:
    """Steps and values of a run's curve."""
    if curve == "moving":
        points = np.array([(event.step, event.moving.accuracy) for event in history.evaluations]).reshape(-1, 2)
        return points[:, 0], points[:, 1]
    means = trailing_means(history.losses if curve == "loss" else history.accuracies, MEAN_OVER)
    kept = strided(len(means), POINTS)
    kept = kept[np.isfinite(means[kept])]
    return history.steps[kept], means[kept]


def _height(curve: Curve, value: float) -> float:
    """Where a value stands on its axis, 0 to 1."""
    if curve != "loss":
        return value
    low, high = np.log(LOSS_RANGE)
    return float(np.clip((np.log(max(value, LOSS_RANGE[0])) - low) / (high - low), 0, 1))
