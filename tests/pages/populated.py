"""A store with one real run in it, its weights and what the engine would answer about them.

`python -m tests.pages.populated HOME` trains it (ten seconds): in a process of its own, so that tests of pages need no
TensorFlow in theirs.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from bn_core.config import TrainingConfig

CONFIG = TrainingConfig.of({"dataset": "mnist-5k", "batches": 40})

ASKED = (20, 40)
"""The snapshots that are asked what other decays and other recalibrations would have given."""

DECAYS = (0.5, 0.9, 0.99)

OWNER = "the-browser-that-filled-the-store"


def populate(home: Path) -> str:
    """Fills a store below this folder, in another process. The run's id."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.pages.populated", str(home)],
        cwd=Path(__file__).parents[2],
        env=os.environ | {"BN_HOME": str(home)},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.split()[-1]


def fill(home: Path) -> str:
    """Fills a store below this folder. The run's id."""
    from bn_core.runtime import start_tensorflow

    start_tensorflow()
    import numpy as np

    from bn_core.data.files import load
    from bn_core.network.compiled import CompiledNetwork
    from bn_core.questions import answers
    from bn_core.questions.decay import statistics_after
    from bn_core.questions.examiner import Examiner
    from bn_core.questions.questions import ApplyDecay, Recalibrate
    from bn_core.runs.records import canonical_question, owner_hash
    from bn_core.runs.store import Store
    from bn_core.training.events import CheckpointTaken, RecordedEvent, SnapshotTaken, StatisticsRecorded, pack
    from bn_core.training.loop import train

    store = Store.open(home)
    run = store.add_run(CONFIG, owner_hash(OWNER))
    store.take_requests()
    store.set_status(run, "compiling", worker="one")
    store.set_status(run, "running", worker="one")
    dataset, program = load(CONFIG.dataset), CompiledNetwork(CONFIG)
    snapshots: dict[int, SnapshotTaken] = {}
    statistics: list[StatisticsRecorded] = []
    rows = []
    for event in train(CONFIG, dataset, compiled=program):
        if isinstance(event, SnapshotTaken):
            snapshots[event.step] = event
        elif not isinstance(event, CheckpointTaken):
            rows.append(RecordedEvent.of(event))
            if isinstance(event, StatisticsRecorded):
                statistics.append(event)
    store.append(run, rows)
    for step, snapshot in snapshots.items():
        store.put_snapshot(run, step, pack(snapshot))
    store.set_status(run, "finished")

    examiner = Examiner(program)
    means, variances = (np.stack([getattr(event, name) for event in statistics]) for name in ("mean", "variance"))
    questions = [*(Recalibrate(step) for step in snapshots), *(Recalibrate(step, 20) for step in ASKED)]
    questions += [ApplyDecay(step, decay, debiased) for step in ASKED for decay in DECAYS for debiased in (False, True)]
    for question in questions:
        replay = statistics_after(question, means, variances) if isinstance(question, ApplyDecay) else None
        answer = examiner.answer(question, CONFIG, dataset, snapshots[question.step].arrays, replay)
        store.ask(run, canonical_question(question.to_json()))
        (taken,) = store.take_questions()
        store.answer_question(taken.id, answers.pack(answer))
    store.close()
    return run


if __name__ == "__main__":
    print(fill(Path(sys.argv[1])))
