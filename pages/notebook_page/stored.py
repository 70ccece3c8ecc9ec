"""What the notebook reports of its three networks, and which runs are of one of them. Pure functions."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from bn_core.config import TrainingConfig
from bn_core.exhibits.catalogue import BY_HAND, HEALTHY
from bn_core.names import PRESETS
from bn_core.runs.records import RunRecord


@dataclass(frozen=True)
class Stored:
    """The three final lines of one of the notebook's networks, as its text version has them.

    Attributes:
        key: of the preset that is this network.
        variant: of the recorded runs of this network, in `bn_core.exhibits.catalogue`.
        validation, test, samples: accuracies, 0 to 1.
    """

    key: str
    variant: str
    validation: float
    test: float
    samples: float

    @property
    def config(self) -> TrainingConfig:
        """Of this network, with seed 0."""
        return next(preset.config for preset in PRESETS if preset.key == self.key)


STORED = (
    Stored("notebook-none", "none", 0.1142, 0.1219, 0.13),
    Stored("notebook-layers", HEALTHY, 0.9746, 0.9745, 0.98),
    Stored("notebook-nn", BY_HAND.key, 0.9578, 0.9605, 0.98),
)


def network_of(config: TrainingConfig) -> Stored | None:
    """Return which of the notebook's networks a configuration trains, with any seed; None where it is none of them."""
    canonical = replace(config, seed=0)
    return next((stored for stored in STORED if stored.config.identity == canonical.identity), None)


def comparable(runs: Iterable[RunRecord]) -> dict[str, RunRecord]:
    """Return the finished ones of the notebook's networks by their ids, in their order."""
    return {run.id: run for run in runs if run.status == "finished" and network_of(run.config) is not None}
