"""BN_SCHEDULER: the same host on a Dask cluster that exists, and that has nothing of this project."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from queue import SimpleQueue

import psutil
import pytest
from click.testing import CliRunner

from bn_core.cli import lab
from bn_core.config import TrainingConfig
from bn_core.data.mnist_5k import MNIST_5K_SHA256
from bn_core.engine.actions import Chore
from bn_core.engine.cluster import Cluster, ClusterSettings
from bn_core.engine.items import Assignment
from bn_core.engine.reports import Done, Joined, Read
from bn_core.training import notebook_lines
from bn_core.training.events import (
    Checked,
    CheckpointTaken,
    RecordedEvent,
    RunStarted,
    Scored,
    SnapshotTaken,
    pack,
    unpack,
)
from bn_core.training.run_json import result_json
from tests.engine.conftest import PATIENCE, ROOT, Engine, is_zombie, steps, timeless
from tests.engine.dask_cluster import DaskCluster
from tests.engine.fake_host import WORKER_PROCESS
from tests.engine.fake_trainer import CRASHES, SLOW, FakeTrainer

REAL_HOST = (sys.executable, "-m", "bn_core.engine.host")


@pytest.fixture
def cluster(tmp_path):
    cluster = DaskCluster(tmp_path)
    yield cluster
    cluster.close()


def uninterrupted(config):
    trainer = FakeTrainer()
    events = trainer.train(config, trainer.load(config.dataset), trainer.prepare(config), None, lambda: "go")
    kept = [event for event in events if not isinstance(event, CheckpointTaken | SnapshotTaken)]
    return [pack(event) for event in timeless(kept)]


def course(engine, run_id):
    return [pack(event) for event in engine.course(run_id)]


def test_a_scheduler_that_comes_later_is_found_used_left_alone_and_used_again(engine, cluster):
    engine.start(BN_SCHEDULER=cluster.address)
    run_id = engine.add(batches=60)
    engine.wait(lambda: engine.store.engine().state == "unavailable")
    message = engine.store.engine().message
    assert message.startswith(f"The Dask scheduler at {cluster.address} (BN_SCHEDULER) cannot be used")
    assert "or unset BN_SCHEDULER to train on this machine" in message
    assert engine.run(run_id).status == "queued"

    cluster.start()
    engine.wait_for(run_id, "finished")
    assert steps(engine.events(run_id)) == list(range(1, 61))

    under_way = engine.add(batches=500, batch_size=SLOW)
    engine.wait_for_step(under_way, 5)
    assert engine.end_of_input() == 0
    assert engine.run(under_way).status == "interrupted"
    assert engine.run(under_way).checkpoint_step == engine.run(under_way).step
    assert [process.poll() for process in (cluster.scheduler, *cluster.workers)] == [None, None]

    engine.hurry()
    engine.start(BN_SCHEDULER=cluster.address)
    engine.store.requeue(under_way, engine.run(under_way).owner)
    engine.wait_for(under_way, "finished")
    assert steps(engine.events(under_way)) == list(range(1, 501))


def test_a_run_whose_scheduler_is_killed_and_started_again_goes_on_by_itself_to_the_same_end(engine, cluster):
    cluster.start(workers=2)
    engine.start(BN_SCHEDULER=cluster.address)
    engine.wait_until_ready(workers=2)
    runs = [engine.add(batches=200, batch_size=SLOW, seed=seed) for seed in (1, 2, 3)]
    for run_id in runs[:2]:
        engine.wait(lambda run_id=run_id: engine.run(run_id).checkpoint_step is not None)
    cluster.kill_scheduler()
    engine.wait(lambda: engine.store.engine().state == "unavailable")
    assert [engine.run(run_id).status for run_id in runs] == ["running", "running", "queued"]
    engine.hurry()
    cluster.start(workers=2)
    for run_id in runs:
        engine.wait_for(run_id, "finished")
        assert course(engine, run_id) == uninterrupted(engine.run(run_id).config)


def test_two_hosts_of_different_versions_share_a_cluster(tmp_path, cluster):
    other = tmp_path / "other"
    shutil.copytree(ROOT / "bn_core", other / "bn_core", ignore=shutil.ignore_patterns("__pycache__"))
    session = other / "bn_core" / "engine" / "training_session.py"
    source = session.read_text()
    session.write_text(source.replace("Try it again; if it ", "This is another version. Try it again; if it "))
    assert session.read_text() != source
    engines = []
    for version, path in (("this", ROOT), ("another", other)):
        home = tmp_path / version
        home.mkdir()
        engines.append(Engine(home))
        engines[-1].start(BN_SCHEDULER=cluster.address, PYTHONPATH=os.pathsep.join((str(path), str(ROOT))))
    try:
        cluster.start(workers=1)
        for engine in engines:
            engine.wait_until_ready()
        crashing = [engine.add(seed=CRASHES) for engine in engines]
        going = [engine.add(batches=60, seed=7) for engine in engines]
        for engine, run_id in zip(engines, going, strict=True):
            engine.wait_for(run_id, "finished")
            assert course(engine, run_id) == uninterrupted(engine.run(run_id).config)
        told = [engine.run(run_id).message for engine, run_id in zip(engines, crashing, strict=True)]
        assert ["This is another version." in message for message in told] == [False, True]
    finally:
        for engine in engines:
            engine.close()


def test_a_worker_without_tensorflow_is_named_and_the_others_are_used(tmp_path, engine, cluster):
    broken = tmp_path / "broken"
    broken.mkdir()
    (broken / "tensorflow.py").write_text("raise ImportError('there is none here')\n")
    cluster.start(workers=1)
    cluster.add_worker(broken)
    engine.start(command=REAL_HOST, BN_SCHEDULER=cluster.address)
    engine.wait(lambda: engine.store.engine().state == "ready" and "TensorFlow" in engine.store.engine().message)
    status = engine.store.engine()
    assert status.workers == 1
    assert "tcp://" in status.message
    assert "TensorFlow does not start there" in status.message
    assert "there is none here" in status.message


class Watcher:
    """A host's cluster without a host: what it reports."""

    def __init__(self, scheduler, folder, module):
        self._inbox = SimpleQueue()
        self.cluster = Cluster(ClusterSettings(scheduler, None, folder), module, self._inbox.put)
        self.cluster.start()

    def wait_for(self, kind):
        while not isinstance(report := self._inbox.get(timeout=PATIENCE), kind):
            pass
        return report


