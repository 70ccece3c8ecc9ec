"""Recording one training on a worker: what is new of it, once, in its order."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from functools import partial
from typing import cast

from bn_core.config import DatasetName
from bn_core.data.datasets import TITLES
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


class Recorder:
    """One training, from its batches to the write queue and the dispatcher.

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
        self._actions: deque[Action] = deque()

    def record(self, batch: Batch, now: float) -> Iterator[Action]:
        """Queue what is new in the batch for the store, and yield what is to be done because of it.

        The same batch may come again, whole. Where an exception ended this in the middle, here or in the caller's
        loop, it goes on where it was.
        """
        yield from self._not_done()
        for item in batch.items[self._handled :] if batch.cursor > self._cursor else ():
            if not self._closed or isinstance(item, Ended):
                self._actions += self._record(item, now)
            self._handled += 1
            yield from self._not_done()
        self._cursor, self._handled = max(batch.cursor, self._cursor), 0

    def fail(self, cause: str) -> list[Action]:
        """Record nothing any more, and heed only the training's end: the run fails."""
        self._closed = True
        return self._dispatcher.failed(self._key, cause)

    def _not_done(self) -> Iterator[Action]:
        while self._actions:
            yield self._actions[0]
            self._actions.popleft()

    def _record(self, item: Item, now: float) -> list[Action]:
        match item:
            case RecordedEvent():
                return self._record_event(item)
            case Snapshot(step, packed):
                self._writes.put_snapshot(self._run_id, step, packed)
            case Checkpoint(step, packed):
                self._writes.put_checkpoint(self._run_id, step, packed)
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

    def _record_event(self, item: RecordedEvent) -> list[Action]:
        started = unpack(item.packed) if item.kind == RunStarted.__name__ else None
        verdict = self._check.judge(item)
        if verdict == "contradicts":
            return self.fail(CONTRADICTION.format(step=item.step))
        if verdict == "new":
            self._writes.append(self._run_id, item)
        if not isinstance(started, RunStarted):
            return []
        title = TITLES.get(cast(DatasetName, started.dataset), started.dataset)
        note = f"{title}, {started.train_images:,} training images"
        self._writes.add(partial(self._store.set_dataset_note, self._run_id, note))
        return self._dispatcher.running(self._key)
