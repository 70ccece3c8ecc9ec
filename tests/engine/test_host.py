"""The engine's host end to end: real processes, real Dask, a real store; only the trainer is a fake."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys

import psutil
import pytest

from bn_core.config import TrainingConfig
from bn_core.questions.questions import ApplyDecay, ChangeCompany, Recalibrate
from bn_core.training.events import CheckpointTaken, Failed, RunStarted, SnapshotTaken, Stopped, pack, unpack
from tests.engine.conftest import FAKE_HOST, OWNER, PATIENCE, ROOT, Engine, steps, timeless
from tests.engine.fake_trainer import CRASHES, DIES, DIFFERS, SLOW, FakeTrainer


def uninterrupted(config: TrainingConfig) -> list[bytes]:
    """What a run records that nothing interrupts: the trainer asked directly, without an engine."""
    trainer = FakeTrainer()
    events = trainer.train(config, trainer.load(config.dataset), trainer.prepare(config), None, lambda: "go")
    course = timeless([event for event in events if not isinstance(event, CheckpointTaken)])
    return [pack(event) for event in sorted(course, key=lambda event: isinstance(event, SnapshotTaken))]


def recorded(engine: Engine, run_id: str) -> list[bytes]:
    """A run's events, and after them its snapshots."""
    engine.wait(lambda: engine.run(run_id).step in engine.store.snapshot_steps(run_id))
    return [pack(event) for event in engine.course(run_id)] + list(engine.snapshots(run_id).values())


# What the engine does with a run


def test_a_run_is_trained_and_recorded_whole_and_in_order(shared_engine):
    run_id = shared_engine.add(batches=130, seed=3)
    shared_engine.wait_for(run_id, "finished")
    record = shared_engine.run(run_id)
    assert (record.step, record.message, record.worker) == (130, None, None)
    assert record.created <= record.started <= record.ended
    assert record.dataset_note == "MNIST-5k, 4,000 training images"
    assert recorded(shared_engine, run_id) == uninterrupted(record.config)


def test_runs_of_two_workers_do_not_mix(shared_engine):
    runs = [shared_engine.add(batches=30, seed=seed, batch_size=SLOW) for seed in range(4)]
    for run_id in runs:
        shared_engine.wait_for(run_id, "finished")
    for run_id in runs:
        assert recorded(shared_engine, run_id) == uninterrupted(shared_engine.run(run_id).config)


def test_stop_ends_a_run_for_good_and_what_it_did_stays(shared_engine):
    run_id = shared_engine.add(batches=5000, batch_size=SLOW)
    shared_engine.wait_for_step(run_id, 3)
    shared_engine.store.add_request("stop", run_id)
    shared_engine.wait_for(run_id, "stopped")
    events = shared_engine.events(run_id)
    assert isinstance(events[-1], Stopped)
    assert steps(events) == list(range(1, events[-1].step + 1))
    assert events[-1].step < 5000


def test_pause_step_and_resume(shared_engine):
    run_id = shared_engine.add(batches=5000, batch_size=SLOW)
    shared_engine.wait_for_step(run_id, 3)
    shared_engine.store.add_request("pause", run_id)
    shared_engine.wait_for(run_id, "paused")
    paused = shared_engine.run(run_id)
    # Whatever happens to a paused run, it can go on from where it is.
    shared_engine.wait(lambda: shared_engine.run(run_id).checkpoint_step == paused.step)
    shared_engine.store.add_request("step", run_id)
    shared_engine.wait_for_step(run_id, paused.step + 1)
    shared_engine.wait(lambda: shared_engine.run(run_id).checkpoint_step == paused.step + 1)
    assert shared_engine.run(run_id).step == paused.step + 1
    shared_engine.store.add_request("resume", run_id)
    shared_engine.wait_for_step(run_id, paused.step + 5)
    shared_engine.store.add_request("stop", run_id)
    shared_engine.wait_for(run_id, "stopped")


