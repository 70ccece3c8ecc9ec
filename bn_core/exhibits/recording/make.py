"""Trains one exhibit and keeps what is to be shipped of it."""

from __future__ import annotations

import datetime
import time
from collections.abc import Callable, Iterable, Mapping

import numpy as np

from bn_core.config import TrainingConfig
from bn_core.data.dataset import Dataset
from bn_core.exhibits import CapturedBatch, Provenance
from bn_core.exhibits.archive import FLOAT32_BITS, HALF
from bn_core.exhibits.catalogue import Exhibit
from bn_core.exhibits.curves import INSIDE
from bn_core.exhibits.full import captured_entry, snapshot_entry, snapshot_of
from bn_core.exhibits.recording.processor import processor
from bn_core.exhibits.recording.recording import Recording
from bn_core.network.compiled import CompiledNetwork, prepare
from bn_core.protocol import INFERENCE_CHUNK, SCORING_BATCH
from bn_core.questions import answers
from bn_core.questions.decay import statistics_after
from bn_core.questions.examiner import Examiner, loaded
from bn_core.questions.questions import ApplyDecay, Question
from bn_core.runs.records import canonical_question
from bn_core.training.evaluation import score, validation
from bn_core.training.events import CheckpointTaken, Event, RunStarted, SnapshotTaken, StatisticsRecorded, Step, pack
from bn_core.training.loop import train, training_batch

Say = Callable[[int], None]
"""Is told how many updates are done."""


def make(exhibit: Exhibit, dataset: Dataset, say: Say) -> Recording:
    """Train it, and ask what a page may ask of its snapshots."""
    started = time.time()
    compiled = prepare(exhibit.config)
    events: list[Event] = []
    weights: dict[int, dict[str, np.ndarray]] = {}
    for event in train(exhibit.config, dataset, compiled=compiled):
        match event:
            case SnapshotTaken(step, arrays):
                if step in exhibit.snapshot_steps:
                    weights[step] = arrays
            case CheckpointTaken():
                pass
            case _ if exhibit.full or not isinstance(event, INSIDE):
                events.append(event)
        if isinstance(event, Step):
            say(event.step)
    ended = time.time()
    return Recording(
        exhibit=exhibit,
        provenance=provenance(exhibit, dataset, events, ended),
        started=started,
        ended=ended,
        events=[pack(event) for event in events],
        weights=weights,
        bits={step: fewest_bits(compiled, exhibit.config, dataset, weights[step]) for step in weights},
        answers=answered(compiled, exhibit.config, dataset, exhibit.questions(), weights, statistics_of(events)),
        captured={step: capture(compiled, exhibit.config, dataset, weights[step]) for step in weights}
        if exhibit.captured
        else {},
        captured_batch=captured_batch(exhibit.config, dataset) if exhibit.captured else None,
    )


def provenance(exhibit: Exhibit, dataset: Dataset, events: list[Event], ended: float) -> Provenance:
    """Where these events come from."""
    return Provenance(
        versions=next(event.versions for event in events if isinstance(event, RunStarted)),
        processor=processor(),
        date=datetime.datetime.fromtimestamp(ended, datetime.UTC).isoformat(timespec="seconds"),
        command=f"python -m bn_core record --only {exhibit.key}",
        dataset=dataset.name,
        dataset_sha256=dataset.sha256,
    )


# Answers ---------------------------------------------------------------------------------------------------------


def answered(
    compiled: CompiledNetwork,
    config: TrainingConfig,
    dataset: Dataset,
    questions: Iterable[Question],
    weights: Mapping[int, dict[str, np.ndarray]],
    statistics: tuple[np.ndarray, np.ndarray],
) -> dict[str, bytes]:
    """Return the answers to these questions by canonical question, packed.

    Args:
        weights: by step, those that the questions are about.
        statistics: means and variances of every batch of the run, float32 (batches, channels) each.
    """
    examiner = Examiner(compiled)
    found = {}
    for question in questions:
        replayed = statistics_after(question, *statistics) if isinstance(question, ApplyDecay) else None
        answer = examiner.answer(question, config, dataset, weights[question.step], replayed)
        found[canonical_question(question.to_json())] = answers.pack(answer)
    return found


def statistics_of(events: Iterable[Event]) -> tuple[np.ndarray, np.ndarray]:
    """Return the means and the variances that were recorded, float32 (batches, channels) each."""
    recorded = [event for event in events if isinstance(event, StatisticsRecorded)]
    return np.array([event.mean for event in recorded]), np.array([event.variance for event in recorded])


# Weights ---------------------------------------------------------------------------------------------------------


def fewest_bits(
    compiled: CompiledNetwork, config: TrainingConfig, dataset: Dataset, arrays: dict[str, np.ndarray]
) -> int:
    """How many significant bits the kernels need, 11 (half precision) to 24 (all): the fewest with which no prediction
    on the validation images changes, with moving and with batch statistics."""
    exact = predictions(compiled, config, dataset, arrays)
    for bits in range(HALF, FLOAT32_BITS):
        shipped = snapshot_of(0, snapshot_entry(arrays, bits, config.architecture), config).arrays
        if np.array_equal(predictions(compiled, config, dataset, shipped), exact):
            return bits
    return FLOAT32_BITS


def predictions(
    compiled: CompiledNetwork, config: TrainingConfig, dataset: Dataset, arrays: dict[str, np.ndarray]
) -> np.ndarray:
    """What these weights make of the validation images, uint8 (1 or 2, 250)."""
    images, labels = validation(dataset)
    with loaded(compiled, config, arrays):
        found = [score(compiled.in_inference_mode, images, labels, INFERENCE_CHUNK)[1]]
        if config.normalized:
            with compiled.borrowed_statistics():
                found.append(score(compiled.in_training_mode, images, labels, SCORING_BATCH)[1])
    return np.stack(found)


# Captured channels -----------------------------------------------------------------------------------------------


def captured_batch(config: TrainingConfig, dataset: Dataset) -> CapturedBatch:
    """The batch of the run's first update."""
    return CapturedBatch(0, *training_batch(config, dataset, 0))


def capture(
    compiled: CompiledNetwork, config: TrainingConfig, dataset: Dataset, arrays: dict[str, np.ndarray]
) -> list[list[np.ndarray]]:
    """What batch normalization gets in the captured channels, for the images of `captured_batch` in training mode."""
    point = "linear" if config.placement == "before" else "relu"
    with loaded(compiled, config, arrays):
        layers = compiled.probe.activations(captured_batch(config, dataset).pictures)
    return captured_entry([layer[point] for layer in layers], config.architecture)
