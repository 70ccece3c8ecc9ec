"""The events of a recorded run as rows of the store: what an archive keeps of them, put together again."""

from __future__ import annotations

import json
from typing import Any

from bn_core.exhibits import Library
from bn_core.exhibits.curves import INSIDE, KINDS, Curves
from bn_core.exhibits.full import ANSWERS
from bn_core.network.layers_probed import LayersProbed
from bn_core.runs.incremental import Row
from bn_core.runs.inside import ProbeHistory, StatisticsHistory
from bn_core.training.events import StatisticsRecorded, Step, pack


def recorded_events(library: Library, run_id: str) -> list[Row]:
    """Return the events of a run with their numbers, in order; nothing for what is no recorded run."""
    curves = library.curves(run_id)
    if curves is None:
        return []
    return rows_of(curves, library.probes(run_id), library.statistics(run_id))


def rows_of(curves: Curves, probed: ProbeHistory, known: StatisticsHistory) -> list[Row]:
    """Return the events that these were made from, as rows."""
    steps = zip(curves.losses.tolist(), curves.accuracies.tolist(), curves.milliseconds.tolist(), strict=True)
    statistics = zip(known.steps.tolist(), known.means, known.variances, strict=True)
    apart = {
        Step: [pack(Step(step, *values)) for step, values in enumerate(steps, 1)],
        LayersProbed: [pack(probe) for probe in probed.probes],
        StatisticsRecorded: [pack(StatisticsRecorded(*values)) for values in statistics],
    }
    assert set(apart) == {Step, *INSIDE}
    waiting = {kind.__name__: iter(packed) for kind, packed in apart.items()}
    told = iter(curves.told)
    kinds = [KINDS[code] for code in curves.order.tolist()]
    return [(number, next(waiting.get(kind, told))) for number, kind in enumerate(kinds, 1)]


def answered_questions(library: Library, run_id: str) -> tuple[dict[str, Any], ...]:
    """Return every question whose answer was recorded, as `RunService.ask` takes it."""
    entry = library._kept(run_id, ANSWERS) or {"answers": ()}
    return tuple(json.loads(question) for question in entry["answers"])
