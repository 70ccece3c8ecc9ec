"""Records exhibits side by side, each in a process of its own, and says how far they are."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from bn_core.exhibits.catalogue import Exhibit

LOOK_SECONDS = 0.2
"""How often the processes are looked at."""

END_SECONDS = 5.0
"""How long a process has to end when it is asked to."""


class RecordingFailed(RuntimeError):  # noqa: N818 - named for what it tells
    """An exhibit could not be recorded. Its text is one sentence."""


@dataclass(frozen=True)
class Job:
    """An exhibit to record, and the file that it goes to."""

    exhibit: Exhibit
    file: Path


Show = Callable[[str, int, bool], None]
"""Is told of an exhibit's key, its updates done, and whether it is recorded."""


def run_jobs(jobs: Sequence[Job], at_once: int, show: Show) -> None:
    """Record all of them, so many at once. What is recorded stays, whatever happens to the rest.

    Raises:
        RecordingFailed: one of them could not be recorded; the others are ended first.
    """
    waiting, running = deque(jobs), list[_Running]()
    try:
        while waiting or running:
            while waiting and len(running) < at_once:
                running.append(_Running(waiting.popleft()))
            time.sleep(LOOK_SECONDS)
            for process in list(running):
                recorded = process.recorded()
                show(process.job.exhibit.key, process.steps, recorded)
                if recorded:
                    running.remove(process)
    finally:
        for process in running:
            process.end()


class _Running:
    """The process that records an exhibit."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self.steps = 0
        self._errors = ""
        command = [
            sys.executable,
            "-m",
            "bn_core.exhibits.recording.one",
            json.dumps(asdict(job.exhibit)),
            str(job.file),
        ]
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=Path(__file__).parents[3],
        )
        self._readers = [threading.Thread(target=read, daemon=True) for read in (self._read_steps, self._read_errors)]
        for reader in self._readers:
            reader.start()

    def recorded(self) -> bool:
        """Whether it is done. Raises RecordingFailed if it ended otherwise."""
        code = self._process.poll()
        if code is None:
            return False
        for reader in self._readers:
            reader.join(END_SECONDS)
        if code != 0 or not self.job.file.exists():
            last = next((line.strip() for line in reversed(self._errors.splitlines()) if line.strip()), "no word")
            raise RecordingFailed(f"{self.job.exhibit.key} could not be recorded (exit code {code}): {last}")
        return True

    def end(self) -> None:
        """Ends the process, gently if it lets us."""
        self._process.terminate()
        try:
            self._process.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _read_steps(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if line.strip().isdigit():
                self.steps = int(line)

    def _read_errors(self) -> None:
        assert self._process.stderr is not None
        self._errors = self._process.stderr.read()
