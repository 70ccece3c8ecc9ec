"""Who trains what, where and when: the queue, the placement of runs on workers and the life of a run.

A pure state machine: it is told what happened and answers with what to do. It knows no process, no clock and no store.

    queued -> compiling -> running -> finished | failed | stopped | interrupted
                 running <-> paused (on its worker; after a minute, off it)
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass, field, replace
from typing import Literal

from bn_core.config import TrainingConfig
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
from bn_core.engine.holdings import EXAMINERS_KEPT, Inventory
from bn_core.engine.messages import Ending
from bn_core.runs.records import Status

SECONDS_ON_WORKER_WHILE_PAUSED = 60.0
RESUMES_AFTER_A_DEATH = 1
DEATHS_UNTIL_UNAVAILABLE = 3
SECONDS_OF_CALM = 3.0
"""For how long no run may have been placed, nor a program traced, before an idle worker gets ready for questions."""

LOST_ONCE = (
    "Its worker process ended unexpectedly (killed, crashed or out of memory). It goes on by itself as soon as a "
    "worker is free."
)
LOST_AGAIN = (
    "Its worker process ended unexpectedly for the second time (killed, crashed or out of memory). Close other "
    "programs, then press Resume to go on with it."
)
ENGINE_ENDED = "The app was closed before this run was done. Press Resume to go on with it."
ENGINE_DIED = "The engine ended unexpectedly while this run was not done. Press Resume to go on with it."
WAITS_FOR_WORKER = "It goes on as soon as a worker is free."

DEFAULT = TrainingConfig()


@dataclass
class _Worker:
    """A worker, and what it is doing: at most one training, one tracing and one examination.

    Attributes:
        warm: whether it has done what `WarmUp` asks.
        tracing: the key of the program that it traces for a later run.
        examines: whether it works out an answer, or gets ready for questions.
        cannot_examine: keys of programs that it could not get ready for questions.
        fetching, cannot_fetch: data sets that it is reading, and those that it could not read.
    """

    address: str
    has: Inventory = field(default_factory=Inventory)
    warm: bool = False
    run: _Run | None = None
    tracing: Hashable | None = None
    examines: bool = False
    cannot_examine: set[Hashable] = field(default_factory=set)
    fetching: set[str] = field(default_factory=set)
    cannot_fetch: set[str] = field(default_factory=set)


@dataclass
class _Run:
    """A run that has not ended.

    Attributes:
        worker: the address of the one that has it.
        begun: whether a worker has taken it up.
        steps: how many it should still do before it is held; None: all. (0: it is held, or about to be.)
        held_since: when its worker said that it is held.
        leaving: whether it was told to leave its worker, or to end.
        fate: what it is whatever else happens: stopped by its owner, or recorded as failed while its worker still
            has it.
        deaths: how many of its workers died.
    """

    id: str
    config: TrainingConfig
    status: Status = "queued"
    recorded: tuple[Status, str | None] = ("queued", None)
    worker: str | None = None
    attempt: int = 0
    begun: bool = False
    steps: int | None = None
    held_since: float | None = None
    leaving: bool = False
    fate: Literal["stopped", "broken"] | None = None
    deaths: int = 0


@dataclass(frozen=True)
class Condition:
    """How the workers are, for `EngineStatus`."""

    state: Literal["starting", "ready", "unavailable"]
    message: str
    workers: int
    busy: int
    warm: tuple[Hashable, ...]


class Policy:
    """Each method is told of one thing that happened; it answers with what to do. Addresses and run ids are opaque.

    What is told of a run that is over, of an attempt that is not the run's latest or of a worker that has left changes
    nothing.
    """

    def __init__(self) -> None:
        self._workers: dict[str, _Worker] = {}
        self._runs: dict[str, _Run] = {}
        self._queue: list[_Run] = []
        self._wanted: TrainingConfig | None = None
        self._looked_at = [DEFAULT]
        self._stirred = float("-inf")
        self._seen: object = None
        self._attempts = 0
        self._default_dataset_tried = False
        self._ending = False
        self._deaths_before_warm = 0
        self._problem: str | None = None

    # What a person asks

    def start(self, run_id: str, config: TrainingConfig) -> list[Action]:
        """A run joins the end of the queue. One that is known already stays where it is."""
        if run_id in self._runs:
            return []
        run = self._runs[run_id] = _Run(run_id, config)
        self._queue.append(run)
        for worker in self._workers.values():
            # The network may be back.
            worker.cannot_fetch.discard(config.dataset)
        return self._place()

    def stop(self, run_id: str) -> list[Action]:
        """The run ends within one step; at once if no worker has it."""
        if (run := self._live(run_id)) is None:
            return []
        if run.worker is None:
            self._forget(run)
            return [MarkStopped(run.id)]
        run.fate = "stopped"
        return self._leave(run, "stop")

    def pause(self, run_id: str) -> list[Action]:
        """The run is held after the step that it is doing; one that waits leaves the queue until it is resumed."""
        if (run := self._live(run_id)) is None:
            return []
        run.steps = 0
        if run.worker is not None:
            return [] if run.leaving else self._tell(run, "hold")
        if run not in self._queue:
            return []
        self._queue.remove(run)
        return self._mark(run, "paused")

    def resume(self, run_id: str) -> list[Action]:
        """A held run goes on; one that had to leave its worker goes to the front of the queue."""
        if (run := self._live(run_id)) is None:
            return []
        run.steps = None
        return self._go_on(run, "go")

    def step(self, run_id: str) -> list[Action]:
        """The run does one step and is held."""
        if (run := self._live(run_id)) is None:
            return []
        run.steps = (run.steps or 0) + 1
        return self._go_on(run, "step")

    def prepare(self, config: TrainingConfig) -> list[Action]:
        """An idle worker should be ready for this configuration; only the latest such wish counts."""
        self._wanted = config
        return self._prepare()

    def withdrawn(self, run_id: str) -> list[Action]:
        """The run was stopped or deleted while it waited, so it cannot be placed."""
        run = self._runs.get(run_id)
        if run is None:
            return []
        self._free(run)
        self._forget(run)
        return self._place()

    def put_back(self, run_id: str) -> list[Action]:
        """The run cannot be placed just now: it is the first again, at the next `tick`."""
        run = self._runs.get(run_id)
        if run is not None:
            if not run.begun:
                run.status, run.recorded = "queued", ("queued", None)
            self._free(run)
            self._queue.insert(0, run)
        return []

    # What workers do

    def worker_joined(self, address: str) -> list[Action]:
        """A worker is ready for orders."""
        actions = self.worker_left(address)
        worker = self._workers[address] = _Worker(address, tracing=DEFAULT.compile_key)
        actions.append(WarmUp(address))
        if not self._default_dataset_tried:
            # It may have to be downloaded: once, in the background.
            self._default_dataset_tried = True
            actions += self._fetch(worker, DEFAULT.dataset)
        return actions + self._place()

    def worker_left(self, address: str) -> list[Action]:
        """A worker is gone. Its run goes on elsewhere, or is interrupted if that happened to it before."""
        worker = self._workers.pop(address, None)
        if worker is None:
            return []
        if not worker.warm:
            self._deaths_before_warm += 1
        return (self._lost(worker.run) if worker.run is not None else []) + self._place()

    def warmed_up(self, address: str, inventory: Inventory) -> list[Action]:
        """A worker finished what `WarmUp` asked."""
        if (worker := self._workers.get(address)) is not None:
            worker.warm = True
            self._deaths_before_warm = 0
            self._problem = None
        return self.prepared(address, inventory)

    def prepared(self, address: str, inventory: Inventory) -> list[Action]:
        """A worker finished what `Prepare` asked."""
        if (worker := self._workers.get(address)) is None:
            return []
        worker.has = inventory
        worker.tracing = None
        return self._place() + self._prepare()

    def tracing_failed(self, address: str, problem: str) -> list[Action]:
        """A worker could not do what `WarmUp` or `Prepare` asked. A run that needs it will say why by itself."""
        if (worker := self._workers.get(address)) is None:
            return []
        worker.tracing = None
        self._problem = problem
        return self._place()

    def fetched(self, address: str, dataset: str, inventory: Inventory) -> list[Action]:
        """A worker has this data set now."""
        if (worker := self._workers.get(address)) is None:
            return []
        worker.fetching.discard(dataset)
        worker.has = inventory
        actions: list[Action] = []
        if dataset == DEFAULT.dataset:
            # Where workers share a disk, the others find it there.
            for other in self._workers.values():
                actions += self._fetch(other, dataset)
        return actions + self._place()

    def fetch_failed(self, address: str, dataset: str, problem: str) -> list[Action]:
        """A worker cannot get this data set. Runs that no other worker can do fail; the rest never waited for it."""
        if (worker := self._workers.get(address)) is not None:
            worker.fetching.discard(dataset)
            worker.cannot_fetch.add(dataset)
        if any(dataset in other.fetching or dataset in other.has.datasets for other in self._workers.values()):
            return self._place()
        actions: list[Action] = []
        for run in [run for run in self._queue if run.config.dataset == dataset]:
            self._forget(run)
            actions.append(MarkFailed(run.id, problem))
        return actions + self._place()

    # What a training says

    def compiling(self, run_id: str, attempt: int) -> list[Action]:
        """The training's program has to be traced."""
        run = self._current(run_id, attempt)
        if run is None:
            return []
        run.begun = True
        return self._mark(run, "compiling")

    def running(self, run_id: str, attempt: int) -> list[Action]:
        """The training begins, or goes on after it was held. Its worker has its program and its data then."""
        run = self._current(run_id, attempt)
        if run is None or run.worker is None:
            return []
        worker = self._workers[run.worker]
        worker.has = replace(
            worker.has,
            programs=worker.has.programs | {run.config.compile_key},
            datasets=worker.has.datasets | {run.config.dataset},
        )
        run.begun = True
        run.held_since = None
        return self._mark(run, "running")

    def held(self, run_id: str, attempt: int, now: float) -> list[Action]:
        """The training waits."""
        run = self._current(run_id, attempt)
        if run is None:
            return []
        run.held_since = now
        if run.steps is not None:
            run.steps = 0
        return self._mark(run, "paused")

    def ended(self, run_id: str, attempt: int, how: Ending, message: str | None) -> list[Action]:
        """The training is over, or left its worker because it was asked to."""
        run = self._current(run_id, attempt)
        if run is None:
            return []
        self._free(run)
        if how == "left":
            return [*self._after_leaving(run), *self._place(), *self._prepare()]
        self._forget(run)
        over: list[Action] = [] if run.fate == "broken" else [Mark(run.id, how, message)]
        return [*over, *self._place(), *self._prepare()]

    def lost(self, run_id: str, attempt: int) -> list[Action]:
        """The training's task is gone without an end, as when its worker dies."""
        run = self._current(run_id, attempt)
        return [] if run is None else [*self._lost(run), *self._place()]

    def broken(self, run_id: str, attempt: int, cause: str) -> list[Action]:
        """The training cannot be what the run's record should go on with: the run fails, and its worker gets free."""
        run = self._current(run_id, attempt)
        if run is None or run.fate == "broken":
            return []
        run.fate = "broken"
        return [MarkFailed(run.id, cause), *self._leave(run, "leave")]

    # Questions

    @property
    def examiners(self) -> int:
        """How many workers could work out an answer at once, beyond those that do."""
        return len(self._free_to_examine())

    def examine(self, config: TrainingConfig) -> str | None:
        """The worker that is to work out an answer about a run of this configuration; None if none can now.

        One that is ready for it comes before one that has to trace first, and an idle one before one that trains.
        """
        self._look_at(config)
        free = self._free_to_examine()
        if not free:
            return None
        worker = min(
            free,
            key=lambda worker: (
                config.compile_key not in worker.has.examiners,
                worker.run is not None,
                worker.tracing is not None,
            ),
        )
        worker.examines = True
        return worker.address

    def examined(self, address: str, inventory: Inventory | None) -> None:
        """A worker is done with a question, or with what `WarmExaminer` asked.

        Args:
            inventory: what it has now; None where it did not say so.
        """
        if (worker := self._workers.get(address)) is not None:
            worker.examines = False
            worker.has = inventory or worker.has

    def examiner_failed(self, address: str, config: TrainingConfig) -> None:
        """A worker could not do what `WarmExaminer` asked. A question that needs it will say why by itself."""
        self.examined(address, None)
        if (worker := self._workers.get(address)) is not None:
            worker.cannot_examine.add(config.compile_key)

    # Time, and the end

    def tick(self, now: float) -> list[Action]:
        """A run that was paused for a minute leaves its worker to others; what was put back is tried again."""
        actions: list[Action] = []
        for run in self._runs.values():
            held_since = run.held_since if run.steps == 0 and not run.leaving else None
            if held_since is not None and now - held_since >= SECONDS_ON_WORKER_WHILE_PAUSED:
                actions += self._leave(run, "leave")
        return [*actions, *self._place(), *self._warm_examiner(now)]

    def end(self) -> list[Action]:
        """The engine is to end: every training leaves with a checkpoint. Queued runs stay queued."""
        self._ending = True
        actions: list[Action] = []
        for run in list(self._runs.values()):
            if run.worker is not None:
                actions += self._leave(run, "leave")
            elif run.status != "queued":
                self._forget(run)
                actions.append(Mark(run.id, "interrupted", ENGINE_ENDED))
        return actions

    def give_up(self) -> list[Action]:
        """The engine ends now, whatever still trains."""
        return [action for run in list(self._runs.values()) if run.worker is not None for action in self._lost(run)]

    @property
    def placed(self) -> frozenset[tuple[str, int]]:
        """The runs that a worker has, with their attempts."""
        return frozenset((run.id, run.attempt) for run in self._runs.values() if run.worker is not None)

    @property
    def condition(self) -> Condition:
        """How the workers are."""
        workers = self._workers.values()
        warm = {program for worker in workers for program in worker.has.programs}
        state: Literal["starting", "ready", "unavailable"] = "starting"
        message = "The engine is starting: its workers load TensorFlow."
        if any(worker.warm or worker.has.programs for worker in workers):
            state, message = "ready", ""
        elif self._problem is not None:
            state, message = "unavailable", self._problem
        elif self._deaths_before_warm >= DEATHS_UNTIL_UNAVAILABLE:
            state, message = "unavailable", "The engine's worker processes end while they start: see the engine's log."
        busy = sum(worker.run is not None for worker in workers)
        return Condition(state, message, len(workers), busy, tuple(sorted(warm, key=repr)))

    # Decisions

    def _place(self) -> list[Action]:
        """Gives runs of the queue, in their order, to workers without one."""
        if self._ending:
            return []
        actions: list[Action] = []
        for run in list(self._queue):
            idle = [worker for worker in self._workers.values() if worker.run is None]
            if not idle:
                break
            dataset = run.config.dataset
            with_data = [worker for worker in idle if dataset in worker.has.datasets]
            if not with_data:
                # Whoever comes next need not wait for this one's data.
                can_fetch = [worker for worker in idle if dataset not in worker.cannot_fetch]
                if can_fetch and not any(dataset in worker.fetching for worker in idle):
                    actions += self._fetch(self._soonest(can_fetch, run.config), dataset)
                continue
            worker = self._soonest(with_data, run.config)
            self._queue.remove(run)
            self._look_at(run.config)
            self._attempts += 1
            worker.run = run
            run.worker, run.attempt = worker.address, self._attempts
            run.leaving, run.held_since = False, None
            claim: Status | None = None
            if run.status == "queued":
                claim = "running" if run.config.compile_key in worker.has.programs else "compiling"
                run.status, run.recorded = claim, (claim, worker.address)
            actions.append(Place(run.id, run.attempt, worker.address, run.config, run.steps, claim))
        return actions

    @staticmethod
    def _soonest(workers: Iterable[_Worker], config: TrainingConfig) -> _Worker:
        """The worker on which this configuration's first step would come soonest."""

        def delay(worker: _Worker) -> tuple[int, bool, int]:
            if config.compile_key in worker.has.programs:
                rank = 0 if worker.tracing is None else 1
            elif worker.tracing == config.compile_key:
                rank = 2
            else:
                rank = 3 if worker.tracing is None else 4
            return rank, worker.examines, len(worker.has.programs)

        return min(workers, key=delay)

    def _prepare(self) -> list[Action]:
        """Has an idle worker get ready for what was wished for last: the one with the fewest programs."""
        config = self._wanted
        if config is None or self._ending:
            return []
        idle = [worker for worker in self._workers.values() if worker.run is None]
        ready = [
            worker
            for worker in idle
            if config.compile_key in worker.has.programs or worker.tracing == config.compile_key
        ]
        free = [worker for worker in idle if worker.tracing is None]
        if not ready and not free:
            return []
        self._wanted = None
        worker = ready[0] if ready else min(free, key=lambda worker: (worker.examines, len(worker.has.programs)))
        actions = self._fetch(worker, config.dataset)
        if not ready:
            worker.tracing = config.compile_key
            actions.append(Prepare(worker.address, config))
        return actions

    def _free_to_examine(self) -> list[_Worker]:
        return [
            worker
            for worker in self._workers.values()
            if (worker.warm or worker.has.programs) and not worker.examines and not self._ending
        ]

    def _look_at(self, config: TrainingConfig) -> None:
        """Notes that somebody looks at runs of this configuration, and so may ask about them."""
        others = [other for other in self._looked_at if other.compile_key != config.compile_key]
        self._looked_at = [config, *others][:EXAMINERS_KEPT]

    def _warm_examiner(self, now: float) -> list[Action]:
        """When all is calm, has one idle worker get ready for questions about the runs that are looked at.

        It takes seconds of a core's time, so nobody who presses Train may have to wait for it.
        """
        idle = [worker for worker in self._free_to_examine() if worker.run is None]
        busy = [worker.tracing for worker in self._workers.values()], self._attempts
        if busy != self._seen:
            self._seen, self._stirred = busy, now
        calm = now - self._stirred >= SECONDS_OF_CALM and not any(worker.examines for worker in self._workers.values())
        if not calm or any(worker.tracing is not None for worker in idle):
            return []
        for config in self._looked_at:
            able = [worker for worker in idle if config.compile_key not in worker.cannot_examine]
            if able and not any(config.compile_key in worker.has.examiners for worker in idle):
                worker = min(able, key=lambda worker: len(worker.has.examiners))
                worker.examines = True
                return [WarmExaminer(worker.address, config)]
        return []

    @staticmethod
    def _fetch(worker: _Worker, dataset: str) -> list[Action]:
        if dataset in worker.has.datasets | worker.fetching | worker.cannot_fetch:
            return []
        worker.fetching.add(dataset)
        return [Fetch(worker.address, dataset)]

    def _go_on(self, run: _Run, word: Word) -> list[Action]:
        if run.worker is not None:
            return [] if run.leaving else self._tell(run, word)
        if run in self._queue:
            return []
        # Who never had a worker cannot get ahead of the others by a pause.
        self._queue.insert(0 if run.begun else len(self._queue), run)
        return [*self._wait(run, WAITS_FOR_WORKER), *self._place()]

    def _after_leaving(self, run: _Run) -> list[Action]:
        """What follows when a run that is not done is on no worker any more."""
        if run.fate is not None or self._ending:
            self._forget(run)
            match run.fate:
                case "broken":
                    return []
                case "stopped":
                    return [MarkStopped(run.id)]
                case None:
                    return [Mark(run.id, "interrupted", ENGINE_ENDED)]
        if run.steps == 0:
            return self._mark(run, "paused")
        self._queue.insert(0, run)
        return self._wait(run, WAITS_FOR_WORKER)

    def _lost(self, run: _Run) -> list[Action]:
        self._free(run)
        if run.fate is not None or self._ending or run.steps == 0:
            return self._after_leaving(run)
        run.deaths += 1
        if run.deaths > RESUMES_AFTER_A_DEATH:
            self._forget(run)
            return [Mark(run.id, "interrupted", LOST_AGAIN)]
        self._queue.insert(0, run)
        return self._wait(run, LOST_ONCE)

    def _live(self, run_id: str) -> _Run | None:
        run = self._runs.get(run_id)
        return run if run is not None and run.fate is None else None

    def _current(self, run_id: str, attempt: int) -> _Run | None:
        run = self._runs.get(run_id)
        return run if run is not None and run.worker is not None and run.attempt == attempt else None

    @staticmethod
    def _tell(run: _Run, word: Word) -> list[Action]:
        assert run.worker is not None
        return [Tell(run.id, run.attempt, run.worker, word)]

    def _leave(self, run: _Run, word: Literal["stop", "leave"]) -> list[Action]:
        run.leaving = True
        return self._tell(run, word)

    @staticmethod
    def _mark(run: _Run, status: Status) -> list[Action]:
        run.status = status
        if run.recorded == (status, run.worker):
            return []
        run.recorded = status, run.worker
        return [Mark(run.id, status, worker=run.worker)]

    @staticmethod
    def _wait(run: _Run, message: str) -> list[Action]:
        """Says why a run that has begun is in the queue; a queued one needs no explanation."""
        if run.status == "queued":
            return []
        run.recorded = run.status, None
        return [Mark(run.id, run.status, message)]

    def _free(self, run: _Run) -> None:
        worker = self._workers.get(run.worker) if run.worker is not None else None
        if worker is not None:
            worker.run = None
        run.worker, run.held_since = None, None

    def _forget(self, run: _Run) -> None:
        self._runs.pop(run.id, None)
        if run in self._queue:
            self._queue.remove(run)
