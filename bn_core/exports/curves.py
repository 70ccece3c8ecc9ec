"""The curves of runs as one table: a row for each step of a run at which anything was measured."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa

from bn_core.config import FIELDS, IDLE_WITHOUT_BN, Choice, Field, Switch, TrainingConfig, Whole
from bn_core.exports.columns import RUN, Column, Layout
from bn_core.exports.recording import Recording
from bn_core.training.events import Checked, Evaluated

KINDS = ("moving", "batch", "recalibrated")
"""The kinds of statistics that the validation images are scored with, as `Evaluated` has them."""

CHECKED = ("training", "validation")
"""The images that the notebook's lines score, as `Checked` has them."""

_KIND = {
    "moving": "the moving statistics; without batch normalization, the score",
    "batch": "batch statistics",
    "recalibrated": "recalibrated statistics",
}
_LINE = {"training": "the training batch in inference mode", "validation": "the whole validation set"}


def _type(field: Field) -> pa.DataType:
    if isinstance(field, Choice):
        return pa.string()
    if isinstance(field, Switch):
        return pa.bool_()
    return pa.int64() if isinstance(field, Whole) else pa.float64()


def _help(field: Field) -> str:
    return f"{field.help} Empty without batch normalization." if field.name in IDLE_WITHOUT_BN else field.help


def _scores(name: str, of: str) -> tuple[Column, Column]:
    return (
        Column(f"{name}_loss", pa.float64(), f"Mean sigmoid cross-entropy on {of}; empty where it was not measured."),
        Column(f"{name}_accuracy", pa.float64(), f"Share right, 0 to 1, on {of}; empty where it was not measured."),
    )


LAYOUT = Layout(
    (
        Column("run", pa.string(), RUN),
        Column("name", pa.string(), "What its owner called it; empty for nothing."),
        *(Column(each.name, _type(each), _help(each)) for each in FIELDS),
        Column("step", pa.int32(), "Updates done: what stands here speaks of the weights after them."),
        Column("loss", pa.float64(), "Of the training batch of this update, in training mode; empty at step 0."),
        Column("accuracy", pa.float64(), "Share right in that batch, 0 to 1, in training mode; empty at step 0."),
        Column("milliseconds", pa.float64(), "What the update took, evaluations apart; empty at step 0."),
        Column("images", pa.int32(), "How many fixed validation images the next six columns were measured on."),
        *(column for kind in KINDS for column in _scores(kind, f"those images, with {_KIND[kind]}")),
        *(column for name in CHECKED for column in _scores(f"notebook_{name}", f"{_LINE[name]}: a notebook's line")),
    )
)


def identifying(config: TrainingConfig) -> dict[str, Any]:
    """Return the fields of a configuration, those that do nothing in this network as None."""
    return {name: None if name in config.idle else value for name, value in config.to_json().items()}


def curves(recording: Recording) -> pa.Table:
    """Return the curves of a run, step after step, nothing left out and nothing rounded."""
    history = recording.history
    events: tuple[Evaluated | Checked, ...] = (*history.evaluations, *history.checks)
    trained = history.steps.astype(np.int64)
    steps = np.union1d(trained, np.array([event.step for event in events], np.int64))
    row_of = {int(step): row for row, step in enumerate(steps)}
    values: dict[str, Any] = {"run": recording.run.id, "name": recording.run.name, "step": steps}
    values |= identifying(recording.run.config)
    rows = np.searchsorted(steps, trained)
    for name, column in (("loss", "losses"), ("accuracy", "accuracies"), ("milliseconds", "milliseconds")):
        values[name] = _spread(rows, getattr(history, column), len(steps))
    for event in events:
        for name, value in _measured(event).items():
            values.setdefault(name, [None] * len(steps))[row_of[event.step]] = value
    return LAYOUT.table(values, len(steps))


def _measured(event: Evaluated | Checked) -> dict[str, float]:
    """What an event tells, by column."""
    if isinstance(event, Checked):
        scores: Mapping[str, Any] = {f"notebook_{event.images}": event.score}
        told: dict[str, float] = {}
    else:
        scores = {kind: getattr(event, kind) for kind in KINDS}
        told = {"images": event.images}
    for name, score in scores.items():
        if score is not None:
            told |= {f"{name}_loss": score.loss, f"{name}_accuracy": score.accuracy}
    return told


def _spread(rows: np.ndarray, values: np.ndarray, count: int) -> pa.Array:
    """Values in their rows, and nulls in the others. What is not a number stays that, and is no null."""
    missing = np.ones(count, bool)
    missing[rows] = False
    spread = np.zeros(count)
    spread[rows] = values
    return pa.array(spread, pa.float64(), mask=missing)
