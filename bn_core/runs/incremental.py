"""Reading the events of a growing run once: what is new since the last call, shared by all sessions of a process."""

from __future__ import annotations

import logging
import threading
from collections import OrderedDict
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, Protocol, TypeVar

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from bn_core.runs.checks import Reading
from bn_core.runs.store import Store
from bn_core.training.events import Event, unpack

_log = logging.getLogger(__name__)

Row = tuple[int, bytes]


class Readable(Protocol):
    """What is known of a run: an immutable value, such as a RunHistory."""

    @property
    def last_number(self) -> int:
        """The number of the last event that it knows of."""


Known = TypeVar("Known", bound=Readable)


class Growing(Protocol[Known]):
    """The one place where what is known of a run grows. Not thread-safe: its owner locks."""

    known: Known

    def take(self, rows: Sequence[Row]) -> None:
        """Add these events to `known`."""


class GrowingArray:
    """Rows of one shape and type that only ever come to the end. What was handed out as a view keeps its values."""

    def __init__(self, dtype: DTypeLike, shape: tuple[int, ...] = ()) -> None:
        """
        Args:
            shape: of one row.
        """
        self._rows: NDArray[Any] = np.empty((256, *shape), dtype)
        self._count = 0

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of one row."""
        return self._rows.shape[1:]

    def extended(self, rows: Sequence[ArrayLike]) -> NDArray[Any]:
        """All rows, these at the end, as a view that cannot be written: (n, *shape)."""
        end = self._count + len(rows)
        if end > len(self._rows):
            grown = np.empty((max(end, 2 * len(self._rows)), *self.shape), self._rows.dtype)
            grown[: self._count] = self._rows[: self._count]
            self._rows = grown
        if rows:
            self._rows[self._count : end] = rows
        self._count = end
        view = self._rows[:end]
        view.flags.writeable = False
        return view


@dataclass
class _CacheEntry(Generic[Known]):
    growing: Growing[Known]
    reading: Reading
    lock: threading.Lock = field(default_factory=threading.Lock)


class SharedReader(Generic[Known]):
    """What is known of the runs that somebody looked at lately. Thread-safe.

    Args:
        kinds: which events are read.
        begin: makes what a run's knowledge grows from, given its id.
        room: how much may be kept; the run looked at last stays even if it alone is more.
        weigh: how much a run's knowledge counts towards `room`; by default every run counts 1.
    """

    def __init__(
        self,
        store: Store,
        kinds: Collection[str],
        begin: Callable[[str], Growing[Known]],
        room: int,
        weigh: Callable[[Known], int] = lambda known: 1,
    ) -> None:
        self._store = store
        self._kinds = tuple(kinds)
        self._begin = begin
        self._room = room
        self._weigh = weigh
        self._lock = threading.Lock()
        self._entries: OrderedDict[str, _CacheEntry[Known]] = OrderedDict()

    def read(self, run_id: str) -> Known:
        """Everything recorded of the run up to now; of a run without events, or without existence, nothing.

        Raises:
            RunDamaged: what is stored of it is not what was recorded.
        """
        with self._lock:
            entry = self._entries.get(run_id)
            if entry is None:
                entry = self._entries[run_id] = _CacheEntry(self._begin(run_id), Reading(self._kinds))
            self._entries.move_to_end(run_id)
        with entry.lock:
            if rows := self._store.read_on(run_id, entry.reading):
                entry.growing.take(rows)
            known = entry.growing.known
        self._keep_to_room()
        return known

    def forget(self, run_id: str) -> None:
        """Drop a run that was deleted."""
        with self._lock:
            self._entries.pop(run_id, None)

    def _keep_to_room(self) -> None:
        with self._lock:
            weights = [self._weigh(entry.growing.known) for entry in self._entries.values()]
            total = sum(weights)
            for weight in weights[:-1]:
                if total <= self._room:
                    break
                self._entries.popitem(last=False)
                total -= weight


def unpacked(run_id: str, rows: Iterable[Row]) -> Iterator[Event]:
    """The events in these rows; one that this version does not know is left out, and the log says so."""
    for number, packed in rows:
        try:
            yield unpack(packed)
        except ValueError as error:
            _log.warning("Event %d of run %s is left out: %s", number, run_id, error)
