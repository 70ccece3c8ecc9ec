"""What pages call. It checks who asks and whether it makes sense, and leaves the rest to the store."""

from __future__ import annotations

import heapq
import logging
import math
import threading
import time
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any, Protocol

from bn_core.config import TrainingConfig
from bn_core.environment import STORE_MB
from bn_core.runs.copies import Kept, RunCopy
from bn_core.runs.history import RunHistory
from bn_core.runs.inside import ProbeHistory, StatisticsHistory
from bn_core.runs.presented import NotPresenting, Presenter
from bn_core.runs.records import (
    NOBODY,
    ON_WORKER,
    AnswerBytes,
    Deleted,
    DiskUse,
    EngineStatus,
    NotPossible,
    NotYours,
    Pending,
    ProgramKey,
    Progress,
    QueuePlace,
    RequestKind,
    RunDamaged,
    RunRecord,
    Status,
    UnknownRun,
    canonical_question,
    owner_hash,
)
from bn_core.runs.sources import RunSource, ShippedRuns, StoredRuns
from bn_core.runs.store import Store, StoreUnavailable
from bn_core.runs.wastebasket import Wastebasket

READY_SECONDS = 5.0
"""How old the last word of an engine that takes runs may be. Its host speaks every second."""

LOST_SECONDS = 20.0
"""After how long a silence the runs on its workers are shown as interrupted: a busy machine may hold a host up."""

ASK_AGAIN_SECONDS = 10.0
"""How long a program that was asked for may take to be traced before it is asked for again."""

WRITE_AGAIN_SECONDS = 2.0
"""How often it is tried, while the engine is silent, whether the store can be written."""

LOOK_SECONDS = 0.02
"""How often one who waits for an answer looks whether it is there."""

COPIED: tuple[Status, ...] = ("finished", "failed", "stopped")
"""The ends of runs that can be copied: an interrupted one may go on."""

NO_BROWSER = "This browser has not introduced itself yet: reload the page and try again."

_log = logging.getLogger(__name__)


class EngineStarter(Protocol):
    """What the service wants to know of whoever starts the engine's host: see `bn_core.engine.host_process`."""

    def status(self) -> EngineStatus:
        """off, starting or unavailable, with a sentence."""
        ...


