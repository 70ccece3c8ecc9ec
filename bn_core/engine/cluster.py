"""All that is Dask on the host's side: workers of this machine or of a cluster that exists, calls to them, and reports.

Dask's event loop runs in a thread of its own. The host's thread calls the methods, which return at once; what comes of
it is reported.
"""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import logging
import os
import signal
import sys
import threading
import uuid
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import dask
from distributed import Client, KilledWorker, LocalCluster

from bn_core.engine import messages, wording, worker
from bn_core.engine.actions import Fetch, Prepare, WarmExaminer, WarmUp
from bn_core.engine.control import Word
from bn_core.engine.holdings import Inventory
from bn_core.engine.inquiry import Inquiry, Outcome
from bn_core.engine.messages import Batch, Hello
from bn_core.engine.reports import (
    CheckpointFetched,
    Chore,
    Connected,
    Disconnected,
    Done,
    Joined,
    Left,
    NotDone,
    NotReplied,
    Replied,
    Report,
    Said,
    SnapshotFetched,
    TaskFailed,
    TaskLost,
)
from bn_core.engine.worker import Assignment, Key, TrainingPlugin

THREADS_PER_WORKER = 2
"""One for a training, and one to spare. (Questions are answered in a thread that is the worker plugin's own.)"""

SECONDS_UNTIL_RETRIED = 5.0
CONNECT_SECONDS = 5.0
_WATCH_SECONDS = 0.25
_CLOSE_SECONDS = 2.0
_PROBE = b"is anybody listening?"
_PROBE_SECONDS = 0.1

_SETTINGS = {
    # A training whose worker dies is the engine's to resume, not Dask's to repeat.
    "distributed.scheduler.allowed-failures": 0,
    # What a topic keeps (it holds whole batches): the workers keep what is not stored yet.
    "distributed.admin.low-level-log-length": 64,
    "distributed.scheduler.work-stealing": False,
    "distributed.scheduler.active-memory-manager.start": False,
    "distributed.scheduler.http.routes": [],
    "distributed.worker.http.routes": [],
    "distributed.worker.profile.enabled": False,
    "distributed.worker.memory.target": False,
    "distributed.worker.memory.spill": False,
    "distributed.worker.memory.pause": False,
    "distributed.worker.memory.terminate": False,
    "distributed.worker.multiprocessing-method": "spawn",
    "distributed.admin.tick.interval": "500ms",
    "distributed.admin.system-monitor.interval": "5s",
    "distributed.admin.system-monitor.gil.enabled": False,
    "distributed.diagnostics.nvml": False,
    # Returning memory at every chance costs page faults: a training needs the same again at its next step.
    "distributed.nanny.pre-spawn-environ.MALLOC_TRIM_THRESHOLD_": None,
    # Set before a worker process starts: its first lines come before anybody can tell it to be quiet.
    "distributed.nanny.pre-spawn-environ.DASK_LOGGING__DISTRIBUTED": "warning",
}

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class ClusterSettings:
    """Where to train.

    Attributes:
        scheduler: the address of a Dask scheduler; None for processes of this machine.
        workers: how many of those.
        folder: where Dask may put what it needs while it runs.
    """

    scheduler: str | None
    workers: int
    folder: Path


