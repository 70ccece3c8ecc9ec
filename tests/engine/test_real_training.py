"""The engine with the real trainer: the same numbers as without it, to the last bit, whatever is asked meanwhile."""

from __future__ import annotations

import sys

import numpy as np

from bn_core.config import TrainingConfig
from bn_core.data.files import load
from bn_core.questions.answers import pack as pack_answer
from bn_core.questions.decay import statistics_after
from bn_core.questions.questions import ApplyDecay, ChangeCompany, Recalibrate
from bn_core.runtime import start_tensorflow
from bn_core.training.events import SnapshotTaken, StatisticsRecorded, Step, pack
from tests.engine.conftest import OWNER, Engine, steps

start_tensorflow()

from bn_core.network.compiled import CompiledNetwork  # noqa: E402
from bn_core.questions.examiner import Examiner  # noqa: E402
from bn_core.training.loop import train  # noqa: E402

VALUES = {"dataset": "mnist-5k", "batches": 8, "batch_size": 16, "seed": 7}
REAL_HOST = (sys.executable, "-m", "bn_core.engine.host")

DURING = [Recalibrate(0, 3), ApplyDecay(1, 0.5), ChangeCompany(1, 3, "mixed")]
AFTERWARDS = [ApplyDecay(8, 0.9), Recalibrate(8, 2)]


def without_engine() -> tuple[list[str], list[int], list[str]]:
    """The losses of the run, the steps of its snapshots and the packed answers, all by this process itself."""
    config = TrainingConfig.of(VALUES)
    dataset = load(config.dataset)
    events = list(train(config, dataset))
    snapshots = {event.step: event for event in events if isinstance(event, SnapshotTaken)}
    recorded = [event for event in events if isinstance(event, StatisticsRecorded)]
    means = np.stack([event.mean for event in recorded])
    variances = np.stack([event.variance for event in recorded])
    examiner = Examiner(CompiledNetwork(config))
    told = []
    for question in (*DURING, *AFTERWARDS):
        statistics = statistics_after(question, means, variances) if isinstance(question, ApplyDecay) else None
        answer = examiner.answer(question, config, dataset, snapshots[question.step].arrays, statistics)
        told.append(pack_answer(answer).hex())
    return [event.loss.hex() for event in events if isinstance(event, Step)], list(snapshots), told


def losses(engine: Engine, run_id: str) -> list[str]:
    return [event.loss.hex() for event in engine.events(run_id) if isinstance(event, Step)]


def test_the_engine_trains_and_answers_to_the_same_bits_as_without_it_also_across_an_interruption(engine):
    engine.start(command=REAL_HOST)
    whole, cut = engine.add(**VALUES), engine.add(**VALUES)
    # There is one worker. The run holds it while the questions are put, and goes on while their networks are traced.
    for run_id in (whole, cut):
        engine.store.add_request("step", run_id)
    engine.wait(lambda: 1 in engine.store.snapshot_steps(whole))
    for question in DURING:
        engine.ask(whole, question)
    engine.store.add_request("resume", whole)
    engine.wait_for(whole, "finished")
    engine.wait_for(cut, "paused")
    engine.wait(lambda: engine.run(cut).checkpoint_step == 1)
    told = [pack_answer(engine.answer(whole, question)).hex() for question in (*DURING, *AFTERWARDS)]
    assert engine.end_of_input() == 0
    assert engine.run(cut).status == "interrupted"

    engine.start(command=REAL_HOST)
    engine.store.requeue(cut, OWNER)
    engine.wait_for(cut, "finished")

    expected, kept, answers = without_engine()
    assert len(expected) == VALUES["batches"]
    assert losses(engine, whole) == expected
    assert losses(engine, cut) == expected
    assert told == answers
    # Not only the losses: everything that was measured, and the weights.
    assert [pack(event) for event in engine.course(cut)] == [pack(event) for event in engine.course(whole)]
    assert list(engine.snapshots(whole)) == kept
    engine.wait(lambda: list(engine.snapshots(cut)) == kept)
    assert engine.snapshots(cut) == engine.snapshots(whole)
    assert steps(engine.events(cut)) == list(range(1, 9))
    assert TrainingConfig.of(VALUES).compile_key in engine.store.engine().warm
