"""The way from a training to the host: nothing is dropped until the host says that it is stored."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from bn_core.engine import messages
from bn_core.engine.messages import Batch, Item

SECONDS_BETWEEN_BATCHES = 0.1
SECONDS_UNTIL_REPEATED = 5.0
MAX_WAITING = 2000
"""Items that may wait to be stored. A training that is further ahead of a full disk or a lost connection waits too."""


@dataclass
class _Sent:
    number: int
    size: int
    packed: bytes
    at: float


class Outbox:
    """One training's items: `put` by its thread, sent in numbered batches by another, kept until acknowledged.

    Args:
        on_first: called when an item is there to be sent and none was before; from the training's thread.
        max_waiting: how many items may wait before `put` does.
    """

    def __init__(
        self, run_id: str, attempt: int, on_first: Callable[[], object], *, max_waiting: int = MAX_WAITING
    ) -> None:
        self.run_id = run_id
        self.attempt = attempt
        self._on_first = on_first
        self._max_waiting = max_waiting
        self._changed = threading.Condition()
        self._new: list[Item] = []
        self._sent: deque[_Sent] = deque()
        self._sent_items = 0
        self._next_number = 1
        self._last_batch = float("-inf")
        self._unlimited = False

    def put(self, item: Item) -> None:
        """Adds an item. Waits while too many are not stored yet, so that nothing is lost and memory is bounded."""
        with self._changed:
            self._changed.wait_for(lambda: self._unlimited or self._waiting < self._max_waiting)
            self._new.append(item)
            first = len(self._new) == 1
        if first:
            self._on_first()

    def lift_limit(self) -> None:
        """Lets the training's last items in however many wait: it is to end."""
        with self._changed:
            self._unlimited = True
            self._changed.notify_all()

    def take(self, now: float) -> list[bytes]:
        """The batches to send now: at most one new one in a tenth of a second, and those long without an answer.

        Args:
            now: seconds on a clock that only goes forward.
        """
        with self._changed:
            batches = []
            if self._sent and now >= self._sent[0].at + SECONDS_UNTIL_REPEATED:
                for sent in self._sent:
                    sent.at = now
                    batches.append(sent.packed)
            if self._new and now >= self._last_batch + SECONDS_BETWEEN_BATCHES:
                packed = messages.pack(Batch(self.run_id, self.attempt, self._next_number, tuple(self._new)))
                self._sent.append(_Sent(self._next_number, len(self._new), packed, now))
                self._sent_items += len(self._new)
                self._new = []
                self._next_number += 1
                self._last_batch = now
                batches.append(packed)
            return batches

    def due(self) -> float | None:
        """When `take` will next have something, on the clock that it is given; None if nothing waits."""
        with self._changed:
            times = []
            if self._new:
                times.append(self._last_batch + SECONDS_BETWEEN_BATCHES)
            if self._sent:
                times.append(self._sent[0].at + SECONDS_UNTIL_REPEATED)
            return min(times, default=None)

    def acknowledge(self, number: int) -> None:
        """Forgets the batches up to this one: the host has stored them."""
        with self._changed:
            while self._sent and self._sent[0].number <= number:
                self._sent_items -= self._sent.popleft().size
            self._changed.notify_all()

    @property
    def _waiting(self) -> int:
        return self._sent_items + len(self._new)
