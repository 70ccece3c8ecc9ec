"""Runs in a store, with everything that a run can have recorded, and numbers that no rounding leaves as they are."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from bn_core.config import TrainingConfig
from bn_core.protocol import is_scheduled
from bn_core.questions.answers import Recalibrated, pack
from bn_core.questions.questions import Recalibrate
from bn_core.runs.records import canonical_question, owner_hash
from bn_core.runs.store import Store
from bn_core.training.events import (
    Checked,
    Evaluated,
    Event,
    Failed,
    RecordedEvent,
    RunStarted,
    Score,
    Step,
    unpack,
)
from tests.pages.lab import ME, scored
from tests.runs import stand_ins

SECRET = "/home/annelise/digits on node17.example.org"
"""What an engine may say of its machine."""


def any_floats(seed: int) -> Iterator[float]:
    """Positive finite numbers of every size, to the last digit."""
    random = np.random.default_rng(seed)
    while True:
        (value,) = random.integers(0, 2**63, 1, np.uint64).view(np.float64)
        if np.isfinite(value):
            yield abs(float(value))


def events(config: TrainingConfig, batches: int) -> list[Event]:
    """What a training of so many batches says: every batch, every 5th evaluated, and probes at the schedule's steps."""
    floats = any_floats(config.seed)

    def score() -> Score:
        return Score(next(floats), next(floats) % 1)

    said: list[Event] = [RunStarted(0, config.to_json(), config.dataset, "0" * 64, 55_000, {"tensorflow": "2.21"})]
    for step in range(batches + 1):
        if step:
            said.append(Step(step, next(floats), next(floats) % 1, 20.0))
            if config.normalized:
                said.append(stand_ins.statistics(step, config.architecture.channels))
        if step % 5 == 0:
            three_way = config.normalized and step % 10 == 0
            others = [score() if three_way else None for _ in range(2)]
            said.append(Evaluated(step, 250, score(), *others, 40.0))
        if step % 25 == 1:
            said.append(Checked(step, step - 1, "validation" if step == 1 else "training", score(), 5.0))
        if config.normalized and is_scheduled(step, config.batches):
            said.append(stand_ins.probe(step))
    return said


def run(
    store: Store, *, batches: int = 30, ends: Event | None = None, name: str | None = None, **fields: object
) -> str:
    """A run with all of that, which has ended: by its scores, or as `ends` says. Its id."""
    config = TrainingConfig.of({"batches": batches} | fields)
    run_id = store.add_run(config, owner_hash(ME) or "", "203.0.113.77")
    store.set_status(run_id, "compiling", worker="tcp://node17.example.org:4242")
    store.set_status(run_id, "running", worker="tcp://node17.example.org:4242")
    last = scored(config) if ends is None else ends
    store.append(run_id, [RecordedEvent.of(event) for event in (*events(config, batches), last)])
    failed = isinstance(last, Failed)
    store.set_status(run_id, "failed" if failed else "finished", message=SECRET if failed else None)
    store.rename(run_id, name)
    return run_id


def recalibrated(store: Store, run_id: str, step: int) -> Recalibrated:
    """What recalibrating the weights of a step gave, which somebody has asked for."""
    config = store.run(run_id).config
    numbers = np.random.default_rng(step).random((2, config.architecture.channels)).astype(np.float32)
    answer = Recalibrated(250, Score(0.5, 0.5), Score(0.5, 0.5), Score(0.4, 0.6), *numbers)
    store.ask(run_id, canonical_question(Recalibrate(step).to_json()))
    (question,) = store.take_questions()
    store.answer_question(question.id, pack(answer))
    return answer


def stored(store: Store, run_id: str, kind: type) -> list:
    """The events of a kind as the store has them."""
    rows = store.events(run_id, [kind.__name__])
    return [unpack(packed) for _, packed in rows]
