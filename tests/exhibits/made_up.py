"""Recordings of a few updates, made up: as training, the examiner and the captured channels give them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from bn_core.architecture import Architecture
from bn_core.config import TrainingConfig
from bn_core.exhibits import CapturedBatch, Provenance
from bn_core.exhibits.catalogue import Exhibit, exhibits
from bn_core.exhibits.full import captured_entry
from bn_core.exhibits.recording.recording import Recording
from bn_core.network.initial_weights import initial_kernels
from bn_core.questions import answers
from bn_core.questions.answers import Alone, CompanyChanged, OneByOneScored, Recalibrated
from bn_core.questions.questions import ChangeCompany, Recalibrate, ScoreOneByOne
from bn_core.runs.records import canonical_question
from bn_core.training.events import (
    Checked,
    Evaluated,
    Event,
    Failed,
    RunStarted,
    Score,
    Scored,
    StatisticsRecorded,
    Step,
    pack,
)
from tests.runs.stand_ins import probe

ARCHITECTURE = Architecture()

PROVENANCE = Provenance({"tensorflow": "2"}, "a processor", "2026-11-22T20:00:00+00:00", "a command", "mnist", "0" * 64)
SCORE = Score(0.25, 0.5)

STEPS = (2, 4)
"""The steps whose weights are kept."""

BEFORE, NONE = (
    replace(next(exhibit for exhibit in exhibits() if exhibit.variant == variant), snapshot_steps=STEPS)
    for variant in ("before", "none")
)
"""Two full exhibits, one with channels captured, and one without batch normalization."""


def random(seed: int) -> np.random.Generator:
    return np.random.default_rng(seed)


def floats(seed: int, *shape: int) -> np.ndarray:
    return random(seed).normal(size=shape).astype(np.float32)


def pictures(seed: int, count: int) -> np.ndarray:
    return random(seed).integers(0, 256, (count, 28, 28), np.uint8)


def told(config: TrainingConfig, steps: int = 4, *, fails: bool = False) -> list[Event]:
    """What a training of so many updates says, layers and statistics included."""
    events: list[Event] = [
        RunStarted(0, config.to_json(), config.dataset, "0" * 64, 55_000, {"tensorflow": "2"}),
        probe(0),
        Evaluated(0, 250, SCORE, SCORE if config.normalized else None, SCORE if config.normalized else None, 7.5),
    ]
    for step in range(1, steps + 1):
        loss, accuracy, milliseconds = (float(value) for value in np.abs(floats(step, 3)))
        events.append(Step(step, loss, accuracy, milliseconds))
        if config.normalized:
            mean, deviation = floats(step, 2, ARCHITECTURE.channels) * 10.0 ** random(step).integers(
                -6, 3, (2, ARCHITECTURE.channels)
            )
            events.append(StatisticsRecorded(step, mean.astype(np.float32), np.square(deviation).astype(np.float32)))
        if step == 2:
            events += [
                probe(step),
                Checked(step, step - 1, "training", SCORE, 5.0),
                Evaluated(2, 250, SCORE, None, None, 7),
            ]
    labels, counts = np.arange(100, dtype=np.uint8) % 10, np.eye(10, dtype=np.int64)
    scored = Scored(steps, SCORE, Score(0.1, 0.9375), 0.5, None, counts, counts, labels, labels, None, 9.0)
    events.append(Failed(steps + 1, "The loss is not a number.", None) if fails else scored)
    return events


def weights(config: TrainingConfig) -> dict[str, np.ndarray]:
    """Weights after a while: what no input reaches is as it was."""
    arrays = {}
    for number, (layer, kernel) in enumerate(initial_kernels(config).items(), 1):
        moved = kernel + 0.01 * floats(number, *kernel.shape)
        if layer.startswith("conv_") and number > 15:
            centre = kernel.copy()
            centre[1, 1] = moved[1, 1]
            moved = centre
        elif number == 15:
            corner = kernel.copy()
            corner[:2, :2] = moved[:2, :2]
            moved = corner
        arrays[f"{layer}/kernel"] = moved
    if config.normalized:
        for number, channels in enumerate(ARCHITECTURE.layer_channels, 1):
            for seed, name in enumerate(("gamma", "beta", "moving_mean", "moving_variance")):
                arrays[f"bn_{number}/{name}"] = np.abs(floats(seed, channels))
    arrays["logits/bias"] = floats(3, 10)
    return arrays


def answered(step: int) -> dict[str, bytes]:
    """Answers with pictures in them, some of them the same."""
    shared = pictures(0, 63)
    alone = Alone(floats(1, 100, 10), floats(2, 20))
    found = {
        Recalibrate(step): Recalibrated(
            250, SCORE, SCORE, None, floats(step, ARCHITECTURE.channels), floats(5, ARCHITECTURE.channels)
        ),
        ScoreOneByOne(step): OneByOneScored(
            pictures(1, 100), np.zeros(100, np.uint8), alone, None, alone, floats(step, 20)
        ),
        ChangeCompany(step, 3, "mixed"): CompanyChanged(
            pictures(1, 100)[3], 0, shared, floats(step, 20, 10), floats(4, 20, 10), None
        ),
        ChangeCompany(step, 3, "alone"): CompanyChanged(
            pictures(1, 100)[3], 0, shared[:0], None, floats(4, 1, 10), None
        ),
    }
    return {canonical_question(question.to_json()): answers.pack(answer) for question, answer in found.items()}


def activations() -> list[np.ndarray]:
    """What batch normalization gets, of a size that is right for the last layers only: by layer, channels last."""
    maps = [floats(number, 64, 1, 1, channels) for number, channels in enumerate(ARCHITECTURE.layer_channels[:-1], 1)]
    maps[2] = floats(3, 64, 14, 14, ARCHITECTURE.layer_channels[2])
    return [*maps, floats(20, 64, ARCHITECTURE.layer_channels[-1])]


def recording(exhibit: Exhibit, **changes: object) -> Recording:
    """A recording of this exhibit, with everything where it is full."""
    events = told(exhibit.config)
    full: dict[str, object] = {}
    if exhibit.full:
        full = {
            "weights": {step: weights(exhibit.config) for step in exhibit.snapshot_steps},
            "bits": dict.fromkeys(exhibit.snapshot_steps, 12),
            "answers": {question: packed for step in STEPS for question, packed in answered(step).items()},
        }
    if exhibit.captured:
        full["captured"] = {step: captured_entry(activations(), ARCHITECTURE) for step in exhibit.snapshot_steps}
        full["captured_batch"] = CapturedBatch(0, pictures(9, 64), np.arange(64, dtype=np.uint8) % 10)
    kept = [pack(event) for event in events if exhibit.full or type(event).__name__ in CURVES]
    return Recording(
        **{"exhibit": exhibit, "provenance": PROVENANCE, "started": 1e9, "ended": 1e9 + 60, "events": kept}
        | full
        | changes
    )  # type: ignore[arg-type]


CURVES = ("RunStarted", "Step", "Evaluated", "Checked", "Scored", "Failed")
"""What is kept of a run that is not full."""
