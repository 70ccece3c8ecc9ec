"""What the host writes to the store: everything, in order, whatever the disk does meanwhile."""

from __future__ import annotations

import contextlib
import logging
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from bn_core.engine.items import RecordedEvent
from bn_core.runs.records import UnknownRun
from bn_core.runs.store import Store, StoreUnavailable

SECONDS_UNTIL_RETRIED = 0.5
MAX_WEIGHTS = 16
"""Snapshots and checkpoints that may wait for a full disk: some 30 MB. Then everything waits, the trainings too."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Write:
    """One write.

    Attributes:
        run_id: of the run whose events or weights `do` writes; None where it writes something else.
        events: those that `do` appends; more may be added until it is done.
        weights: the step of a snapshot, "checkpoint" for a checkpoint, None for what is no weights.
    """

    do: Callable[[], object]
    run_id: str | None = None
    events: list[RecordedEvent] | None = None
    weights: int | str | None = None


class WriteQueue:
    """Writes in their order. One that the store cannot take now is kept, with all that follow it, and tried again.

    Weights that find no room on the disk step aside, and so do those after them: events go on for as long as they find
    room, and nobody can go on from a checkpoint before the snapshots up to it are stored.

    Args:
        on_failure: called with a run's id and the error where events of the run can never be written.
        clock: seconds on a clock that only goes forward.
    """

    def __init__(
        self, store: Store, on_failure: Callable[[str, Exception], object], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._store = store
        self._on_failure = on_failure
        self._clock = clock
        self._writes: deque[_Write] = deque()
        self._aside: dict[object, _Write] = {}
        self._not_before = float("-inf")
        self.problem: str | None = None
        """Why the latest write could not be done; None when it could."""

    @property
    def empty(self) -> bool:
        """Whether everything is written."""
        return not self._writes and not self._aside

    def add(self, do: Callable[[], object]) -> None:
        """Call `do` after all writes before it."""
        self._writes.append(_Write(do))

    def append(self, run_id: str, event: RecordedEvent) -> None:
        """Append the event to the run; events that follow each other go in one transaction."""
        last = self._writes[-1] if self._writes else None
        if last is not None and last.run_id == run_id and last.events is not None:
            last.events.append(event)
        else:
            events = [event]
            self._writes.append(_Write(partial(self._append, run_id, events), run_id, events))

    def put_snapshot(self, run_id: str, step: int, packed: bytes) -> None:
        """Store this snapshot."""
        self._writes.append(_Write(partial(self._store.put_snapshot, run_id, step, packed), run_id, weights=step))

    def put_checkpoint(self, run_id: str, step: int, packed: bytes) -> None:
        """Store this checkpoint, or a newer one that comes while there is no room for it."""
        do = partial(self._store.put_checkpoint, run_id, step, packed)
        self._writes.append(_Write(do, run_id, weights="checkpoint"))

    def flush(self) -> None:
        """Write all that can be written now. Never raises; `problem` says what is wrong, if anything is."""
        if self.empty or self._clock() < self._not_before:
            return
        try:
            while self._writes:
                write = self._writes[0]
                if write.weights is None:
                    self._attempt(write)
                else:
                    self._attempt_weights(write)
                self._writes.popleft()
            self._write_aside()
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

    def _append(self, run_id: str, events: list[RecordedEvent]) -> None:
        self._store.append(run_id, [event.packed for event in events])

    def _attempt_weights(self, write: _Write) -> None:
        """Write weights, or let them step aside. Raises StoreUnavailable where too many have."""
        if len(self._aside) >= MAX_WEIGHTS:
            self._write_aside()
        if not self._aside:
            with contextlib.suppress(StoreUnavailable):
                return self._attempt(write)
        # A newer checkpoint comes after the snapshots that were taken since the older.
        self._aside.pop((write.run_id, write.weights), None)
        self._aside[write.run_id, write.weights] = write
        return None

    def _write_aside(self) -> None:
        for which, write in list(self._aside.items()):
            self._attempt(write)
            del self._aside[which]

    def _attempt(self, write: _Write) -> None:
        try:
            write.do()
        except StoreUnavailable:
            raise
        except UnknownRun:
            _log.info("A run was deleted while something was to be recorded of it.")
        except Exception as error:
            # One write that can never succeed must not keep the others from the disk.
            _log.exception("Something could not be recorded")
            if write.run_id is not None and write.events is not None:
                self._on_failure(write.run_id, error)
