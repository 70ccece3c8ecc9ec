"""The worker process's side of the engine: a Dask worker plugin, and the functions that the host has run there."""

from __future__ import annotations

import asyncio
import logging
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from distributed import Worker, WorkerPlugin, get_worker

from bn_core.config import TrainingConfig
from bn_core.engine import answering, messages
from bn_core.engine.control import Control, Word
from bn_core.engine.holdings import Holdings, Inventory
from bn_core.engine.inquiry import Inquiry, Outcome
from bn_core.engine.messages import Hello
from bn_core.engine.outbox import Outbox
from bn_core.engine.trainer import make_trainer
from bn_core.engine.training_session import TrainingSession
from bn_core.training import events
from bn_core.training.events import CheckpointTaken

NAME = "batch-norm-lab"
RESOURCE = "training"
"""The Dask resource of which each worker has one and each training takes one."""

LEASE_SECONDS = 60.0
"""How long a training goes on without a word from the host. On a cluster of one's own, nothing else would end it."""

_SENDER_SECONDS = 1.0

_log = logging.getLogger(__name__)

Key = tuple[str, int]
"""A run's id and the attempt: one training on one worker."""


@dataclass(frozen=True)
class Assignment:
    """A training as the host hands it to a worker.

    Attributes:
        key: the run's id and the attempt.
        config: `TrainingConfig.to_json()`.
        steps: how many steps it may do before it waits; None for as many as there are.
        checkpoint: packed, to go on from; None to start at the beginning.
    """

    key: Key
    config: dict[str, Any]
    steps: int | None
    checkpoint: bytes | None = field(repr=False)


@dataclass(frozen=True)
class _Desk:
    session: TrainingSession
    outbox: Outbox


class TrainingPlugin(WorkerPlugin):
    """Makes a Dask worker one that can train. Every method but `train` is for the worker's event loop.

    Args:
        trainer: import path of the trainer's class.
        topic: where it publishes what the host should know; one for each host.
    """

    name = NAME

    def __init__(self, trainer: str, topic: str) -> None:
        self._trainer = trainer
        self._topic = topic

    async def setup(self, worker: Worker) -> None:
        self._worker = worker
        self._loop = asyncio.get_running_loop()
        self._wake = asyncio.Event()
        self._heard = time.monotonic()
        self._desks: dict[Key, _Desk] = {}
        self._holdings = Holdings(make_trainer(self._trainer))
        # A download may take minutes: it must keep neither a training nor a tracing from its thread.
        self._tracing = ThreadPoolExecutor(1, thread_name_prefix="tracing")
        self._reading = ThreadPoolExecutor(1, thread_name_prefix="reading")
        self._answering = ThreadPoolExecutor(1, thread_name_prefix="answering")
        if worker.state.total_resources.get(RESOURCE) != 1:
            await worker.set_resources(**{RESOURCE: 1})
        worker.log_event(self._topic, messages.pack(Hello(worker.address)))
        self._sender = asyncio.create_task(self._send())

    def teardown(self, worker: Worker) -> None:
        self._sender.cancel()
        self._leave_all()
        for executor in (self._tracing, self._reading, self._answering):
            executor.shutdown(wait=False, cancel_futures=True)

    def train(self, key: Key) -> None:
        """Does the training that was opened under this key, in the calling thread."""
        self._desks[key].session.run(self._holdings)

    def hear(self) -> None:
        """Notes that the host is there."""
        self._heard = time.monotonic()

    def open(self, assignment: Assignment) -> None:
        """Makes place for a training, so that orders find it even before it begins."""
        run_id, attempt = assignment.key
        checkpoint = None if assignment.checkpoint is None else events.unpack(assignment.checkpoint)
        if not isinstance(checkpoint, CheckpointTaken | None):
            raise ValueError(f"The checkpoint of run {run_id} is a {type(checkpoint).__name__}.")
        outbox = Outbox(run_id, attempt, lambda: self._loop.call_soon_threadsafe(self._wake.set))
        session = TrainingSession(TrainingConfig.of(assignment.config), checkpoint, Control(assignment.steps), outbox)
        self._desks[assignment.key] = _Desk(session, outbox)

    def order(self, key: Key, word: Word) -> None:
        """Gives an order to a training; none is there any more if it was released."""
        if (desk := self._desks.get(key)) is not None:
            if word in ("stop", "leave"):
                desk.outbox.lift_limit()
                desk.session.shelf.lift_limit()
            desk.session.control.say(word)

    def acknowledge(self, numbers: dict[Key, int]) -> None:
        """Forgets the batches up to these numbers: the host has stored them."""
        for key, number in numbers.items():
            if (desk := self._desks.get(key)) is not None:
                desk.outbox.acknowledge(number)

    def checkpoint(self, key: Key) -> CheckpointTaken | None:
        """The training's latest checkpoint."""
        desk = self._desks.get(key)
        return None if desk is None else desk.session.checkpoint

    def snapshot(self, key: Key, step: int) -> bytes | None:
        """A snapshot of the training, packed. Who asks for it has those before it."""
        desk = self._desks.get(key)
        return None if desk is None else desk.session.shelf.take(step)

    def release(self, key: Key) -> None:
        """Forgets a training that has ended."""
        self._desks.pop(key, None)

    async def warm_up(self) -> Inventory:
        """Gets ready for the most likely run."""
        await self._loop.run_in_executor(self._tracing, self._holdings.warm_up)
        return self._holdings.inventory()

    async def prepare(self, config: TrainingConfig) -> Inventory:
        """Traces the program of this configuration."""
        await self._loop.run_in_executor(self._tracing, self._holdings.program, config)
        return self._holdings.inventory()

    async def fetch(self, dataset: str) -> Inventory:
        """Reads this data set, downloaded where it is not at hand. Raises DatasetUnavailable."""
        await self._loop.run_in_executor(self._reading, self._holdings.dataset, dataset)
        return self._holdings.inventory()

    async def warm_examiner(self, config: TrainingConfig) -> Inventory:
        """Gets ready for questions about runs of this configuration."""
        await self._loop.run_in_executor(self._answering, self._holdings.warm_examiner, config)
        return self._holdings.inventory()

    async def answer(self, inquiry: Inquiry) -> tuple[Outcome, Inventory]:
        """Works out the answer to a question, while a training may go on in its own thread."""
        outcome = await self._loop.run_in_executor(self._answering, answering.answer, inquiry, self._holdings)
        return outcome, self._holdings.inventory()

    def _leave_all(self) -> None:
        for key in self._desks:
            self.order(key, "leave")

    async def _send(self) -> None:
        while True:
            self._wake.clear()
            now = time.monotonic()
            if now - self._heard > LEASE_SECONDS:
                self._leave_all()
            due = now + _SENDER_SECONDS
            for desk in self._desks.values():
                for packed in desk.outbox.take(now):
                    self._worker.log_event(self._topic, packed)
                next_time = desk.outbox.due()
                due = due if next_time is None else min(due, next_time)
            try:
                await asyncio.wait_for(self._wake.wait(), max(0.0, due - now))
            except TimeoutError:
                continue