class Cluster:
    """The workers, wherever they are.

    Args:
        trainer: import path of the trainer's class, for the workers.
        report: called with what happens, from the cluster's thread.
    """

    def __init__(self, settings: ClusterSettings, trainer: str, report: Callable[[Report], None]) -> None:
        self._settings = settings
        self._topic = f"{worker.NAME}/{uuid.uuid4().hex}"
        self._plugin = TrainingPlugin(trainer, self._topic)
        self._report = report
        self._client: Any = None
        # Tornado cannot use the kind of event loop that is usual on Windows.
        self._loop = asyncio.SelectorEventLoop() if sys.platform == "win32" else asyncio.new_event_loop()
        self._closing = asyncio.Event()
        # Orders to one worker must arrive in their order.
        self._turn: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._under_way: set[asyncio.Task[None]] = set()
        self._thread = threading.Thread(target=self._run, name="cluster", daemon=True)

    def start(self) -> None:
        """Begins to connect; `Connected` or `Disconnected` is reported."""
        self._thread.start()

    def close(self, seconds: float) -> bool:
        """Ends the workers of this machine, or lets go of the cluster.

        Returns:
            False if that took longer than so many seconds: then only the end of this process ends its workers.
        """
        self._loop.call_soon_threadsafe(self._closing.set)
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def place(self, address: str, assignment: Assignment) -> None:
        """Has a worker begin a training. Trouble is reported as TaskLost or TaskFailed."""
        self._begin(self._place(address, assignment))

    def tell(self, address: str, key: Key, word: Word) -> None:
        """Gives an order to a training. A worker that cannot be reached is about to be reported as Left."""
        self._begin(self._call(address, worker.order, key, word))

    def acknowledge(self, address: str, numbers: dict[Key, int]) -> None:
        """Lets a worker know which batches are stored, and that the host is there."""
        self._begin(self._call(address, worker.acknowledge, numbers))

    def release(self, address: str, key: Key) -> None:
        """Lets a worker forget a training that has ended."""
        self._begin(self._call(address, worker.release, key))

    def fetch_checkpoint(self, address: str, key: Key) -> None:
        """Asks for a training's latest checkpoint; CheckpointFetched is reported."""
        self._begin(self._fetch_checkpoint(address, key))

    def fetch_snapshot(self, address: str, key: Key, step: int) -> None:
        """Asks for a training's snapshot; SnapshotFetched is reported. The worker forgets those before it."""
        self._begin(self._fetch_snapshot(address, key, step))

    def answer(self, address: str, inquiry: Inquiry) -> None:
        """Has a worker work out the answer; Replied or NotReplied is reported."""
        self._begin(self._answer(address, inquiry))

    def do(self, chore: Chore) -> None:
        """Has a worker do this; Done or NotDone is reported."""
        self._begin(self._do(chore))

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        def begin() -> None:
            task = self._loop.create_task(work)
            self._under_way.add(task)
            task.add_done_callback(self._under_way.discard)

        self._loop.call_soon_threadsafe(begin)

    # In the cluster's thread

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_until_complete(self._serve())
            self._loop.run_until_complete(self._abandon())
        except Exception:
            _log.exception("The cluster's thread ended")
            self._report(Disconnected("The engine's connection to its workers broke down: restart the app."))

    async def _serve(self) -> None:
        while not self._closing.is_set():
            try:
                async with self._scheduler() as address, self._connection(address):
                    await self._until_lost()
                problem = "The connection to the Dask scheduler was lost; it is tried again."
            except Exception as error:
                problem = self._sentence(error)
                _log.warning("No connection to workers: %s", problem, exc_info=not isinstance(error, OSError))
            if not self._closing.is_set():
                self._report(Disconnected(problem))
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._closing.wait(), SECONDS_UNTIL_RETRIED)

    async def _abandon(self) -> None:
        for task in self._under_way:
            task.cancel()
        await asyncio.gather(*self._under_way, return_exceptions=True)

    @contextlib.asynccontextmanager
    async def _scheduler(self) -> AsyncIterator[str]:
        """The address of a scheduler: the given one, or one that lives as long as this."""
        if self._settings.scheduler is not None:
            yield self._settings.scheduler
            return
        dask.config.set(_SETTINGS | {"temporary-directory": str(self._settings.folder)})
        cluster = await LocalCluster(
            n_workers=self._settings.workers,
            threads_per_worker=THREADS_PER_WORKER,
            host="127.0.0.1",
            # Dask serves HTTP anyway: on this machine only, on any free port, with nothing to see.
            dashboard_address="127.0.0.1:0",
            worker_dashboard_address="127.0.0.1:0",
            scheduler_kwargs={"dashboard": False},
            resources={worker.RESOURCE: 1},
            memory_limit=0,
            silence_logs=False,
            asynchronous=True,
        )
        try:
            yield cluster.scheduler_address
        finally:
            await cluster.close()

    @contextlib.asynccontextmanager
    async def _connection(self, address: str) -> AsyncIterator[None]:
        client = await Client(address, asynchronous=True, set_as_default=False, timeout=CONNECT_SECONDS)
        try:
            await self._subscribe(client)
            self._client = client
            self._report(Connected())
            await client.register_plugin(self._plugin)
            yield
        finally:
            self._client = None
            self._turn.clear()
            with contextlib.suppress(TimeoutError, OSError):
                await asyncio.wait_for(self._let_go(client), _CLOSE_SECONDS)

    async def _subscribe(self, client: Any) -> None:
        """Returns when the subscriptions are in force. Dask does not say so, and before that, words would be lost."""
        in_force = asyncio.Event()

        def on_message(event: tuple[float, bytes]) -> None:
            if event[1] == _PROBE:
                in_force.set()
            else:
                self._on_message(event[1])

        client.subscribe_topic("all", self._on_scheduler_event)
        client.subscribe_topic(self._topic, on_message)
        while not in_force.is_set():
            await client.log_event(self._topic, _PROBE)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(in_force.wait(), _PROBE_SECONDS)

    async def _let_go(self, client: Any) -> None:
        if client.status == "running":
            for topic in ("all", self._topic):
                client.unsubscribe_topic(topic)
            await client.unregister_worker_plugin(worker.NAME)
        await client.close()

    async def _until_lost(self) -> None:
        while not self._closing.is_set() and self._client.status == "running":
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._closing.wait(), _WATCH_SECONDS)

    def _on_message(self, packed: bytes) -> None:
        match messages.unpack(packed):
            case Batch() as batch:
                self._report(Said(batch))
            case Hello(address):
                if self._settings.scheduler is None:
                    self._begin(self._call(address, belong_to_host))
                self._report(Joined(address))

    def _on_scheduler_event(self, event: tuple[float, dict[str, Any]]) -> None:
        if event[1].get("action") == "remove-worker":
            self._turn.pop(event[1]["worker"], None)
            self._report(Left(event[1]["worker"]))

    async def _place(self, address: str, assignment: Assignment) -> None:
        run_id, attempt = assignment.key
        try:
            await self._ask(address, worker.open_training, assignment)
            await self._client.submit(
                worker.train,
                assignment.key,
                key=f"training-{run_id}-{attempt}",
                workers=[address],
                allow_other_workers=False,
                resources={worker.RESOURCE: 1},
                pure=False,
            )
        except (KilledWorker, OSError, asyncio.CancelledError, AttributeError) as error:
            # AttributeError: the connection went meanwhile, and the client with it.
            _log.info("The training of run %s is lost: %s", run_id, error)
            self._report(TaskLost(run_id, attempt))
        except Exception as error:
            _log.exception("The training of run %s could not be done", run_id)
            self._report(TaskFailed(run_id, attempt, wording.plain(error)))

    async def _do(self, chore: Chore) -> None:
        try:
            inventory: Inventory
            match chore:
                case WarmUp():
                    inventory = await self._ask(chore.worker, worker.warm_up, at_once=True)
                case Prepare():
                    inventory = await self._ask(chore.worker, worker.prepare, chore.config.to_json(), at_once=True)
                case Fetch():
                    inventory = await self._ask(chore.worker, worker.fetch, chore.dataset, at_once=True)
                case WarmExaminer():
                    inventory = await self._ask(
                        chore.worker, worker.warm_examiner, chore.config.to_json(), at_once=True
                    )
            self._report(Done(chore, inventory))
        except Exception as error:
            _log.info("%s was not done: %s", chore, error)
            self._report(NotDone(chore, wording.plain(error)))

    async def _fetch_snapshot(self, address: str, key: Key, step: int) -> None:
        packed = None
        try:
            packed = await self._ask(address, worker.packed_snapshot, key, step, at_once=True)
        except Exception as error:
            _log.info("The snapshot of step %d of run %s could not be fetched: %s", step, key[0], error)
        self._report(SnapshotFetched(*key, step, packed))

    async def _answer(self, address: str, inquiry: Inquiry) -> None:
        outcome: Outcome
        inventory: Inventory
        try:
            outcome, inventory = await self._ask(address, worker.answer, inquiry, at_once=True)
        except Exception as error:
            _log.info("Worker %s did not reply to question %d: %s", address, inquiry.id, error)
            self._report(NotReplied(inquiry.id, address))
        else:
            self._report(Replied(inquiry.id, address, outcome, inventory))

    async def _fetch_checkpoint(self, address: str, key: Key) -> None:
        checkpoint = None
        with contextlib.suppress(Exception):
            checkpoint = await self._ask(address, worker.packed_checkpoint, key)
        self._report(CheckpointFetched(*key, checkpoint))

    async def _call(self, address: str, function: Callable[..., None], *arguments: Any) -> None:
        try:
            await self._ask(address, function, *arguments)
        except Exception as error:
            _log.info("Worker %s could not be told %s%s: %s", address, function.__name__, arguments, error)

    async def _ask(self, address: str, function: Callable[..., Any], *arguments: Any, at_once: bool = False) -> Any:
        async with contextlib.nullcontext() if at_once else self._turn[address]:
            answers = await self._client.run(function, *arguments, workers=[address])
        return answers[address]

    def _sentence(self, error: Exception) -> str:
        if self._settings.scheduler is None:
            return f"Worker processes cannot be started on this machine ({wording.plain(error)}); it is tried again."
        return (
            f"The Dask scheduler at {self._settings.scheduler} (BN_SCHEDULER) cannot be used ({wording.plain(error)}): "
            "start it, with this project installed there and on its workers, or unset BN_SCHEDULER to train on this "
            "machine. It is tried again every few seconds."
        )


def belong_to_host() -> None:
    """Leaves the end of this worker process to the host. Runs in its main thread."""
    # Ctrl-C in a terminal reaches every process, but the host decides what it means.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # TensorFlow takes seconds to tidy up what ends anyway.
    atexit.register(os._exit, 0)
