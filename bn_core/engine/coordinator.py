"""Between dispatcher, workers and store: carries out what the dispatcher decides and has recorded what trainings do."""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial
from queue import Empty, SimpleQueue
from typing import Protocol

from bn_core.config import TrainingConfig
from bn_core.engine import reports
from bn_core.engine.actions import Action, Chore, GiveCommand, Mark, MarkEnded, Place
from bn_core.engine.dispatcher import ENGINE_DIED, ENGINE_ENDED, Dispatcher
from bn_core.engine.inquiry import Inquiry
from bn_core.engine.items import Assignment, Batch, Command, Ended, Key
from bn_core.engine.question_queue import QuestionQueue
from bn_core.engine.recorder import Recorder
from bn_core.engine.sweep_feed import SweepFeed
from bn_core.engine.wording import named
from bn_core.engine.write_queue import WriteQueue
from bn_core.runs.records import ENDED, EngineStatus, Request, Status, StoredQuestion
from bn_core.runs.store import Store, StoreUnavailable
from bn_core.runs.turns import Waiting
from bn_core.training.events import Failed, RecordedEvent, Stopped

SECONDS_BETWEEN_LOOKS = 0.015
"""How long a request waits in the store at most before it is taken."""

SECONDS_AFTER_TROUBLE = 0.5
TICK_SECONDS = 0.5
HEARTBEAT_SECONDS = 1.0
SECONDS_UNTIL_READ_AGAIN = 0.5
SECONDS_BETWEEN_COMPLAINTS = 60.0
RECHECK_SECONDS = 5.0
"""How often the queue is compared with the store's, which is the truth."""

SWEEP_SECONDS = 0.1
"""How often it is seen whether a sweep has work for a worker that has none."""

TURNS = "turns"
"""Name of the queue of writes."""

NOT_BEGUN = "Its worker could not train it ({problem}). Try it again; the engine's log has the details."

_log = logging.getLogger(__name__)


class Workers(Protocol):
    """What the coordinator asks of a cluster. Every method returns at once; see `cluster.Cluster`."""

    def place(self, address: str, assignment: Assignment) -> None: ...

    def command(self, address: str, key: Key, command: Command) -> None: ...

    def stored(self, address: str, key: Key, cursor: int) -> None: ...

    def release(self, address: str, key: Key) -> None: ...

    def answer(self, address: str, inquiry: Inquiry) -> None: ...

    def do(self, chore: Chore) -> None: ...

    def want(self, trainings: int) -> None: ...


