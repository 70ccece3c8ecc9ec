"""The way from a training to its host: one ordered list of items, kept until the host says that it has stored them."""

from __future__ import annotations

import threading
from collections import deque

from bn_core.engine.items import Batch, Checkpoint, Ended, Item, Paused, Snapshot

MAX_ITEMS = 2000
"""Items that may wait to be stored. A training that is further ahead of a full disk or a lost connection waits too."""

MAX_SNAPSHOTS = 8
"""Snapshots among them: 11 MB. The first six come within half a second."""

BATCH_BYTES = 2_000_000
"""A batch of items ends with the one that makes it larger than this, so that snapshots do not hold up the curve."""

READ_SECONDS = 1.0
GATHERING_SECONDS = 1.0
"""How long a read gathers what comes, where nobody watches the curves: to read costs a scheduler and its host more than
what is read."""


class Feed:
    """One training's items at the positions 0, 1, 2 ..: `put` by its thread, `read` by another with a cursor.

    Args:
        gathering: how many seconds a read waits for more, unless the training has ended or waits itself.
        max_items, max_snapshots: how many may wait before `put` does.
    """

    def __init__(
        self, *, gathering: float = 0.0, max_items: int = MAX_ITEMS, max_snapshots: int = MAX_SNAPSHOTS
    ) -> None:
        self._gathering = gathering
        self._max_items = max_items
        self._max_snapshots = max_snapshots
        self._changed = threading.Condition()
        self._items: deque[tuple[int, Item]] = deque()
        self._next = 0
        self._read_up_to = 0
        self._unlimited = False

    def put(self, item: Item) -> None:
        """Append an item. Wait while too many are not stored yet, so that nothing is lost and memory is bounded.

        A checkpoint replaces one that was not read yet: only the latest is of any use.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._unlimited or self._has_room())
            if isinstance(item, Checkpoint):
                self._items = deque(
                    (position, kept)
                    for position, kept in self._items
                    if position < self._read_up_to or not isinstance(kept, Checkpoint)
                )
            self._items.append((self._next, item))
            self._next += 1
            self._changed.notify_all()

    def lift_limit(self) -> None:
        """Let the training's last items in, however many wait: it is to end."""
        with self._changed:
            self._unlimited = True
            self._changed.notify_all()

    def read(self, after: int, seconds: float = READ_SECONDS) -> Batch:
        """Forget the items before position `after`, which are stored, and return what follows.

        Return at once where something follows, or when it is gathered; else wait so many seconds for it. Whoever
        repeats a cursor gets the same items again, and perhaps more.
        """
        with self._changed:
            while self._items and self._items[0][0] < after:
                self._items.popleft()
            self._changed.notify_all()
            if self._changed.wait_for(lambda: self._items, seconds):
                self._changed.wait_for(self._need_not_gather, self._gathering)
            items: list[Item] = []
            cursor, size = after, 0
            for position, item in self._items:
                if size > BATCH_BYTES:
                    break
                items.append(item)
                cursor = position + 1
                size += len(getattr(item, "packed", b""))
            self._read_up_to = max(self._read_up_to, cursor)
            return Batch(tuple(items), cursor)

    def _need_not_gather(self) -> bool:
        return not self._items or isinstance(self._items[-1][1], Ended | Paused) or not self._has_room()

    def _has_room(self) -> bool:
        snapshots = sum(isinstance(item, Snapshot) for _, item in self._items)
        return len(self._items) < self._max_items and snapshots < self._max_snapshots