def test_a_paused_run_can_be_stopped(shared_engine):
    run_id = shared_engine.add(batches=5000, batch_size=SLOW)
    shared_engine.wait_for_step(run_id, 1)
    shared_engine.store.add_request("pause", run_id)
    shared_engine.wait_for(run_id, "paused")
    step = shared_engine.run(run_id).step
    shared_engine.store.add_request("stop", run_id)
    shared_engine.wait_for(run_id, "stopped")
    assert shared_engine.events(run_id)[-1] == Stopped(step)


def test_a_prepared_program_is_reported_as_warm(shared_engine):
    config = TrainingConfig.of({"dataset": "mnist-5k", "placement": "after", "bug": "wrong-axes"})
    shared_engine.store.add_request("prepare", argument=config.to_json())
    shared_engine.wait(lambda: config.compile_key in shared_engine.store.engine().warm)


def test_data_that_cannot_be_had_fail_their_run_with_one_sentence_and_hold_up_no_other(shared_engine):
    garments = shared_engine.add(dataset="fashion-mnist")
    digits = shared_engine.add(batches=5)
    shared_engine.wait_for(garments, "failed")
    shared_engine.wait_for(digits, "finished")
    record = shared_engine.run(garments)
    assert record.message == "Fashion-MNIST cannot be had: connect this machine to the internet."
    assert shared_engine.events(garments) == [Failed(0, record.message, None)]


def test_an_error_in_a_training_fails_it_and_nothing_else(shared_engine):
    run_id = shared_engine.add(seed=CRASHES)
    shared_engine.wait_for(run_id, "failed")
    assert "the fake crashed" in shared_engine.run(run_id).message
    assert "Traceback" not in shared_engine.run(run_id).message
    assert steps(shared_engine.events(run_id)) == [1, 2, 3, 4]
    after = shared_engine.add(batches=5)
    shared_engine.wait_for(after, "finished")


def test_requests_that_make_no_sense_change_nothing(shared_engine):
    finished = shared_engine.add(batches=5)
    shared_engine.wait_for(finished, "finished")
    with sqlite3.connect(shared_engine.store.path) as connection:
        for kind, run_id, argument in (
            ("prepare", None, {"placement": "sideways"}),
            ("prepare", None, [1, 2]),
            ("dance", finished, None),
            ("start", finished, None),
            ("stop", None, None),
            ("step", finished, {"deeply": ["odd"]}),
        ):
            connection.execute(
                "INSERT INTO requests (kind, run_id, argument, created) VALUES (?, ?, ?, 0)",
                (kind, run_id, json.dumps(argument)),
            )
    connection.close()
    after = shared_engine.add(batches=5)
    shared_engine.wait_for(after, "finished")
    assert shared_engine.run(finished).status == "finished"


def test_questions_are_answered_while_a_run_trains_and_afterwards(shared_engine):
    run_id = shared_engine.add(batches=5000, batch_size=SLOW, seed=3)
    shared_engine.wait(lambda: 5 in shared_engine.store.snapshot_steps(run_id))
    weights = unpack(shared_engine.store.snapshot(run_id, 5)).arrays["state"][0]
    assert shared_engine.answer(run_id, ChangeCompany(5, 7, "mixed")).score.loss == weights
    assert shared_engine.run(run_id).status == "running"
    shared_engine.store.add_request("stop", run_id)
    shared_engine.wait_for(run_id, "stopped")
    assert shared_engine.answer(run_id, Recalibrate(5)).score.loss == weights


def test_a_question_that_cannot_be_answered_is_refused_with_one_sentence(shared_engine):
    run_id = shared_engine.add(batches=5)
    shared_engine.wait_for(run_id, "finished")
    for question, sentence in (
        (Recalibrate(20), "This run ended after batch 5, so there are no weights of batch 20."),
        (
            Recalibrate(3),
            "The weights of this run are kept after batches 0, 1, 2 and 5; ask about one of them, not batch 3.",
        ),
        (ChangeCompany(5, 99, "mixed"), "There is no image 99."),
        (ApplyDecay(5, 0.9), "This run has no recorded batch statistics, so no other decay can be applied to it."),
    ):
        shared_engine.ask(run_id, question)
        assert shared_engine.refusal(run_id, question) == sentence


