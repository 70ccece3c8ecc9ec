"""Between policy, workers and store: carries out what the policy decides and records what the trainings say."""

from __future__ import annotations

import logging
import threading
import time
from collections import defaultdict, deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import partial
from typing import Protocol

from bn_core.config import TrainingConfig
from bn_core.data.datasets import TITLES
from bn_core.engine.actions import (
    Action,
    Fetch,
    Mark,
    MarkFailed,
    MarkStopped,
    Place,
    Prepare,
    Tell,
    WarmExaminer,
    WarmUp,
)
from bn_core.engine.control import Word
from bn_core.engine.inquiry import Inquiry
from bn_core.engine.items import RecordedEvent
from bn_core.engine.ledger import Ledger
from bn_core.engine.messages import (
    Batch,
    CheckpointReady,
    Compiling,
    Ended,
    Held,
    Item,
    Recorded,
    Released,
    SnapshotReady,
)
from bn_core.engine.policy import ENGINE_DIED, ENGINE_ENDED, Condition, Policy
from bn_core.engine.question_desk import Finder, QuestionDesk
from bn_core.engine.recollection import Recollection
from bn_core.engine.reports import (
    CheckpointFetched,
    Chore,
    Connected,
    Disconnected,
    Done,
    Gathered,
    Joined,
    Left,
    NotDone,
    NotReplied,
    Replied,
    Report,
    Said,
    SnapshotFetched,
    TaskFailed,
    TaskLost,
)
from bn_core.engine.worker import Assignment, Key
from bn_core.runs.records import ENDED, EngineStatus, Request, Status
from bn_core.runs.store import Store, StoreUnavailable
from bn_core.training.events import Event, Failed, RunStarted, Stopped, is_scheduled, unpack

TICK_SECONDS = 0.5
HEARTBEAT_SECONDS = 1.0
SECONDS_UNTIL_READ_AGAIN = 0.5
SECONDS_BETWEEN_COMPLAINTS = 60.0
RECHECK_SECONDS = 5.0
"""How often the queue is compared with the store's, which is the truth."""

CONTRADICTION = (
    "Going on from its checkpoint, the run came out differently at step {step} than it is recorded: it was begun on "
    "another kind of processor, with other data or with another version of TensorFlow. What is recorded stays; start "
    "the same run again to have all of it."
)
OTHER_VERSION = "Its worker runs another version of Batch Norm Lab: install this one there, then start the run again."

_log = logging.getLogger(__name__)


class Workers(Protocol):
    """What the director asks of a cluster. Every method returns at once; see `cluster.Cluster`."""

    def place(self, address: str, assignment: Assignment) -> None: ...

    def tell(self, address: str, key: Key, word: Word) -> None: ...

    def acknowledge(self, address: str, numbers: dict[Key, int]) -> None: ...

    def release(self, address: str, key: Key) -> None: ...

    def fetch_snapshot(self, address: str, key: Key, step: int) -> None: ...

    def fetch_checkpoint(self, address: str, key: Key) -> None: ...

    def answer(self, address: str, inquiry: Inquiry) -> None: ...

    def do(self, chore: Chore) -> None: ...


@dataclass
class _Recording:
    """What the director knows of one training on a worker.

    Attributes:
        batches: how many batches of images the run has.
        next_number: of the batch that is expected.
        step: of the latest event that was said.
        snapshots: the steps of those that were announced and are not in the ledger, so that all events up to the last
            are.
        announced: the step of the latest of them all.
        fetching_snapshot: whether one is on its way.
        ready: the step of the latest checkpoint that was announced, so that all events up to it are in the ledger.
        fetching: whether a checkpoint is on its way.
        early: a checkpoint that is here before its announcement, or before a snapshot of an earlier moment.
        kept: the step of the latest checkpoint in the ledger.
        ended: whether the training is over.
        broken: whether it said what cannot be true, so that only its end is waited for.
        stored: the number of the latest batch in the store.
    """

    worker: str
    recollection: Recollection
    batches: int
    next_number: int = 1
    step: int = -1
    snapshots: deque[int] = field(default_factory=deque)
    announced: int = -1
    fetching_snapshot: bool = False
    ready: int = -1
    fetching: bool = False
    early: tuple[int, bytes] | None = None
    kept: int = -1
    ended: bool = False
    broken: bool = False
    stored: int = 0


