"""What a run came to as JSON: the command line's form, with which run it is and its curves."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from bn_core.exports import curves
from bn_core.exports.recording import Recording
from bn_core.runs.history import RunHistory
from bn_core.training.causes import OTHER, is_of_numbers
from bn_core.training.events import Event, Failed, Step
from bn_core.training.run_json import result_json

_MEASURED = curves.LAYOUT.names[curves.LAYOUT.names.index("step") :]
"""The columns that differ from step to step."""


def result_text(recording: Recording) -> str:
    """Return a run as the command line's `--json` writes it, and which run it is and its curves. `seconds` is the time
    that its events took."""
    return json.dumps(result(recording), allow_nan=False)


def results_text(recordings: Iterable[Recording]) -> str:
    """Return a selection of runs: `columns` has what the columns of their curves mean, `runs` each run's `result`."""
    runs = [result(recording) for recording in recordings]
    return json.dumps({"columns": curves.LAYOUT.meanings, "runs": runs}, allow_nan=False)


def result(recording: Recording) -> dict[str, Any]:
    """Return a run in JSON's own types. What is not finite is null, since JSON cannot say it."""
    run = recording.run
    told = result_json(run.config, _events(recording.history), run.milliseconds / 1000)
    table = curves.curves(recording).select(_MEASURED)
    by_column = {name: [_finite(value) for value in table[name].to_pylist()] for name in _MEASURED}
    return {"run": run.id, "name": run.name, **_finite_in(told), "curves": by_column}


def said(failed: Failed) -> Failed:
    """Return how a run failed as an export says it: without what its machine is called."""
    return failed if is_of_numbers(failed.cause, failed.layer) else replace(failed, cause=OTHER)


def _events(history: RunHistory) -> Iterator[Event]:
    if history.started is not None:
        yield history.started
    for values in zip(history.steps, history.losses, history.accuracies, history.milliseconds, strict=True):
        step, loss, accuracy, milliseconds = (float(value) for value in values)
        yield Step(int(step), loss, accuracy, milliseconds)
    yield from history.evaluations
    if history.scored is not None:
        yield history.scored
    if history.failed is not None:
        yield said(history.failed)


def _finite(value: Any) -> Any:
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _finite_in(told: Any) -> Any:
    if isinstance(told, dict):
        return {name: _finite_in(value) for name, value in told.items()}
    return [_finite_in(value) for value in told] if isinstance(told, list) else _finite(told)
