"""The command line without TensorFlow: a training is made up, and the doctor tries neither TensorFlow nor the engine.

For tests of what is around a training: `python -m tests.quick_lab`, where a person says `python -m bn_core`.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator

from bn_core.cli import health_checks, run
from bn_core.cli.health_checks import Check
from bn_core.config import TrainingConfig
from bn_core.data.dataset import Dataset
from bn_core.training.events import Event
from tests.exhibits.made_up import told

TRAIN = importlib.import_module("bn_core.cli.train")
"""The module: the name in its package is the command's."""


def events_of(config: TrainingConfig, dataset: Dataset) -> Iterator[Event]:
    return iter(told(config, config.batches))


def not_asked(*_: object) -> Check:
    return Check("works", "It was not asked.")


def main() -> None:
    TRAIN.events_of = events_of  # type: ignore[attr-defined]
    health_checks.check_tensorflow = health_checks.check_engine = not_asked
    run(sys.argv[1:], "lab")


if __name__ == "__main__":
    main()
