"""Recording one training on a worker: what is new of it, once, in its order."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from functools import partial

from bn_core.data.catalogue import trained_on
from bn_core.engine.actions import Action
from bn_core.engine.dispatcher import Dispatcher
from bn_core.engine.items import (
    Batch,
    Checkpoint,
    Compiling,
    Ended,
    Item,
    Key,
    Paused,
    RecordedEvent,
    Resumed,
    Snapshot,
)
from bn_core.engine.replay_check import ReplayCheck
from bn_core.engine.write_queue import WriteQueue
from bn_core.runs.store import Store
from bn_core.training.events import RunStarted, unpack

CONTRADICTION = (
    "Going on from its checkpoint, the run came out differently at step {step} than it is recorded: it was begun on "
    "another kind of processor, with other data or with another version of TensorFlow. What is recorded stays; start "
    "the same run again to have all of it."
)

_log = logging.getLogger(__name__)


class Recorder:
    """One training, from its batches to the store and the dispatcher.

    Args:
        worker: address of the worker that trains it.
        recorded: packed events that earlier attempts recorded of the run.

    Attributes:
        ended: whether the training is over.
        failures: how many times a batch could not be handled.
    """

    def __init__(
        self, key: Key, worker: str, recorded: Iterable[bytes], store: Store, writes: WriteQueue, dispatcher: Dispatcher
    ) -> None:
        self.worker = worker
        self.ended = False
        self.failures = 0
        self._key = key
        self._run_id = key[0]
        self._check = ReplayCheck(recorded)
        self._store = store
        self._writes = writes
        self._dispatcher = dispatcher
        self._closed = False
        self._cursor = 0
        self._handled = 0
        self._new_events: list[RecordedEvent] = []
        self._dataset_note: str | None = None
        self._actions: deque[Action] = deque()

    def record(self, batch: Batch, now: float) -> Iterator[Action]:
        """Store what is new in the batch, and yield what is to be done because of it.

        The same batch may come again, whole. Where an exception ended this in the middle, here or in the caller's
        loop, it goes on where it was.

        Raises:
            StoreUnavailable: not all could be stored.
        """
        yield from self._what_is_left()
        for item in batch.items[self._handled :] if batch.cursor > self._cursor else ():
            if isinstance(item, Ended) or not self._closed:
                if not isinstance(item, RecordedEvent):
                    self._store_events()
                self._actions += self._record(item, now)
            self._handled += 1
            if self._actions:
                yield from self._what_is_left()
        yield from self._what_is_left()
        self._cursor, self._handled = max(batch.cursor, self._cursor), 0

    def fail(self, cause: str) -> list[Action]:
        """Record nothing any more, and heed only the training's end: the run fails."""
        self._closed = True
        self._new_events.clear()
        return self._dispatcher.failed(self._key, cause)

    def _what_is_left(self) -> Iterator[Action]:
        self._store_events()
        while self._actions:
            yield self._actions[0]
            self._actions.popleft()

    def _store_events(self) -> None:
        if self._new_events:
            self._store.append(self._run_id, self._new_events)
            self._new_events.clear()
        if self._dataset_note is not None:
            self._store.set_dataset_note(self._run_id, self._dataset_note)
            self._dataset_note = None

    def _record(self, item: Item, now: float) -> list[Action]:
        match item:
            case RecordedEvent():
                return self._record_event(item)
            case Snapshot(step, packed):
                self._put_weights(partial(self._store.put_snapshot, self._run_id, step, packed))
            case Checkpoint(step, packed):
                self._put_weights(partial(self._store.put_checkpoint, self._run_id, step, packed))
            case Compiling():
                return self._dispatcher.compiling(self._key)
            case Paused():
                return self._dispatcher.paused(self._key, now)
            case Resumed():
                return self._dispatcher.running(self._key)
            case Ended(how, message):
                self.ended = True
                return self._dispatcher.ended(self._key, how, message)
        return []

    def _put_weights(self, put: Callable[[], object]) -> None:
        """Store weights, in their order, or let them wait for room: they hold up no event until too many wait."""
        try:
            self._writes.put(f"weights of {self._run_id}", put)
        except ValueError as error:
            # Those of a resumed run are there already, perhaps as another version wrote them.
            _log.warning("Weights of run %s are not stored: %s", self._run_id, error)

    def _record_event(self, item: RecordedEvent) -> list[Action]:
        started = unpack(item.packed) if item.kind == RunStarted.__name__ else None
        verdict = self._check.judge(item)
        if verdict == "contradicts":
            self._closed = True
            return self._dispatcher.failed(self._key, CONTRADICTION.format(step=item.step))
        if verdict == "new":
            self._new_events.append(item)
        if not isinstance(started, RunStarted):
            return []
        self._dataset_note = trained_on(started.dataset, started.dataset_sha256, started.train_images)
        return self._dispatcher.running(self._key)
