"""What the variants reach: `python -m benchmarks.variants`.

The network without batch normalization, and its four BN variants as a layer and by hand, each with seeds 0, 1 and 2:
full MNIST, 800 batches, everything else at its default. Two trainings run side by side on two cores.
"""

from __future__ import annotations

import itertools
import statistics
from collections.abc import Iterable
from dataclasses import dataclass

import click

from benchmarks.parallel import processes_option, side_by_side
from benchmarks.report import publish, table
from bn_core.config import TrainingConfig
from bn_core.training.events import Evaluated, Score, Scored

SEEDS = (0, 1, 2)


@dataclass(frozen=True)
class Outcome:
    """What one training came to: the evaluation after 100 batches, and the final scores."""

    config: TrainingConfig
    at_100: Evaluated
    scored: Scored

    @property
    def test(self) -> float:
        return self.scored.test.accuracy


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
    return Outcome(config, at_100, scored)


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
                each((outcome.scored.one_by_one for outcome in seeds), 2),
                each((outcome.scored.one_by_one_batch for outcome in seeds), 2),
                each((outcome.at_100.moving.accuracy for outcome in seeds), 3),
                each((accuracy_of(outcome.at_100.recalibrated) for outcome in seeds), 3),
            ]
        )
    return cells


def each(values: Iterable[float | None], digits: int = 4) -> str:
    return " ".join("" if value is None else f"{value:.{digits}f}" for value in values)


def accuracy_of(score: Score | None) -> float | None:
    return None if score is None else score.accuracy


def one_digit_only(scored: Scored) -> bool:
    """Whether lone images under their own statistics scored exactly the share of one digit."""
    shares = [float((scored.one_by_one_labels == digit).mean()) for digit in range(10)]
    return scored.one_by_one_batch in shares


@click.command(help=__doc__)
@processes_option
def main(processes: int) -> None:
    outcomes = []
    for outcome in side_by_side(run, configs(), processes):
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
    gap = max(abs(outcome.scored.one_by_one - outcome.test) for outcome in normalized)
    share = "every" if all(one_digit_only(outcome.scored) for outcome in normalized) else "NOT every"
    lowest = min(outcome.test for outcome in normalized)
    summary = (
        f"Over the {len(normalized)} runs with batch normalization: lowest test accuracy {lowest:.4f}; the 100 images "
        f"one by one are within {gap:.3f} of the test accuracy; with batch statistics {share} score is the share of "
        "one single digit among the 100."
    )
    publish("variants", table(header, rows(outcomes)) + "\n\n" + summary)


if __name__ == "__main__":
    main()
