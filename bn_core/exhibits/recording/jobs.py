"""Records exhibits side by side, each in a process of its own, and says how far they are."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import asdict, dataclass
from pathlib import Path

from bn_core.exhibits.catalogue import Exhibit

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
"""Is told, in any thread, of an exhibit's key, its updates done, and whether it is recorded."""


def run_jobs(jobs: Sequence[Job], at_once: int, show: Show) -> None:
    """Record all of them, so many at once. What is recorded stays, whatever happens to the rest.

    Raises:
        RecordingFailed: one of them could not be recorded; the others are ended first.
    """
    recorders = [_Recorder(job, show) for job in jobs]
    with ThreadPoolExecutor(at_once) as threads:
        recorded = [threads.submit(recorder.record) for recorder in recorders]
        try:
            for future in as_completed(recorded):
                future.result()
        finally:
            threads.shutdown(wait=False, cancel_futures=True)
            for recorder in recorders:
                recorder.end()


class _Recorder:
    """Has an exhibit recorded by a process of its own."""

    def __init__(self, job: Job, show: Show) -> None:
        self._job = job
        self._show = show
        self._lock = threading.Lock()
        self._ended = False
        self._process: subprocess.Popen[str] | None = None

    def record(self) -> None:
        """Start the process and follow it to its end. Raises RecordingFailed."""
        module, exhibit = "bn_core.exhibits.recording.one", self._job.exhibit
        command = [sys.executable, "-m", module, json.dumps(asdict(exhibit)), str(self._job.file)]
        with tempfile.TemporaryFile("w+") as errors:
            with self._lock:
                if self._ended:
                    return
                self._process = process = subprocess.Popen(
                    command,
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.PIPE,
                    stderr=errors,
                    text=True,
                    cwd=Path(__file__).parents[3],
                )
            steps = 0
            for line in process.stdout or ():
                if line.strip().isdigit():
                    steps = int(line)
                    self._show(exhibit.key, steps, False)
            if process.wait() != 0 or not self._job.file.exists():
                errors.seek(0)
                *_, last = ["no word", *filter(None, map(str.strip, errors))]
                code = process.returncode
                raise RecordingFailed(f"{exhibit.key} could not be recorded (exit code {code}): {last}")
            self._show(exhibit.key, steps, True)

    def end(self) -> None:
        """End the process, gently if it lets us, and start none any more."""
        with self._lock:
            self._ended = True
            process = self._process
        if process is not None:
            process.terminate()
            try:
                process.wait(END_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