class Coordinator:
    """The engine's one decision maker and the only writer of running runs. For one thread.

    Args:
        gather: has what a question needs looked for and reported: see `question_lookup.QuestionLookup`.
        budget_bytes: how large the store may grow.
        clock: seconds on a clock that only goes forward.
    """

    def __init__(
        self,
        store: Store,
        workers: Workers,
        gather: Callable[[StoredQuestion], None],
        budget_bytes: int,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store = store
        self._workers = workers
        self._budget_bytes = budget_bytes
        self._clock = clock
        self._dispatcher = Dispatcher()
        self._writes = WriteQueue(clock)
        self._questions = QuestionQueue(store, workers.answer, gather, self._dispatcher.examiners, self._writes)
        self._sweeps = SweepFeed(store, self._dispatcher)
        self._recorders: dict[Key, Recorder] = {}
        self._reported: EngineStatus | None = None
        self._done_at: dict[str, float] = {}
        self._read_again = float("-inf")
        self._begun = False
        self._ending = False
        self._housekeeping: threading.Thread | None = None

    def work(self, inbox: SimpleQueue[reports.Report]) -> None:
        """Handle what was reported, waiting briefly where nothing was, and do the rest of what is due."""
        try:
            with contextlib.suppress(Empty):
                self.hear(inbox.get(timeout=SECONDS_BETWEEN_LOOKS))
                while True:
                    self.hear(inbox.get_nowait())
            self.look()
        except Exception:
            # The host ends for no single run's sake.
            _log.exception("Something went wrong in the engine's host; it goes on")
            time.sleep(SECONDS_AFTER_TROUBLE)

    def look(self) -> None:
        """Take requests, do what is due by now and write what is to be written. Called some 60 times a second."""
        now = self._clock()
        if not self._begun and not self._begin(now):
            return
        if not self._ending and now >= self._read_again:
            try:
                self._take_requests()
                self._questions.look(now)
                # Where writes wait, the store does not know yet who has ended.
                if self._writes.empty and self._due("sweeps", SWEEP_SECONDS) and self._sweeps.look():
                    self._follow_queue()
                if self._due("recheck", RECHECK_SECONDS):
                    self._follow_queue()
                    self._workers.want(self._dispatcher.waiting + self._sweeps.waiting())
            except StoreUnavailable as problem:
                self._read_again = now + SECONDS_UNTIL_READ_AGAIN
                self._complain(f"Requests cannot be read: {problem}")
        if self._due("tick", TICK_SECONDS):
            self._do(self._dispatcher.tick(now))
        self._writes.flush()
        self._report_status()

    def hear(self, report: reports.Report) -> None:
        """Do what follows from this report."""
        match report:
            case reports.Connected():
                self._dispatcher.connected()
            case reports.Disconnected(problem):
                for address in self._dispatcher.workers:
                    self._forget_worker(address)
                self._do(self._dispatcher.disconnected(problem))
            case reports.Joined(address):
                self._forget_worker(address)
                self._do(self._dispatcher.worker_joined(address))
            case reports.Left(addresses, how):
                for address in addresses:
                    self._forget_worker(address)
                self._do(self._dispatcher.workers_left(*addresses, how=how))
            case reports.Unusable(address, reason):
                _log.warning("Worker %s cannot be used: %s", address, reason)
                self._dispatcher.unusable(address, reason)
            case reports.Read(key, batch):
                # None of a training that is over.
                if (recorder := self._recorders.get(key)) is not None:
                    recorder.take(batch, self._clock())
            case reports.TrainingFailed(key, problem):
                self._recorders.pop(key, None)
                self._cannot_be_trained(key, problem)
            case reports.Done(chore, inventory):
                self._do(self._dispatcher.done(chore, inventory))
            case reports.NotDone(chore, problem):
                _log.warning("Worker %s could not do the chore %s: %s", chore.worker, chore.call, problem)
                self._do(self._dispatcher.not_done(chore, problem))
            case reports.Gathered(question, finding):
                self._questions.gathered(question, finding, self._clock())
            case reports.Replied(question_id, address, outcome, inventory):
                self._dispatcher.examiners.done(address, inventory)
                self._questions.replied(question_id, outcome)

    def end(self) -> None:
        """Have every training leave with a checkpoint; see `done`."""
        self._ending = True
        self._do(self._dispatcher.end())

    @property
    def done(self) -> bool:
        """Whether all trainings have left and everything is written."""
        return not self._dispatcher.placed and not self._recorders and self._writes.empty

    def give_up(self) -> None:
        """Record as interrupted whatever has not left, and that the engine is off."""
        self._do(self._dispatcher.give_up())
        self._writes.flush()
        if not self._writes.empty:
            _log.error("The engine ends before all could be written: %s", self._writes.problem)
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
            self._sweeps.begin()
            self._dispatcher.remember(self._store.turns())
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
                waiting = (one for one in self._store.waiting() if one.id == run_id)
                return [action for one in waiting for action in self._take_up(one)]
            case "prepare":
                return self._dispatcher.prepare(TrainingConfig.of(request.argument))
            case command:
                return self._dispatcher.command(run_id, command)

    def _follow_queue(self) -> None:
        """Take up what is queued without a request to say so: all of it at the engine's start."""
        if not self._writes.empty:
            # Some of it may have been placed since.
            return
        known = self._dispatcher.runs
        for waiting in self._store.waiting():
            if waiting.id not in known:
                self._do(self._take_up(waiting))

    def _take_up(self, waiting: Waiting) -> list[Action]:
        record = self._store.run(waiting.id)
        return [] if record is None else self._dispatcher.start(waiting, record.config)

    # What the dispatcher decides

    def _do(self, actions: Iterable[Action]) -> None:
        for action in actions:
            match action:
                case Place():
                    self._place(action)
                case GiveCommand(key, worker, command):
                    self._workers.command(worker, key, command)
                case Mark(run_id, status, message, worker):
                    self._mark(run_id, status, message, worker)
                case MarkEnded(run_id, status, cause):
                    self._writes.add(run_id, partial(self._append_end, run_id, cause))
                    self._mark(run_id, status, cause, None)
                case _:
                    self._workers.do(action)

    def _place(self, action: Place) -> None:
        run_id, turn = action.run_id, action.turn
        if turn is not None:
            # Also where the run cannot be placed: dispatcher and store count the same turns.
            self._writes.add(TURNS, partial(self._store.take_turn, turn.browser, turn.address))
        try:
            record = self._store.run(run_id)
            events = [packed for _, packed in self._store.events(run_id)]
            checkpoint = self._store.checkpoint(run_id)
            recorder = Recorder(
                action.key, action.worker, events, self._store, self._writes, self._dispatcher, self._do, self._stored
            )
            if action.claim is not None and not self._store.set_status(
                run_id, action.claim, worker=action.worker, only_from=("queued",)
            ):
                return self._do(self._dispatcher.withdrawn(run_id))
        except StoreUnavailable as problem:
            self._complain(f"Run {run_id} waits for the store: {problem}")
            return self._do(self._dispatcher.put_back(run_id))
        except Exception as error:
            _log.exception("Run %s cannot go on from what is recorded of it", run_id)
            return self._cannot_be_trained(action.key, named(error))
        self._recorders[action.key] = recorder
        recording = "everything" if record is None else record.recording
        self._workers.place(action.worker, Assignment(action.key, action.config, action.steps, checkpoint, recording))
        return None

    def _mark(self, run_id: str, status: Status, message: str | None, worker: str | None) -> None:
        self._writes.add(run_id, partial(self._store.set_status, run_id, status, message=message, worker=worker))
        if status in ENDED:
            _log.info("Run %s: %s%s", run_id, status, f" ({message})" if message else "")
            self._make_room()

    def _append_end(self, run_id: str, cause: str | None) -> None:
        """Record an end that the training did not report itself, after all that it did report."""
        record = self._store.run(run_id)
        if record is not None and record.active:
            event = Stopped(record.step) if cause is None else Failed(record.step, cause, None)
            self._store.append(run_id, [RecordedEvent.of(event)])

    # What trainings do

    def _stored(self, recorder: Recorder, batch: Batch) -> None:
        """Acknowledge a batch; forget a training that has ended."""
        self._workers.stored(recorder.worker, recorder.key, batch.cursor)
        if batch.items and isinstance(batch.items[-1], Ended):
            del self._recorders[recorder.key]
            self._workers.release(recorder.worker, recorder.key)

    def _cannot_be_trained(self, key: Key, problem: str) -> None:
        """Fail a run that its worker does not have, though it was placed there."""
        cause = NOT_BEGUN.format(problem=problem)
        self._do(self._dispatcher.failed(key, cause))
        self._do(self._dispatcher.ended(key, "failed", cause))

    def _forget_worker(self, address: str) -> None:
        self._questions.worker_left(address)
        for recorder in [recorder for recorder in self._recorders.values() if recorder.worker == address]:
            recorder.abandoned = True
            del self._recorders[recorder.key]

    # The engine's own state

    def _report_status(self) -> None:
        """Record the engine's state when it changes, and every second: also while nothing else can be written."""
        status = self._dispatcher.condition
        if self._writes.problem is not None and status.state != "unavailable":
            message = f"{self._writes.problem} Nothing is lost: the runs wait, and go on by themselves."
            status = replace(status, message=message)
        if not self._due("heartbeat", HEARTBEAT_SECONDS) and status == self._reported:
            return
        self._reported = status
        try:
            self._store.set_engine(replace(status, heartbeat=time.time()))
        except StoreUnavailable as problem:
            self._complain(f"The engine's state cannot be recorded: {problem}")

    def _due(self, what: str, seconds: float) -> bool:
        """Return whether this was not done for so many seconds, and note that it is done now."""
        now = self._clock()
        due = now - self._done_at.get(what, float("-inf")) >= seconds
        if due:
            self._done_at[what] = now
        return due

    def _complain(self, sentence: str) -> None:
        """Log trouble that is met again and again, but not each time."""
        if self._due(sentence, SECONDS_BETWEEN_COMPLAINTS):
            _log.warning(sentence)

    def _make_room(self) -> None:
        """Keep the store within its budget, in a thread of its own: it may take seconds."""
        if self._housekeeping is None or not self._housekeeping.is_alive():
            self._housekeeping = threading.Thread(target=self._clean, name="housekeeping", daemon=True)
            self._housekeeping.start()

    def _clean(self) -> None:
        try:
            for removed in self._store.make_room(self._budget_bytes):
                _log.info("The store is over its budget: removed %s", removed)
        except StoreUnavailable as problem:
            _log.warning("No room can be made in the store: %s", problem)
