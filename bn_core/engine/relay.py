"""The relay in a Dask worker: starts the worker process of a host beside it, passes calls on and notices its end.

A host has Dask workers execute the text of this file, wherever they are. So it needs nothing but Python's standard
library and Dask there, and all that it is told and answers is texts, numbers and bytes.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import io
import itertools
import os
import shutil
import struct
import subprocess
import sys
import tempfile
import threading
import zipfile
from pathlib import Path
from queue import SimpleQueue
from typing import Any, BinaryIO

PYTHONS = ((3, 11), (3, 13))
LEASE_SECONDS = 60
"""How long a worker process may live without an order from its host."""

WATCH_SECONDS = 10
PACKAGE_WANTED = "package wanted"
_HEADER = struct.Struct(">QI")
_CLOSE_SECONDS = 2


def write_frame(stream: BinaryIO, number: int, payload: bytes) -> None:
    """Write a call or its reply, which has the same number."""
    stream.write(_HEADER.pack(number, len(payload)) + payload)
    stream.flush()


def read_frame(stream: BinaryIO) -> tuple[int, bytes] | None:
    """Return the next frame's number and payload; None at the stream's end."""
    header = stream.read(_HEADER.size)
    if len(header) < _HEADER.size:
        return None
    number, size = _HEADER.unpack(header)
    payload = stream.read(size)
    return (number, payload) if len(payload) == size else None


class WorkerProcess:
    """A process that answers frames. Every method is for the event loop's thread; two threads use its pipes."""

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
        self._loop = asyncio.get_running_loop()
        self._numbers = itertools.count(1)
        self._replies: dict[int, asyncio.Future[bytes | None]] = {}
        self._outgoing: SimpleQueue[tuple[int, bytes] | None] = SimpleQueue()
        self.greeting = self._replies[0] = self._loop.create_future()
        self.ended = asyncio.Event()
        self.how_it_ended = ""
        for work in (self._read, self._write):
            threading.Thread(target=work, name="worker process", daemon=True).start()

    async def call(self, payload: bytes) -> bytes | None:
        """Return the reply; None if the process ended before it."""
        if self.ended.is_set():
            return None
        number = next(self._numbers)
        reply = self._replies[number] = self._loop.create_future()
        self._outgoing.put((number, payload))
        return await reply

    async def stop(self) -> None:
        """Let the process end by the end of its input; kill it if it takes long."""
        self._outgoing.put(None)
        try:
            await asyncio.wait_for(self.ended.wait(), _CLOSE_SECONDS)
        except asyncio.TimeoutError:  # noqa: UP041 - this file runs where it must say that it cannot: on older Pythons
            self._process.kill()
            await self.ended.wait()

    def _write(self) -> None:
        stream: Any = self._process.stdin
        with contextlib.suppress(OSError):
            while (frame := self._outgoing.get()) is not None:
                write_frame(stream, *frame)
        with contextlib.suppress(OSError):
            stream.close()

    def _read(self) -> None:
        stream: Any = self._process.stdout
        with contextlib.suppress(OSError, RuntimeError):  # RuntimeError: the event loop is closed
            while (frame := read_frame(stream)) is not None:
                self._loop.call_soon_threadsafe(self._arrived, *frame)
        self._process.kill()
        code = self._process.wait()
        stream.close()
        self._outgoing.put(None)
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._end, code)

    def _arrived(self, number: int, payload: bytes) -> None:
        reply = self._replies.pop(number)
        # Whoever waited for it may have been cancelled.
        if not reply.done():
            reply.set_result(payload)

    def _end(self, code: int) -> None:
        self.how_it_ended = f"its process ended with code {code}"
        self.ended.set()
        for number in list(self._replies):
            if not self._replies[number].done():
                self._replies[number].set_result(None)
        self._replies.clear()


class Relay:
    """What one host has in one Dask worker.

    Args:
        worker: the Dask worker.
        name: of the handler under which the host's orders come.
    """

    def __init__(self, worker: Any, name: str) -> None:
        self._worker = worker
        self._name = name
        self._process: WorkerProcess | None = None
        self._heard = True
        self._orders: dict[str, Any] = {
            "start": self._start,
            "unpack": self._unpack,
            "call": self._call,
            "watch": self._watch,
            "stop": self._stop,
        }
        worker.handlers[name] = self.handle
        self._lease = asyncio.ensure_future(self._keep_lease())

    async def handle(self, order: str, **arguments: Any) -> Any:
        """Do what the host orders."""
        self._heard = True
        return await self._orders[order](**arguments)

    async def _start(self, trainer: str, folder: str | None, package: str | None) -> str:
        """Start a fresh worker process; one that is there ends first.

        Args:
            trainer: import path of the trainer's class.
            folder: where the package is on this machine; None for the one that was sent.
            package: name of the one that was sent.

        Returns:
            empty if it runs; PACKAGE_WANTED if `unpack` must come first; else why it cannot run.
        """
        await self._stop()
        if not PYTHONS[0] <= sys.version_info[:2] <= PYTHONS[1]:
            lowest, highest = (".".join(map(str, version)) for version in PYTHONS)
            return f"its Python is {sys.version.split()[0]}, not {lowest} to {highest}"
        if folder is None:
            unpacked = self._folder_of(str(package))
            if not unpacked.is_dir():
                return PACKAGE_WANTED
            folder = str(unpacked)
        path = os.pathsep.join(filter(None, (folder, os.environ.get("PYTHONPATH"))))
        one_thread = dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
        environment = {**os.environ, "PYTHONPATH": path, "PYTHONUNBUFFERED": "1", **one_thread}
        # Dask sets it for its own processes. Returning memory at every chance costs page faults at the next step.
        environment.pop("MALLOC_TRIM_THRESHOLD_", None)
        # -P: another copy of the package in the folder where the Dask worker was started must not be taken instead.
        command = [sys.executable, "-P", "-m", "bn_core.engine.worker_process", trainer]
        try:
            self._process = WorkerProcess(command, environment)
        except OSError as error:
            return f"its process cannot be started ({error.strerror or error})"
        problem = await self._process.greeting
        return self._process.how_it_ended if problem is None else problem.decode()

    async def _unpack(self, package: str, content: bytes) -> None:
        """Keep a package that the host sent: a zip file, named by its SHA-256."""
        folder = self._folder_of(package)
        if hashlib.sha256(content).hexdigest() != package or folder.is_dir():
            return
        folder.parent.mkdir(parents=True, exist_ok=True)
        half = Path(tempfile.mkdtemp(dir=folder.parent))
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            archive.extractall(half)
        try:
            half.rename(folder)
        except OSError:  # another host's relay was faster
            shutil.rmtree(half, ignore_errors=True)

    async def _call(self, frame: bytes) -> bytes | None:
        """Return the worker process's reply; None if there is none any more."""
        return None if self._process is None else await self._process.call(frame)

    async def _watch(self) -> str:
        """Return how the worker process ended, once it has; empty if it lives for a while longer."""
        if self._process is None:
            return "it has no process"
        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(self._process.ended.wait(), WATCH_SECONDS)
        return self._process.how_it_ended if self._process is not None else "it was stopped"

    async def _stop(self) -> None:
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
        self._worker.handlers.pop(self._name, None)
        await self._stop()

    def _folder_of(self, package: str) -> Path:
        return Path(self._worker.local_directory) / "batch-norm-lab" / package


def install(name: str, address: str) -> None:
    """Have the Dask worker of this address, which runs in this process, take orders of this name."""
    from distributed import Worker

    for worker in list(Worker._instances):
        if address in (worker.address, worker.contact_address) and name not in worker.handlers:
            Relay(worker, name)
