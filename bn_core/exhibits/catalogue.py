"""Which runs come with the app: the race, its sweep over seeds, the mistakes, a short run, and the notebook.

One table for all: `python -m bn_core record` makes these runs, `bn_core.exhibits` reads them, pages name them.
"""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal, get_args

from bn_core.config import TrainingConfig
from bn_core.names import MISTAKES, NETWORKS, Variant
from bn_core.questions import questions
from bn_core.questions.questions import Company, Question

Group = Literal["race", "sweep", "bugs", "short", "notebook"]

SWEEP_SEEDS = (0, 1, 2, 3, 4)
BUG_SEEDS = (0, 1, 2)

SNAPSHOT_STEPS = (100, 250, 800)
"""When the weights of a full run are kept: in the plateau of the moving statistics, at its end, and at the run's."""

CAPTURED = "before"
"""The full run of which channels are captured for the page that goes through one batch step by step."""

DECAYS = (0.0, 0.5, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.999)
"""The decays that a page offers to apply after the fact, to a full run as they are and debiased."""

COMPANY_IMAGES = (3, 2, 1, 18, 4, 8, 11, 0, 61, 7)
"""The test images whose company is changed: the first of each class, 0 to 9, in MNIST."""


RACE = NETWORKS
"""The six lanes of the race, and of its sweep over seeds."""

HEALTHY = "before"
"""The variant that each mistake is compared with: what it would be without the mistake."""

BUGS = MISTAKES
"""What Break it shows."""

SHORT = Variant("short", "A short run on MNIST-5k", TrainingConfig(dataset="mnist-5k", batches=60))
"""Small enough to be trained again by a test."""

LONG = Variant("none-5000", "No batch norm, 5,000 batches", TrainingConfig(placement="none", bias=True, batches=5000))
"""Whether the network without batch normalization only needs more batches, as the notebook supposes."""

BY_HAND = Variant(
    "by-hand",
    "Notebook, batch norm by hand",
    TrainingConfig(implementation="by-hand", initializer="truncated-normal"),
)
"""The notebook's third network; the other two are in the race."""


@dataclass(frozen=True)
class Exhibit:
    """One recorded run.

    Attributes:
        variant: the key of its `Variant`.
        group: `race` for the six with seed 0, which also belong to the sweep.
        label: how a person calls it, the seed included where it is not 0.
        config: what is trained.
        full: whether everything is kept of it (layers, statistics, weights, answers) or curves and scores only.
        snapshot_steps: the steps whose weights are kept, and of which questions are answered.
        captured: whether channels are captured at these steps.
    """

    variant: str
    group: Group
    label: str
    config: TrainingConfig
    full: bool = False
    snapshot_steps: tuple[int, ...] = ()
    captured: bool = False

    @property
    def key(self) -> str:
        """Its name among all exhibits: the variant's, with the seed where it is not 0."""
        return self.variant if self.config.seed == 0 else f"{self.variant}-seed-{self.config.seed}"

    @functools.cached_property
    def run_id(self) -> str:
        """Its id as a run: ten characters, decided by the configuration alone, so that links to it stay."""
        return "rec" + hashlib.sha256(self.config.identity.encode()).hexdigest()[:7]

    def questions(self) -> Iterator[Question]:
        """What is asked of the weights that are kept: see `recorded_questions`."""
        return (question for step in self.snapshot_steps for question in recorded_questions(self.config, step))


@functools.cache
def exhibits() -> tuple[Exhibit, ...]:
    """All of them, the race first."""
    race = [
        replace(
            _exhibit(variant, "race", 0), full=True, snapshot_steps=SNAPSHOT_STEPS, captured=variant.key == CAPTURED
        )
        for variant in RACE
    ]
    sweep = [_exhibit(variant, "sweep", seed) for seed in SWEEP_SEEDS[1:] for variant in RACE]
    bugs = [_exhibit(variant, "bugs", seed) for seed in BUG_SEEDS for variant in BUGS]
    notebook = [_exhibit(LONG, "notebook", 0), *(_exhibit(BY_HAND, "notebook", seed) for seed in BUG_SEEDS)]
    return (*race, *sweep, *bugs, _exhibit(SHORT, "short", 0), *notebook)


def recorded_questions(config: TrainingConfig, step: int) -> Iterator[Question]:
    """What is asked of a step of a full run, and its answer recorded: what pages ask by buttons and switches.

    Without batch normalization no other decay can be applied; the rest has an answer there too.
    """
    yield questions.Recalibrate(step)
    if config.normalized:
        for decay in DECAYS:
            yield questions.ApplyDecay(step, decay)
            yield questions.ApplyDecay(step, decay, debiased=True)
    yield questions.ScoreOneByOne(step)
    yield questions.VaryBatchSize(step)
    yield questions.ScoreSingleClasses(step)
    for image in COMPANY_IMAGES:
        for company in get_args(Company):
            yield questions.ChangeCompany(step, image, company)


def _exhibit(variant: Variant, group: Group, seed: int) -> Exhibit:
    label = variant.label if seed == 0 else f"{variant.label}, seed {seed}"
    return Exhibit(variant.key, group, label, variant.config.with_(seed=seed))
