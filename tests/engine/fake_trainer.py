"""A trainer without TensorFlow: the same promises as the real one, in milliseconds.

What it does is decided by the configuration, so that tests can ask for trouble:

    batch_size 13            a step takes 20 ms, as long as there is no file `fast` in the home folder
    dataset fashion-mnist    cannot be had
    seed 666                 an exception at step 5
    seed 4444                numbers differ from one attempt to the next
    seed 999                 the process dies at step 30, whenever it comes there

A question is answered with what the fake's weights are at that moment. `ChangeCompany` asks for trouble by its image:

    image 13                 it takes as long as there is no file `fast` in the home folder
    image 99                 is no image of this data set
    image 666                an exception
    image 999                the process dies
"""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from bn_core.config import TrainingConfig
from bn_core.data.catalogue import DatasetUnavailable
from bn_core.engine import worker_process
from bn_core.environment import home
from bn_core.protocol import CHECKPOINT_EVERY, is_scheduled
from bn_core.questions.answers import Answer, DecayApplied
from bn_core.questions.questions import ApplyDecay, ChangeCompany, Question, QuestionProblem
from bn_core.training.events import (
    CheckpointTaken,
    Evaluated,
    Event,
    Failed,
    RunStarted,
    Score,
    Scored,
    SnapshotTaken,
    Step,
    Stopped,
)

SLOW = 13
CRASHES = 666
DIFFERS = 4444
DIES = 999
FAST = "fast"


@dataclass
class FakeProgram:
    key: object


@dataclass
class FakeDataset:
    name: str
    title: str = "The fake data set"

    @property
    def sha256(self) -> str:
        return f"sha of {self.name}"


class FakeExaminer:
    """Says what the weights are (loss) and the momentum that it is asked about (accuracy)."""

    def __init__(self, config: TrainingConfig) -> None:
        self.key = config.compile_key

    def warm_up(self) -> None:
        pass

    def answer(
        self,
        question: Question,
        config: TrainingConfig,
        dataset: FakeDataset,
        arrays: Mapping[str, np.ndarray],
        statistics: object,
    ) -> Answer:
        assert self.key == config.compile_key
        match question:
            case ApplyDecay(momentum=momentum):
                return DecayApplied(question.step, Score(float(arrays["state"][0]), momentum))
            case ChangeCompany(image=image) if image == SLOW:
                while not (home() / FAST).exists():
                    time.sleep(0.01)
            case ChangeCompany(image=99):
                raise QuestionProblem("There is no image 99.")
            case ChangeCompany(image=image) if image == CRASHES:
                raise RuntimeError("the fake crashed")
            case ChangeCompany(image=image) if image == DIES:
                os._exit(1)
        return DecayApplied(question.step, Score(float(arrays["state"][0]), 0.0))


class FakeTrainer:
    def start(self) -> None:
        pass

    def default_dataset(self) -> str:
        return "mnist-5k"

    def load(self, name: str) -> FakeDataset:
        if name == "fashion-mnist":
            raise DatasetUnavailable("Fashion-MNIST cannot be had: connect this machine to the internet.")
        return FakeDataset(name)

    def prepare(self, config: TrainingConfig) -> FakeProgram:
        return FakeProgram(config.compile_key)

    def examiner(self, config: TrainingConfig) -> FakeExaminer:
        return FakeExaminer(config)

    def train(
        self,
        config: TrainingConfig,
        dataset: FakeDataset,
        program: FakeProgram,
        checkpoint: CheckpointTaken | None,
        command: Callable[[], str],
    ) -> Iterator[Event]:
        assert program.key == config.compile_key
        start = 0 if checkpoint is None else checkpoint.step
        # The state is one number: its course depends on every step before.
        state = float(config.seed) if checkpoint is None else float(checkpoint.arrays["state"][0])
        yield RunStarted(start, config.to_json(), dataset.name, dataset.sha256, 4000, {"fake": "1"})
        if start == 0:
            yield Evaluated(0, 250, Score(2.3, 0.1), None, None, 1.0)
            yield SnapshotTaken(0, {"state": np.array([state])})
        for step in range(start + 1, config.batches + 1):
            if config.batch_size == SLOW and not (home() / FAST).exists():
                time.sleep(0.02)
            if config.seed == CRASHES and step == 5:
                raise RuntimeError("the fake crashed")
            if config.seed == DIES and step == 30:
                os._exit(1)
            noise = random.random() if config.seed == DIFFERS else 0.0
            state = (state * 1.000001 + step + noise) % 1000.0
            yield Step(step, state, 0.5, random.random())
            if step % 25 == 0:
                yield Evaluated(step, 250, Score(state, 0.5), None, None, random.random())
            if is_scheduled(step, config.batches):
                yield SnapshotTaken(step, {"state": np.array([state])})
            wanted = command()
            if wanted != "go" or step % CHECKPOINT_EVERY == 0:
                yield CheckpointTaken(step, {"state": np.array([state])})
            if wanted == "stop":
                yield Stopped(step)
                return
        if not np.isfinite(state):
            yield Failed(config.batches, "not finite", None)
            return
        confusion = np.zeros((10, 10), int)
        score = Score(state, 0.9)
        ten = np.zeros(100, np.uint8)
        yield Scored(config.batches, score, score, 0.9, None, confusion, confusion, ten, ten, None, 1.0)


if __name__ == "__main__":
    worker_process.main(FakeTrainer)