# What the host calls by name: Dask sends a function's name, and gives `dask_worker` where it runs.


def _plugin(dask_worker: Worker) -> TrainingPlugin:
    plugin: TrainingPlugin = dask_worker.plugins[NAME]
    plugin.hear()
    return plugin


def train(key: Key) -> None:
    """The Dask task of a training."""
    plugin: TrainingPlugin = get_worker().plugins[NAME]
    plugin.train(key)


def open_training(assignment: Assignment, dask_worker: Worker) -> None:
    _plugin(dask_worker).open(assignment)


def order(key: Key, word: Word, dask_worker: Worker) -> None:
    _plugin(dask_worker).order(key, word)


def acknowledge(numbers: dict[Key, int], dask_worker: Worker) -> None:
    _plugin(dask_worker).acknowledge(numbers)


def packed_checkpoint(key: Key, dask_worker: Worker) -> tuple[int, bytes] | None:
    """The step and the bytes of the training's latest checkpoint."""
    checkpoint = _plugin(dask_worker).checkpoint(key)
    return None if checkpoint is None else (checkpoint.step, events.pack(checkpoint))


def packed_snapshot(key: Key, step: int, dask_worker: Worker) -> bytes | None:
    """A snapshot of the training. Those before it are forgotten."""
    return _plugin(dask_worker).snapshot(key, step)


def release(key: Key, dask_worker: Worker) -> None:
    _plugin(dask_worker).release(key)


async def warm_up(dask_worker: Worker) -> Inventory:
    return await _plugin(dask_worker).warm_up()


async def prepare(config: dict[str, Any], dask_worker: Worker) -> Inventory:
    return await _plugin(dask_worker).prepare(TrainingConfig.of(config))


async def fetch(dataset: str, dask_worker: Worker) -> Inventory:
    return await _plugin(dask_worker).fetch(dataset)


async def warm_examiner(config: dict[str, Any], dask_worker: Worker) -> Inventory:
    return await _plugin(dask_worker).warm_examiner(TrainingConfig.of(config))


async def answer(inquiry: Inquiry, dask_worker: Worker) -> tuple[Outcome, Inventory]:
    return await _plugin(dask_worker).answer(inquiry)
