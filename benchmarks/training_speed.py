"""How fast a training is: `python -m benchmarks.training_speed`.

One process, one thread. Blocks of batches alternate between this lab's `train()`, bare `keras.Model.fit` on the same
network with Keras's own Adam, and (where PyTorch is installed) an eager PyTorch loop; medians over the blocks. Then one
whole default run tells what share of it goes into evaluations.
"""

from __future__ import annotations

import statistics
import time
from collections import Counter
from collections.abc import Callable, Iterator

import click
import numpy as np

from benchmarks.report import publish, table
from bn_core.config import TrainingConfig
from bn_core.data.datasets import Dataset, load, pixels
from bn_core.runtime import start_tensorflow

BLOCK = 40
"""Batches between two changes of side."""


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

    from bn_core.network.architecture import CLASSES

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


def alternate(sides: dict[str, Iterator[float]], blocks: int) -> dict[str, float]:
    """Median milliseconds a step of each side; the first block of each only warms it up."""
    times: dict[str, list[float]] = {name: [] for name in sides}
    for _ in range(blocks + 1):
        for name, side in sides.items():
            times[name].append(next(side))
    return {name: statistics.median(values[1:]) for name, values in times.items()}


def shares_of_a_run(config: TrainingConfig, dataset: Dataset) -> dict[str, float]:
    """Which share of a whole run's time went where, 0 to 1."""
    from bn_core.network.compiled import prepare
    from bn_core.training.events import Checked, Evaluated, Scored
    from bn_core.training.loop import train

    compiled = prepare(config)
    spent: Counter[str] = Counter()
    started = time.perf_counter()
    for event in train(config, dataset, compiled=compiled):
        if isinstance(event, Evaluated):
            spent["evaluations under moving, batch and recalibrated statistics"] += event.milliseconds
        elif isinstance(event, Checked):
            spent["the notebook's lines"] += event.milliseconds
        elif isinstance(event, Scored):
            spent["the three final scores"] += event.milliseconds
    whole = (time.perf_counter() - started) * 1000
    return {name: milliseconds / whole for name, milliseconds in spent.items()}


def available(sides: dict[str, Callable[[TrainingConfig, Dataset], Iterator[float]]]) -> list[str]:
    from importlib.util import find_spec

    return [name for name in sides if name != "PyTorch, eager" or find_spec("torch")]


@click.command(help=__doc__)
@click.option("--blocks", default=9, show_default=True, help=f"Timed blocks of {BLOCK} batches a side.")
def main(blocks: int) -> None:
    start_tensorflow()
    config = TrainingConfig()
    dataset = load(config.dataset)
    sides = {
        "this lab, everything recorded": lab_blocks,
        "keras.Model.fit": keras_blocks,
        "PyTorch, eager": torch_blocks,
    }
    times = alternate({name: sides[name](config, dataset) for name in available(sides)}, blocks)
    ours = times["this lab, everything recorded"]
    rows = [[name, f"{value:.1f}", f"{ours / value:.2f}"] for name, value in times.items()]
    shares = [[name, f"{share:.1%}"] for name, share in shares_of_a_run(config, dataset).items()]
    publish(
        "training speed",
        table(["one batch of 64", "median ms", "this lab : that"], rows)
        + "\n\n"
        + table(["part of a default run", "share of its time"], shares),
    )


if __name__ == "__main__":
    main()
