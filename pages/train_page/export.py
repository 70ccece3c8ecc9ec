"""A run's numbers to take away: curves as CSV, the result as JSON in the command line's form."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import partial

import pyarrow as pa
import pyarrow.csv
import streamlit as st

from bn_core.runs.history import RunHistory
from bn_core.runs.records import RunRecord
from bn_core.runs.service import RunService
from bn_core.training.events import Event, Step
from bn_core.training.run_json import result_json
from pages.words.prose import prose

TEXT = prose("train")


def export(service: RunService, run: RunRecord) -> None:
    """Draw a quiet button that opens the choice. The files are made when they are asked for."""
    with st.popover(TEXT("tools.download"), type="tertiary"):
        st.download_button(
            TEXT("tools.csv"),
            partial(_csv_of, service, run.id),
            f"batch-norm-lab-{run.id}.csv",
            "text/csv",
            key="download-csv",
            on_click="ignore",
            width="stretch",
        )
        st.download_button(
            TEXT("tools.json"),
            partial(_json_of, service, run),
            f"batch-norm-lab-{run.id}.json",
            "application/json",
            key="download-json",
            on_click="ignore",
            width="stretch",
        )


def curves_csv(history: RunHistory) -> bytes:
    """One row a batch, nothing left out: step, loss and accuracy of the training batch, and where they were measured
    the accuracies on the validation images under each kind of statistics (else empty)."""
    scores = {event.step: event for event in history.evaluations}
    steps = sorted({int(step) for step in history.steps} | scores.keys())
    rows = {int(step): row for row, step in enumerate(history.steps)}

    def measured(kind: str) -> list[float | None]:
        values = (getattr(scores.get(step), kind, None) for step in steps)
        return [None if score is None else score.accuracy for score in values]

    table = pa.table(
        {
            "step": pa.array(steps, pa.int32()),
            "loss": pa.array([_at(history.losses, rows.get(step)) for step in steps], pa.float64()),
            "training_batch": pa.array([_at(history.accuracies, rows.get(step)) for step in steps], pa.float64()),
            "moving": pa.array(measured("moving"), pa.float64()),
            "batch": pa.array(measured("batch"), pa.float64()),
            "recalibrated": pa.array(measured("recalibrated"), pa.float64()),
        }
    )
    sink = pa.BufferOutputStream()
    pyarrow.csv.write_csv(table, sink)
    return bytes(sink.getvalue())


def result_text(run: RunRecord, history: RunHistory) -> str:
    """The run as the command line's `--json` writes it. `seconds` is the time that its events took."""
    return json.dumps(result_json(run.config, _events(history), run.milliseconds / 1000), indent=2)


def _events(history: RunHistory) -> Iterator[Event]:
    if history.started is not None:
        yield history.started
    for values in zip(history.steps, history.losses, history.accuracies, history.milliseconds, strict=True):
        step, loss, accuracy, milliseconds = (float(value) for value in values)
        yield Step(int(step), loss, accuracy, milliseconds)
    yield from history.evaluations
    for event in (history.scored, history.failed):
        if event is not None:
            yield event


def _at(values: object, row: int | None) -> float | None:
    return None if row is None else float(values[row])  # type: ignore[index]


def _csv_of(service: RunService, run_id: str) -> bytes:
    return curves_csv(service.history(run_id))


def _json_of(service: RunService, run: RunRecord) -> str:
    return result_text(run, service.history(run.id))
