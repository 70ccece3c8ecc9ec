"""What this lab trains is plausible: every run that comes with the app, and each kind of run as it is trained today."""

from __future__ import annotations

import itertools
from collections import defaultdict

import numpy as np
import pytest

from bn_core.bugs import EFFECTS
from bn_core.config import TrainingConfig
from bn_core.exhibits import library
from bn_core.runs.copies import RunCopy
from bn_core.runs.records import RunRecord
from bn_core.training.events import (
    CheckpointTaken,
    Event,
    Failed,
    Scored,
    SnapshotTaken,
    StatisticsRecorded,
    Step,
    pack,
)
from bn_core.transfer import file, plausible

PLACEMENTS = ("none", "before", "after")


def copy_of(config: TrainingConfig, told: list[Event], dataset_note: str | None = None) -> RunCopy:
    """The run that said this."""
    kept = [event for event in told if not isinstance(event, SnapshotTaken | CheckpointTaken)]
    end = kept[-1]
    return RunCopy(
        id="abcdefgh01",
        config=config,
        name=None,
        status="finished" if isinstance(end, Scored) else "failed" if isinstance(end, Failed) else "stopped",
        message=end.cause if isinstance(end, Failed) else None,
        step=max(event.step for event in kept),
        milliseconds=sum(getattr(event, "milliseconds", 0.0) for event in kept),
        created=1.7e9,
        started=1.7e9,
        ended=1.7e9 + 60,
        dataset_note=dataset_note,
        test_accuracy=end.test.accuracy if isinstance(end, Scored) else None,
        recording="everything",
        snapshots_removed=0,
        checked_late=False,
        events=tuple((type(event).__name__, pack(event)) for event in kept),
        snapshots={event.step: pack(event) for event in told if isinstance(event, SnapshotTaken)},
        answers={},
    )


def told_by(run: RunRecord) -> list[Event]:
    """What a run that comes with the app said, as far as it is kept."""
    runs, by_step = library(), defaultdict[int, list[Event]](list)
    history, statistics = runs.history(run.id), runs.statistics(run.id)
    columns = (history.losses, history.accuracies, history.milliseconds)
    for step, *values in zip(history.steps, *columns, strict=True):
        by_step[int(step)].append(Step(int(step), *map(float, values)))
    for step, mean, variance in zip(statistics.steps, statistics.means, statistics.variances, strict=True):
        by_step[int(step)].append(StatisticsRecorded(int(step), np.array(mean), np.array(variance)))
    for event in (*runs.probes(run.id).probes, *history.checks, *history.evaluations):
        by_step[event.step].append(event)
    assert history.started is not None
    ends = filter(None, (history.scored, history.stopped, history.failed))
    return [history.started, *(event for step in sorted(by_step) for event in by_step[step]), *ends]


def test_the_runs_that_come_with_the_app_are_plausible() -> None:
    runs = library()
    for run in runs.runs():
        copy = copy_of(run.config, told_by(run), run.dataset_note)
        snapshots = {step: runs.snapshot(run.id, step) for step in runs.snapshot_steps(run.id)}
        plausible.check(RunCopy(**vars(copy) | {"snapshots": snapshots}))


def test_a_recorded_run_of_800_batches_makes_the_round_trip() -> None:
    run = next(run for run in library().runs() if library().snapshot_steps(run.id) and run.config.normalized)
    copy = copy_of(run.config, told_by(run), run.dataset_note)
    assert file.read(file.written([copy])) == [copy]


@pytest.mark.long
@pytest.mark.parametrize(
    "values",
    [
        *({"placement": placement, "bias": bias} for placement, bias in itertools.product(PLACEMENTS, (True, False))),
        *({"bug": bug} for bug in EFFECTS if bug != "none"),
        {"implementation": "by-hand"},
        {"placement": "none", "learning_rate": 1.0, "initializer": "he"},
    ],
    ids=str,
)
def test_what_is_trained_today_is_plausible(values: dict[str, object]) -> None:
    from bn_core.runtime import start_tensorflow

    start_tensorflow()
    from bn_core.data.files import load
    from bn_core.training.loop import train

    config = TrainingConfig.of({"batches": 3, "dataset": "mnist-5k", "batch_size": 16} | values)
    told = list(train(config, load("mnist-5k")))
    plausible.check(copy_of(config, told))