class Pulse:
    """Whether heartbeats still come.

    The age by the wall clock alone would call the engine dead after the machine slept, or after the clock was set. So
    what counts as well is that the heartbeat was seen to change, by a clock that only ever counts waking time.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._last: float | None = None
        self._changed: float | None = None

    def beats(self, heartbeat: float | None, limit: float, *, now: float, tick: float) -> bool:
        """Whether the engine spoke within the last `limit` seconds.

        Args:
            heartbeat: its latest heartbeat, unix seconds.
            now: unix seconds.
            tick: monotonic seconds.
        """
        if heartbeat is None:
            return False
        with self._lock:
            if self._last is not None and heartbeat != self._last:
                self._changed = tick
            self._last = heartbeat
            seen_to_change = self._changed is not None and tick - self._changed < limit
        return seen_to_change or abs(now - heartbeat) < limit


class RunService:
    """Everything that a page can know of runs, and ask for. Thread-safe.

    `owner` is always the browser's own random id, 16 to 128 printable ASCII characters, and `address` is where it asks
    from as the server sees it, None for this machine: both decide whose turn it is, and only hashes of them are stored.
    Every method may raise StoreUnavailable; those that read what is recorded of a run raise RunDamaged the first time
    that it turns out to be something else, and from then on take the run for none; those that take an owner raise
    UnknownRun, RunDamaged and NotYours; those that act on a run raise NotPossible where its state forbids it. These,
    QueueFull and BadName are RunProblems: `str(problem)` is one sentence for the person.
    """

    def __init__(
        self,
        store: Store,
        shipped: Sequence[ShippedRuns] = (),
        starter: EngineStarter | None = None,
        *,
        closed: str = "",
        budget_bytes: int = STORE_MB.default * 1_000_000,
    ) -> None:
        """
        Args:
            shipped: the runs that come with the app.
            starter: who starts the engine's host in this process, if anybody does.
            closed: why nothing is trained or worked out through this service, one sentence; empty where that is done.
            budget_bytes: how large the store may grow.
        """
        self._store = store
        self._stored = StoredRuns(store)
        self._shipped = tuple(shipped)
        self._starter = starter
        self._closed = closed
        self._budget_bytes = budget_bytes
        self._no_runs = StoredRuns(Store.empty())
        self._wastebasket = Wastebasket(self._delete_for_good)
        self._pulse = Pulse()
        self._tried_to_write = float("-inf")
        self._trouble_writing = ""
        self._asked: dict[ProgramKey, float] = {}
        self._asked_lock = threading.Lock()

    # Asking for something

    def start(self, config: TrainingConfig, owner: str, address: str | None = None) -> str:
        """Put a training into the queue and return the run's id.

        Raises:
            QueueFull: too many runs wait already.
            NotPossible: the engine is unavailable, or the browser has no id.
        """
        hashed = owner_hash(owner)
        if hashed is None:
            raise NotPossible(NO_BROWSER)
        engine = self.engine()
        if engine.state == "unavailable":
            raise NotPossible(engine.message)
        return self._store.add_run(config, hashed, address)

    def stop(self, run_id: str, owner: str | Presenter) -> None:
        """End the run after the batch in work, for good; a queued one at once. What is recorded stays.

        Args:
            owner: or who presents to the class: the one exception from stopping one's own only.
        """
        record = self._stoppable(run_id, owner)
        # A queued run needs no engine to be stopped.
        if self._store.stop_queued(run_id, record.owner) or record.status == "stopped":
            return
        self._ask("stop", record, ON_WORKER, "Only a run that has not ended can be stopped.")

    def clear_queue(self, presenter: Presenter) -> int:
        """Stop every run that waits, and return how many did.

        Raises:
            NotPresenting: this browser may not present.
        """
        self._check_presents(presenter)
        # One that has just begun does not wait any more, and goes on.
        return sum(self._store.stop_queued(record.id, record.owner) for record in self._store.queued())

    def at_work(self, presenter: Presenter) -> list[RunRecord]:
        """Return the runs that have not ended, whoever started them: those at work, then those that wait.

        Raises:
            NotPresenting: this browser may not present.
        """
        self._check_presents(presenter)
        found = [self._seen(record) for record in (*self._store.on_worker(), *self._store.queued())]
        return [record for record in found if record.active]

    def pause(self, run_id: str, owner: str) -> None:
        """Let the run wait after the batch in work."""
        self._ask("pause", self._owned(run_id, owner), ON_WORKER, "Only a run that is training can be paused.")

    def resume(self, run_id: str, owner: str, address: str | None = None) -> None:
        """Let a paused run go on, or put an interrupted one into the queue again.

        Raises:
            QueueFull: too many runs wait already.
        """
        record = self._owned(run_id, owner)
        if self._closed:
            raise NotPossible(self._closed)
        if record.resumable:
            self._store.requeue(run_id, record.owner, address)
        elif record.status != "queued":
            self._ask("resume", record, ON_WORKER, "Only a run that is paused or was interrupted can be resumed.")

    def step(self, run_id: str, owner: str) -> None:
        """Train one more batch of a paused run and let it wait again; a running one waits after its next batch."""
        self._ask("step", self._owned(run_id, owner), ON_WORKER, "Only a run that is paused can go on by one batch.")

    def rename(self, run_id: str, owner: str, name: str | None) -> None:
        """Give the run a name; an empty one takes it away.

        Raises:
            BadName: longer than 80 characters, or not printable.
        """
        self._owned(run_id, owner)
        self._store.rename(run_id, name)

    def pin(self, run_id: str, owner: str, *, pinned: bool) -> None:
        """Say whether the run stays when old ones make room."""
        self._owned(run_id, owner)
        self._store.pin(run_id, pinned=pinned)

    def share(self, run_id: str, owner: str, *, shared: bool) -> None:
        """Say whether everybody finds the run among those to choose from. Who has its id can open it either way."""
        self._owned(run_id, owner)
        self._store.share(run_id, shared=shared)

    def delete(self, run_id: str, owner: str) -> None:
        """Take the run away from everybody at once, and delete everything recorded of it after UNDO_SECONDS.

        One that is damaged is deleted at once.
        """
        if run_id in self.damaged(owner):
            self._delete_for_good(run_id)
            return
        record = self._owned(run_id, owner)
        if record.presumed:
            raise NotPossible("This run can be deleted when the training engine is back and has closed it.")
        if record.active:
            raise NotPossible("A run that has not ended cannot be deleted: stop it first.")
        if trouble := self._store.trouble_writing():
            raise StoreUnavailable(trouble)
        self._wastebasket.put(run_id)

    def undelete(self, run_id: str, owner: str) -> None:
        """Bring back a run that was deleted less than UNDO_SECONDS ago.

        Raises:
            NotPossible: it is deleted for good.
        """
        record = self._store.run(run_id)
        if record is not None and record.owner != owner_hash(owner):
            raise NotYours
        if record is None or not self._wastebasket.take_back(run_id):
            raise NotPossible("This run is deleted for good by now.")

    def delete_all(self, owner: str) -> Deleted:
        """Take all of this browser's runs away, to be deleted after UNDO_SECONDS, but for those that are worked on."""
        hashed = owner_hash(owner)
        if hashed is None:
            raise NotPossible(NO_BROWSER)
        if trouble := self._store.trouble_writing():
            raise StoreUnavailable(trouble)
        idle, busy = self._store.ids_of(hashed)
        deleted = tuple(run_id for run_id in idle if run_id not in self._wastebasket)
        self._wastebasket.put(*deleted)
        return Deleted(deleted, len(busy))

    def disk_use(self, owner: str | None) -> DiskUse:
        """Return how much is stored here, and how much of it is of this browser's runs. It reads through them."""
        hashed = owner_hash(owner)
        idle, busy = ([], []) if hashed is None else self._store.ids_of(hashed)
        runs = [run_id for run_id in (*idle, *busy) if run_id not in self._wastebasket]
        return DiskUse(len(runs), len(busy), self._store.bytes_of(runs), self._store.size(), self._budget_bytes)

    def bytes_of(self, run_ids: Sequence[str]) -> int:
        """Return how many bytes are recorded of these runs."""
        return self._store.bytes_of(run_ids)

    # Copies

    def copy(self, run_id: str) -> RunCopy:
        """Return all that is recorded of a run that has ended, to be kept elsewhere. Anybody may ask who knows its id.

        Raises:
            WeightsDamaged: those of a step are not what was kept.
        """
        record = self.run(run_id)
        if record is None:
            raise RunDamaged(run_id) if self._store.is_damaged(run_id) else UnknownRun
        if record.owner == NOBODY:
            raise NotPossible("This run comes with the app: every other Batch Norm Lab has it, too.")
        if record.status not in COPIED:
            raise NotPossible(
                f"This run is {record.status}. Only one that has finished, failed or was stopped is whole."
            )
        return self._store.copy(run_id)

    def keep(self, copies: Sequence[RunCopy], owner: str) -> list[Kept]:
        """Make these runs this browser's, all or none; say of each in their order what became of it.

        The same run is not added twice; one of this browser's that was deleted a moment ago is back. A run keeps its
        id where that is free.

        Args:
            copies: of runs whose contents were judged: they are drawn as they are.

        Raises:
            NotPossible: the browser has no id, or there is no room.
            StoreUnavailable: nothing can be kept at present.
        """
        hashed = owner_hash(owner)
        if hashed is None:
            raise NotPossible(NO_BROWSER)
        if not self._store.lasts:
            raise StoreUnavailable("No run can be stored at present; the top of the page says why.")
        if trouble := self._store.trouble_writing():
            raise StoreUnavailable(trouble)
        room = self._budget_bytes - self._store.size()
        wanted = sum(copy.size for copy in copies)
        # Nobody's runs make room for what comes from elsewhere: whoever brings it decides what goes.
        if wanted > room:
            raise NotPossible(
                f"These runs take {wanted / 1e6:,.0f} MB, and {max(0.0, room) / 1e6:,.0f} MB are left for stored runs: "
                "delete some of yours, or have BN_STORE_MB set higher."
            )
        taken = {copy.id for copy in copies if self._shipped_with(copy.id) is not None}
        deleted = [copy.id for copy in copies if copy.id in self._wastebasket]
        if not all(self.owns(run_id, owner) for run_id in deleted):
            raise NotPossible("One of these runs was deleted here a moment ago: try again in half a minute.")
        for run_id in deleted:
            self._wastebasket.take_back(run_id)
        return self._store.keep(copies, hashed, taken)

    def can_undelete(self, run_id: str) -> bool:
        """Whether `undelete` would bring the run back."""
        return run_id in self._wastebasket

    def prepare(self, config: TrainingConfig) -> None:
        """Ask an idle worker to trace the program that this configuration needs, unless one has it or was asked, or
        there is no engine. Never raises StoreUnavailable: nobody waits for it."""
        try:
            self._prepare(config)
        except StoreUnavailable as problem:
            _log.info("No program is prepared: %s", problem)

    def _prepare(self, config: TrainingConfig) -> None:
        program = config.compile_key
        engine = self.engine()
        if engine.state not in ("starting", "ready") or program in engine.warm:
            return
        now = time.monotonic()
        with self._asked_lock:
            if now - self._asked.get(program, -ASK_AGAIN_SECONDS) < ASK_AGAIN_SECONDS:
                return
            self._asked[program] = now
        self._store.add_request("prepare", argument=config.to_json())

    def ask(
        self,
        run_id: str,
        question: dict[str, Any],
        owner: str | None = None,
        address: str | None = None,
        *,
        wait: float = 0.0,
    ) -> AnswerBytes | Pending:
        """Ask the engine something about the run. Anybody may ask.

        Each question about a run is worked out once: whoever asks it again gets the same answer. Go on asking for as
        long as the answer is wanted: a question that nobody has asked for a minute may be dropped. Recorded runs come
        with the answers to some questions, for which no engine is needed.

        Args:
            question: a JSON object of fewer than 8,192 characters, such as {"kind": .., "step": ..}: what the engine
                understands.
            owner: None for a browser that has not said who it is: all of them share as one.
            wait: for how many seconds to wait for the answer before saying that it is pending.

        Raises:
            BadQuestion: it is no JSON object, or too long.
            NotPossible: the engine is not there, or it says why this has no answer.
            QueueFull: too many questions are waiting already.
        """
        text = canonical_question(question)
        shipped = self._shipped_with(run_id)
        answer = None if shipped is None else shipped.answer(run_id, text)
        if answer is not None:
            return AnswerBytes(answer)
        if shipped is None and self._store.is_damaged(run_id):
            raise RunDamaged(run_id)
        deadline, asker = time.monotonic() + wait, owner_hash(owner) or ""
        while True:
            closed = self._no_engine()
            if closed is not None and shipped is not None:
                closed = f"This answer was not recorded. {closed}"
            found = self._store.ask(run_id, text, asker, address, closed=closed, stored=shipped is None)
            left = deadline - time.monotonic()
            if isinstance(found, AnswerBytes) or left <= 0:
                return found
            time.sleep(min(LOOK_SECONDS, left))

    # Knowing something

    def answered(self, run_id: str, question: dict[str, Any]) -> bytes | None:
        """Return the answer that somebody had before, or that came with the app; None where there is none.

        Raises:
            BadQuestion: it is no JSON object, or too long.
        """
        text = canonical_question(question)
        shipped = self._shipped_with(run_id)
        answer = None if shipped is None else shipped.answer(run_id, text)
        return self._store.answer(run_id, text) if answer is None else answer

    def owns(self, run_id: str, owner: str) -> bool:
        """Whether this browser started the run. False for no run, or no browser."""
        record = self._store.run(run_id)
        return record is not None and record.owner == owner_hash(owner)

    def run(self, run_id: str) -> RunRecord | None:
        """The run as it is now; None if there is none.

        A run that should be on a worker while the engine is silent is shown as interrupted (`presumed`): only the
        engine's host writes that down, when it is back.
        """
        record = self._source(run_id).run(run_id)
        return None if record is None else self._seen(record)

    def recorded(self) -> list[RunRecord]:
        """The runs that come with the app: nobody owns them, everybody can open them."""
        return [run for source in self._shipped for run in source.runs()]

    def damage(self, run_id: str | None) -> str:
        """Return in one sentence that the run is damaged; an empty text where it is not known to be, or is none."""
        if run_id is None or run_id in self._wastebasket or not self._store.is_damaged(run_id):
            return ""
        return str(RunDamaged(run_id))

    def damaged(self, owner: str | None) -> list[str]:
        """Return the ids of this browser's runs that are known to be damaged: in no list, but they can be deleted."""
        hashed = owner_hash(owner)
        found = [] if hashed is None else self._store.damaged(hashed)
        return [run_id for run_id in found if run_id not in self._wastebasket]

    def runs(self, owner: str | None, limit: int = 50) -> list[RunRecord]:
        """Up to `limit` of this browser's runs, pinned ones first, else the newest first; none for no browser."""
        hashed = owner_hash(owner)
        return [] if hashed is None else self._shown(self._store.runs(limit, owner=hashed))

    def listed(self, owner: str | None, limit: int = 50) -> list[RunRecord]:
        """Up to `limit` runs that this browser finds, in the order of `runs`: its own, and those that others share."""
        return self._shown(self._store.listed(owner_hash(owner), limit))

    def identical(self, config: TrainingConfig, owner: str | None) -> RunRecord | None:
        """The newest run of the same training (`config.identity`) that is active or finished, among those that this
        browser finds (see `listed`); None if there is none.

        An active one can be joined, a finished one opened.
        """
        seen = self._shown(self._store.with_identity(config.identity, owner_hash(owner)))
        return next((record for record in seen if record.active or record.status == "finished"), None)

    def history(self, run_id: str) -> RunHistory:
        """Everything recorded of the run up to now; empty for no run. Reads only what is new since the last call."""
        return self._source(run_id).history(run_id)

    def probes(self, run_id: str) -> ProbeHistory:
        """Every probe of the run's layers up to now; empty for no run. Reads only what is new since the last call."""
        return self._source(run_id).probes(run_id)

    def statistics(self, run_id: str) -> StatisticsHistory:
        """The statistics of every batch of the run up to now; empty for no run, and for one without batch
        normalization. Reads only what is new since the last call."""
        return self._source(run_id).statistics(run_id)

    def snapshot_steps(self, run_id: str) -> tuple[int, ...]:
        """The steps of the run that something can be asked of: those whose weights are kept, in ascending order."""
        return self._source(run_id).snapshot_steps(run_id)

    def engine(self) -> EngineStatus:
        """What can train here, right now. It is ready only while its host's heartbeat is fresh.

        Where nothing can be written, no heartbeat can be either: then that is what is wrong.
        """
        if self._closed:
            return EngineStatus("unavailable", self._closed)
        said = self._store.engine()
        if said.state != "off" and self._alive(said, READY_SECONDS):
            return said
        if trouble := self._store_trouble():
            return EngineStatus("unavailable", trouble)
        if self._starter is not None:
            return self._starter.status()
        return EngineStatus("off", "The training engine is not running.")

    def queue(self, run_id: str) -> QueuePlace | None:
        """Where the run stands in the queue; None if it does not wait.

        The minutes follow from the measured time a batch took in recent runs of the same batch size on this machine:
        for what the busy workers still have to do, and for the runs in front.
        """
        waiting = self._store.queued()
        position = next((place for place, record in enumerate(waiting, 1) if record.id == run_id), None)
        if position is None:
            return None
        return QueuePlace(position, self._minutes(self._store.at_work(), waiting[: position - 1]))

    def class_minutes(self, config: TrainingConfig, learners: int) -> float | None:
        """Return how many minutes so many trainings of this configuration take here that are begun at once.

        The pace is that of the latest runs of its batch size on this machine. None where none was measured, or nothing
        trains.
        """
        workers, pace = self.engine().workers, self._store.paces().get(config.batch_size)
        if workers < 1 or pace is None:
            return None
        return math.ceil(learners / workers) * config.batches * pace / 60_000

    def progress(self, run: RunRecord) -> Progress:
        """How far the run is, its batches a second over its latest batches, and the seconds it will still take."""
        fraction = min(1.0, run.step / run.config.batches)
        milliseconds = self.history(run.id).milliseconds_per_batch
        if not milliseconds:
            return Progress(fraction, None, None)
        left = (run.config.batches - run.step) * milliseconds / 1000
        return Progress(fraction, 1000 / milliseconds, max(0.0, left) if run.active else None)

    # Inside

    def _shown(self, records: Iterable[RunRecord]) -> list[RunRecord]:
        return [self._seen(record) for record in records if record.id not in self._wastebasket]

    def _delete_for_good(self, run_id: str) -> None:
        self._store.delete(run_id)
        self._stored.forget(run_id)

    def _shipped_with(self, run_id: str) -> ShippedRuns | None:
        return next((source for source in self._shipped if source.run(run_id) is not None), None)

    def _source(self, run_id: str) -> RunSource:
        hidden = run_id in self._wastebasket or self._store.found_damaged(run_id)
        stored = self._no_runs if hidden else self._stored
        return self._shipped_with(run_id) or stored

    def _alive(self, said: EngineStatus, seconds: float) -> bool:
        return self._pulse.beats(said.heartbeat, seconds, now=time.time(), tick=time.monotonic())

    def _store_trouble(self) -> str:
        """Why the store cannot be written; an empty text where it can. Looked at again every few seconds."""
        now = time.monotonic()
        if now - self._tried_to_write >= WRITE_AGAIN_SECONDS:
            self._tried_to_write = now
            self._trouble_writing = self._store.trouble_writing()
        return self._trouble_writing

    def _owned(self, run_id: str, owner: str) -> RunRecord:
        record = self.run(run_id)
        if record is None:
            raise RunDamaged(run_id) if self._store.is_damaged(run_id) else UnknownRun
        if record.owner == NOBODY:
            raise NotYours("This run comes with the app and stays as it is. You can start a run of your own.")
        if record.owner != owner_hash(owner):
            raise NotYours
        return record

    def _stoppable(self, run_id: str, owner: str | Presenter) -> RunRecord:
        if not isinstance(owner, Presenter):
            return self._owned(run_id, owner)
        self._check_presents(owner)
        record = self.run(run_id)
        if record is None or record.owner == NOBODY:
            raise UnknownRun
        return record

    def _check_presents(self, presenter: Presenter) -> None:
        if not self._store.presents(presenter):
            raise NotPresenting

    def _ask(self, kind: RequestKind, record: RunRecord, allowed: tuple[Status, ...], otherwise: str) -> None:
        if record.status not in allowed:
            raise NotPossible(f"This run is {record.status}. {otherwise}")
        self._store.add_request(kind, record.id, asked_by=record.owner)

    def _seen(self, record: RunRecord) -> RunRecord:
        if record.status not in ON_WORKER or self._alive(self._store.engine(), LOST_SECONDS):
            return record
        # An engine that cannot write is silent, and waits with its runs until it can.
        if self._store_trouble():
            return record
        return replace(
            record,
            status="interrupted",
            presumed=True,
            worker=None,
            compiling_since=None,
            message="The engine that trained this run does not answer. What was recorded is safe; you can resume the "
            "run when the engine is back.",
        )

    def _no_engine(self) -> str | None:
        """Why nothing can be worked out at present; None while the engine is there, or about to be."""
        engine = self.engine()
        if engine.state in ("starting", "ready"):
            return None
        return f"Only the training engine can work this out. {engine.message}".strip()

    def _minutes(self, busy: list[RunRecord], ahead: list[RunRecord]) -> float | None:
        workers = self.engine().workers
        if workers < 1:
            return None
        paces = self._store.paces()
        milliseconds = []
        for record in (*busy, *ahead):
            pace = paces.get(record.config.batch_size)
            if pace is None:
                return None
            # A resumed run goes on from its checkpoint, not from the last step that is recorded.
            done = (record.checkpoint_step or 0) if record.status == "queued" else record.step
            milliseconds.append(pace * max(0, record.config.batches - done))
        # When each worker is free: first come, first served.
        free = sorted(milliseconds[: len(busy)])[-workers:]
        free = [0.0] * (workers - len(free)) + free
        for duration in milliseconds[len(busy) :]:
            heapq.heapreplace(free, free[0] + duration)
        return free[0] / 60_000
