"""The engine's host: `python -m bn_core.engine.host`.

One per home folder; a second one stands by. It takes requests from the run store, has workers train, and writes what
they report to the store. It ends at SIGTERM or SIGINT, or when its standard input closes, so that it never outlives the
app, however that ends; and it leaves every run with a checkpoint.
"""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import sys
import threading
import time
from queue import SimpleQueue

from filelock import FileLock, Timeout

from bn_core.engine.cluster import Cluster, ClusterSettings
from bn_core.engine.coordinator import Coordinator
from bn_core.engine.question_lookup import QuestionLookup
from bn_core.engine.reports import Report
from bn_core.environment import Environment, EnvironmentProblem, make_folder, read_environment
from bn_core.exhibits import library
from bn_core.runs.database import LOCK_FILE
from bn_core.runs.sources import StoredRuns
from bn_core.runs.store import Store, StoreUnavailable

WORKER_PROCESS = "bn_core.engine.worker_process"
DASK_FOLDER = "dask"

SECONDS_TO_LEAVE = 5.0
"""How long trainings may take for their last checkpoint."""

SECONDS_TO_CLOSE = 2.0
SECONDS_TO_END = 20.0
"""How long all of the end may take, a store that is busy included."""

_LOCK_SECONDS = 0.5

_log = logging.getLogger(__name__)


def main() -> int:
    """Run the host until its end; return 0 then, 1 where it cannot start (standard error says why in one sentence)."""
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(name)s %(levelname)s %(message)s")
    logging.getLogger("bn_core").setLevel(logging.INFO)
    try:
        return host(read_environment(), WORKER_PROCESS)
    except EnvironmentProblem as problem:
        print(problem, file=sys.stderr)
        return 1


def host(environment: Environment, module: str) -> int:
    """Do what `main` does, with this environment and worker processes that run this module."""
    ending = threading.Event()
    _end_with_the_app(ending)
    try:
        make_folder(environment.home / DASK_FOLDER)
        lock = FileLock(environment.home / LOCK_FILE)
        if not _acquire(lock, ending):
            return 0
        try:
            _serve(environment, module, ending)
        finally:
            lock.release()
    except OSError as error:
        print(
            f"The engine cannot use the folder {environment.home} ({error.strerror or error}): make it writable, or "
            "set BN_HOME to a folder that you may write.",
            file=sys.stderr,
        )
        return 1
    except StoreUnavailable as problem:
        print(problem, file=sys.stderr)
        return 1
    return 0


def _acquire(lock: FileLock, ending: threading.Event) -> bool:
    """Wait until no other host has the lock; return False if this one is to end before."""
    try:
        lock.acquire(blocking=False)
    except Timeout:
        _log.info("Another engine serves this folder; this one stands by.")
        try:
            lock.acquire(poll_interval=_LOCK_SECONDS, cancel_check=ending.is_set)
        except Timeout:
            return False
    return True


def _serve(environment: Environment, module: str, ending: threading.Event) -> None:
    store = Store.open(environment.home)
    inbox: SimpleQueue[Report] = SimpleQueue()
    settings = ClusterSettings(environment.scheduler, environment.workers, environment.home / DASK_FOLDER)
    cluster = Cluster(settings, module, inbox.put)
    lookup = QuestionLookup([StoredRuns(store), library()], inbox.put)
    coordinator = Coordinator(store, cluster, lookup.gather, environment.store_mb * 1_000_000)
    cluster.start()
    while not ending.is_set():
        coordinator.work(inbox)
    # Workers see this process go, and go too, whatever they are doing.
    last_resort = threading.Timer(SECONDS_TO_END, os._exit, (0,))
    last_resort.daemon = True
    last_resort.start()
    coordinator.end()
    deadline = time.monotonic() + SECONDS_TO_LEAVE
    while not coordinator.done and time.monotonic() < deadline:
        coordinator.work(inbox)
    coordinator.give_up()
    if not cluster.close(SECONDS_TO_CLOSE):
        logging.shutdown()
        os._exit(0)
    last_resort.cancel()


def _end_with_the_app(ending: threading.Event) -> None:
    """Set the event when standard input closes, and at SIGTERM and SIGINT."""

    def end(*_: object) -> None:
        ending.set()

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    threading.Thread(target=_wait_for_end_of_input, args=(ending,), name="standard input", daemon=True).start()


def _wait_for_end_of_input(ending: threading.Event) -> None:
    # Not through sys.stdin: its lock, held by a waiting thread, would get in the way of this process's end.
    with contextlib.suppress(OSError):
        while os.read(0, 4096):
            pass
    ending.set()


if __name__ == "__main__":
    sys.exit(main())
