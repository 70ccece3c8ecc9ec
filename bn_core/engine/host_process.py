"""The engine's host as a process of the app's: started beside it, kept alive, and if it cannot live, said why.

The host lives as long as it can read its standard input. This process holds the other end: however the app ends, even
by SIGKILL, the operating system closes it, and the host puts a checkpoint of its runs away and goes.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO

import bn_core
from bn_core.environment import make_folder
from bn_core.runs.records import EngineStatus

HOST_COMMAND = (sys.executable, "-m", "bn_core.engine.host")
LOG_NAME = "engine.log"
LOG_BYTES = 1_000_000
"""A log larger than this is put aside before the host starts; one older log is kept."""

PAUSES = (1.0, 2.0, 5.0, 15.0)
"""Seconds before each new attempt after a host that did not last. When they are used up, there is no more attempt."""

LASTED_SECONDS = 60.0
"""A host that lived so long was well: its end is a new trouble, with all attempts before it. One that does not speak
for so long is said to be slow."""

HEAD_START_SECONDS = 2.5
"""How long the first page has the machine to itself: an engine that gets ready takes every core for a while."""

THREAD_NAME = "engine's host"


class HostProcess:
    """The one host process of an app process. Thread-safe."""

    def __init__(
        self,
        folder: Path,
        command: Sequence[str] = HOST_COMMAND,
        *,
        pauses: Sequence[float] = PAUSES,
        lasted_seconds: float = LASTED_SECONDS,
        head_start_seconds: float = 0.0,
    ) -> None:
        """
        Args:
            folder: the home folder; the host's log goes below it.
            head_start_seconds: how long to wait before the first start.
        """
        self.folder = folder
        self.log = folder / "logs" / LOG_NAME
        self._command = tuple(command)
        self._pauses = tuple(pauses)
        self._lasted_seconds = lasted_seconds
        self._head_start_seconds = head_start_seconds
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._thread: threading.Thread | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._started = 0.0
        self._log_start = 0
        self._problem: str | None = None

    def ensure(self) -> None:
        """Start the host unless this was done already. Returns at once: a thread starts it and watches it."""
        with self._lock:
            if self._thread is None and not self._closing.is_set():
                self._thread = threading.Thread(
                    target=self._keep_alive, args=(self._closing,), name=THREAD_NAME, daemon=True
                )
                self._thread.start()

    def status(self) -> EngineStatus:
        """off (never started, or closed), starting, or unavailable with the reason.

        Whether a host is ready, only its heartbeat in the store tells.
        """
        with self._lock:
            if self._problem is not None:
                return EngineStatus("unavailable", self._problem)
            if self._thread is None or self._closing.is_set():
                return EngineStatus("off", "The training engine is not running.")
            if self._process is not None and time.monotonic() - self._started > self._lasted_seconds:
                return EngineStatus(
                    "starting",
                    "The training engine has not answered for a while: `python -m bn_core doctor` may tell why.",
                )
            return EngineStatus("starting", "The training engine is starting.")

    def close(self, seconds: float = 10.0) -> None:
        """Let the host end, as the end of the app would, and wait for it; a host that takes longer is killed."""
        self._closing.set()
        with self._lock:
            process, thread = self._process, self._thread
        if process is not None:
            _close_input(process)
            try:
                process.wait(seconds)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        if thread is not None:
            thread.join(seconds)

    @contextlib.contextmanager
    def stopped(self, seconds: float = 10.0) -> Iterator[None]:
        """Have no host within the block: end the one that runs as `close` does, and start one anew afterwards.

        One that was given up gets all attempts again. Nothing is started where nothing was asked for.
        """
        with self._lock:
            wanted = self._thread is not None and not self._closing.is_set()
        if not wanted:
            yield
            return
        self.close(seconds)
        try:
            yield
        finally:
            with self._lock:
                self._closing = threading.Event()
                self._thread = self._process = self._problem = None
            self.ensure()

    def _keep_alive(self, closing: threading.Event) -> None:
        """Start the host, again and again if need be, until it is closed or hopeless. Runs in a thread of its own."""
        if closing.wait(self._head_start_seconds):
            return
        attempt = 0
        while True:
            try:
                process = self._start(closing)
            except OSError as error:
                reason = f"could not be started ({error.strerror or error})"
            else:
                if process is None:
                    return
                code = process.wait()
                reason = f"ended with code {code}{self._last_words()}"
            if closing.is_set():
                return
            if time.monotonic() - self._started >= self._lasted_seconds:
                attempt = 0
            if attempt == len(self._pauses):
                with self._lock:
                    self._problem = (
                        f"Training is not available: its engine {reason}. Everything else works; "
                        "`python -m bn_core doctor` says what to do, and a restart of the app tries again."
                    )
                return
            if closing.wait(self._pauses[attempt]):
                return
            attempt += 1

    def _start(self, closing: threading.Event) -> subprocess.Popen[bytes] | None:
        # The host must find the package however the app was started, and keep this folder for relative paths.
        package = str(Path(bn_core.__file__).parent.parent)
        path = os.pathsep.join(filter(None, (package, os.environ.get("PYTHONPATH"))))
        with self._open_log() as log:
            with self._lock:
                if closing.is_set():
                    return None
                self._started = time.monotonic()
                self._log_start = log.tell()
            # A session of its own: Ctrl-C in the terminal is for the app, whose end the host then sees in good order.
            # No other child inherits the pipe's end that is held here (PEP 446).
            process = subprocess.Popen(
                self._command,
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=os.environ | {"PYTHONPATH": path, "PYTHONUNBUFFERED": "1"},
                start_new_session=True,
                creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
            )
        with self._lock:
            if self._process is not None:
                _close_input(self._process)
            self._process = process
            if closing.is_set():
                _close_input(process)
        return process

    def _open_log(self) -> IO[bytes]:
        try:
            make_folder(self.log.parent)
            if self.log.exists() and self.log.stat().st_size > LOG_BYTES:
                self.log.replace(self.log.with_name(LOG_NAME + ".1"))
            return self.log.open("ab")
        except OSError:
            # The host will have its own word on a folder that cannot be written.
            return Path(os.devnull).open("wb")

    def _last_words(self) -> str:
        """The last line that this host put into the log, as the end of a clause; empty if there is none."""
        try:
            with self.log.open("rb") as log:
                log.seek(max(self._log_start, self.log.stat().st_size - 4096))
                lines = log.read().decode("utf-8", "replace").splitlines()
        except OSError:
            return ""
        line = next((line.strip() for line in reversed(lines) if line.strip()), "")
        line = "".join(character if character.isprintable() else "?" for character in line)
        if not line:
            return ""
        return f', its last words were "{line if len(line) <= 200 else line[:197] + "..."}"'


def _close_input(process: subprocess.Popen[bytes]) -> None:
    if process.stdin is not None:
        with contextlib.suppress(OSError):
            process.stdin.close()
