"""What the host writes to the store: everything, in order, whatever the disk does meanwhile."""

from __future__ import annotations

import contextlib
import logging
import time
from collections import deque
from collections.abc import Callable

from bn_core.runs.records import UnknownRun
from bn_core.runs.store import StoreUnavailable

SECONDS_UNTIL_RETRIED = 0.5
MAX_WAITING = 8
"""Snapshots and checkpoints of one run that may wait for a full disk: some 20 MB. Then the run waits, too."""

_log = logging.getLogger(__name__)


class WriteQueue:
    """Writes to the store in several queues, each in its order.

    A write that the store cannot take now is kept, with all that follow it in its queue, and tried again. On a disk
    that is nearly full, the weights of a run wait, and all that finds room goes on.

    Args:
        clock: seconds on a clock that only goes forward.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._writes: dict[str, deque[Callable[[], object]]] = {}
        self._stuck: dict[str, tuple[float, str]] = {}

    @property
    def empty(self) -> bool:
        """Whether everything is written."""
        return not self._writes

    @property
    def problem(self) -> str | None:
        """Why something cannot be written at present."""
        return next((problem for _, problem in self._stuck.values()), None)

    def add(self, queue: str, do: Callable[[], object]) -> None:
        """Call `do` after everything before it in this queue (a run's id, say); again if it raises StoreUnavailable."""
        self._writes.setdefault(queue, deque()).append(do)

    def put(self, queue: str, do: Callable[[], object]) -> None:
        """Call `do` now, or let it wait in this queue where others do or where the store cannot take it.

        Raises:
            StoreUnavailable: MAX_WAITING wait there already.
        """
        waiting = self._writes.get(queue, ())
        if not waiting:
            with contextlib.suppress(StoreUnavailable):
                do()
                return
        if len(waiting) >= MAX_WAITING:
            raise StoreUnavailable(self.problem or "Too much waits to be written.")
        self.add(queue, do)

    def flush(self) -> None:
        """Write all that can be written now. Never raises; `problem` says what is wrong, if anything is."""
        was_stuck = self._stuck != {}
        for queue in list(self._writes):
            retry_at, _ = self._stuck.get(queue, (float("-inf"), ""))
            if self._clock() < retry_at:
                continue
            try:
                self._write_all(self._writes[queue])
                del self._writes[queue]
                self._stuck.pop(queue, None)
            except StoreUnavailable as problem:
                if not self._stuck:
                    _log.warning("The run store cannot be written; what comes is kept and tried again: %s", problem)
                self._stuck[queue] = self._clock() + SECONDS_UNTIL_RETRIED, str(problem)
        if was_stuck and not self._stuck:
            _log.warning("The run store can be written again.")

    @staticmethod
    def _write_all(writes: deque[Callable[[], object]]) -> None:
        while writes:
            try:
                writes[0]()
            except StoreUnavailable:
                raise
            except UnknownRun:
                _log.info("A run was deleted while something was to be recorded of it.")
            except Exception:
                # One write that can never succeed must not keep the others from the disk.
                _log.exception("Something could not be recorded")
            writes.popleft()
