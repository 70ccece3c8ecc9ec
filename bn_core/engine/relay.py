"""The relay in a Dask worker: starts the worker process of a host beside it, passes calls on and notices its end.

A host has Dask workers execute the text of this file, wherever they are. So it needs nothing but Python's standard
library and Dask there, and all that it is told and answers is texts and bytes.
"""

from __future__ import annotations

import asyncio
import contextlib
import io
import itertools
import os
import struct
import subprocess
import sys
import threading
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, BinaryIO

PYTHONS = ((3, 11), (3, 13))
LEASE_SECONDS = 60
"""How long a worker process may live without an order from its host."""

WATCH_SECONDS = 10
_HEADER = struct.Struct(">QI")
_CLOSE_SECONDS = 2


class FrameWriter:
    """Writes frames to a stream: a call, or its reply, which has the same number. Any thread may call it."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._turn = threading.Lock()

    def write(self, number: int, payload: bytes) -> None:
        """Write a frame. Raise OSError or ValueError where the stream is closed."""
        with self._turn:
            self._stream.write(_HEADER.pack(number, len(payload)) + payload)
            self._stream.flush()


def read_frame(stream: BinaryIO) -> tuple[int, bytes] | None:
    """Return the next frame's number and payload; None at the stream's end."""
    header = stream.read(_HEADER.size)
    if len(header) < _HEADER.size:
        return None
    number, size = _HEADER.unpack(header)
    payload = stream.read(size)
    return (number, payload) if len(payload) == size else None


class WorkerProcess:
    """A process that answers frames, for the event loop's thread. Two other threads use its pipes.

    Attributes:
        greeting: its first frame; None if it ended before.
        ended: done when the process is; how, in words.
    """

    def __init__(self, command: list[str], environment: dict[str, str]) -> None:
        # Ctrl-C in a terminal is for the host, or for the Dask worker: a session of its own does not hear it.
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environment,
            start_new_session=True,
            creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
        )
        self._calls = FrameWriter(self._process.stdin)  # type: ignore[arg-type]
        self._loop = asyncio.get_running_loop()
        self._numbers = itertools.count(1)
        self.greeting: asyncio.Future[bytes | None] = self._loop.create_future()
        self.ended: asyncio.Future[str] = self._loop.create_future()
        self._replies = {0: self.greeting}
        self._writing = ThreadPoolExecutor(1)
        threading.Thread(target=self._read, name="worker process", daemon=True).start()

    async def call(self, payload: bytes) -> bytes | None:
        """Return the reply; None if the process ended before it."""
        if self.ended.done():
            return None
        number = next(self._numbers)
        reply: asyncio.Future[bytes | None] = self._loop.create_future()
        self._replies[number] = reply
        self._writing.submit(self._write, number, payload)
        return await reply

    async def stop(self) -> None:
        """Let the process end by the end of its input; kill it if it takes long."""
        self._writing.submit(self._close_input)
        await asyncio.wait([self.ended], timeout=_CLOSE_SECONDS)
        self._process.kill()
        await self.ended

    def _write(self, number: int, payload: bytes) -> None:
        with contextlib.suppress(OSError, ValueError):  # it ended, or its input was closed: the reader sees that
            self._calls.write(number, payload)

    def _close_input(self) -> None:
        with contextlib.suppress(OSError):
            self._process.stdin.close()  # type: ignore[union-attr]

    def _read(self) -> None:
        with contextlib.suppress(OSError, RuntimeError):  # RuntimeError: the event loop is closed
            while (frame := read_frame(self._process.stdout)) is not None:  # type: ignore[arg-type]
                self._loop.call_soon_threadsafe(self._arrived, *frame)
        self._process.kill()
        code = self._process.wait()
        self._writing.submit(self._close_input)
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._end, code)

    def _arrived(self, number: int, payload: bytes | None) -> None:
        reply = self._replies.pop(number)
        # Whoever waited for it may have been cancelled.
        if not reply.done():
            reply.set_result(payload)

    def _end(self, code: int) -> None:
        self.ended.set_result(f"its process ended with code {code}")
        for number in list(self._replies):
            self._arrived(number, None)


class Relay:
    """What one host has in one Dask worker: its orders are the methods whose names begin with `order_`.

    Args:
        worker: the Dask worker.
        name: of the handler under which the orders come.
    """

    def __init__(self, worker: Any, name: str) -> None:
        self._worker = worker
        self._name = name
        self._process: WorkerProcess | None = None
        self._heard = True
        worker.handlers[name] = self.handle
        self._lease = asyncio.ensure_future(self._keep_lease())

    async def handle(self, order: str, **arguments: Any) -> Any:
        """Do what the host orders."""
        self._heard = True
        return await getattr(self, f"order_{order}")(**arguments)

    async def order_start(self, module: str, folder: str, package: bytes | None) -> str:
        """Start a fresh worker process; one that is there ends first. Return why it cannot work; empty if it can.

        Args:
            module: what the process runs, by its dotted name.
            folder: where this project is on this machine, or the name under which the package is kept here.
            package: this project as a zip file; None where it is on this machine.
        """
        await self.order_stop()
        if not PYTHONS[0] <= sys.version_info[:2] <= PYTHONS[1]:
            lowest, highest = (".".join(map(str, version)) for version in PYTHONS)
            return f"its Python is {sys.version.split()[0]}, not {lowest} to {highest}"
        try:
            path = folder if package is None else self._unpacked(folder, package)
            # -P: another copy in the folder where the Dask worker was started must not be taken instead.
            command = [sys.executable, "-P", "-m", module]
            self._process = process = WorkerProcess(command, _environment(path))
        except OSError as error:
            return f"its process cannot be started ({error.strerror or error})"
        greeting = await process.greeting
        return await process.ended if greeting is None else greeting.decode()

    async def order_call(self, frame: bytes) -> bytes | None:
        """Return the worker process's reply; None if there is none any more."""
        return None if self._process is None else await self._process.call(frame)

    async def order_watch(self) -> str:
        """Return how the worker process ended, once it has; empty if it lives for a while longer."""
        if self._process is None:
            return "it has no process"
        ended = self._process.ended
        await asyncio.wait([ended], timeout=WATCH_SECONDS)
        return ended.result() if ended.done() else ""

    async def order_stop(self) -> None:
        """End the worker process."""
        process, self._process = self._process, None
        if process is not None:
            await process.stop()

    async def _keep_lease(self) -> None:
        """End the worker process when its host was silent for long. A machine that sleeps is no silence."""
        silent = 0
        while silent < LEASE_SECONDS:
            self._heard = False
            await asyncio.sleep(1)
            silent = 0 if self._heard else silent + 1
        del self._worker.handlers[self._name]
        await self.order_stop()

    def _unpacked(self, name: str, package: bytes) -> str:
        folder = Path(self._worker.local_directory) / "batch-norm-lab" / name
        if not folder.is_dir():
            half = folder.with_suffix(".half")
            with zipfile.ZipFile(io.BytesIO(package)) as archive:
                archive.extractall(half)
            half.rename(folder)
        return str(folder)


def _environment(path: str) -> dict[str, str]:
    """The environment of a worker process that finds this project at `path`."""
    paths = os.pathsep.join(filter(None, (path, os.environ.get("PYTHONPATH"))))
    one_thread = dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
    environment = {**os.environ, "PYTHONPATH": paths, "PYTHONUNBUFFERED": "1", **one_thread}
    # Dask sets it for its own processes. To return memory at every chance costs page faults at the next step.
    environment.pop("MALLOC_TRIM_THRESHOLD_", None)
    return environment


def install(name: str, address: str) -> None:
    """Have the Dask worker of this address, which runs in this process, take orders of this name."""
    from distributed import Worker

    for worker in list(Worker._instances):
        if address in (worker.address, worker.contact_address) and name not in worker.handlers:
            Relay(worker, name)
