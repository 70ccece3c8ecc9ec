"""What short real trainings answered, kept in a file so that tests of pages need no TensorFlow.

`python -m tests.pages.examined` trains and asks them again (a minute): after a change of questions or answers.
"""

from __future__ import annotations

import functools
import gzip
from collections.abc import Iterator
from pathlib import Path

import msgpack

from bn_core.config import TrainingConfig
from bn_core.data.files import load
from bn_core.questions.answers import Answer, unpack
from bn_core.questions.questions import (
    ChangeCompany,
    ClassifyDrawing,
    Question,
    ScoreOneByOne,
    ScoreSingleClasses,
    VaryBatchSize,
)
from bn_core.runs.records import canonical_question

FILE = Path(__file__).with_name("examined.msgpack.gz")

EARLY, LATE = 50, 150
"""The steps that are asked about: the moving statistics still hold much of their start, and some of it."""

CONFIGS = {
    placement: TrainingConfig.of({"placement": placement, "dataset": "mnist-5k", "batches": LATE})
    for placement in ("none", "before")
}

IMAGE = 0
"""The test image whose company changes."""


def questions(drawing: bytes, blank: bytes) -> Iterator[Question]:
    """What is asked of each run: all of the late step, what needs no choice of the early one too."""
    for step in (EARLY, LATE):
        yield ScoreOneByOne(step)
        yield VaryBatchSize(step)
        yield ScoreSingleClasses(step)
    for company in ("alone", "same class", "mixed", "blank"):
        yield ChangeCompany(LATE, IMAGE, company)  # type: ignore[arg-type]
    yield ChangeCompany(LATE, IMAGE + 1, "mixed")
    yield ClassifyDrawing(LATE, drawing)
    yield ClassifyDrawing(LATE, blank)


@functools.cache
def packed_answers(placement: str) -> dict[str, bytes]:
    """The answers of the run with this placement as the engine stores them, by their canonical question."""
    return msgpack.unpackb(gzip.decompress(FILE.read_bytes()))[placement]  # type: ignore[no-any-return]


def answer(placement: str, question: Question) -> Answer:
    """What the run with this placement answered."""
    return unpack(packed_answers(placement)[canonical_question(question.to_json())])


def ask_again() -> None:
    """Trains the networks, asks them and writes the file."""
    from bn_core.runtime import start_tensorflow

    start_tensorflow()
    import numpy as np

    from bn_core.data.order import pixels
    from bn_core.network.compiled import prepare
    from bn_core.questions.answers import pack
    from bn_core.questions.examiner import Examiner
    from bn_core.training.loop import training_batch

    dataset = load("mnist-5k")
    asked = list(questions(dataset.test_images[IMAGE].tobytes(), bytes(784)))
    kept: dict[str, dict[str, bytes]] = {}
    for placement, config in CONFIGS.items():
        program = prepare(config)
        program.start(config)
        examiner = Examiner(program)
        kept[placement] = {}
        for batch in range(config.batches):
            images, labels = training_batch(config, dataset, batch)
            program.step(pixels(images), labels.astype(np.int32))
            for question in asked:
                if question.step == batch + 1:
                    found = examiner.answer(question, config, dataset, program.arrays())
                    kept[placement][canonical_question(question.to_json())] = pack(found)
    FILE.write_bytes(gzip.compress(msgpack.packb(kept), mtime=0))


if __name__ == "__main__":
    ask_again()
