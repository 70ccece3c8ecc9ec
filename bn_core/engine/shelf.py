"""Where a worker keeps a training's snapshots until the host has fetched them: none is dropped before."""

from __future__ import annotations

import threading

MAX_KEPT = 8
"""Snapshots that may wait to be fetched: 11 MB. The first six come within half a second."""


class Shelf:
    """Packed snapshots by step, in ascending order: `put` by the training's thread, `take` by the worker's event loop.

    Args:
        max_kept: how many may be here before `put` waits.
    """

    def __init__(self, max_kept: int = MAX_KEPT) -> None:
        self._max_kept = max_kept
        self._changed = threading.Condition()
        self._kept: dict[int, bytes] = {}
        self._unlimited = False

    def put(self, step: int, packed: bytes) -> None:
        """Adds a snapshot. Waits while too many were not fetched yet: nothing is lost and memory is bounded."""
        with self._changed:
            self._changed.wait_for(lambda: self._unlimited or len(self._kept) < self._max_kept)
            self._kept[step] = packed

    def lift_limit(self) -> None:
        """Lets the training's last snapshots in however many are here: it is to end."""
        with self._changed:
            self._unlimited = True
            self._changed.notify_all()

    def take(self, step: int) -> bytes | None:
        """The snapshot of this step. Who asks for it has those before it: they are forgotten, this one is not yet."""
        with self._changed:
            for earlier in [kept for kept in self._kept if kept < step]:
                del self._kept[earlier]
            self._changed.notify_all()
            return self._kept.get(step)
