"""The workers: those of this machine or of a Dask cluster that exists. What comes of the calls to them is reported.

Dask's event loop runs in a thread of its own. The host's thread calls the methods, which return at once. Dask is
imported in that thread too: with a configuration file that it cannot read, it raises there.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import sys
import threading
import uuid
from collections.abc import AsyncIterator, Callable, Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bn_core.engine import wording
from bn_core.engine.actions import Chore
from bn_core.engine.demand import Demand
from bn_core.engine.inquiry import Inquiry
from bn_core.engine.items import Assignment, Command, Key
from bn_core.engine.package import package
from bn_core.engine.reports import Connected, Disconnected, Left, Report
from bn_core.engine.worker_link import WorkerLink
from bn_core.environment import network_warning

SECONDS_UNTIL_RETRIED = 5.0
CONNECT_SECONDS = 5.0
_SECONDS_BETWEEN_LOOKS = 1.0
_ANSWER_SECONDS = 10.0
_CLOSE_SECONDS = 2.0

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class ClusterSettings:
    """Where to train.

    Attributes:
        scheduler: the address of a Dask scheduler; None for this machine.
        workers: how many trainings at once on this machine; None for one per core.
        folder: where Dask may put what it needs while it runs.
    """

    scheduler: str | None
    workers: int | None
    folder: Path


class Cluster:
    """The workers, wherever they are.

    Args:
        module: what a worker process runs, by its dotted name.
        report: called with what happens, from the cluster's thread.
    """

    def __init__(self, settings: ClusterSettings, module: str, report: Callable[[Report], None]) -> None:
        self._settings = settings
        self._module = module
        self._operation = f"batch-norm-lab/{uuid.uuid4().hex}"
        self._report = report
        self._links: dict[str, WorkerLink] = {}
        self._waiting = 0
        # Tornado cannot use the kind of event loop that is usual on Windows.
        self._loop = asyncio.SelectorEventLoop() if sys.platform == "win32" else asyncio.new_event_loop()
        self._closing = asyncio.Event()
        self._thread = threading.Thread(target=self._run, name="cluster", daemon=True)

    def start(self) -> None:
        """Begin to connect; `Connected` or `Disconnected` is reported."""
        self._thread.start()

    def close(self, seconds: float) -> bool:
        """End all worker processes of this host.

        Returns:
            False if that took longer than so many seconds: then only the end of this process ends them.
        """
        self._loop.call_soon_threadsafe(self._closing.set)
        self._thread.join(seconds)
        return not self._thread.is_alive()

    @property
    def addresses(self) -> tuple[str, ...]:
        """The workers that the scheduler has, whether they can be used or not."""
        return tuple(self._links)

    def place(self, address: str, assignment: Assignment) -> None:
        """Have a worker begin a training. `Read` is reported with what it yields, or `TrainingFailed`."""
        self._begin(address, WorkerLink.place, assignment)

    def command(self, address: str, key: Key, command: Command) -> None:
        """Give a command to a training. A worker that cannot be reached is about to be reported as Left."""
        self._begin(address, WorkerLink.tell, "command", key, command)

    def stored(self, address: str, key: Key, cursor: int) -> None:
        """Read on in a training whose items before this cursor are stored: they need not be kept."""
        self._begin(address, WorkerLink.stored, key, cursor)

    def release(self, address: str, key: Key) -> None:
        """Have a worker forget a training that has ended."""
        self._begin(address, WorkerLink.release, key)

    def answer(self, address: str, inquiry: Inquiry) -> None:
        """Have a worker work out the answer; Replied is reported."""
        self._begin(address, WorkerLink.answer, inquiry)

    def do(self, chore: Chore) -> None:
        """Have a worker do this; Done or NotDone is reported."""
        self._begin(chore.worker, WorkerLink.do, chore)

    def want(self, trainings: int) -> None:
        """Say how many trainings wait for a worker: an adaptive cluster makes some."""
        self._waiting = trainings

    def _begin(self, address: str, work: Callable[..., Coroutine[Any, Any, None]], *arguments: Any) -> None:
        """Begin this in the cluster's thread, unless the worker is gone: that was reported."""

        def begin() -> None:
            if (link := self._links.get(address)) is not None:
                link.begin(work(link, *arguments))

        self._loop.call_soon_threadsafe(begin)

    # In the cluster's thread

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_until_complete(self._serve())
        except Exception:
            _log.exception("The cluster's thread ended")
            self._report(Disconnected("The engine's connection to its workers broke down: restart the app."))

    async def _serve(self) -> None:
        while not self._closing.is_set():
            try:
                async with self._scheduler() as address, self._connection(address) as client:
                    try:
                        await self._follow(client)
                    finally:
                        await self._let_go()
                problem = "The connection to the Dask scheduler was lost; it is tried again."
            except Exception as error:
                problem = self._sentence(error)
                _log.warning(
                    "No connection to workers: %s", problem, exc_info=not isinstance(error, OSError | ValueError)
                )
            if not self._closing.is_set():
                self._report(Disconnected(problem))
                await self._wait(SECONDS_UNTIL_RETRIED)

    @contextlib.asynccontextmanager
    async def _scheduler(self) -> AsyncIterator[str]:
        """The address of a scheduler: the given one, or one that lives as long as this."""
        import distributed  # noqa: F401 - as it is imported it sets its own loggers' level

        logging.getLogger("distributed").setLevel(logging.WARNING)
        if self._settings.scheduler is not None:
            yield self._settings.scheduler
            return
        from bn_core.engine.embedded import dask_in_this_process

        async with dask_in_this_process(self._settings.workers, self._settings.folder) as address:
            yield address

    @contextlib.asynccontextmanager
    async def _connection(self, address: str) -> AsyncIterator[Any]:
        from distributed import Client

        if warning := network_warning(self._settings.scheduler):
            _log.warning(warning)
        client = Client(address, asynchronous=True, set_as_default=False, timeout=CONNECT_SECONDS)
        try:
            # What listens there may say nothing at all, and Dask would wait for it without end.
            await asyncio.wait_for(client, CONNECT_SECONDS)
            yield client
        finally:
            with contextlib.suppress(TimeoutError, OSError):
                await asyncio.wait_for(client.close(), _CLOSE_SECONDS)

    async def _follow(self, client: Any) -> None:
        """Keep a link to every worker that the scheduler has, until the connection is lost or the end has come."""
        scheduler, workers = await self._look(client)
        await self._compare(client, workers)
        self._report(Connected())
        demand = Demand(client)
        while True:
            if self._settings.scheduler is not None:
                demand.show([address for address, link in self._links.items() if link.trains], self._waiting)
            await self._wait(_SECONDS_BETWEEN_LOOKS)
            if self._closing.is_set() or client.status != "running":
                return
            present, workers = await self._look(client)
            if present != scheduler:
                # Dask's client connects by itself to one that was started again: it has other workers, and none died.
                return
            await self._compare(client, workers)

    async def _look(self, client: Any) -> tuple[str, set[str]]:
        """The scheduler's id, and the addresses of its workers."""
        identity = await asyncio.wait_for(client.scheduler.identity(n_workers=-1), _ANSWER_SECONDS)
        return identity["id"], set(identity["workers"])

    async def _compare(self, client: Any, workers: set[str]) -> None:
        """Let go of the links to workers that are gone, and make those to new ones."""
        if gone := tuple(set(self._links) - workers):
            for address in gone:
                await self._links.pop(address).close()
            self._report(Left(gone, "went"))
        sent = None if self._settings.scheduler is None else package()
        for address in workers - set(self._links):
            self._links[address] = WorkerLink(client, address, self._operation, self._module, sent, self._report)

    async def _let_go(self) -> None:
        """End the worker processes, as far as their relays can be reached: the others end by themselves."""
        links = list(self._links.values())
        self._links.clear()
        for link in links:
            await link.close()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(
                asyncio.gather(*(link.stop() for link in links), return_exceptions=True), _CLOSE_SECONDS
            )

    async def _wait(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._closing.wait(), seconds)

    def _sentence(self, error: Exception) -> str:
        file, malformed, _ = str(error).partition(" is malformed")
        if malformed and "dask config file" in file:
            return f"{file}{malformed}: mend it or move it away. It is tried again every few seconds."
        if self._settings.scheduler is None:
            return f"Worker processes cannot be started on this machine ({wording.plain(error)}); it is tried again."
        return (
            f"The Dask scheduler at {self._settings.scheduler} (BN_SCHEDULER) cannot be used ({wording.plain(error)}): "
            "start it, or unset BN_SCHEDULER to train on this machine. It is tried again every few seconds."
        )
