"""What the host writes to the store: everything, in order, whatever the disk does meanwhile."""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from bn_core.runs.records import UnknownRun
from bn_core.runs.store import Store, StoreUnavailable

SECONDS_UNTIL_RETRIED = 0.5
MAX_SNAPSHOTS = 8
"""How many snapshots may wait for the disk. Workers keep the rest, and then wait themselves."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Write:
    do: Callable[[], object]
    then: Callable[[], object] | None


class Ledger:
    """A queue of writes. One that the store cannot take now is kept, with all that follow it, and tried again.

    Snapshots and checkpoints are apart: they come last, and one that finds no room holds up no event. Of checkpoints
    only the newest of a run counts. They come after the snapshots: who goes on from one does not take those again.

    Args:
        clock: seconds on a clock that only goes forward.
    """

    def __init__(self, store: Store, clock: Callable[[], float] = time.monotonic) -> None:
        self._store = store
        self._clock = clock
        self._writes: deque[_Write] = deque()
        self._snapshots: dict[tuple[str, int], bytes] = {}
        self._checkpoints: dict[str, tuple[int, bytes]] = {}
        self._not_before = float("-inf")
        self.problem: str | None = None
        """Why the latest write could not be done; None when it could."""

    @property
    def empty(self) -> bool:
        """Whether everything is written."""
        return not self._writes and not self._snapshots and not self._checkpoints

    @property
    def has_room(self) -> bool:
        """Whether there is a reason to bring another snapshot: those that wait for the disk are few."""
        return len(self._snapshots) < MAX_SNAPSHOTS

    def add(self, do: Callable[[], object], then: Callable[[], object] | None = None) -> None:
        """Has this write done after all before it; then calls `then`."""
        self._writes.append(_Write(do, then))

    def put_snapshot(self, run_id: str, step: int, packed: bytes) -> None:
        """Has this snapshot stored once all writes so far are done."""
        self._snapshots[run_id, step] = packed

    def has_snapshot(self, run_id: str, step: int) -> bool:
        """Whether a snapshot of this step is about to be stored."""
        return (run_id, step) in self._snapshots

    def put_checkpoint(self, run_id: str, step: int, packed: bytes) -> None:
        """Has this checkpoint stored once all writes so far are done, unless a newer one comes first."""
        self._checkpoints[run_id] = step, packed

    def flush(self) -> None:
        """Writes all that can be written now. Never raises; `problem` says what is wrong, if anything is."""
        if self.empty or self._clock() < self._not_before:
            return
        try:
            while self._writes:
                write = self._writes[0]
                self._attempt(write.do)
                self._writes.popleft()
                if write.then is not None:
                    write.then()
            for (run_id, step), packed in list(self._snapshots.items()):
                self._attempt(lambda: self._store.put_snapshot(run_id, step, packed))  # noqa: B023 - called at once
                del self._snapshots[run_id, step]
            for run_id, (step, packed) in list(self._checkpoints.items()):
                self._attempt(lambda: self._store.put_checkpoint(run_id, step, packed))  # noqa: B023 - called at once
                del self._checkpoints[run_id]
        except StoreUnavailable as problem:
            self._not_before = self._clock() + SECONDS_UNTIL_RETRIED
            if self.problem is None:
                _log.warning(
                    "The run store cannot be written; the engine keeps what comes and tries again: %s", problem
                )
            self.problem = str(problem)
            return
        if self.problem is not None:
            _log.warning("The run store can be written again.")
        self.problem = None

    @staticmethod
    def _attempt(do: Callable[[], object]) -> None:
        try:
            do()
        except StoreUnavailable:
            raise
        except UnknownRun:
            _log.info("A run was deleted while something was to be recorded of it.")
        except Exception:
            # One write that cannot ever succeed must not keep the others from the disk.
            _log.exception("Something could not be recorded")
