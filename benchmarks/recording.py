"""What recording costs: `python -m benchmarks.recording`.

Two default runs, 800 batches each, in one process with one thread, alternate in blocks of 40 batches. One is this lab's
`train()` with all that it says (statistics of every batch, probes, snapshots, checkpoints, gradient norms) packed and
written to a run store; the other does the same updates and records the losses only. Evaluations are left out of both.
"""

from __future__ import annotations

import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import click
import numpy as np

from benchmarks.report import publish, table
from bn_core.config import TrainingConfig
from bn_core.data.dataset import Dataset
from bn_core.data.files import load
from bn_core.data.order import pixels
from bn_core.runs.store import Store
from bn_core.runtime import start_tensorflow
from bn_core.training.events import RecordedEvent

BLOCK = 40
"""Batches between two changes of side."""


def recording_blocks(config: TrainingConfig, dataset: Dataset, store: Store, sizes: Counter[str]) -> Iterator[float]:
    """Milliseconds of each block of a run that records everything; adds up the bytes of what it records."""
    from bn_core.network.compiled import prepare
    from bn_core.training.events import Checked, CheckpointTaken, Evaluated, Scored, SnapshotTaken, Step, pack
    from bn_core.training.loop import train

    run_id = store.add_run(config, "0" * 64)
    store.set_status(run_id, "running")
    compiled = prepare(config)
    kinds = {SnapshotTaken: "weight snapshots", CheckpointTaken: "checkpoints (only the latest is kept)"}
    apart = 0.0
    waiting: list[RecordedEvent] = []
    started = time.perf_counter()
    for event in train(config, dataset, compiled=compiled):
        if isinstance(event, Evaluated | Checked | Scored):
            apart += event.milliseconds
        if isinstance(event, CheckpointTaken | SnapshotTaken):
            store.append(run_id, waiting)
            waiting = []
            keep = store.put_checkpoint if isinstance(event, CheckpointTaken) else store.put_snapshot
            packed = pack(event)
            keep(run_id, event.step, packed)
        else:
            row = RecordedEvent.of(event)
            packed = row.packed
            waiting.append(row)
        sizes[kinds.get(type(event), "events")] += len(packed)
        # What belongs to a batch comes before the next one begins.
        if isinstance(event, Step) and event.step % BLOCK == 1 and event.step > 1:
            yield (time.perf_counter() - started) * 1000 - apart
            started, apart = time.perf_counter(), 0.0
    store.append(run_id, waiting)
    yield (time.perf_counter() - started) * 1000 - apart


def silent_blocks(config: TrainingConfig, dataset: Dataset) -> Iterator[float]:
    """Milliseconds of each block of a run that keeps its losses and nothing else."""
    import tensorflow as tf

    from bn_core.network.compiled import CompiledNetwork, cross_entropy, share_right
    from bn_core.network.graphs import IMAGES, LABELS, graph
    from bn_core.training.loop import training_batch

    compiled = CompiledNetwork(config)
    compiled.start(config)

    @graph(IMAGES, LABELS)
    def step(images: tf.Tensor, labels: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        with tf.GradientTape() as tape:
            logits = compiled.network(images, training=True)
            loss = cross_entropy(logits, labels)
        compiled._adam(list(tape.gradient(loss, compiled._trained).values()))
        return loss, share_right(logits, labels)

    step(np.zeros((2, 28, 28, 1), np.float32), np.zeros(2, np.int32))
    compiled.start(config)
    losses = []
    started = time.perf_counter()
    for batch in range(config.batches):
        images, labels = training_batch(config, dataset, batch)
        losses.append([float(value) for value in step(pixels(images), labels.astype(np.int32))])
        if (batch + 1) % BLOCK == 0:
            yield (time.perf_counter() - started) * 1000
            started = time.perf_counter()


@click.command(help=__doc__)
def main() -> None:
    start_tensorflow()
    config = TrainingConfig()
    dataset = load(config.dataset)
    with tempfile.TemporaryDirectory() as folder:
        store = Store.open(Path(folder))
        sizes: Counter[str] = Counter()
        sides = recording_blocks(config, dataset, store, sizes), silent_blocks(config, dataset)
        on, off = map(sum, zip(*zip(*sides, strict=True), strict=True))
    rows = [["everything recorded", f"{on / config.batches:.1f}"], ["losses only", f"{off / config.batches:.1f}"]]
    publish(
        "recording",
        table(["a default run, evaluations apart", "milliseconds a batch"], [*rows, ["ratio", f"{on / off:.3f}"]])
        + "\n\n"
        + table(["what it leaves in the store", "MB"], [[kind, f"{size / 1e6:.2f}"] for kind, size in sizes.items()]),
    )


if __name__ == "__main__":
    main()
