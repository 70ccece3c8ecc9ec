"""What the variants reach: `python -m benchmarks.variants`.

The network without batch normalization, and its four BN variants as a layer and by hand, each with seeds 0, 1 and 2:
full MNIST, 800 batches, everything else at its default. Two trainings run side by side on two cores.
"""

from __future__ import annotations

import itertools
import statistics
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context

import click

from benchmarks.report import publish, table
from bn_core.config import TrainingConfig
from bn_core.training.events import Evaluated, Scored

SEEDS = (0, 1, 2)


@dataclass(frozen=True)
class Outcome:
    """What one training came to. The scores at step 100 are accuracies on 250 validation images."""

    config: TrainingConfig
    test: float
    one_by_one: float
    one_by_one_batch: float | None
    class_shares: tuple[float, ...]
    moving_at_100: float
    recalibrated_at_100: float | None


def configs() -> list[TrainingConfig]:
    """Without BN, then placement x bias x implementation."""
    without = [TrainingConfig(placement="none", bias=True, seed=seed) for seed in SEEDS]
    variants = itertools.product(("before", "after"), (False, True), ("layer", "by-hand"), SEEDS)
    return without + [
        TrainingConfig.of({"placement": placement, "bias": bias, "implementation": implementation, "seed": seed})
        for placement, bias, implementation, seed in variants
    ]


def run(config: TrainingConfig) -> Outcome:
    """Train one configuration from its beginning to its final scores."""
    from bn_core.runtime import start_tensorflow

    start_tensorflow()
    from bn_core.data.files import load
    from bn_core.training.loop import train

    dataset = load(config.dataset)
    at_100 = scored = None
    for event in train(config, dataset):
        if isinstance(event, Evaluated) and event.step == 100:
            at_100 = event
        if isinstance(event, Scored):
            scored = event
    if at_100 is None or scored is None:
        raise RuntimeError(f"{config} did not come to its end.")
    shares = [float((scored.one_by_one_labels == digit).mean()) for digit in range(10)]
    return Outcome(
        config,
        scored.test.accuracy,
        scored.one_by_one,
        scored.one_by_one_batch,
        tuple(shares),
        at_100.moving.accuracy,
        None if at_100.recalibrated is None else at_100.recalibrated.accuracy,
    )


def rows(outcomes: Iterable[Outcome]) -> list[list[str]]:
    """One row a variant: the three seeds' figures, and their median test accuracy."""
    cells = []
    for _, group in itertools.groupby(outcomes, lambda outcome: outcome.config.with_(seed=0)):
        seeds = list(group)
        config = seeds[0].config
        cells.append(
            [
                config.placement if config.normalized else "none",
                "yes" if config.bias else "no",
                config.implementation if config.normalized else "",
                each(outcome.test for outcome in seeds),
                f"{statistics.median(outcome.test for outcome in seeds):.4f}",
                each((outcome.one_by_one for outcome in seeds), 2),
                each((outcome.one_by_one_batch for outcome in seeds), 2),
                each((outcome.moving_at_100 for outcome in seeds), 3),
                each((outcome.recalibrated_at_100 for outcome in seeds), 3),
            ]
        )
    return cells


def each(values: Iterable[float | None], digits: int = 4) -> str:
    return " ".join("" if value is None else f"{value:.{digits}f}" for value in values)


def one_digit_only(outcome: Outcome) -> bool:
    """Whether a lone image under its own statistics scored exactly the share of one digit."""
    return outcome.one_by_one_batch is None or outcome.one_by_one_batch in outcome.class_shares


@click.command(help=__doc__)
@click.option("--processes", default=2, show_default=True, help="Trainings side by side.")
def main(processes: int) -> None:
    outcomes = []
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn"), max_tasks_per_child=1) as pool:
        for outcome in pool.map(run, configs()):
            click.echo(f"{outcome.config.to_url()}: test {outcome.test:.4f}", err=True)
            outcomes.append(outcome)
    header = [
        "placement",
        "bias",
        "implementation",
        "test accuracy, seeds 0 1 2",
        "median",
        "100 one by one, moving",
        "100 one by one, batch",
        "at 100: moving",
        "at 100: recalibrated",
    ]
    normalized = [outcome for outcome in outcomes if outcome.config.normalized]
    gap = max(abs(outcome.one_by_one - outcome.test) for outcome in normalized)
    share = "every" if all(map(one_digit_only, normalized)) else "NOT every"
    lowest = min(outcome.test for outcome in normalized)
    summary = (
        f"Over the {len(normalized)} runs with batch normalization: lowest test accuracy {lowest:.4f}; the 100 images "
        f"one by one are within {gap:.3f} of the test accuracy; with batch statistics {share} score is the share of "
        "one single digit among the 100."
    )
    publish("variants", table(header, rows(outcomes)) + "\n\n" + summary)


if __name__ == "__main__":
    main()