def test_the_queue_is_served_in_order_and_says_who_waits(engine):
    engine.start(workers=1)
    runs = [engine.add(batches=40, batch_size=SLOW, seed=seed) for seed in range(3)]
    engine.wait_for_step(runs[0], 1)
    assert [run.id for run in engine.store.queued()] == runs[1:]
    for run_id in runs:
        engine.wait_for(run_id, "finished")
    started = [engine.run(run_id).started for run_id in runs]
    assert started == sorted(started)


# However the app ends

LASTING = ChangeCompany(50, SLOW, "mixed")
"""A question whose answer takes until the engine is told to hurry."""


def interrupted_run(engine: Engine) -> str:
    """A run that was under way, past its first checkpoint, when something happened."""
    run_id = engine.add(batches=500, batch_size=SLOW, seed=5)
    engine.wait(lambda: engine.run(run_id).checkpoint_step is not None)
    engine.wait_for_step(run_id, 55)
    return run_id


def test_when_the_app_ends_runs_leave_with_a_checkpoint_and_can_go_on_to_the_same_end(engine):
    engine.start()
    run_id = interrupted_run(engine)
    waiting = engine.add(batches=5)
    engine.ask(run_id, LASTING)
    engine.wait(engine.nothing_waits)
    assert engine.end_of_input() == 0
    engine.wait(lambda: engine.processes() == [])
    record = engine.run(run_id)
    assert record.status == "interrupted"
    assert "Resume" in record.message
    assert record.checkpoint_step == record.step, "nothing has to be done again"
    assert engine.run(waiting).status == "queued"
    assert engine.store.engine().state == "off"

    engine.hurry()
    engine.start()
    engine.wait_for(waiting, "finished")
    assert engine.store.requeue(run_id, OWNER)
    engine.wait_for(run_id, "finished")
    assert recorded(engine, run_id) == uninterrupted(record.config)
    assert engine.answer(run_id, LASTING)
    assert [event.step for event in engine.events(run_id) if isinstance(event, RunStarted)] == [0, record.step]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_signals_end_it_as_the_app_s_end_does(engine, number):
    engine.start()
    run_id = interrupted_run(engine)
    # Ctrl-C in a terminal reaches the workers as well.
    for process in engine.processes() if number == signal.SIGINT else [engine.hosts[0]]:
        process.send_signal(number)
    assert engine.hosts[0].wait(PATIENCE) == 0
    engine.wait(lambda: engine.processes() == [])
    record = engine.run(run_id)
    assert (record.status, record.checkpoint_step) == ("interrupted", record.step)


def test_when_the_host_is_killed_its_workers_end_and_the_run_can_go_on_to_the_same_end(engine):
    engine.start(workers=2)
    run_id = interrupted_run(engine)
    assert len(engine.worker_processes()) == 2
    engine.hosts[0].kill()
    engine.hosts[0].wait(PATIENCE)
    engine.wait(lambda: engine.processes() == [])

    engine.hurry()
    engine.start()
    engine.wait_for(run_id, "interrupted")
    record = engine.run(run_id)
    assert "Resume" in record.message
    assert 50 <= record.checkpoint_step <= record.step
    assert engine.store.requeue(run_id, OWNER)
    engine.wait_for(run_id, "finished")
    assert recorded(engine, run_id) == uninterrupted(record.config)


def test_a_second_host_stands_by_and_takes_over(engine):
    engine.start()
    engine.wait_until_ready()
    engine.start()
    run_id = interrupted_run(engine)
    assert engine.hosts[1].poll() is None
    assert psutil.Process(engine.hosts[1].pid).children() == [], "it must not start workers of its own"
    engine.hosts[0].kill()
    engine.hurry()
    engine.wait_for(run_id, "interrupted")
    assert engine.store.requeue(run_id, OWNER)
    engine.wait_for(run_id, "finished")
    assert recorded(engine, run_id) == uninterrupted(engine.run(run_id).config)


def test_a_host_that_stands_by_ends_with_its_app_too(engine):
    engine.start()
    engine.wait_until_ready()
    engine.start()
    engine.wait(lambda: "stands by" in (engine.home / "engine.log").read_text())
    assert engine.end_of_input() == 0
    assert engine.hosts[0].poll() is None


