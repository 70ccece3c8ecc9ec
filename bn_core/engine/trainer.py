"""What the engine needs of a trainer, and the real one. Nothing else in the engine touches TensorFlow or data."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Hashable, Iterator, Mapping
from typing import Any, Protocol

import numpy as np

from bn_core.config import TrainingConfig
from bn_core.data import catalogue, files
from bn_core.data.dataset import Dataset
from bn_core.engine.control import Wish
from bn_core.questions.answers import Answer
from bn_core.questions.decay import MovingStatistics
from bn_core.questions.questions import Question
from bn_core.runtime import start_tensorflow
from bn_core.training.events import CheckpointTaken, Event


class TracedProgram(Protocol):
    """A network that is ready to train, for any configuration with this key."""

    key: Hashable


class Examiner(Protocol):
    """Answers questions about any moment of any run with one program key, with a network of its own."""

    def warm_up(self) -> None:
        """Gets ready for every question: what takes seconds the first time."""

    def answer(
        self,
        question: Question,
        config: TrainingConfig,
        dataset: Any,
        arrays: Mapping[str, np.ndarray],
        statistics: MovingStatistics | None,
    ) -> Answer:
        """As `bn_core.questions.examiner.Examiner.answer`."""


class Trainer(Protocol):
    """What a worker calls. One is made in each worker process, without arguments, in any thread."""

    def start(self) -> None:
        """Gets ready to train at all: what takes seconds once in a process. May be called again."""

    def default_dataset(self) -> str:
        """The data set of a run where nobody chose, of those that are at hand."""

    def load(self, name: str) -> Any:
        """The data set, downloaded where it is not at hand: what has a `title` and a `sha256`.

        Raises DatasetUnavailable.
        """

    def prepare(self, config: TrainingConfig) -> TracedProgram:
        """Traces the program of this configuration."""

    def examiner(self, config: TrainingConfig) -> Examiner:
        """An examiner for this configuration's program key, which shares nothing with any training."""

    def train(
        self,
        config: TrainingConfig,
        dataset: Any,
        program: TracedProgram,
        checkpoint: CheckpointTaken | None,
        wish: Callable[[], Wish],
    ) -> Iterator[Event]:
        """As `bn_core.training.loop.train`."""


class TensorFlowTrainer:
    """The trainer of the lab: `bn_core.training.loop`, imported when it is first needed."""

    def start(self) -> None:
        start_tensorflow()

    def default_dataset(self) -> str:
        return catalogue.default_dataset()

    def load(self, name: str) -> Dataset:
        return files.load(name)

    def prepare(self, config: TrainingConfig) -> Any:
        from bn_core.network import compiled as program

        return program.prepare(config)

    def examiner(self, config: TrainingConfig) -> Examiner:
        from bn_core.network.compiled import Program
        from bn_core.questions import examiner

        return examiner.Examiner(Program(config))

    def train(
        self,
        config: TrainingConfig,
        dataset: Dataset,
        program: Any,
        checkpoint: CheckpointTaken | None,
        wish: Callable[[], Wish],
    ) -> Iterator[Event]:
        from bn_core.training import loop as training

        return training.train(config, dataset, program=program, checkpoint=checkpoint, wish=wish)


def make_trainer(path: str) -> Trainer:
    """A new trainer of the class at this import path, `module:Class`."""
    module, _, name = path.partition(":")
    trainer: Trainer = getattr(importlib.import_module(module), name)()
    return trainer