@dataclass
class _Every:
    """Something to do again and again."""

    seconds: float
    last: float = field(default=float("-inf"))

    def due(self, now: float) -> bool:
        if now - self.last < self.seconds:
            return False
        self.last = now
        return True


class Director:
    """The engine's one decision maker and the only writer of running runs. For one thread.

    Args:
        finder: who looks for what a question needs.
        budget_bytes: how large the store may grow.
        clock: seconds on a clock that only goes forward.
    """

    def __init__(
        self,
        store: Store,
        workers: Workers,
        finder: Finder,
        budget_bytes: int,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store = store
        self._workers = workers
        self._budget_bytes = budget_bytes
        self._clock = clock
        self._policy = Policy()
        self._ledger = Ledger(store, clock)
        self._desk = QuestionDesk(store, workers, finder, self._policy, self._ledger, self._is_coming)
        self._recordings: dict[Key, _Recording] = {}
        self._addresses: set[str] = set()
        self._unreachable: str | None = None
        self._said: Condition | None = None
        self._read_again = float("-inf")
        self._complained: dict[str, float] = {}
        self._begun = False
        self._ending = False
        self._tick = _Every(TICK_SECONDS)
        self._heartbeat = _Every(HEARTBEAT_SECONDS)
        self._recheck = _Every(RECHECK_SECONDS)
        self._housekeeping: threading.Thread | None = None

    def look(self) -> None:
        """Takes requests, does what is due by now and writes what is to be written. Called some 60 times a second."""
        now = self._clock()
        if not self._begun and not self._begin(now):
            return
        if not self._ending and now >= self._read_again:
            try:
                self._take_requests()
                self._desk.look(now)
                if self._recheck.due(now):
                    self._follow_queue()
            except StoreUnavailable as problem:
                self._read_again = now + SECONDS_UNTIL_READ_AGAIN
                self._complain(f"Requests cannot be read: {problem}")
        if self._tick.due(now):
            self._do(self._policy.tick(now))
        # Those that had to wait for the ledger.
        for key, recording in self._recordings.items():
            self._fetch_snapshot(key, recording)
        self._ledger.flush()
        condition = self._policy.condition
        if self._heartbeat.due(now):
            self._acknowledge()
            self._say(condition)
        elif condition != self._said:
            self._say(condition)

    def hear(self, report: Report) -> None:
        """Does what follows from this report."""
        match report:
            case Connected():
                self._unreachable = None
            case Disconnected(problem):
                self._unreachable = problem
                for address in list(self._addresses):
                    self._left(address)
            case Joined(address):
                self._drop_recordings(address)
                self._desk.worker_left(address)
                self._addresses.add(address)
                self._do(self._policy.worker_joined(address))
            case Left(address):
                self._left(address)
            case Said(batch):
                self._record(batch)
            case Done(chore, inventory):
                match chore:
                    case WarmUp(address):
                        self._do(self._policy.warmed_up(address, inventory))
                    case Prepare(address, _):
                        self._do(self._policy.prepared(address, inventory))
                    case Fetch(address, dataset):
                        self._do(self._policy.fetched(address, dataset, inventory))
                    case WarmExaminer(address, _):
                        self._policy.examined(address, inventory)
            case NotDone(Fetch(address, dataset), problem):
                self._do(self._policy.fetch_failed(address, dataset, problem))
            case NotDone(WarmExaminer(address, config), problem):
                _log.warning("A worker could not get ready for questions: %s", problem)
                self._policy.examiner_failed(address, config)
            case NotDone(WarmUp(address) | Prepare(address, _), problem):
                _log.warning("A worker could not get ready: %s", problem)
                self._do(
                    self._policy.tracing_failed(
                        address, f"Training is not possible: a worker could not get ready ({problem})."
                    )
                )
            case Gathered(question, finding):
                self._desk.gathered(question, finding, self._clock())
            case Replied(question_id, address, outcome, inventory):
                self._policy.examined(address, inventory)
                self._desk.replied(question_id, outcome)
            case NotReplied(question_id, address):
                self._policy.examined(address, None)
                self._desk.not_replied(question_id)
            case SnapshotFetched(run_id, attempt, step, packed):
                self._keep_snapshot((run_id, attempt), step, packed)
            case CheckpointFetched(run_id, attempt, checkpoint):
                self._checkpoint_fetched((run_id, attempt), checkpoint)
            case TaskLost(run_id, attempt):
                self._recordings.pop((run_id, attempt), None)
                self._do(self._policy.lost(run_id, attempt))
            case TaskFailed(run_id, attempt, problem):
                self._recordings.pop((run_id, attempt), None)
                cause = f"Its worker could not train it ({problem}). Try it again; the engine's log has the details."
                self._do(self._policy.broken(run_id, attempt, cause))
                self._do(self._policy.ended(run_id, attempt, "failed", cause))

    def end(self) -> None:
        """Has every training leave with a checkpoint; see `done`."""
        self._ending = True
        self._do(self._policy.end())

    @property
    def done(self) -> bool:
        """Whether all trainings have left and everything is written."""
        return not self._policy.placed and not self._recordings and self._ledger.empty

    def give_up(self) -> None:
        """Records as interrupted whatever has not left, and that the engine is off."""
        self._do(self._policy.give_up())
        self._ledger.flush()
        if not self._ledger.empty:
            _log.error("The engine ends before all could be written: %s", self._ledger.problem)
        try:
            self._store.interrupt_all(ENGINE_ENDED)
            self._store.put_back_questions()
            self._store.set_engine(EngineStatus("off", heartbeat=time.time()))
        except StoreUnavailable as problem:
            _log.error("The engine's end could not be recorded: %s", problem)

    # Requests

    def _begin(self, now: float) -> bool:
        if now < self._read_again:
            return False
        try:
            left = self._store.interrupt_all(ENGINE_DIED)
            self._store.put_back_questions()
        except StoreUnavailable as problem:
            self._read_again = now + SECONDS_UNTIL_READ_AGAIN
            self._complain(f"The engine cannot begin yet: {problem}")
            return False
        for run_id in left:
            _log.info("Run %s was left by an engine that died", run_id)
        self._begun = True
        self._make_room()
        return True

    def _take_requests(self) -> None:
        for request in self._store.take_requests():
            try:
                self._do(self._answer(request))
            except Exception:
                _log.exception("This request could not be done: %s", request)

    def _answer(self, request: Request) -> list[Action]:
        run_id = request.run_id or ""
        match request.kind:
            case "start":
                record = self._store.run(run_id)
                return [] if record is None or record.status != "queued" else self._policy.start(run_id, record.config)
            case "stop":
                return self._policy.stop(run_id)
            case "pause":
                return self._policy.pause(run_id)
            case "resume":
                return self._policy.resume(run_id)
            case "step":
                return self._policy.step(run_id)
            case "prepare":
                return self._policy.prepare(TrainingConfig.of(request.argument))

    def _follow_queue(self) -> None:
        """Takes up what is queued without a request to say so: all of it at the engine's start."""
        if not self._ledger.empty:
            # Some of it may have been placed since.
            return
        for record in self._store.queued():
            self._do(self._policy.start(record.id, record.config))

    # What the policy decides

    def _do(self, actions: Iterable[Action]) -> None:
        for action in actions:
            match action:
                case Place():
                    self._place(action)
                case Tell(run_id, attempt, worker, word):
                    self._workers.tell(worker, (run_id, attempt), word)
                case Mark(run_id, status, message, worker):
                    self._mark(run_id, status, message, worker)
                case MarkStopped(run_id):
                    self._mark_with_event(run_id, "stopped", None, Stopped)
                case MarkFailed(run_id, cause):
                    self._mark_with_event(run_id, "failed", cause, partial(Failed, cause=cause, layer=None))
                case WarmUp() | Prepare() | Fetch() | WarmExaminer():
                    self._workers.do(action)

    def _place(self, action: Place) -> None:
        self._ledger.flush()
        try:
            if not self._ledger.empty:
                raise StoreUnavailable(self._ledger.problem or "Not all is written yet.")
            recorded = [packed for _, packed in self._store.events_after(action.run_id, 0)]
            checkpoint = self._store.checkpoint(action.run_id)
            if action.claim is not None and not self._store.set_status(
                action.run_id, action.claim, worker=action.worker, only_from=("queued",)
            ):
                return self._do(self._policy.withdrawn(action.run_id))
        except StoreUnavailable as problem:
            self._complain(f"Run {action.run_id} waits for the store: {problem}")
            return self._do(self._policy.put_back(action.run_id))
        key = action.run_id, action.attempt
        self._recordings[key] = _Recording(action.worker, Recollection(recorded), action.config.batches)
        self._workers.place(action.worker, Assignment(key, action.config.to_json(), action.steps, checkpoint))
        return None

    def _mark(self, run_id: str, status: Status, message: str | None, worker: str | None) -> None:
        self._ledger.add(partial(self._store.set_status, run_id, status, message=message, worker=worker))
        if status in ENDED:
            _log.info("Run %s: %s%s", run_id, status, f" ({message})" if message else "")
            self._make_room()

    def _mark_with_event(
        self, run_id: str, status: Status, message: str | None, last_event: Callable[[int], Event]
    ) -> None:
        """Records an end that the training did not say itself, after all that it said."""

        def record_event() -> None:
            record = self._store.run(run_id)
            if record is not None and record.active:
                self._store.append(run_id, [RecordedEvent.of(last_event(record.step))])

        self._ledger.add(record_event)
        self._mark(run_id, status, message, None)

    # What trainings say

    def _record(self, batch: Batch) -> None:
        key = batch.run_id, batch.attempt
        recording = self._recordings.get(key)
        # Of a training that is over, or said before, or after one that is missing: it will be said again.
        if recording is None or batch.number != recording.next_number:
            return
        recording.next_number += 1
        events: list[RecordedEvent] = []
        for item in batch.items:
            if isinstance(item, Recorded):
                self._judge(key, recording, item.packed, events)
            else:
                self._append(batch.run_id, events)
                self._heed(key, recording, item)
        self._append(batch.run_id, events)
        self._ledger.add(lambda: None, then=partial(setattr, recording, "stored", batch.number))
        self._release_if_over(key, recording)

    def _judge(self, key: Key, recording: _Recording, packed: bytes, events: list[RecordedEvent]) -> None:
        """Adds the event to those that are to be recorded, if it is new. One that cannot be true ends the run."""
        if recording.broken:
            return
        cause = None
        try:
            event = unpack(packed)
        except ValueError:
            cause = OTHER_VERSION
        else:
            recording.step = event.step
            verdict = recording.recollection.judge(event)
            if verdict == "contradicts":
                cause = CONTRADICTION.format(step=event.step)
            elif verdict == "new":
                events.append(
                    RecordedEvent(type(event).__name__, event.step, getattr(event, "milliseconds", None), packed)
                )
        if cause is not None:
            recording.broken = True
            self._append(key[0], events)
            self._do(self._policy.broken(*key, cause))
        elif isinstance(event, RunStarted):
            self._note_dataset(key[0], event)
            self._do(self._policy.running(*key))

    def _append(self, run_id: str, events: list[RecordedEvent]) -> None:
        """Moves these events to the ledger."""
        if events:
            self._ledger.add(partial(self._store.append, run_id, tuple(events)))
            events.clear()

    def _heed(self, key: Key, recording: _Recording, item: Item) -> None:
        match item:
            case Compiling():
                self._do(self._policy.compiling(*key))
            case Held():
                self._do(self._policy.held(*key, self._clock()))
            case Released():
                self._do(self._policy.running(*key))
            case SnapshotReady(step) if not recording.broken:
                recording.announced = step
                recording.snapshots.append(step)
                self._fetch_snapshot(key, recording)
            case CheckpointReady(step) if not recording.broken:
                recording.ready = step
                self._keep_checkpoint(key, recording)
            case Ended(how, message):
                recording.ended = True
                if how != "left":
                    # What is over needs none.
                    recording.ready = recording.kept
                self._do(self._policy.ended(*key, how, message))

    def _note_dataset(self, run_id: str, started: RunStarted) -> None:
        title = next((title for name, title in TITLES.items() if name == started.dataset), started.dataset)
        note = f"{title}, {started.train_images:,} training images"
        self._ledger.add(partial(self._store.set_dataset_note, run_id, note))

    def _is_coming(self, run_id: str, step: int) -> bool:
        """Whether a snapshot of this step is on its way, or about to be announced: what was said of the run ends at
        this step."""
        return self._ledger.has_snapshot(run_id, step) or any(
            step in recording.snapshots
            or (
                recording.announced < step == recording.step
                and is_scheduled(step, recording.batches)
                and not recording.ended
            )
            for key, recording in self._recordings.items()
            if key[0] == run_id
        )

    def _fetch_snapshot(self, key: Key, recording: _Recording) -> None:
        if recording.snapshots and not recording.fetching_snapshot and self._ledger.has_room:
            recording.fetching_snapshot = True
            self._workers.fetch_snapshot(recording.worker, key, recording.snapshots[0])

    def _keep_snapshot(self, key: Key, step: int, packed: bytes | None) -> None:
        recording = self._recordings.get(key)
        if recording is None:
            return
        recording.fetching_snapshot = False
        recording.snapshots.popleft()
        if packed is not None:
            self._ledger.put_snapshot(key[0], step, packed)
        self._fetch_snapshot(key, recording)
        self._keep_checkpoint(key, recording)
        self._release_if_over(key, recording)

    def _fetch_checkpoint(self, key: Key, recording: _Recording) -> None:
        if not recording.fetching and recording.early is None and recording.ready > recording.kept:
            recording.fetching = True
            self._workers.fetch_checkpoint(recording.worker, key)

    def _checkpoint_fetched(self, key: Key, checkpoint: tuple[int, bytes] | None) -> None:
        recording = self._recordings.get(key)
        if recording is None:
            return
        recording.fetching = False
        recording.early = checkpoint
        if checkpoint is None:
            recording.kept = recording.ready
        self._keep_checkpoint(key, recording)
        self._release_if_over(key, recording)

    def _keep_checkpoint(self, key: Key, recording: _Recording) -> None:
        """Moves the checkpoint that is here to the ledger, unless what comes before it is still under way.

        Who goes on from it would not make that again.
        """
        if recording.early is not None:
            step, _ = recording.early
            if step > recording.ready or any(snapshot <= step for snapshot in recording.snapshots):
                return
            self._ledger.put_checkpoint(key[0], *recording.early)
            recording.kept, recording.early = step, None
        self._fetch_checkpoint(key, recording)

    def _release_if_over(self, key: Key, recording: _Recording) -> None:
        everything_here = recording.kept >= recording.ready and not recording.snapshots
        if recording.ended and everything_here and key in self._recordings:
            del self._recordings[key]
            self._workers.release(recording.worker, key)

    def _left(self, address: str) -> None:
        self._addresses.discard(address)
        self._desk.worker_left(address)
        self._drop_recordings(address)
        self._do(self._policy.worker_left(address))

    def _drop_recordings(self, address: str) -> None:
        for key in [key for key, recording in self._recordings.items() if recording.worker == address]:
            del self._recordings[key]

    # What is due

    def _acknowledge(self) -> None:
        numbers: defaultdict[str, dict[Key, int]] = defaultdict(dict)
        for key, recording in self._recordings.items():
            numbers[recording.worker][key] = recording.stored
        for address in self._addresses:
            self._workers.acknowledge(address, numbers[address])

    def _say(self, condition: Condition) -> None:
        self._said = condition
        state, message = condition.state, condition.message
        if self._unreachable is not None:
            state, message = "unavailable", self._unreachable
        elif self._ledger.problem is not None:
            message = f"{self._ledger.problem} Nothing is lost: the runs wait, and go on by themselves."
        status = EngineStatus(
            state,
            message,
            workers=condition.workers,
            busy=condition.busy,
            warm=condition.warm,  # type: ignore[arg-type]
            heartbeat=time.time(),
        )
        try:
            self._store.set_engine(status)
        except StoreUnavailable as problem:
            self._complain(f"The engine's state cannot be recorded: {problem}")

    def _complain(self, sentence: str) -> None:
        """Logs trouble that is met again and again, but not each time."""
        now = self._clock()
        if now - self._complained.get(sentence, float("-inf")) >= SECONDS_BETWEEN_COMPLAINTS:
            self._complained[sentence] = now
            _log.warning(sentence)

    def _make_room(self) -> None:
        """Keeps the store within its budget, in a thread of its own: it may take seconds."""
        if self._housekeeping is None or not self._housekeeping.is_alive():
            self._housekeeping = threading.Thread(target=self._clean, name="housekeeping", daemon=True)
            self._housekeeping.start()

    def _clean(self) -> None:
        try:
            for removed in self._store.make_room(self._budget_bytes):
                _log.info("The store is over its budget: removed %s", removed)
        except StoreUnavailable as problem:
            _log.warning("No room can be made in the store: %s", problem)
