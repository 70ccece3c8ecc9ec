"""The engine with the real trainer: the same numbers as without it, to the last bit, whatever is asked meanwhile."""

from __future__ import annotations

import json
import os
import subprocess
import sys

from bn_core.config import TrainingConfig
from bn_core.questions.answers import pack as pack_answer
from bn_core.questions.questions import ApplyDecay, ChangeCompany, Recalibrate
from bn_core.training.events import Step, pack
from tests.engine.conftest import OWNER, PATIENCE, ROOT, Engine, steps

VALUES = {"dataset": "mnist-5k", "batches": 8, "batch_size": 16, "seed": 7}
REAL_HOST = (sys.executable, "-m", "bn_core.engine.host")

DURING = [Recalibrate(0, 3), ApplyDecay(1, 0.5), ChangeCompany(1, 3, "mixed")]
AFTERWARDS = [ApplyDecay(8, 0.9), Recalibrate(8, 2)]

WITHOUT_ENGINE = f"""
import json
from bn_core.runtime import start_tensorflow
start_tensorflow()
import numpy as np
from bn_core.config import TrainingConfig
from bn_core.data.files import load
from bn_core.training.events import SnapshotTaken, StatisticsRecorded, Step
from bn_core.questions.answers import pack
from bn_core.questions.decay import statistics_after
from bn_core.questions.examiner import Examiner
from bn_core.questions.questions import question_of
from bn_core.network.compiled import CompiledNetwork
from bn_core.training.loop import train

config = TrainingConfig.of({VALUES!r})
dataset = load(config.dataset)
events = list(train(config, dataset))
snapshots = {{event.step: event for event in events if isinstance(event, SnapshotTaken)}}
recorded = [event for event in events if isinstance(event, StatisticsRecorded)]
means = np.stack([event.mean for event in recorded])
variances = np.stack([event.variance for event in recorded])
examiner = Examiner(CompiledNetwork(config))
told = []
for question in map(question_of, {[question.to_json() for question in (*DURING, *AFTERWARDS)]!r}):
    statistics = statistics_after(question, means, variances) if hasattr(question, "momentum") else None
    answer = examiner.answer(question, config, dataset, snapshots[question.step].arrays, statistics)
    told.append(pack(answer).hex())
losses = [event.loss.hex() for event in events if isinstance(event, Step)]
print(json.dumps({{"losses": losses, "steps": list(snapshots), "answers": told}}))
"""


def losses(engine: Engine, run_id: str) -> list[str]:
    return [event.loss.hex() for event in engine.events(run_id) if isinstance(event, Step)]


def test_the_engine_trains_and_answers_to_the_same_bits_as_without_it_also_across_an_interruption(engine):
    alone = subprocess.Popen(
        [sys.executable, "-c", WITHOUT_ENGINE],
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"BN_HOME": str(engine.home), "PYTHONPATH": str(ROOT)},
    )
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

    output, _ = alone.communicate(timeout=PATIENCE)
    expected = json.loads(output)
    assert len(expected["losses"]) == VALUES["batches"]
    assert losses(engine, whole) == expected["losses"]
    assert losses(engine, cut) == expected["losses"]
    assert told == expected["answers"]
    # Not only the losses: everything that was measured, and the weights.
    assert [pack(event) for event in engine.course(cut)] == [pack(event) for event in engine.course(whole)]
    assert list(engine.snapshots(whole)) == expected["steps"]
    engine.wait(lambda: list(engine.snapshots(cut)) == expected["steps"])
    assert engine.snapshots(cut) == engine.snapshots(whole)
    assert steps(engine.events(cut)) == list(range(1, 9))
    assert TrainingConfig.of(VALUES).compile_key in engine.store.engine().warm
