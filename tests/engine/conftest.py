"""An engine to test: the real host with real Dask workers, in a home folder of its own."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from bn_core.config import TrainingConfig
from bn_core.questions import answers
from bn_core.questions.questions import Question
from bn_core.runs.records import AnswerBytes, NotPossible, Pending, RunRecord, canonical_question
from bn_core.runs.store import Store
from bn_core.training.events import Event, RunStarted, Step, unpack
from tests.engine.fake_host import WORKER_PROCESS
from tests.engine.fake_trainer import FAST

ROOT = Path(__file__).parents[2]
FAKE_HOST = ROOT / "tests" / "engine" / "fake_host.py"
PATIENCE = 300.0
"""Seconds until a condition that should come true is given up: a busy machine takes its time."""

OWNER = "f" * 64


class Engine:
    """The host's processes of one home folder, and the store that is shared with them."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.store = Store.open(home)
        self.hosts: list[subprocess.Popen[bytes]] = []
        self._seen: dict[int, psutil.Process] = {}

    def start(self, workers: int = 1, command: tuple[str, ...] = (sys.executable, str(FAKE_HOST)), **env: str) -> None:
        """Starts a host; does not wait for it."""
        variables = os.environ | {"BN_HOME": str(self.home), "BN_WORKERS": str(workers), "PYTHONPATH": str(ROOT)} | env
        with (self.home / "engine.log").open("ab") as log:
            host = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=log, stderr=log, env=variables, cwd=self.home
            )
        self.hosts.append(host)

    def wait(self, condition: Callable[[], object]) -> None:
        """Returns when the condition is true."""
        deadline = time.monotonic() + PATIENCE
        while not condition():
            assert time.monotonic() < deadline, self.report()
            time.sleep(0.01)
        self.processes()

    def wait_until_ready(self, workers: int = 1) -> None:
        self.wait(lambda: self.store.engine().state == "ready" and self.store.engine().workers == workers)

    def add(self, **values: object) -> str:
        """Queues a run and gives its id."""
        return self.store.add_run(TrainingConfig.of({"dataset": "mnist-5k"} | values), OWNER)

    def run(self, run_id: str) -> RunRecord:
        record = self.store.run(run_id)
        assert record is not None
        return record

    def hurry(self) -> None:
        """Lets slow runs go fast from now on."""
        (self.home / FAST).touch()

    def wait_for(self, run_id: str, status: str) -> None:
        self.wait(lambda: self.run(run_id).status == status)

    def wait_for_step(self, run_id: str, step: int) -> None:
        self.wait(lambda: self.run(run_id).step >= step)

    def events(self, run_id: str) -> list[Event]:
        return [unpack(packed) for _, packed in self.store.events(run_id)]

    def course(self, run_id: str) -> list[Event]:
        """What a run recorded, without times, and without the notes on where it went on."""
        return timeless(self.events(run_id))

    def snapshots(self, run_id: str) -> dict[int, bytes | None]:
        """The packed snapshots that are kept of a run, by step."""
        return {step: self.store.snapshot(run_id, step) for step in self.store.snapshot_steps(run_id)}

    def ask(self, run_id: str, question: Question) -> AnswerBytes | Pending:
        """What a page is told that asks this now."""
        return self.store.ask(run_id, canonical_question(question.to_json()))

    def answer(self, run_id: str, question: Question) -> answers.Answer:
        """The answer, waited for."""
        self.wait(lambda: isinstance(self.ask(run_id, question), AnswerBytes))
        answer = self.ask(run_id, question)
        assert isinstance(answer, AnswerBytes)
        return answers.unpack(answer.packed)

    def refusal(self, run_id: str, question: Question) -> str:
        """Why there is no answer, waited for."""
        sentences: list[str] = []

        def refused() -> bool:
            try:
                self.ask(run_id, question)
            except NotPossible as problem:
                sentences.append(str(problem))
            return bool(sentences)

        self.wait(refused)
        return sentences[0]

    def nothing_waits(self) -> bool:
        """Whether every question was taken by the engine."""
        with contextlib.closing(sqlite3.connect(self.store.path)) as connection:
            return connection.execute("SELECT 1 FROM questions WHERE state = 'waiting'").fetchone() is None

    def end_of_input(self, host: int = -1) -> int:
        """Lets a host's standard input end and waits for the host; gives its exit code."""
        process = self.hosts[host]
        assert process.stdin is not None
        process.stdin.close()
        return process.wait(PATIENCE)

    def processes(self) -> list[psutil.Process]:
        """All processes of all hosts that there ever were and that are alive."""
        for host in self.hosts:
            with contextlib.suppress(psutil.NoSuchProcess):
                process = psutil.Process(host.pid)
                for one in (process, *process.children(recursive=True)):
                    self._seen.setdefault(one.pid, one)
        return [process for process in self._seen.values() if process.is_running() and not is_zombie(process)]

    def worker_processes(self) -> list[psutil.Process]:
        """The worker processes of the latest host."""
        return [
            child
            for child in psutil.Process(self.hosts[-1].pid).children(recursive=True)
            if WORKER_PROCESS in child.cmdline()
        ]

    def report(self) -> str:
        runs = [(run.id, run.status, run.step, run.message) for run in self.store.runs()]
        log = (self.home / "engine.log").read_text(errors="replace")[-4000:]
        return f"{self.store.engine()}\n{runs}\n{log}"

    def close(self) -> None:
        alive = self.processes()
        for host in self.hosts:
            host.kill()
            host.wait(PATIENCE)
            if host.stdin is not None:
                host.stdin.close()
        for process in alive:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        self.store.close()


def is_zombie(process: psutil.Process) -> bool:
    with contextlib.suppress(psutil.NoSuchProcess):
        return process.status() == psutil.STATUS_ZOMBIE
    return True


def timeless(events: list[Event]) -> list[Event]:
    course = []
    for event in events:
        if isinstance(event, RunStarted):
            if event.step > 0:
                continue
            event = replace(event, versions={})
        elif hasattr(event, "milliseconds"):
            event = replace(event, milliseconds=0.0)  # type: ignore[call-arg]
        course.append(event)
    return course


def steps(events: list[Event]) -> list[int]:
    return [event.step for event in events if isinstance(event, Step)]


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = Engine(tmp_path)
    yield engine
    engine.close()


@pytest.fixture(scope="module")
def shared_engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """One that is up, with two workers, for tests that leave it so."""
    engine = Engine(tmp_path_factory.mktemp("home"))
    engine.start(workers=2)
    try:
        engine.wait_until_ready(workers=2)
        yield engine
    finally:
        engine.close()
