"""All that the engine uses of TensorFlow and of data. A test puts another class with these methods in its place."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from bn_core.config import TrainingConfig
from bn_core.data import catalogue, files
from bn_core.data.dataset import Dataset
from bn_core.runtime import start_tensorflow
from bn_core.training.events import CheckpointTaken, Event, LoopCommand


class Trainer:
    """The trainer of the lab. One is made in each worker process, in any thread."""

    def start(self) -> None:
        """Get ready to train at all: what takes seconds once in a process. May be called again."""
        start_tensorflow()

    def default_dataset(self) -> str:
        """Return the data set of a run where nobody chose, of those that are at hand."""
        return catalogue.default_dataset()

    def load(self, name: str) -> Dataset:
        """Return the data set, downloaded where it is not at hand. Raise DatasetUnavailable."""
        return files.load(name)

    def prepare(self, config: TrainingConfig) -> Any:
        """Trace the network of this configuration."""
        from bn_core.network import compiled

        return compiled.prepare(config)

    def examiner(self, config: TrainingConfig) -> Any:
        """Return an examiner for networks like this configuration's, which shares nothing with any training."""
        from bn_core.network.compiled import CompiledNetwork
        from bn_core.questions.examiner import Examiner

        return Examiner(CompiledNetwork(config))

    def train(
        self,
        config: TrainingConfig,
        dataset: Dataset,
        network: Any,
        checkpoint: CheckpointTaken | None,
        command: Callable[[], LoopCommand],
    ) -> Iterator[Event]:
        """Train, as `bn_core.training.loop.train`."""
        from bn_core.training import loop

        return loop.train(config, dataset, compiled=network, checkpoint=checkpoint, command=command)
