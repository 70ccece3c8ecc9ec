"""The cluster of this machine: real worker processes with the fake trainer, and a test in the coordinator's place."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from queue import SimpleQueue

import psutil
import pytest

from bn_core.config import TrainingConfig
from bn_core.engine.actions import Chore
from bn_core.engine.cluster import Cluster, ClusterSettings
from bn_core.engine.inquiry import Answered, Inquiry
from bn_core.engine.items import Assignment, Checkpoint, Ended, Paused, Snapshot
from bn_core.engine.reports import (
    Connected,
    Disconnected,
    Done,
    Joined,
    Left,
    NotDone,
    Read,
    Replied,
    TrainingFailed,
)
from bn_core.engine.worker_link import WorkerLink
from bn_core.questions.questions import ApplyDecay, ChangeCompany
from bn_core.training.events import RecordedEvent, SnapshotTaken, pack, unpack
from tests.engine.conftest import PATIENCE, ROOT, is_zombie
from tests.engine.fake_host import WORKER_PROCESS
from tests.engine.fake_trainer import DIES, SLOW, FakeTrainer

CONFIG = TrainingConfig(dataset="mnist-5k", batches=120)


class Driver:
    """A cluster, and what it has reported so far."""

    def __init__(self, folder, workers=1):
        self.reports = []
        self._inbox = SimpleQueue()
        self.cluster = Cluster(ClusterSettings(None, workers, folder), WORKER_PROCESS, self._inbox.put)
        self.cluster.start()
        self.address = self.wait_for(Joined).worker

    def wait_for(self, kind, where=lambda report: True):
        """The next report of this kind."""
        while True:
            report = self._inbox.get(timeout=PATIENCE)
            self.reports.append(report)
            if isinstance(report, kind) and where(report):
                return report

    def place(self, key, config=CONFIG, steps=None, checkpoint=None):
        self.cluster.place(self.address, Assignment(key, config, steps, checkpoint))

    def next_items(self, key):
        """What is read next, said to be stored."""
        batch = self.wait_for(Read, lambda report: report.key == key).batch
        self.cluster.stored(self.address, key, batch.cursor)
        return list(batch.items)

    def items(self, key, until):
        items = []
        while not any(isinstance(item, until) for item in items):
            items += self.next_items(key)
        return items

    def process(self):
        (process,) = worker_processes(os.getpid())
        return process


def worker_processes(pid):
    return [
        child
        for child in psutil.Process(pid).children(recursive=True)
        if not is_zombie(child) and WORKER_PROCESS in child.cmdline()
    ]


def wait_until(condition):
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


@pytest.fixture
def driver(tmp_path, monkeypatch):
    monkeypatch.setenv("BN_HOME", str(tmp_path))
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    driver = Driver(tmp_path)
    yield driver
    assert driver.cluster.close(PATIENCE)
    assert worker_processes(os.getpid()) == []


def uninterrupted(config):
    trainer = FakeTrainer()
    return list(trainer.train(config, trainer.load(config.dataset), trainer.prepare(config), None, lambda: "go"))


def packed(events):
    return [pack(event) for event in events if not hasattr(event, "milliseconds")]


def events_of(items):
    return [unpack(item.packed) for item in items if isinstance(item, RecordedEvent | Snapshot | Checkpoint)]


def test_everything_that_a_training_yields_is_read_in_its_order(driver):
    driver.place(("run", 1))
    items = driver.items(("run", 1), Ended)
    assert items[-1] == Ended("finished")
    unlike_replaced = [event for event in events_of(items) if type(event).__name__ != "CheckpointTaken"]
    expected = [event for event in uninterrupted(CONFIG) if type(event).__name__ != "CheckpointTaken"]
    assert packed(unlike_replaced) == packed(expected)
    assert [event.step for event in unlike_replaced] == [event.step for event in expected]


def test_nothing_more_is_read_before_what_was_read_is_stored(driver):
    driver.place(("run", 1), CONFIG.with_(batches=5000))
    first = driver.wait_for(Read).batch
    driver.cluster.do(Chore(driver.address, "warm_up"))
    driver.wait_for(Done)
    assert len([report for report in driver.reports if isinstance(report, Read)]) == 1
    driver.cluster.stored(driver.address, ("run", 1), first.cursor)
    assert driver.wait_for(Read).batch.cursor > first.cursor


def test_reads_that_fail_for_a_while_lose_nothing_and_double_nothing(driver, monkeypatch):
    order, failures = WorkerLink._order, []

    async def failing(link, name, **arguments):
        reply = await order(link, name, **arguments)
        # The worker has read and answered; the answer is lost on its way, three times out of four.
        if name == "call" and b"read" in arguments["frame"][:10] and len(failures) % 4:
            failures.append(name)
            raise OSError("the connection is gone")
        failures.append(name)
        return reply

    monkeypatch.setattr(WorkerLink, "_order", failing)
    monkeypatch.setattr("bn_core.engine.worker_link.SECONDS_UNTIL_REPEATED", 0.01)
    driver.place(("run", 1))
    items = driver.items(("run", 1), Ended)
    assert [item.step for item in items if isinstance(item, Snapshot)] == [0, 1, 2, 5, 10, 20, 50, 75, 100, 120]
    steps = [item.step for item in items if isinstance(item, RecordedEvent) and item.kind == "Step"]
    assert steps == list(range(1, 121))
    assert len(failures) > 4


def test_commands_are_obeyed_in_their_order(driver):
    key = ("run", 1)
    driver.place(key, CONFIG.with_(batches=5000), steps=3)
    assert driver.items(key, Paused)[-1] == Paused(3)
    for _ in range(4):
        driver.cluster.command(driver.address, key, "step")
    driver.cluster.command(driver.address, key, "stop")
    items = driver.items(key, Ended)
    assert items[-1] == Ended("stopped")
    assert max(item.step for item in items if isinstance(item, RecordedEvent)) <= 7
    driver.cluster.release(driver.address, key)
    driver.place(("next", 2))
    assert driver.items(("next", 2), Ended)[-1] == Ended("finished")


def test_a_training_leaves_with_a_checkpoint_and_goes_on_elsewhere_to_the_same_end(driver):
    config = CONFIG.with_(batch_size=SLOW)
    driver.place(("run", 1), config)
    items = []
    while not any(isinstance(item, RecordedEvent) and item.step >= 7 for item in items):
        items += driver.next_items(("run", 1))
    driver.cluster.command(driver.address, ("run", 1), "leave")
    items += driver.items(("run", 1), Ended)
    assert items[-1] == Ended("left")
    checkpoint = items[-2]
    assert isinstance(checkpoint, Checkpoint)
    driver.place(("run", 2), config, checkpoint=checkpoint.packed)
    rest = driver.items(("run", 2), Ended)
    assert rest[-1] == Ended("finished")
    assert packed(events_of(rest))[-2:] == packed(uninterrupted(config))[-2:]


def test_questions_are_answered_and_chores_done_while_a_run_trains(driver):
    driver.place(("run", 1), CONFIG.with_(batches=5000, batch_size=SLOW))
    driver.next_items(("run", 1))
    snapshot = pack(uninterrupted(CONFIG)[2])
    assert isinstance(unpack(snapshot), SnapshotTaken)
    driver.cluster.answer(driver.address, Inquiry(7, ApplyDecay(0, 0.9).to_json(), CONFIG, None, snapshot, None))
    reply = driver.wait_for(Replied)
    assert (reply.question_id, reply.worker, type(reply.outcome)) == (7, driver.address, Answered)
    other = CONFIG.with_(placement="after")
    driver.cluster.do(Chore(driver.address, "prepare", other))
    assert other.compile_key in driver.wait_for(Done).inventory.programs
    driver.cluster.do(Chore(driver.address, "fetch", CONFIG.with_(dataset="fashion-mnist")))
    assert driver.wait_for(NotDone).problem == "Fashion-MNIST cannot be had: connect this machine to the internet."


def test_a_training_that_cannot_be_begun_is_reported_and_the_worker_goes_on(driver):
    driver.place(("run", 1), checkpoint=pack(uninterrupted(CONFIG)[2]))
    assert "SnapshotTaken" in driver.wait_for(TrainingFailed).problem
    driver.place(("run", 2))
    assert driver.items(("run", 2), Ended)[-1] == Ended("finished")


@pytest.mark.parametrize("how", ["it dies", "it is killed", "a question kills it"])
def test_a_worker_process_that_ends_is_noticed_at_once_and_replaced(driver, how):
    before = driver.process()
    driver.place(("run", 1), CONFIG.with_(batches=5000, batch_size=SLOW, seed=DIES if how == "it dies" else 0))
    driver.next_items(("run", 1))
    if how == "it is killed":
        before.kill()
    if how == "a question kills it":
        question = ChangeCompany(0, DIES, "mixed").to_json()
        driver.cluster.answer(driver.address, Inquiry(7, question, CONFIG, None, pack(uninterrupted(CONFIG)[2]), None))
    if how == "it dies":
        while not isinstance(driver.reports[-1], Left):
            report = driver.wait_for((Read, Left))
            if isinstance(report, Read):
                driver.cluster.stored(driver.address, report.key, report.batch.cursor)
    else:
        driver.wait_for(Left)
    assert driver.wait_for(Joined).worker == driver.address
    assert driver.process().pid != before.pid
    assert not any(isinstance(report, NotDone | TrainingFailed) for report in driver.reports)
    driver.place(("run", 2))
    assert driver.items(("run", 2), Ended)[-1] == Ended("finished")


def test_what_is_printed_in_a_worker_process_does_not_come_between_the_frames(tmp_path, monkeypatch):
    monkeypatch.setenv("BN_HOME", str(tmp_path))
    program = (
        "from bn_core.engine.worker_process import main\n"
        "from tests.engine.test_cluster import PrintingTrainer\n"
        "main(PrintingTrainer)"
    )
    done = subprocess.Popen(
        [sys.executable, "-c", program],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )
    output, errors = done.communicate(timeout=PATIENCE)
    assert (output, done.returncode) == (bytes(12), 0), "one empty frame, number 0"
    assert b"printed by a library" in errors


class PrintingTrainer(FakeTrainer):
    def __init__(self):
        print("printed by a library", flush=True)
        os.write(1, b"printed by a library")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")
def test_ctrl_c_does_not_reach_worker_processes(driver):
    process = driver.process()
    assert os.getpgid(process.pid) != os.getpgid(0)
    process.send_signal(signal.SIGINT)
    driver.place(("run", 1))
    assert driver.items(("run", 1), Ended)[-1] == Ended("finished")
    assert driver.process() == process


def test_the_engine_of_this_machine_listens_nowhere(driver):
    driver.place(("run", 1), CONFIG.with_(batches=5000, batch_size=SLOW))
    driver.next_items(("run", 1))
    for process in (psutil.Process(), driver.process()):
        connections = process.net_connections()
        assert [one for one in connections if one.status == psutil.CONN_LISTEN] == []


def test_there_is_one_process_for_each_worker_and_no_other(tmp_path, monkeypatch):
    monkeypatch.setenv("BN_HOME", str(tmp_path))
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    before = set(psutil.Process().children(recursive=True))
    driver = Driver(tmp_path, workers=2)
    driver.wait_for(Joined)
    started = set(psutil.Process().children(recursive=True)) - before
    assert {process.pid for process in started} == {process.pid for process in worker_processes(os.getpid())}
    assert len(started) == 2
    assert isinstance(driver.reports[0], Connected)
    assert driver.cluster.close(PATIENCE)
    assert worker_processes(os.getpid()) == []


class RestartedScheduler:
    """Dask's client, connected to one scheduler after another without a word of it, each with workers of its own."""

    status = "running"

    def __init__(self, *schedulers):
        self._left = list(schedulers)
        self.scheduler = self

    async def identity(self, n_workers):
        name, workers = self._left.pop(0) if len(self._left) > 1 else self._left[0]
        return {"id": name, "workers": dict.fromkeys(workers)}

    async def run(self, *_, workers, **__):
        raise OSError(f"{workers} are made up")


@pytest.fixture
def told_of(tmp_path, monkeypatch):
    """What a cluster first reports that is connected to these schedulers, so many reports."""

    def reports_of(count, *schedulers):
        @contextlib.asynccontextmanager
        async def connection(self, address):
            yield RestartedScheduler(*schedulers)

        monkeypatch.setattr(Cluster, "_connection", connection)
        reports = SimpleQueue()
        cluster = Cluster(ClusterSettings("tcp://127.0.0.1:1", None, tmp_path), WORKER_PROCESS, reports.put)
        cluster.start()
        told = [reports.get(timeout=PATIENCE) for _ in range(count)]
        cluster.close(PATIENCE)
        return told

    return reports_of


def test_the_workers_of_a_scheduler_that_was_started_again_did_not_die(told_of):
    told = told_of(2, ("first", "ab"), ("first", "ab"), ("second", "cd"))
    assert [type(report) for report in told] == [Connected, Disconnected]


def test_workers_that_are_gone_together_are_told_together(told_of):
    _, left = told_of(2, ("first", "abc"), ("first", "b"))
    assert isinstance(left, Left)
    assert (set(left.workers), left.how) == ({"a", "c"}, "went")
