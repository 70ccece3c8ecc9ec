"""Recording one training on a worker: what is new of it, once, in its order."""

from __future__ import annotations

import itertools
import logging
from collections import deque
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any, cast

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
    Resumed,
    Snapshot,
)
from bn_core.engine.replay_check import ReplayCheck
from bn_core.engine.wording import named
from bn_core.engine.write_queue import WriteQueue
from bn_core.runs.store import Store, StoreUnavailable
from bn_core.training.events import RecordedEvent, RunStarted, unpack

ATTEMPTS = 3
"""How often it is tried to handle a part of a batch."""

CONTRADICTION = (
    "Going on from its checkpoint, the run came out differently at step {step} than it is recorded: it was begun on "
    "another kind of processor, with other data or with another version of TensorFlow. What is recorded stays; start "
    "the same run again to have all of it."
)
NOT_RECORDED = (
    "What the training did could not be recorded: an error occurred that is not yours ({error}). What is recorded "
    "stays. Start the same run again; if it happens again, the engine's log has the details."
)

_log = logging.getLogger(__name__)


class Recorder:
    """One training, from its batches to the store and the dispatcher.

    A batch is taken apart into writes of the run's queue, each of which can be tried again: what the store cannot take
    now waits there, with all that follows.

    Args:
        worker: address of the worker that trains it.
        recorded: packed events that earlier attempts recorded of the run.
        do: carries out what the dispatcher decides.
        stored: called when all of a batch is in the store.

    Attributes:
        abandoned: set it when the worker is gone: what of this training is not stored will come again.
    """

    def __init__(
        self,
        key: Key,
        worker: str,
        recorded: Iterable[bytes],
        store: Store,
        writes: WriteQueue,
        dispatcher: Dispatcher,
        do: Callable[[Iterable[Action]], None],
        stored: Callable[[Recorder, Batch], object],
    ) -> None:
        self.key = key
        self.worker = worker
        self.abandoned = False
        self._run_id = key[0]
        self._check = ReplayCheck(recorded)
        self._store = store
        self._writes = writes
        self._dispatcher = dispatcher
        self._do = do
        self._stored = stored
        self._failed = False
        self._started: RunStarted | None = None

    def take(self, batch: Batch, now: float) -> None:
        """Queue what is to be done with each item, events that follow each other at once, and the acknowledgement."""
        for of_events, items in itertools.groupby(batch.items, lambda item: isinstance(item, RecordedEvent)):
            if of_events:
                self._queue(self._record_events, deque(items), [])
            else:
                for item in items:
                    self._queue(self._record, item, now)
        self._queue(self._stored, self, batch)

    def _queue(self, work: Callable[..., object], *arguments: Any) -> None:
        self._writes.add(self._run_id, partial(self._try, work, arguments))

    def _try(self, work: Callable[..., object], arguments: tuple[Any, ...]) -> None:
        """Do a part of a batch, or fail the run. Raise StoreUnavailable where it has to wait."""
        for attempt in range(ATTEMPTS):
            try:
                if not self.abandoned:
                    work(*arguments)
                return
            except StoreUnavailable:
                raise
            except Exception as error:
                _log.exception("What run %s did could not be recorded", self._run_id)
                if attempt == ATTEMPTS - 1:
                    self._fail(NOT_RECORDED.format(error=named(error)))

    def _fail(self, cause: str) -> None:
        """Record nothing any more, and heed only the training's end."""
        self._failed = True
        self._do(self._dispatcher.failed(self.key, cause))

    def _record_events(self, waiting: deque[RecordedEvent], new: list[RecordedEvent]) -> None:
        """Store what is new of the events that wait. Both lists keep how far this came."""
        while waiting and not self._failed:
            self._judge(waiting[0], new)
            waiting.popleft()
        if new:
            self._store.append(self._run_id, new)
            new.clear()
        if (started := self._started) is not None and not self._failed:
            note = trained_on(started.dataset, started.dataset_sha256, started.train_images)
            self._store.set_dataset_note(self._run_id, note)
            self._do(self._dispatcher.running(self.key))
            self._started = None

    def _judge(self, item: RecordedEvent, new: list[RecordedEvent]) -> None:
        if item.kind == RunStarted.__name__:
            self._started = cast(RunStarted, unpack(item.packed))
        match self._check.judge(item):
            case "new":
                new.append(item)
            case "contradicts":
                self._fail(CONTRADICTION.format(step=item.step))

    def _record(self, item: Item, now: float) -> None:
        match item:
            case Ended(how, message):
                self._do(self._dispatcher.ended(self.key, how, message))
            case _ if self._failed:
                pass
            case Snapshot(step, packed):
                self._put_weights(partial(self._store.put_snapshot, self._run_id, step, packed))
            case Checkpoint(step, packed):
                self._put_weights(partial(self._store.put_checkpoint, self._run_id, step, packed))
            case Compiling():
                self._do(self._dispatcher.compiling(self.key))
            case Paused():
                self._do(self._dispatcher.paused(self.key, now))
            case Resumed():
                self._do(self._dispatcher.running(self.key))

    def _put_weights(self, put: Callable[[], object]) -> None:
        """Store weights, in their order, or let them wait for room: they hold up no event until too many wait."""
        try:
            self._writes.put(f"weights of {self._run_id}", put)
        except ValueError as error:
            # Those of a resumed run are there already, perhaps as another version wrote them.
            _log.warning("Weights of run %s are not stored: %s", self._run_id, error)
