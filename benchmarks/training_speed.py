"""How fast a training is: `python -m benchmarks.training_speed`.

Three processes, one after the other, one thread each. In each of them blocks of batches alternate between this lab's
`train()`, bare `keras.Model.fit` on the same network with Keras's own Adam, and (where PyTorch is installed) an eager
PyTorch loop. A ratio is taken of every pair of neighbouring blocks, as they share what else the machine does; a process
gives the median of its ratios, and the table the lowest and highest of the three. Then one whole default run tells what
share of it goes into evaluations.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from importlib.util import find_spec

import click
import numpy as np

from benchmarks.report import publish, table
from bn_core.config import TrainingConfig
from bn_core.data.dataset import Dataset
from bn_core.data.files import load
from bn_core.data.order import pixels
from bn_core.runtime import start_tensorflow

BLOCK = 40
"""Batches between two changes of side."""

PROCESSES = 3
LAB = "this lab, everything recorded"


def lab_blocks(config: TrainingConfig, dataset: Dataset) -> Iterator[float]:
    """Milliseconds a step, evaluations apart, with everything recorded that a run records."""
    from bn_core.training.events import Checked, Evaluated, Step
    from bn_core.training.loop import train

    started, spent, steps = time.perf_counter(), 0.0, 0
    for event in train(config.with_(batches=5000), dataset):
        if isinstance(event, Evaluated | Checked):
            spent += event.milliseconds
        if isinstance(event, Step):
            steps += 1
            if steps == BLOCK:
                yield ((time.perf_counter() - started) * 1000 - spent) / BLOCK
                started, spent, steps = time.perf_counter(), 0.0, 0


def keras_blocks(config: TrainingConfig, dataset: Dataset) -> Iterator[float]:
    """Milliseconds a step of `keras.Model.fit` with one callback-free epoch a block."""
    import keras

    from bn_core.network.network import build_network

    network = build_network(config)
    network.compile(keras.optimizers.Adam(config.learning_rate), keras.losses.BinaryCrossentropy(from_logits=True))
    images, labels = first_images(config, dataset)
    while True:
        started = time.perf_counter()
        network.fit(images, labels, batch_size=config.batch_size, epochs=1, shuffle=False, verbose=0)
        yield (time.perf_counter() - started) * 1000 / BLOCK


def torch_blocks(config: TrainingConfig, dataset: Dataset) -> Iterator[float]:
    """Milliseconds a step of the same network in eager PyTorch (BN before ReLU, without bias), one thread."""
    import torch

    from bn_core.architecture import CLASSES

    torch.set_num_threads(1)
    architecture = config.architecture
    units = architecture.dense_units
    layers: list[torch.nn.Module] = []
    for layer in architecture.convolutions:
        layers += [
            torch.nn.Conv2d(layer.channels_in, layer.channels, 3, layer.stride, padding=1, bias=False),
            torch.nn.BatchNorm2d(layer.channels, eps=config.epsilon, momentum=1 - config.momentum),
            torch.nn.ReLU(),
        ]
    layers += [torch.nn.Flatten(), torch.nn.Linear(architecture.flattened, units, bias=False)]
    layers += [torch.nn.BatchNorm1d(units), torch.nn.ReLU(), torch.nn.Linear(units, CLASSES)]
    network = torch.nn.Sequential(*layers)
    adam = torch.optim.Adam(network.parameters(), config.learning_rate)
    images, labels = (torch.from_numpy(array) for array in first_images(config, dataset))
    images = images.permute(0, 3, 1, 2).contiguous()
    while True:
        started = time.perf_counter()
        for start in range(0, len(images), config.batch_size):
            part = slice(start, start + config.batch_size)
            adam.zero_grad()
            loss = torch.nn.functional.binary_cross_entropy_with_logits(network(images[part]), labels[part])
            loss.backward()
            adam.step()
        yield (time.perf_counter() - started) * 1000 / BLOCK


def first_images(config: TrainingConfig, dataset: Dataset) -> tuple[np.ndarray, np.ndarray]:
    count = BLOCK * config.batch_size
    return pixels(dataset.train_images[:count]), np.eye(10, dtype=np.float32)[dataset.train_labels[:count]]


def alternate(sides: dict[str, Iterator[float]], blocks: int) -> dict[str, list[float]]:
    """Return each side's milliseconds a step, block by block; the first block of each only warms it up."""
    times: dict[str, list[float]] = {name: [] for name in sides}
    for _ in range(blocks + 1):
        for name, side in sides.items():
            times[name].append(next(side))
    return {name: values[1:] for name, values in times.items()}


def in_processes(blocks: int) -> list[dict[str, list[float]]]:
    """Return what `alternate` measures in each of the processes, which run one after the other."""
    command = [sys.executable, "-m", "benchmarks.training_speed", "--blocks", str(blocks), "--as-json"]
    outputs = [subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout for _ in range(PROCESSES)]
    return [json.loads(output) for output in outputs]


def speed_table(processes: list[dict[str, list[float]]]) -> str:
    """Return the table of milliseconds and ratios."""
    rows = []
    for name in processes[0]:
        milliseconds = statistics.median(value for times in processes for value in times[name])
        ratios = [
            statistics.median(ours / theirs for ours, theirs in zip(times[LAB], times[name], strict=True))
            for times in processes
        ]
        interval = "" if name == LAB else f"{statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})"
        rows.append([name, f"{milliseconds:.1f}", interval])
    return table(["one batch of 64", "median ms", f"this lab : that, pair by pair ({PROCESSES} processes)"], rows)


def shares_table(config: TrainingConfig) -> str:
    """Return the table of what a whole run's time went into."""
    start_tensorflow()
    from bn_core.network.compiled import prepare
    from bn_core.training.events import Checked, Evaluated, Scored
    from bn_core.training.loop import train

    names = {
        Evaluated: "evaluations under moving, batch and recalibrated statistics",
        Checked: "the notebook's lines",
        Scored: "the three final scores",
    }
    dataset, compiled = load(config.dataset), prepare(config)
    spent: defaultdict[str, float] = defaultdict(float)
    started = time.perf_counter()
    for event in train(config, dataset, compiled=compiled):
        if isinstance(event, Evaluated | Checked | Scored):
            spent[names[type(event)]] += event.milliseconds
    whole = (time.perf_counter() - started) * 1000
    rows = [[name, f"{milliseconds / whole:.1%}"] for name, milliseconds in spent.items()]
    return table(["part of a default run", "share of its time"], rows)


SIDES = {LAB: lab_blocks, "keras.Model.fit": keras_blocks}
if find_spec("torch"):
    SIDES["PyTorch, eager"] = torch_blocks


@click.command(help=__doc__)
@click.option("--blocks", default=9, show_default=True, help=f"Timed blocks of {BLOCK} batches a side.")
@click.option("--as-json", is_flag=True, help="Measure in this process alone, and print every block.")
def main(blocks: int, *, as_json: bool) -> None:
    config = TrainingConfig()
    if not as_json:
        publish("training speed", speed_table(in_processes(blocks)) + "\n\n" + shares_table(config))
        return
    start_tensorflow()
    dataset = load(config.dataset)
    sides = {name: blocks_of(config, dataset) for name, blocks_of in SIDES.items()}
    print(json.dumps(alternate(sides, blocks)))


if __name__ == "__main__":
    main()
