"""Same weights, five accuracies: `python -m benchmarks.stale_statistics`.

BN before ReLU without bias on full MNIST, from Glorot and from truncated normal kernels, seeds 0, 1 and 2. At some
steps the weights are scored on 250 validation images under five kinds of statistics, and the moving variance (momentum
0.99) is compared with the true one, layer by layer. These are the answers that the page Population statistics shows for
the same runs.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import click
import numpy as np

from benchmarks.parallel import processes_option, side_by_side
from benchmarks.report import publish, table
from bn_core.config import Initializer, TrainingConfig

SEEDS = (0, 1, 2)
STEPS = (10, 50, 100, 150, 250)
LAYERS = (1, 5, 10, 15, 19)
INITIALIZERS: tuple[Initializer, ...] = ("glorot", "truncated-normal")


@dataclass(frozen=True)
class Row:
    """The weights of one run after so many updates.

    Attributes:
        accuracies: with batch statistics, with moving ones of momentum 0.99, with those debiased, with momentum 0.9,
            and with recalibrated ones.
        excess: moving variance / true variance of `LAYERS`, each the median over the layer's channels.
    """

    config: TrainingConfig
    step: int
    accuracies: tuple[float, ...]
    excess: tuple[float, ...]


def rows_of(config: TrainingConfig) -> list[Row]:
    """Train one configuration and ask about its steps."""
    from bn_core.runtime import start_tensorflow

    start_tensorflow()
    from bn_core.data.files import load
    from bn_core.network.compiled import CompiledNetwork
    from bn_core.questions.decay import statistics_after
    from bn_core.questions.examiner import Examiner
    from bn_core.questions.questions import ApplyDecay, Recalibrate
    from bn_core.training.events import SnapshotTaken, StatisticsRecorded
    from bn_core.training.loop import train

    dataset = load(config.dataset)
    examiner = Examiner(CompiledNetwork(config))
    means, variances, rows = [], [], []
    for event in train(config, dataset):
        if isinstance(event, StatisticsRecorded):
            means.append(event.mean)
            variances.append(event.variance)
        if not isinstance(event, SnapshotTaken) or event.step not in STEPS:
            continue

        decays = [
            ApplyDecay(event.step, config.momentum),
            ApplyDecay(event.step, config.momentum, debiased=True),
            ApplyDecay(event.step, 0.9),
        ]
        after = [statistics_after(question, np.array(means), np.array(variances)) for question in decays]
        answers: list[Any] = [
            examiner.answer(question, config, dataset, event.arrays, statistics)
            for question, statistics in zip(decays, after, strict=True)
        ]
        truth: Any = examiner.answer(Recalibrate(event.step), config, dataset, event.arrays)
        ratio = after[0].variances / np.maximum(truth.variances, np.finfo(np.float32).tiny)
        excess = tuple(float(np.median(ratio[config.architecture.channels_of(layer)])) for layer in LAYERS)
        scores = [truth.batch, *(answer.score for answer in answers), truth.recalibrated]
        rows.append(Row(config, event.step, tuple(score.accuracy for score in scores), excess))
    return rows


def spread(values: Iterable[float], form: str) -> str:
    """The median over the seeds, with the lowest and the highest."""
    lowest, *_, highest = ordered = sorted(values)
    return f"{statistics.median(ordered):{form}} ({lowest:{form}} to {highest:{form}})"


@click.command(help=__doc__)
@processes_option
def main(processes: int) -> None:
    configs = [
        TrainingConfig(initializer=initializer, batches=STEPS[-1], seed=seed)
        for initializer in INITIALIZERS
        for seed in SEEDS
    ]
    rows = [row for of_run in side_by_side(rows_of, configs, processes) for row in of_run]
    header = ["kernels", "batch", "batch statistics", "moving 0.99", "debiased", "moving 0.9", "recalibrated"]
    header += [f"layer {layer}" for layer in LAYERS]
    cells = []
    for initializer in INITIALIZERS:
        for step in STEPS:
            group = [row for row in rows if row.config.initializer == initializer and row.step == step]
            accuracies = zip(*(row.accuracies for row in group), strict=True)
            excesses = zip(*(row.excess for row in group), strict=True)
            cells.append(
                [initializer, str(step)]
                + [spread(values, ".2f") for values in accuracies]
                + [spread(values, ".3g") for values in excesses]
            )
    publish("stale statistics", table(header, cells))


if __name__ == "__main__":
    main()
