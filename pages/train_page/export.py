"""A run to take away: curves as CSV, the result as JSON in the command line's form, all of it for another lab."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pyarrow as pa
import pyarrow.csv
import streamlit as st

from bn_core.runs.history import RunHistory
from bn_core.runs.records import RunRecord
from bn_core.runs.service import RunService
from bn_core.training.events import Event, Step
from bn_core.training.run_json import result_json
from pages.parts import transfer
from pages.words.prose import prose

TEXT = prose("train")


def export(service: RunService, run: RunRecord) -> None:
    """Draw a quiet button that opens the choice. The files are made when they are asked for."""
    with st.popover(TEXT("tools.download"), type="tertiary"):
        for ending, made, kind in (
            ("csv", lambda: curves_csv(service.history(run.id)), "text/csv"),
            ("json", lambda: result_text(run, service.history(run.id)), "application/json"),
        ):
            st.download_button(
                TEXT(f"tools.{ending}"),
                made,
                f"batch-norm-lab-{run.id}.{ending}",
                kind,
                key=f"download-{ending}",
                on_click="ignore",
                width="stretch",
            )
        transfer.download(service, [run], "download-runs")


def curves_csv(history: RunHistory) -> bytes:
    """Return one row a batch, nothing left out: step, loss and accuracy of the training batch, and where they were
    measured the accuracies on the validation images under each kind of statistics (else empty)."""
    steps = pa.array(history.steps, pa.int32())
    trained = pa.table({"step": steps, "loss": history.losses, "training_batch": history.accuracies})
    measured = {"step": pa.array([event.step for event in history.evaluations], pa.int32())}
    for kind in ("moving", "batch", "recalibrated"):
        scores = (getattr(event, kind) for event in history.evaluations)
        accuracies = [None if score is None else score.accuracy for score in scores]
        measured[kind] = pa.array(accuracies, pa.float64())
    rows = trained.join(pa.table(measured), "step", join_type="full outer").sort_by("step")
    sink = pa.BufferOutputStream()
    pyarrow.csv.write_csv(rows, sink)
    return bytes(sink.getvalue())


def result_text(run: RunRecord, history: RunHistory) -> str:
    """Return the run as the command line's `--json` writes it. `seconds` is the time that its events took."""
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
