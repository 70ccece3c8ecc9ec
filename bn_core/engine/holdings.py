"""What a worker process has at hand: data sets it has read and programs it has traced."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Any

from bn_core.config import TrainingConfig
from bn_core.engine.trainer import TracedProgram, Trainer


@dataclass(frozen=True)
class Inventory:
    """What a worker has: keys of traced programs (`TrainingConfig.program`) and names of data sets."""

    programs: frozenset[Hashable] = frozenset()
    datasets: frozenset[str] = frozenset()


class Holdings:
    """Data sets and programs of one process, each made once. Any thread may call any method."""

    def __init__(self, trainer: Trainer) -> None:
        self.trainer = trainer
        self._programs: dict[Hashable, TracedProgram] = {}
        self._datasets: dict[str, Any] = {}
        # One core traces no faster in two threads, and TensorFlow must be started once, before anything else.
        self._tracing = threading.Lock()
        self._reading = threading.Lock()

    def inventory(self) -> Inventory:
        """What is at hand now."""
        return Inventory(frozenset(self._programs), frozenset(self._datasets))

    def warm_up(self) -> None:
        """Gets ready for the most likely run: starts the trainer, reads data, traces the default program."""
        with self._tracing:
            self.trainer.start()
        self.dataset(self.trainer.default_dataset())
        self.program(TrainingConfig())

    def dataset(self, name: str) -> Any:
        """The data set of this name. Raises DatasetUnavailable, and what else the trainer's `load` does."""
        with self._reading:
            if name not in self._datasets:
                self._datasets[name] = self.trainer.load(name)
            return self._datasets[name]

    def program(self, config: TrainingConfig, before_tracing: Callable[[], None] = lambda: None) -> TracedProgram:
        """The program for this configuration.

        Args:
            before_tracing: called first if there is none yet, or another is being traced and must be waited for.
        """
        if config.program not in self._programs:
            before_tracing()
            with self._tracing:
                if config.program not in self._programs:
                    self.trainer.start()
                    self._programs[config.program] = self.trainer.prepare(config)
        return self._programs[config.program]
