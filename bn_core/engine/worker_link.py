"""One Dask worker as the host sees it: its worker process, the calls to that, and what is reported of it.

Everything here runs in the cluster's thread.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bn_core.data import datasets
from bn_core.engine import frames, relay, wording
from bn_core.engine.actions import Chore, Fetch, Prepare, WarmExaminer, WarmUp
from bn_core.engine.holdings import Inventory
from bn_core.engine.inquiry import Inquiry
from bn_core.engine.items import Assignment, Batch, Command, Key
from bn_core.engine.package import FOLDER, Package
from bn_core.engine.reports import (
    Done,
    Joined,
    Left,
    NotDone,
    NotReplied,
    Read,
    Replied,
    Report,
    TrainingFailed,
    Unusable,
)

SECONDS_BETWEEN_READS = 0.05
"""So that a fast training does not cost a call and a transaction for each step."""

SECONDS_UNTIL_REPEATED = 0.5
SECONDS_UNTIL_TRIED_AGAIN = 30.0
"""After which a worker that cannot be used is tried again."""

_log = logging.getLogger(__name__)


class CallFailed(RuntimeError):  # noqa: N818 - it is an answer
    """The worker process did the call, and this is what went wrong there."""


class _ProcessEndedError(Exception):
    """The worker process is gone, and whoever watches it knows."""


@dataclass
class _Reading:
    """A training that is read: up to which cursor its items are stored."""

    stored: int = 0
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    task: asyncio.Task[None] | None = None


class WorkerLink:
    """Keeps a worker process beside a Dask worker, and talks to it.

    Args:
        client: Dask's, connected.
        operation: name under which this host's orders come to the worker.
        package: what to send; None where the worker runs in this process.
    """

    def __init__(
        self,
        client: Any,
        address: str,
        operation: str,
        trainer: str,
        package: Package | None,
        report: Callable[[Report], None],
    ) -> None:
        self.address = address
        self._client = client
        self._operation = operation
        self._trainer = trainer
        self._package = package
        self._report = report
        self._turn = asyncio.Lock()
        self._tasks: set[asyncio.Task[None]] = set()
        self._readings: dict[Key, _Reading] = {}
        self._unusable: str | None = None

    async def keep(self) -> None:
        """Have a worker process there, a fresh one whenever one ends, until cancelled."""
        try:
            while True:
                problem = await self._start()
                if problem is None:
                    self._unusable = None
                    self._report(Joined(self.address))
                    await self._until_ended()
                    await self._drop_all()
                    self._report(Left(self.address))
                else:
                    if problem != self._unusable:
                        _log.warning("Worker %s cannot be used: %s", self.address, problem)
                        self._report(Unusable(self.address, problem))
                    self._unusable = problem
                    await asyncio.sleep(SECONDS_UNTIL_TRIED_AGAIN)
        finally:
            await self._drop_all()

    async def stop(self) -> None:
        """End the worker process."""
        await self._order("stop")

    def place(self, assignment: Assignment) -> None:
        """Begin a training and read what it yields; see `stored`."""
        reading = self._readings[assignment.key] = _Reading()
        reading.task = self._begin(self._place(assignment, reading))

    def command(self, key: Key, command: Command) -> None:
        """Give a command to a training."""
        self._begin(self._tell("command", key, command))

    def stored(self, key: Key, cursor: int) -> None:
        """Go on reading: all items before this cursor are in the store."""
        if (reading := self._readings.get(key)) is not None:
            reading.stored = cursor
            reading.changed.set()

    def release(self, key: Key) -> None:
        """Forget a training."""
        if (reading := self._readings.pop(key, None)) is not None and reading.task is not None:
            reading.task.cancel()
        self._begin(self._tell("release", key))

    def answer(self, inquiry: Inquiry) -> None:
        """Have the answer worked out; Replied or NotReplied is reported."""
        self._begin(self._answer(inquiry))

    def do(self, chore: Chore) -> None:
        """Have this done; Done or NotDone is reported."""
        self._begin(self._do(chore))

    # The worker process

    async def _start(self) -> str | None:
        """Start the worker process; return why that cannot be used, or None if it can."""
        source = Path(relay.__file__).read_text(encoding="utf-8")
        name = None if self._package is None else self._package.name
        where = {"trainer": self._trainer, "package": name, "folder": None if name else str(FOLDER.parent)}
        while True:
            try:
                # A function of Python's and a text: nothing of this project is pickled, or imported there.
                call = f"\ninstall({self._operation!r}, {self.address!r})\n"
                await self._client.run(
                    exec, source + call, {"__name__": "batch_norm_lab_relay"}, workers=[self.address]
                )
                problem = await self._order("start", **where)
                if problem == relay.PACKAGE_WANTED and self._package is not None:
                    await self._order("unpack", package=name, content=self._package.content)
                    problem = await self._order("start", **where)
                if not problem and self._package is not None:
                    await self._call("start")
                return problem or None
            except CallFailed as error:
                return f"TensorFlow does not start there ({error})"
            except _ProcessEndedError:
                return "its process ended while TensorFlow started"
            except OSError as error:
                _log.info("Worker %s is not reached: %s", self.address, error)
                await asyncio.sleep(SECONDS_UNTIL_REPEATED)
            except Exception as error:
                return wording.named(error)

    async def _until_ended(self) -> None:
        how: str | None = ""
        while how == "":
            try:
                how = await self._order("watch")
            except OSError as error:
                # If the Dask worker is gone for good, its scheduler will say so.
                _log.info("Worker %s is not heard: %s", self.address, error)
                await asyncio.sleep(SECONDS_UNTIL_REPEATED)
        _log.warning("Worker %s: %s", self.address, how or "its relay is gone")

    async def _drop_all(self) -> None:
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._readings.clear()

    def _begin(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _order(self, order: str, **arguments: Any) -> Any:
        message = {"op": self._operation, "order": order, **arguments}
        answers = await self._client.scheduler.broadcast(msg=message, workers=[self.address])
        return answers[self.address]

    async def _call(self, name: str, *arguments: Any) -> Any:
        reply = await self._order("call", frame=frames.pack([name, *arguments]))
        if reply is None:
            raise _ProcessEndedError
        succeeded, value = frames.unpack(reply)
        if not succeeded:
            raise CallFailed(value)
        return value

    async def _tell(self, name: str, *arguments: Any) -> None:
        """Make a call that must come in its turn. Where it does not arrive, the worker process is to end."""
        async with self._turn:
            try:
                await self._call(name, *arguments)
            except _ProcessEndedError:
                pass
            except OSError as error:
                _log.warning("Worker %s missed the call %s: %s", self.address, name, error)
                await self._stop_surely()

    async def _stop_surely(self) -> None:
        while True:
            try:
                return await self.stop()
            except OSError:
                await asyncio.sleep(SECONDS_UNTIL_REPEATED)

    async def _place(self, assignment: Assignment, reading: _Reading) -> None:
        try:
            await self._tell("open", assignment)
            await self._read(assignment.key, reading)
        except CallFailed as error:
            self._report(TrainingFailed(assignment.key, str(error)))

    async def _read(self, key: Key, reading: _Reading) -> None:
        """Report a training's items, and go on after those that are stored, until cancelled. Raise CallFailed."""
        cursor = 0
        while True:
            try:
                batch: Batch = await self._call("read", key, cursor)
            except (_ProcessEndedError, OSError) as error:
                # Nothing is lost by it: the same cursor gives the same items.
                _log.info("Run %s is not read: %s", key[0], error)
                await asyncio.sleep(SECONDS_UNTIL_REPEATED)
                continue
            if batch.items:
                self._report(Read(key, batch))
                while reading.stored < batch.cursor:
                    reading.changed.clear()
                    await reading.changed.wait()
                cursor = batch.cursor
                await asyncio.sleep(SECONDS_BETWEEN_READS)

    # Answers and chores

    async def _answer(self, inquiry: Inquiry) -> None:
        try:
            if self._package is not None:
                await self._fetch(inquiry.config["dataset"])
        except Exception as error:
            # The worker will say in its own words that it has no data.
            _log.info("Worker %s has no data for question %d: %s", self.address, inquiry.id, error)
        try:
            outcome, inventory = await self._call("answer", inquiry)
        except _ProcessEndedError:
            return
        except Exception as error:
            _log.info("Worker %s did not reply to question %d: %s", self.address, inquiry.id, error)
            self._report(NotReplied(inquiry.id, self.address))
        else:
            self._report(Replied(inquiry.id, self.address, outcome, inventory))

    async def _do(self, chore: Chore) -> None:
        try:
            match chore:
                case WarmUp():
                    inventory = await self._call("warm_up")
                case Prepare():
                    inventory = await self._call("prepare", chore.config.to_json())
                case Fetch():
                    inventory = await self._fetch(chore.dataset)
                case WarmExaminer():
                    inventory = await self._call("warm_examiner", chore.config.to_json())
        except _ProcessEndedError:
            return
        except Exception as error:
            _log.info("%s was not done: %s", chore, error)
            self._report(NotDone(chore, wording.plain(error)))
        else:
            self._report(Done(chore, inventory))

    async def _fetch(self, dataset: str) -> Inventory:
        """Have the data set read, from the host's own files where the worker cannot get it. Raise CallFailed."""
        try:
            return await self._call("fetch", dataset)
        except CallFailed:
            if self._package is None:
                raise
            files = await asyncio.to_thread(datasets.contents, dataset)
            return await self._call("put_dataset", dataset, files)
