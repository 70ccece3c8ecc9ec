"""The training loop, and nothing else: a generator of events.

It knows nothing of screens, files or other processes. To pause it, do not ask for the next event.
"""

from __future__ import annotations

import platform
import time
from collections.abc import Callable, Iterator
from importlib.metadata import version

import numpy as np

from bn_core import protocol
from bn_core.config import TrainingConfig
from bn_core.data.dataset import Dataset
from bn_core.data.order import batch_indices, pixels
from bn_core.network.compiled import CompiledNetwork, prepare
from bn_core.training import evaluation
from bn_core.training.diagnosis import first_layer_not_finite
from bn_core.training.events import (
    CheckpointTaken,
    Evaluated,
    Event,
    Failed,
    LoopCommand,
    RunStarted,
    SnapshotTaken,
    StatisticsRecorded,
    Step,
    Stopped,
)


def train(
    config: TrainingConfig,
    dataset: Dataset,
    *,
    compiled: CompiledNetwork | None = None,
    checkpoint: CheckpointTaken | None = None,
    command: Callable[[], LoopCommand] = lambda: "go",
) -> Iterator[Event]:
    """Train a network, saying all that happens. The last event is `Scored`, `Stopped` or `Failed`.

    Args:
        config: what to train.
        dataset: what to train it on.
        compiled: a network with `config.compile_key` as its key, in use by no other training; made where it is None.
        checkpoint: where to go on from; the beginning where it is None. From a checkpoint, the same events follow as
            would have followed without the interruption, to the last bit (times apart).
        command: asked after each step. "checkpoint" has a `CheckpointTaken` of this step follow, "stop" a
            `CheckpointTaken` and then `Stopped`.

    Raises:
        ValueError: the compiled network or the checkpoint belongs to another network.
    """
    if compiled is None:
        compiled = prepare(config)
    if compiled.key != config.compile_key:
        raise ValueError("This was compiled for another network.")
    compiled.start(config)
    if checkpoint is not None:
        compiled.restore(checkpoint.arrays)
    start = 0 if checkpoint is None else checkpoint.step
    yield RunStarted(start, config.to_json(), dataset.name, dataset.sha256, len(dataset.train_labels), versions())
    probed = dataset.test_images[: protocol.PROBE_IMAGES]
    if start == 0:
        # Somebody has pressed Train and waits for the first point of the curves: it comes before the probe.
        yield evaluate(compiled, config, dataset, 0)
        yield compiled.probe.measure(probed, 0, None)
        yield snapshot(compiled, 0)

    for step in range(start + 1, config.batches + 1):
        images, labels = training_batch(config, dataset, step - 1)
        started = time.perf_counter()
        result = compiled.step(pixels(images), labels.astype(np.int32))
        milliseconds = (time.perf_counter() - started) * 1000
        if not result.finite:
            layer, cause = first_layer_not_finite(compiled, pixels(images), labels.astype(np.int32))
            yield Failed(step, cause, layer)
            return
        yield Step(step, result.loss, result.accuracy, milliseconds)
        if result.batch_mean is not None and result.batch_variance is not None:
            yield StatisticsRecorded(step, result.batch_mean, result.batch_variance)
        if protocol.is_scheduled(step, config.batches):
            yield compiled.probe.measure(probed, step, result.gradient_norms)

        batch = step - 1
        if batch % protocol.CHECK_VALIDATION_EVERY == 0:
            yield evaluation.check_validation(compiled, config, dataset, step)
        elif batch % protocol.CHECK_BATCH_EVERY == 0:
            yield evaluation.check_batch(compiled, config, images, labels, step)
        if protocol.is_scheduled(step, config.batches) or step % protocol.MOVING_EVERY == 0:
            yield evaluate(compiled, config, dataset, step)
        if protocol.is_scheduled(step, config.batches):
            yield snapshot(compiled, step)

        commanded = command()
        if commanded != "go" or step % protocol.CHECKPOINT_EVERY == 0:
            yield CheckpointTaken(step, compiled.arrays())
        if commanded == "stop":
            yield Stopped(step)
            return

    yield evaluation.final_scores(compiled, config, dataset, config.batches)


def evaluate(compiled: CompiledNetwork, config: TrainingConfig, dataset: Dataset, step: int) -> Evaluated:
    """Return the scores at this step: under all three kinds of statistics where the schedule says so."""
    if config.normalized and protocol.is_scheduled(step, config.batches):
        return evaluation.with_all_statistics(compiled, dataset, step)
    return evaluation.with_moving_statistics(compiled, dataset, step)


def snapshot(compiled: CompiledNetwork, step: int) -> SnapshotTaken:
    """Return the weights and moving statistics at this step."""
    return SnapshotTaken(step, {name: np.asarray(variable) for name, variable in compiled.weights.items()})


def training_batch(config: TrainingConfig, dataset: Dataset, batch: int) -> tuple[np.ndarray, np.ndarray]:
    """Batch number `batch`, counted from 0: uint8 images (batch size, 28, 28) and labels (batch size,).

    The bug `sorted-batches` forgets to shuffle a training set that is sorted by class.
    """
    if not config.effect.shuffles:
        positions = np.arange(batch * config.batch_size, (batch + 1) * config.batch_size)
        chosen = np.argsort(dataset.train_labels, kind="stable")[positions % len(dataset.train_labels)]
    else:
        chosen = batch_indices(len(dataset.train_labels), config.batch_size, config.seed, batch)
    return dataset.train_images[chosen], dataset.train_labels[chosen]


def versions() -> dict[str, str]:
    """What the figures of a run depend on besides its configuration."""
    names = ("tensorflow", "keras", "numpy")
    return {"python": platform.python_version()} | {name: version(name) for name in names}
