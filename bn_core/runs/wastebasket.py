"""Runs that were deleted a moment ago: nobody sees them any more, and for a while they can be had back."""

from __future__ import annotations

import atexit
import contextlib
import logging
import threading
from collections.abc import Callable, Sequence
from functools import partial

from bn_core.runs.database import StoreUnavailable
from bn_core.runs.records import UnknownRun

UNDO_SECONDS = 30.0
"""For how long a deleted run can be had back."""

RETRY_SECONDS = 5.0

_log = logging.getLogger(__name__)


class Wastebasket:
    """Thread-safe, and of one process: should it be killed before it deletes, a run is there again at the next start.

    A process that ends by itself deletes what is in it.

    Args:
        delete: deletes a run for good; raises StoreUnavailable where it must be tried again.
    """

    def __init__(self, delete: Callable[[str], object]) -> None:
        self._delete = delete
        self._lock = threading.Lock()
        self._waiting: dict[str, object] = {}

    def __contains__(self, run_id: str) -> bool:
        return run_id in self._waiting

    def put(self, *run_ids: str) -> None:
        """Have these runs deleted in a while."""
        with self._lock:
            new = [run_id for run_id in run_ids if run_id not in self._waiting]
            if new:
                if not self._waiting:
                    atexit.register(self.empty)
                self._wait(new, UNDO_SECONDS)

    def take_back(self, run_id: str) -> bool:
        """Keep the run after all; return False where it is too late."""
        with self._lock:
            return self._drop(run_id)

    def empty(self) -> None:
        """Delete everything in it now."""
        for run_id, turn in list(self._waiting.items()):
            # At the end of a process no thread can be started to try again later.
            with contextlib.suppress(RuntimeError):
                self._delete_now([run_id], turn)

    def _wait(self, run_ids: Sequence[str], seconds: float) -> None:
        # A run that was taken back and put again waits in another turn.
        turn = object()
        self._waiting |= dict.fromkeys(run_ids, turn)
        timer = threading.Timer(seconds, partial(self._delete_now, run_ids, turn))
        timer.daemon = True
        timer.start()

    def _drop(self, run_id: str) -> bool:
        if self._waiting.pop(run_id, None) is None:
            return False
        if not self._waiting:
            atexit.unregister(self.empty)
        return True

    def _delete_now(self, run_ids: Sequence[str], turn: object) -> None:
        for run_id in run_ids:
            # Under the lock: who takes it back meanwhile is told that it is too late.
            with self._lock:
                if self._waiting.get(run_id) is not turn:
                    continue
                try:
                    with contextlib.suppress(UnknownRun):
                        self._delete(run_id)
                    self._drop(run_id)
                except StoreUnavailable as problem:
                    _log.info("Run %s cannot be deleted yet: %s", run_id, problem)
                    self._wait([run_id], RETRY_SECONDS)
