"""Runs whose moving statistics lag behind, made up without training."""

from __future__ import annotations

import numpy as np

from bn_core.architecture import Architecture
from bn_core.config import TrainingConfig
from bn_core.runs.records import owner_hash
from bn_core.training.events import RecordedEvent, StatisticsRecorded, Step
from tests.pages.lab import ME, Lab, told


def add(lab: Lab, *, status: str = "running", steps: int = 60, statistics: bool = True, **fields) -> str:
    """A run with statistics whose variance is a tenth of what their moving average starts with. Its id."""
    config = TrainingConfig.of({"batches": 120} | fields)
    run_id = lab.store.add_run(config, owner_hash(ME))
    lab.store.take_requests()
    if status == "queued":
        return run_id
    lab.store.set_status(run_id, "compiling", worker="one")
    if status == "compiling":
        return run_id
    lab.store.set_status(run_id, "running", worker="one")
    go_on(lab, run_id, config, 0, config.batches if status == "finished" else steps, statistics)
    if status != "running":
        lab.store.set_status(run_id, status)
    return run_id


def go_on(lab: Lab, run_id: str, config: TrainingConfig, first: int, last: int, statistics: bool = True) -> None:
    """Records what is said after batch `first` up to batch `last`."""
    events = []
    for event in told(config, first, last):
        events.append(event)
        if statistics and isinstance(event, Step):
            numbers = np.random.default_rng(event.step)
            mean = numbers.normal(0.2, 0.05, Architecture().channels).astype(np.float32)
            variance = numbers.uniform(0.09, 0.11, Architecture().channels).astype(np.float32)
            events.append(StatisticsRecorded(event.step, mean, variance))
    lab.store.append(run_id, [RecordedEvent.of(event) for event in events])
