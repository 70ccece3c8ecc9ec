"""A worker process whose trainings compute nothing: each is one real training again, event for event, at its pace.

`benchmarks.scale` records that training. SCALE_RECORDING names the file, SCALE_PACE how many times as fast it comes.
"""

from __future__ import annotations

import os
import pickle
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from bn_core.config import TrainingConfig
from bn_core.engine import worker_process
from bn_core.training.events import CheckpointTaken, Event, LoopCommand, RunStarted, unpack

RECORDING, PACE = "SCALE_RECORDING", "SCALE_PACE"

Moment = tuple[float, bytes]
"""When an event came, in seconds after the first, and the packed event."""


@dataclass(frozen=True)
class NoDataset:
    """Nothing, under the name of a data set."""

    name: str


class NoExaminer:
    """Is ready for questions that nobody asks."""

    def warm_up(self) -> None:
        pass


class EmptyTrainer:
    """Has the methods of `bn_core.engine.trainer.Trainer`. There is nothing to start, to read or to trace."""

    def __init__(self) -> None:
        recorded: list[Moment] = pickle.loads(Path(os.environ[RECORDING]).read_bytes())
        pace = float(os.environ[PACE])
        self._moments: list[tuple[float, Event]] = [(after / pace, unpack(packed)) for after, packed in recorded]

    def start(self) -> None:
        pass

    def default_dataset(self) -> str:
        return "mnist-5k"

    def load(self, name: str) -> Any:
        return NoDataset(name)

    def prepare(self, config: TrainingConfig) -> Any:
        return config.compile_key

    def examiner(self, config: TrainingConfig) -> Any:
        return NoExaminer()

    def train(
        self,
        config: TrainingConfig,
        dataset: Any,
        network: Any,
        checkpoint: CheckpointTaken | None,
        command: Callable[[], LoopCommand],
    ) -> Iterator[Event]:
        begun = time.monotonic()
        for after, event in self._moments:
            time.sleep(max(0.0, begun + after - time.monotonic()))
            yield replace(event, config=config.to_json()) if isinstance(event, RunStarted) else event
            command()


if __name__ == "__main__":
    worker_process.main(EmptyTrainer)  # type: ignore[arg-type]