def test_a_worker_that_lacks_the_data_set_gets_it_from_the_host(tmp_path, cluster):
    (cluster.fakes / "poor_trainer.py").write_text(
        "from bn_core.data.catalogue import DatasetUnavailable\n"
        "from bn_core.engine import worker_process\n"
        "from tests.engine.fake_trainer import FakeTrainer\n"
        "class PoorTrainer(FakeTrainer):\n"
        "    def load(self, name): raise DatasetUnavailable('There is no network here.')\n"
        "worker_process.main(PoorTrainer)\n"
    )
    cluster.start()
    watcher = Watcher(cluster.address, tmp_path, "poor_trainer")
    address = watcher.wait_for(Joined).worker
    watcher.cluster.do(Chore(address, "fetch", TrainingConfig(dataset="mnist-5k")))
    assert watcher.wait_for(Done).inventory.datasets == {"mnist-5k"}
    config = TrainingConfig(dataset="mnist-5k", batches=5)
    watcher.cluster.place(address, Assignment(("run", 1), config, None, None))
    first = watcher.wait_for(Read).batch.items
    started = next(unpack(item.packed) for item in first if isinstance(item, RecordedEvent))
    assert isinstance(started, RunStarted)
    assert started.dataset_sha256 == MNIST_5K_SHA256
    assert watcher.cluster.close(PATIENCE)


@pytest.mark.skipif(shutil.which("openssl") is None, reason="makes the certificates")
def test_with_certificates_as_the_chapter_has_them_those_who_have_none_are_turned_away(tmp_path, engine):
    chapter = (ROOT / "docs" / "cluster.md").read_text(encoding="utf-8")
    (command,) = re.findall("^openssl .*$", chapter, re.MULTILINE)
    subprocess.run(shlex.split(command), cwd=tmp_path, check=True, capture_output=True)
    variables = {
        name: value.replace("/etc/lab", str(tmp_path))
        for name, value in re.findall(r"^export (\w+)=(\S+)$", chapter, re.MULTILINE)
    }
    cluster = DaskCluster(tmp_path, scheme="tls")
    try:
        cluster.start(**variables)
        engine.start(BN_SCHEDULER=cluster.address)
        run_id = engine.add(batches=5)
        engine.wait(lambda: engine.store.engine().state == "unavailable")
        assert "cannot be used" in engine.store.engine().message
        assert engine.end_of_input() == 0
        engine.start(BN_SCHEDULER=cluster.address, **variables)
        engine.wait_for(run_id, "finished")
    finally:
        cluster.close()


def test_worker_processes_end_with_their_dask_worker_and_with_their_host(tmp_path, engine, cluster):
    cluster.start()
    engine.start(BN_SCHEDULER=cluster.address)
    engine.wait_until_ready()

    def children():
        (worker,) = cluster.workers
        return [
            process
            for process in psutil.Process(worker.pid).children(recursive=True)
            if WORKER_PROCESS in process.cmdline() and not is_zombie(process)
        ]

    (process,) = children()
    assert engine.end_of_input() == 0
    engine.wait(lambda: children() == [])
    engine.start(BN_SCHEDULER=cluster.address)
    engine.wait(children)
    (process,) = children()
    cluster.kill_scheduler()
    engine.wait(lambda: not process.is_running() or is_zombie(process))


def test_the_real_trainer_gives_the_command_lines_lines_also_when_the_scheduler_is_started_again(engine, cluster):
    values = {"dataset": "mnist-5k", "batches": 130, "batch_size": 16, "seed": 7}
    options = [text for name, value in values.items() for text in (f"--{name.replace('_', '-')}", str(value))]
    cluster.start(workers=2)
    engine.start(command=REAL_HOST, BN_SCHEDULER=cluster.address)
    run_id = engine.add(**values)
    engine.wait(lambda: engine.run(run_id).checkpoint_step is not None)
    cluster.kill_scheduler()
    assert engine.run(run_id).status == "running"
    cluster.start(workers=2)
    engine.wait_for(run_id, "finished")
    events = engine.events(run_id)
    assert [event.step for event in events if isinstance(event, RunStarted)] == [0, 50]
    lines = [notebook_lines.line(event) for event in events if isinstance(event, Checked)]
    lines += [line for event in events if isinstance(event, Scored) for line in notebook_lines.final_lines(event)]
    alone = CliRunner().invoke(lab, ["train", *options, "--json", str(engine.home / "alone.json")])
    assert alone.stdout.splitlines() == lines
    expected = json.loads((engine.home / "alone.json").read_text())
    told = json.loads(json.dumps(result_json(engine.run(run_id).config, events, None)))
    assert [told[name] for name in ("config", "evaluations", "final")] == [
        expected[name] for name in ("config", "evaluations", "final")
    ]
