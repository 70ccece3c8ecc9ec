"""The engine with the real trainer: the same numbers as without it, to the last bit, and across an interruption."""

from __future__ import annotations

import os
import subprocess
import sys

from bn_core.config import TrainingConfig
from bn_core.events import Step, pack
from tests.engine.conftest import OWNER, PATIENCE, ROOT, Engine, steps

VALUES = {"dataset": "mnist-5k", "batches": 8, "batch_size": 16, "seed": 7}
REAL_HOST = (sys.executable, "-m", "bn_core.engine.host")

WITHOUT_ENGINE = f"""
from bn_core.runtime import start_tensorflow
start_tensorflow()
from bn_core.config import TrainingConfig
from bn_core.datasets import load
from bn_core.events import Step, pack
from bn_core.training import train

config = TrainingConfig.of({VALUES!r})
for event in train(config, load(config.dataset)):
    if isinstance(event, Step):
        print(event.loss.hex())
"""


def losses(engine: Engine, run_id: str) -> list[str]:
    return [event.loss.hex() for event in engine.events(run_id) if isinstance(event, Step)]


def test_the_engine_trains_to_the_same_bits_as_train_does_also_across_an_interruption(engine):
    alone = subprocess.Popen(
        [sys.executable, "-c", WITHOUT_ENGINE],
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"BN_HOME": str(engine.home), "PYTHONPATH": str(ROOT)},
    )
    engine.start(command=REAL_HOST)
    whole = engine.add(**VALUES)
    cut = engine.add(**VALUES)
    engine.store.add_request("step", cut)
    engine.wait_for(whole, "finished")
    engine.wait_for(cut, "paused")
    engine.wait(lambda: engine.run(cut).checkpoint_step == 1)
    assert engine.end_of_input() == 0
    assert engine.run(cut).status == "interrupted"

    engine.start(command=REAL_HOST)
    engine.store.requeue(cut, OWNER)
    engine.wait_for(cut, "finished")

    output, _ = alone.communicate(timeout=PATIENCE)
    assert len(output.split()) == VALUES["batches"]
    assert losses(engine, whole) == output.split()
    assert losses(engine, cut) == output.split()
    # Not only the losses: everything that was measured.
    assert [pack(event) for event in engine.course(cut)] == [pack(event) for event in engine.course(whole)]
    assert steps(engine.events(cut)) == list(range(1, 9))
    assert TrainingConfig.of(VALUES).program in engine.store.engine().warm
