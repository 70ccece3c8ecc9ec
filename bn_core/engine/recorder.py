"""Recording one training on a worker: what is new of it, once, in its order."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial

from bn_core.data.datasets import TITLES
from bn_core.engine.items import Batch, Checkpoint, Compiling, Ended, Item, Paused, RecordedEvent, Resumed, Snapshot
from bn_core.engine.replay_check import ReplayCheck
from bn_core.engine.write_queue import WriteQueue
from bn_core.runs.store import Store
from bn_core.training.events import RunStarted, unpack

CONTRADICTION = (
    "Going on from its checkpoint, the run came out differently at step {step} than it is recorded: it was begun on "
    "another kind of processor, with other data or with another version of TensorFlow. What is recorded stays; start "
    "the same run again to have all of it."
)


@dataclass(frozen=True)
class Contradicted:
    """The training cannot be what the run's record should go on with."""

    cause: str


Change = Compiling | Paused | Resumed | Contradicted | Ended
"""What changes in the life of a run. `Resumed` also tells that its training begins."""


class Recorder:
    """One training, from its batches to the write queue.

    Args:
        run_id: the run.
        worker: address of the worker that trains it.
        recorded: packed events that earlier attempts recorded of it.

    Attributes:
        ended: whether the training is over.
        failures: how many times a batch could not be handled.
    """

    def __init__(self, store: Store, writes: WriteQueue, run_id: str, worker: str, recorded: Iterable[bytes]) -> None:
        self.worker = worker
        self.ended = False
        self.failures = 0
        self._store = store
        self._writes = writes
        self._run_id = run_id
        self._check = ReplayCheck(recorded)
        self._closed = False
        self._cursor = 0
        self._handled = 0
        self._changes: deque[Change] = deque()

    def record(self, batch: Batch) -> Iterator[Change]:
        """Queue what is new in the batch for the store, and yield what changes in the life of the run.

        The same batch may come again, whole. Where an exception ended this in the middle, here or in the caller's
        loop, it goes on where it was.
        """
        yield from self._unheeded()
        for item in batch.items[self._handled :] if batch.cursor > self._cursor else ():
            self._record(item)
            self._handled += 1
            yield from self._unheeded()
        self._cursor, self._handled = max(batch.cursor, self._cursor), 0

    def close(self) -> None:
        """Heed nothing any more but the training's end."""
        self._closed = True
        self._changes = deque(change for change in self._changes if isinstance(change, Ended))

    def _unheeded(self) -> Iterator[Change]:
        while self._changes:
            yield self._changes[0]
            self._changes.popleft()

    def _record(self, item: Item) -> None:
        if self._closed and not isinstance(item, Ended):
            return
        match item:
            case RecordedEvent():
                self._record_event(item)
            case Snapshot(step, packed):
                self._writes.put_snapshot(self._run_id, step, packed)
            case Checkpoint(step, packed):
                self._writes.put_checkpoint(self._run_id, step, packed)
            case Compiling() | Paused() | Resumed() | Ended():
                self.ended = isinstance(item, Ended)
                self._changes.append(item)

    def _record_event(self, item: RecordedEvent) -> None:
        started = unpack(item.packed) if item.kind == RunStarted.__name__ else None
        verdict = self._check.judge(item)
        if verdict == "contradicts":
            self.close()
            self._changes.append(Contradicted(CONTRADICTION.format(step=item.step)))
            return
        if verdict == "new":
            self._writes.append(self._run_id, item)
        if isinstance(started, RunStarted):
            title = TITLES.get(started.dataset, started.dataset)  # type: ignore[call-overload]
            note = f"{title}, {started.train_images:,} training images"
            self._writes.add(partial(self._store.set_dataset_note, self._run_id, note))
            self._changes.append(Resumed())
