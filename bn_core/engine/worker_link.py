"""One Dask worker as the host sees it: its worker process, the calls to that, and what is reported of it.

Everything here runs in the cluster's thread.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from bn_core.config import TrainingConfig
from bn_core.data.files import contents
from bn_core.engine import frames, relay, wording
from bn_core.engine.actions import Chore
from bn_core.engine.inquiry import Inquiry
from bn_core.engine.items import Assignment, Batch, Ended, Key
from bn_core.engine.package import FOLDER
from bn_core.engine.reports import (
    Done,
    Joined,
    Left,
    NotDone,
    Read,
    Replied,
    Report,
    TrainingFailed,
    Unusable,
)

SECONDS_BETWEEN_READS = 0.05
"""So that a fast training does not cost a call and a transaction for each step."""

FIRST_ITEMS = 16
"""How many items of a training are read without that pause, up to its second step: somebody waits for it."""

SECONDS_UNTIL_REPEATED = 0.5
SECONDS_UNTIL_TRIED_AGAIN = 30.0
"""After which a worker that cannot be used is tried again."""

_log = logging.getLogger(__name__)


class CallFailed(RuntimeError):  # noqa: N818 - it is an answer
    """The worker process did the call, and this is what went wrong there."""


class _ProcessEnded(BaseException):
    """The worker process is gone, which is reported by whoever watches it and by nobody else."""


class WorkerLink:
    """Keeps a worker process beside a Dask worker, and talks to it.

    Args:
        client: Dask's, connected.
        operation: name under which this host's orders come to the worker.
        module: what the worker process runs, by its dotted name.
        package: this project's name and bytes, to be sent; None where the worker runs in this process.
    """

    def __init__(
        self,
        client: Any,
        address: str,
        operation: str,
        module: str,
        package: tuple[str, bytes] | None,
        report: Callable[[Report], None],
    ) -> None:
        self._client = client
        self._address = address
        self._operation = operation
        self._module = module
        self._package = package
        self._report = report
        self._turn = asyncio.Lock()
        self._tasks: set[asyncio.Task[None]] = set()
        self._stored: dict[Key, asyncio.Queue[int]] = {}
        self._keeping = asyncio.create_task(self._keep())

    def begin(self, work: Coroutine[Any, Any, None]) -> None:
        """Run one of the coroutines below, until the worker process ends at the latest: that is reported, once."""

        async def until_end() -> None:
            with contextlib.suppress(_ProcessEnded):
                await work

        task = asyncio.create_task(until_end())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    @property
    def trains(self) -> bool:
        """Whether a training is on this worker."""
        return bool(self._stored)

    async def close(self) -> None:
        """Report nothing more of this worker."""
        self._keeping.cancel()
        await asyncio.gather(self._keeping, return_exceptions=True)
        await self._abandon_calls()

    async def stop(self) -> None:
        """End the worker process. Raise OSError where the Dask worker is not reached."""
        await self._order("stop")

    async def place(self, assignment: Assignment) -> None:
        """Begin a training and report its items, each batch when all before it are stored."""
        key, cursor = assignment.key, 0
        stored = self._stored[key] = asyncio.Queue()
        try:
            await self.tell("open", assignment)
            while True:
                batch = await self._read(key, cursor)
                if batch.items:
                    self._report(Read(key, batch))
                    if isinstance(batch.items[-1], Ended):
                        return
                    while cursor < batch.cursor:
                        cursor = await stored.get()
                    if cursor > FIRST_ITEMS:
                        await asyncio.sleep(SECONDS_BETWEEN_READS)
        except CallFailed as error:
            self._report(TrainingFailed(key, str(error)))

    async def stored(self, key: Key, cursor: int) -> None:
        """Go on reading: all items of the training before this cursor are in the store."""
        if key in self._stored:
            self._stored[key].put_nowait(cursor)

    async def tell(self, name: str, *arguments: Any) -> None:
        """Make a call that must come in its turn. Where it does not arrive, the worker process is to end."""
        async with self._turn:
            try:
                await self._call(name, *arguments)
            except OSError as error:
                _log.warning("Worker %s missed the call %s: %s", self._address, name, error)
                await self._repeated(self.stop)

    async def release(self, key: Key) -> None:
        """Forget a training that has ended."""
        self._stored.pop(key, None)
        await self.tell("release", key)

    async def answer(self, inquiry: Inquiry) -> None:
        """Have the answer worked out; report Replied."""
        if self._package is not None:
            with contextlib.suppress(Exception):  # the worker itself says in its answer that it has no data
                await self._fetch(inquiry.config)
        try:
            outcome, inventory = await self._call("answer", inquiry)
            self._report(Replied(inquiry.id, self._address, outcome, inventory))
        except Exception as error:
            _log.info("Worker %s did not reply to question %d: %s", self._address, inquiry.id, error)
            self._report(Replied(inquiry.id, self._address, None, None))

    async def do(self, chore: Chore) -> None:
        """Have this done; report Done or NotDone."""
        try:
            work = self._fetch(chore.config) if chore.call == "fetch" else self._call(chore.call, chore.config)
            self._report(Done(chore, await work))
        except Exception as error:
            _log.info("%s was not done: %s", chore, error)
            self._report(NotDone(chore, wording.plain(error)))

    # The worker process

    async def _keep(self) -> None:
        """Have a worker process there, a fresh one whenever one ends, until cancelled."""
        said = None
        while True:
            problem = await self._repeated(self._start)
            if problem:
                if problem != said:
                    self._report(Unusable(self._address, problem))
                said = problem
                await asyncio.sleep(SECONDS_UNTIL_TRIED_AGAIN)
                continue
            said = None
            self._report(Joined(self._address))
            while (how := await self._repeated(self._order, "watch")) == "":
                pass
            _log.warning("Worker %s: %s", self._address, how or "its relay is gone")
            await self._abandon_calls()
            self._report(Left((self._address,)))

    async def _start(self) -> str:
        """Start the worker process; return why it cannot be used, or nothing if it can. Raise OSError."""
        # A function of Python's and a text: nothing of this project is pickled, or imported by Dask there.
        source = Path(relay.__file__).read_text(encoding="utf-8")
        install = f"{source}\ninstall({self._operation!r}, {self._address!r})\n"
        folder, content = self._package or (str(FOLDER.parent), None)
        try:
            await self._client.run(exec, install, {"__name__": "batch_norm_lab_relay"}, workers=[self._address])
            problem: str = await self._order("start", module=self._module, folder=folder, package=content)
            if not problem and self._package is not None:
                await self._call("start")
            return problem
        except CallFailed as error:
            return f"TensorFlow does not start there ({error})"
        except _ProcessEnded:
            return "its process ended while TensorFlow started"
        except OSError:
            raise
        except Exception as error:
            return wording.named(error)

    async def _abandon_calls(self) -> None:
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._stored.clear()

    async def _repeated(self, work: Callable[..., Coroutine[Any, Any, Any]], *arguments: Any) -> Any:
        """Do this until it is done. Should the Dask worker be gone for good, its scheduler will say so."""
        while True:
            try:
                return await work(*arguments)
            except OSError as error:
                _log.info("Worker %s is not reached: %s", self._address, error)
                await asyncio.sleep(SECONDS_UNTIL_REPEATED)

    async def _order(self, order: str, **arguments: Any) -> Any:
        message = {"op": self._operation, "order": order, **arguments}
        answers = await self._client.scheduler.broadcast(msg=message, workers=[self._address])
        return answers[self._address]

    async def _call(self, name: str, *arguments: Any) -> Any:
        reply = await self._order("call", frame=frames.pack([name, *arguments]))
        if reply is None:
            raise _ProcessEnded
        succeeded, value = frames.unpack(reply)
        if not succeeded:
            raise CallFailed(value)
        return value

    async def _read(self, key: Key, cursor: int) -> Batch:
        """Read a training's items. What fails is tried again: the same cursor gives the same items."""
        batch: Batch = await self._repeated(self._call, "read", key, cursor)
        return batch

    async def _fetch(self, config: TrainingConfig) -> Any:
        """Have the data set read, from the host's own files where the worker cannot get it. Return its inventory."""
        try:
            return await self._call("fetch", config)
        except CallFailed:
            if self._package is None:
                raise
            files = await asyncio.to_thread(contents, config.dataset)
            return await self._call("put_dataset", config.dataset, files)