# Workers that die


def test_a_run_whose_worker_is_killed_goes_on_by_itself_to_the_same_end(engine):
    engine.start()
    run_id = interrupted_run(engine)
    engine.ask(run_id, LASTING)
    engine.wait(engine.nothing_waits)
    (worker,) = engine.worker_processes()
    worker.kill()
    engine.hurry()
    engine.wait_for(run_id, "finished")
    assert recorded(engine, run_id) == uninterrupted(engine.run(run_id).config)
    assert engine.answer(run_id, LASTING)
    engine.wait_until_ready()
    assert [process.pid for process in engine.worker_processes()] != [worker.pid]


def test_a_run_that_kills_its_workers_is_interrupted_and_the_engine_goes_on(engine):
    engine.start()
    run_id = engine.add(seed=DIES)
    engine.wait_for(run_id, "interrupted")
    assert "second time" in engine.run(run_id).message
    assert steps(engine.events(run_id)) == list(range(1, engine.run(run_id).step + 1))
    after = engine.add(batches=5)
    engine.wait_for(after, "finished")


def test_a_resumed_run_that_comes_out_differently_fails_and_keeps_what_is_recorded(engine):
    engine.start()
    run_id = engine.add(batches=5000, batch_size=SLOW, seed=DIFFERS)
    engine.wait(lambda: engine.run(run_id).checkpoint_step is not None)
    engine.wait_for_step(run_id, 60)
    engine.hosts[0].kill()
    engine.wait(lambda: engine.processes() == [])
    before = engine.events(run_id)
    engine.start()
    engine.wait_for(run_id, "interrupted")
    assert engine.run(run_id).checkpoint_step < engine.run(run_id).step
    engine.store.requeue(run_id, OWNER)
    engine.wait_for(run_id, "failed")
    assert "came out differently at step" in engine.run(run_id).message
    after = engine.events(run_id)
    assert [pack(event) for event in after[: len(before)]] == [pack(event) for event in before]
    assert [type(event) for event in after[len(before) :]] == [RunStarted, Failed]


# Dask's configuration on this machine


def test_what_a_site_has_configured_for_its_dask_clusters_is_not_for_the_engine(engine):
    settings = engine.home / "dask.yaml"
    settings.write_text("distributed: {comm: {require-encryption: true, default-scheme: tls}}\n")
    engine.start(DASK_CONFIG=str(settings))
    run_id = engine.add(batches=5)
    engine.wait_for(run_id, "finished")


def test_a_configuration_file_that_dask_cannot_read_is_named_and_read_again_when_it_is_mended(engine):
    settings = engine.home / "dask.yaml"
    settings.write_text("distributed: {comm: [\n")
    engine.start(DASK_CONFIG=str(settings))
    engine.wait(lambda: engine.store.engine().state == "unavailable")
    message = engine.store.engine().message
    assert message.startswith(f"A dask config file at '{settings}' is malformed: mend it or move it away.")
    settings.write_text("distributed: {}\n")
    engine.wait_until_ready()


# Where it cannot start


def test_a_folder_that_cannot_be_used_is_one_sentence_and_code_1(tmp_path):
    home = tmp_path / "home"
    home.write_text("a file, not a folder")
    result = subprocess.run(
        [sys.executable, str(FAKE_HOST)],
        env=os.environ | {"BN_HOME": str(home), "PYTHONPATH": str(ROOT)},
        stdin=subprocess.PIPE,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert result.returncode == 1
    assert "Traceback" not in result.stderr
    assert "set BN_HOME to a folder that you may write." in result.stderr.strip().splitlines()[-1]


def test_a_bad_variable_is_one_sentence_and_code_1(tmp_path):
    result = subprocess.run(
        [sys.executable, "-m", "bn_core.engine.host"],
        env=os.environ | {"BN_HOME": str(tmp_path), "BN_WORKERS": "many", "PYTHONPATH": str(ROOT)},
        stdin=subprocess.PIPE,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert result.returncode == 1
    assert result.stderr.startswith("BN_WORKERS is 'many', which cannot be used")
    assert len(result.stderr.strip().splitlines()) == 1
