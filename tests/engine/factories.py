"""Events of a training, and the items as which they come to the host."""

from __future__ import annotations

import numpy as np

from bn_core.config import TrainingConfig
from bn_core.engine.items import Checkpoint, Snapshot
from bn_core.training.events import (
    CheckpointTaken,
    Event,
    RecordedEvent,
    RunStarted,
    Score,
    Scored,
    SnapshotTaken,
    StatisticsRecorded,
    Step,
    pack,
)

CONFIG = TrainingConfig(dataset="mnist-5k", batches=200)
STARTED = RunStarted(0, CONFIG.to_json(), "mnist-5k", "sha", 4000, {"python": "3.11"})


def step(number: int, loss: float = 0.5) -> Step:
    return Step(number, loss, 0.1, 20.0)


def steps(first: int, last: int) -> list[Step]:
    """Steps that can be told from those of another course."""
    return [step(number, number / 7) for number in range(first, last + 1)]


def statistics(number: int) -> StatisticsRecorded:
    return StatisticsRecorded(number, *np.random.default_rng(number).random((2, 860), np.float32))


def scored(number: int) -> Scored:
    score, labels, confusion = Score(0.1, 0.9), np.zeros(100, np.uint8), np.zeros((10, 10), int)
    return Scored(number, score, score, 0.9, None, confusion, confusion, labels, labels, None, 1.0)


def packed_snapshot(number: int) -> bytes:
    return pack(SnapshotTaken(number, {"weights": np.full(3000, number, np.float32)}))


def packed_checkpoint(number: int) -> bytes:
    return pack(CheckpointTaken(number, {"weights": np.arange(3.0) + number}))


def items(*events: Event) -> list[RecordedEvent]:
    return [RecordedEvent.of(event) for event in events]


def snapshot(number: int) -> Snapshot:
    return Snapshot(number, packed_snapshot(number))


def checkpoint(number: int) -> Checkpoint:
    return Checkpoint(number, packed_checkpoint(number))
