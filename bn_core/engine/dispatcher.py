"""Who trains what, where and when: the queue, the placement of runs on workers and the life of a run.

A pure state machine: it is told what happened and returns what to do. It knows no process, no clock and no store.

    queued -> compiling -> running -> finished | failed | stopped | interrupted
                 running <-> paused (on its worker; after a minute, off it)
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator
from dataclasses import replace
from typing import Literal, cast

from bn_core.config import TrainingConfig
from bn_core.engine.actions import DEFAULT, Action, Chore, GiveCommand, Mark, MarkEnded, Place
from bn_core.engine.dispatch_state import RunState, WorkerState
from bn_core.engine.examiners import Examiners
from bn_core.engine.holdings import Inventory
from bn_core.engine.items import Command, Departure, Ending, Key
from bn_core.runs.records import EngineState, EngineStatus, ProgramKey, Status
from bn_core.runs.turns import Turns, Waiting

SECONDS_ON_WORKER_WHILE_PAUSED = 60.0
RESUMES: dict[Departure, int] = {"died": 1, "went": 9}
"""How often a run goes on by itself. Workers of a cluster come and go, and it is seldom a training that drives them
away; one that takes its worker's process with it does so again."""

DEATHS_UNTIL_UNAVAILABLE = 3

LOST_ONCE = (
    "Its worker process ended unexpectedly (killed, crashed or out of memory). It goes on by itself as soon as a "
    "worker is free."
)
LEFT_BEHIND = "Its worker left the cluster. It goes on by itself as soon as a worker is free."
LOST_AGAIN = (
    "Its worker process ended unexpectedly for the second time (killed, crashed or out of memory). Close other "
    "programs, then press Resume to go on with it."
)
LEFT_TOO_OFTEN = (
    f"The workers that had it left the cluster, one after the other, {RESUMES['went'] + 1} times. Press Resume to go "
    "on with it."
)
ENGINE_ENDED = "The app was closed before this run was done. Press Resume to go on with it."
ENGINE_DIED = "The engine ended unexpectedly while this run was not done. Press Resume to go on with it."
WAITS_FOR_WORKER = "It goes on as soon as a worker is free."
WAITS_FOR_SCHEDULER = (
    "It was interrupted because the connection to its worker was lost. It goes on by itself as soon as workers are "
    "back."
)


class Dispatcher:
    """Decides what follows from each thing that happens. Addresses and run ids are opaque.

    A method changes nothing and returns nothing to do where it is told of a run that is over, of an attempt that is
    not the run's latest, or of a worker that has left.

    Attributes:
        examiners: the same workers, as those who work out answers.
    """

    def __init__(self) -> None:
        self._workers: dict[str, WorkerState] = {}
        self._runs: dict[str, RunState] = {}
        self._queue: list[RunState] = []
        self._turns = Turns()
        self._ticked = float("-inf")
        self._wanted: TrainingConfig | None = None
        self._attempts = 0
        self._default_dataset_tried = False
        self._ending = False
        self._deaths_before_warm = 0
        self._problem: str | None = None
        self._unreachable: str | None = None
        self._unusable: dict[str, str] = {}
        self.examiners = Examiners(self._workers)

    def remember(self, turns: Turns) -> None:
        """Take up the turns that were taken before the engine began."""
        self._turns = turns

    # What a person asks

    def start(self, waiting: Waiting, config: TrainingConfig) -> list[Action]:
        """Put a run into the queue. One that is known already stays where it is."""
        if waiting.id in self._runs:
            return []
        run = self._runs[waiting.id] = RunState(waiting, config)
        self._queue.append(run)
        for worker in self._workers.values():
            # The network may be back.
            worker.cannot_fetch.discard(config.dataset)
        return self._place()

    def command(self, run_id: str, command: Command) -> list[Action]:
        """Do what a run's owner asks.

        A run on a worker is stopped or paused after the step that it is doing; one that waits is stopped at once, and
        paused by leaving the queue. A paused run that had to leave its worker has had its turn: it waits for its
        browser's next one, before that browser's other runs.
        """
        if (run := self._live(run_id)) is None:
            return []
        match command:
            case "stop":
                return self._stop(run)
            case "pause":
                run.steps = 0
            case "resume":
                run.steps = None
            case "step":
                run.steps = (run.steps or 0) + 1
        if run.worker is not None:
            return [] if run.leaving else self._give(run, command)
        waits = run in self._queue
        if waits and run.steps == 0:
            self._queue.remove(run)
            return self._mark(run, "paused")
        if waits or run.steps == 0:
            return []
        # Who never had a worker cannot get ahead of the others by a pause.
        self._line_up(run, 0 if run.begun else 1 + max((other.waits.number for other in self._queue), default=0))
        return [*self._wait(run, WAITS_FOR_WORKER), *self._place()]

    def prepare(self, config: TrainingConfig) -> list[Action]:
        """Have an idle worker get ready for this configuration. Only the latest such wish counts."""
        self._wanted = config
        return self._prepare()

    def withdrawn(self, run_id: str) -> list[Action]:
        """Drop a run that cannot be placed because it was stopped or deleted while it waited."""
        run = self._runs.get(run_id)
        if run is None:
            return []
        self._free(run)
        self._forget(run)
        return self._place()

    def put_back(self, run_id: str) -> list[Action]:
        """Put a run that cannot be placed just now at the front of the queue, for the next `tick`."""
        run = self._runs.get(run_id)
        if run is not None:
            if not run.begun:
                run.status = "queued"
            self._free(run)
            self._go_first(run)
        return []

    # What workers do

    def worker_joined(self, address: str) -> list[Action]:
        """Take up a worker, in place of any that had this address."""
        actions = self.workers_left(address)
        worker = self._workers[address] = WorkerState(address, tracing=DEFAULT.compile_key)
        actions.append(Chore(address, "warm_up"))
        if not self._default_dataset_tried:
            # It may have to be downloaded: once, in the background.
            self._default_dataset_tried = True
            actions += self._fetch(worker, DEFAULT)
        return actions + self._place()

    def workers_left(self, *addresses: str, how: Departure = "died") -> list[Action]:
        """Let the runs of workers that are gone go on elsewhere; interrupt those to which that happened too often."""
        for address in addresses:
            self._unusable.pop(address, None)
        gone = [self._workers.pop(address) for address in addresses if address in self._workers]
        if how == "died":
            self._deaths_before_warm += sum(not worker.warm for worker in gone)
        lost = [action for run in _latest_first(gone) for action in self._lost(run, how)]
        return lost + (self._place() if gone else [])

    def unusable(self, address: str, reason: str) -> None:
        """Note that a worker cannot be used."""
        self._unusable[address] = reason

    def disconnected(self, problem: str) -> list[Action]:
        """Let all runs on workers wait until workers are back. No worker died, so it may happen again and again."""
        self._unreachable = problem
        self._unusable.clear()
        runs = _latest_first(self._workers.values())
        self._workers.clear()
        return [action for run in runs for action in self._after_leaving(run, WAITS_FOR_SCHEDULER)]

    def connected(self) -> None:
        """Note that workers are about to be back."""
        self._unreachable = None

    def done(self, chore: Chore, inventory: Inventory) -> list[Action]:
        """Do what follows where a worker finished a chore."""
        if (worker := self._workers.get(chore.worker)) is None:
            return []
        worker.has = inventory
        fetches: list[Action] = []
        match chore.call:
            case "warm_up":
                worker.warm, worker.tracing = True, None
                self._deaths_before_warm, self._problem = 0, None
            case "prepare":
                worker.tracing = None
            case "fetch":
                worker.fetching.discard(chore.config.dataset)
                # Where workers share a disk, the others find it there.
                others = self._workers.values() if chore.config.dataset == DEFAULT.dataset else ()
                fetches = [action for other in others for action in self._fetch(other, chore.config)]
            case "warm_examiner":
                worker.examines = False
        return [*fetches, *self._place(), *self._prepare()]

    def not_done(self, chore: Chore, problem: str) -> list[Action]:
        """Do what follows where a worker could not do a chore: a run or question that needs it gets the reason."""
        if (worker := self._workers.get(chore.worker)) is not None:
            match chore.call:
                case "warm_up" | "prepare":
                    worker.tracing = None
                    self._problem = f"Training is not possible: a worker could not get ready ({problem})."
                case "fetch":
                    worker.fetching.discard(chore.config.dataset)
                    worker.cannot_fetch.add(chore.config.dataset)
                case "warm_examiner":
                    worker.examines = False
                    worker.cannot_examine.add(chore.config.compile_key)
        failed = self._without_data(chore.config.dataset, problem) if chore.call == "fetch" else []
        return [*failed, *self._place()]

    def _without_data(self, dataset: str, problem: str) -> list[Action]:
        """Fail the runs whose data set no worker can get; the rest never waited for it."""
        if any(dataset in worker.fetching | worker.has.datasets for worker in self._workers.values()):
            return []
        runs = [run for run in self._queue if run.config.dataset == dataset]
        for run in runs:
            self._forget(run)
        return [MarkEnded(run.id, "failed", problem) for run in runs]

    # What becomes of a training

    def compiling(self, key: Key) -> list[Action]:
        """Note that the training's network has to be traced."""
        run = self._current(key)
        if run is None:
            return []
        run.begun = True
        return self._mark(run, "compiling")

    def running(self, key: Key) -> list[Action]:
        """Note that the training begins, or goes on after a pause: its worker has its network and its data then."""
        run = self._current(key)
        if run is None or run.worker is None:
            return []
        worker = self._workers[run.worker]
        worker.has = replace(
            worker.has,
            programs=worker.has.programs | {run.config.compile_key},
            datasets=worker.has.datasets | {run.config.dataset},
        )
        run.begun = True
        run.paused_since = None
        return self._mark(run, "running")

    def paused(self, key: Key, now: float) -> list[Action]:
        """Note that the training is paused on its worker."""
        run = self._current(key)
        if run is None:
            return []
        run.paused_since = now
        if run.steps is not None:
            run.steps = 0
        return self._mark(run, "paused")

    def ended(self, key: Key, how: Ending, message: str | None) -> list[Action]:
        """Record the training's end; where it only left its worker, let it wait for another."""
        run = self._current(key)
        if run is None:
            return []
        if how == "left":
            over = self._after_leaving(run, WAITS_FOR_WORKER)
        else:
            over = [] if run.outcome == "failed" else [Mark(run.id, how, message)]
            self._free(run)
            self._forget(run)
        return [*over, *self._place(), *self._prepare()]

    def failed(self, key: Key, cause: str) -> list[Action]:
        """Fail the run for a cause that its training does not know, and have it leave its worker."""
        run = self._current(key)
        if run is None or run.outcome == "failed":
            return []
        run.outcome = "failed"
        return [MarkEnded(run.id, "failed", cause), *self._leave(run, "leave")]

    # Time, and the end

    def tick(self, now: float) -> list[Action]:
        """Have runs that were paused for a minute leave their workers, and try again what was put back."""
        actions: list[Action] = []
        for run in self._runs.values():
            if run.paused_since is None:
                continue
            run.paused_seconds += now - max(run.paused_since, self._ticked)
            # While others wait, no pause begins the minute anew.
            paused = run.paused_seconds if self._queue else now - run.paused_since
            if run.steps == 0 and not run.leaving and paused >= SECONDS_ON_WORKER_WHILE_PAUSED:
                actions += self._leave(run, "leave")
        self._ticked = now
        return [*actions, *self._place(), *self.examiners.warm_up(now, self._attempts)]

    def end(self) -> list[Action]:
        """Have every training leave with a checkpoint: the engine is to end. Queued runs stay queued."""
        self._ending = True
        self.examiners.close()
        actions: list[Action] = []
        for run in list(self._runs.values()):
            if run.worker is not None:
                actions += self._leave(run, "leave")
            elif run.status != "queued":
                self._forget(run)
                actions.append(Mark(run.id, "interrupted", ENGINE_ENDED))
        return actions

    def give_up(self) -> list[Action]:
        """Interrupt whatever still trains: the engine ends now."""
        placed = [run for run in self._runs.values() if run.worker is not None]
        return [action for run in placed for action in self._after_leaving(run, ENGINE_ENDED)]

    @property
    def idle(self) -> list[frozenset[Hashable]]:
        """What each worker has compiled that could train at once and has nothing to train; none where runs wait."""
        if self._queue or self._ending:
            return []
        return [frozenset(worker.has.programs) for worker in self._workers.values() if worker.usable and not worker.run]

    @property
    def programs(self) -> frozenset[Hashable]:
        """What some worker has compiled."""
        return frozenset(program for worker in self._workers.values() for program in worker.has.programs)

    @property
    def workers(self) -> frozenset[str]:
        """The addresses of the workers that are there."""
        return frozenset(self._workers)

    @property
    def runs(self) -> frozenset[str]:
        """The runs that are known and have not ended."""
        return frozenset(self._runs)

    @property
    def waiting(self) -> int:
        """How many runs wait for a worker."""
        return len(self._queue)

    @property
    def placed(self) -> frozenset[Key]:
        """The runs that a worker has, with their attempts."""
        return frozenset(run.key for run in self._runs.values() if run.worker is not None)

    @property
    def condition(self) -> EngineStatus:
        """How the workers are."""
        workers = self._workers.values()
        programs = {program for worker in workers for program in worker.has.programs}
        state: EngineState = "unavailable"
        if self._unreachable is not None:
            message = self._unreachable
        elif any(worker.usable for worker in workers):
            state, message = "ready", self._who_cannot_be_used()
        elif self._problem is not None:
            message = self._problem
        elif self._deaths_before_warm >= DEATHS_UNTIL_UNAVAILABLE:
            message = "The engine's worker processes end while they start: see the engine's log."
        elif self._unusable and not workers:
            message = self._who_cannot_be_used()
        else:
            state, message = "starting", "The engine is starting: its workers load TensorFlow."
        busy = sum(worker.run is not None for worker in workers)
        warm = cast(tuple[ProgramKey, ...], tuple(sorted(programs, key=repr)))
        return EngineStatus(state, message, workers=len(workers), busy=busy, warm=warm)

    def _who_cannot_be_used(self) -> str:
        return " ".join(f"Worker {address} cannot be used: {reason}." for address, reason in self._unusable.items())

    # Decisions

    def _place(self) -> list[Action]:
        """Give runs of the queue, in their order, to workers without one."""
        if self._ending or not self._queue:
            return []
        actions: list[Action] = []
        for run in self._line():
            idle = [worker for worker in self._workers.values() if worker.run is None]
            if not idle:
                break
            dataset = run.config.dataset
            with_data = [worker for worker in idle if dataset in worker.has.datasets]
            if with_data:
                actions.append(self._place_on(self._soonest(with_data, run.config), run))
                continue
            # Whoever comes next need not wait for this one's data.
            can_fetch = [worker for worker in idle if dataset not in worker.cannot_fetch]
            if can_fetch and not any(dataset in worker.fetching for worker in idle):
                actions += self._fetch(self._soonest(can_fetch, run.config), run.config)
        return actions

    def _line(self) -> Iterator[RunState]:
        """The queue in the order of turns."""
        yield from [run for run in self._queue if run.first]
        waiting = [run.waits for run in self._queue if not run.first]
        yield from [self._runs[one.id] for one in self._turns.in_order(waiting)]

    def _line_up(self, run: RunState, number: int) -> None:
        """Let a run wait for its turn as one that came just now."""
        run.first = False
        run.waits = replace(run.waits, number=number, turns_before=self._turns.latest)
        self._queue.append(run)

    def _go_first(self, run: RunState) -> None:
        """Let a run wait for a worker that is in the midst of its turn."""
        run.first = True
        self._queue.insert(0, run)

    def _place_on(self, worker: WorkerState, run: RunState) -> Place:
        self._queue.remove(run)
        turn = None if run.first else run.waits
        if turn is not None:
            self._turns.take(turn.browser, turn.address)
        self.examiners.look_at(run.config)
        self._attempts += 1
        worker.run = run
        run.worker, run.attempt = worker.address, self._attempts
        run.leaving, run.paused_since, run.paused_seconds = False, None, 0.0
        claim: Status | None = None
        if run.status == "queued":
            claim = "running" if run.config.compile_key in worker.has.programs else "compiling"
            run.status = claim
        return Place(run.key, worker.address, run.config, run.steps, claim, turn)

    @staticmethod
    def _soonest(workers: Iterable[WorkerState], config: TrainingConfig) -> WorkerState:
        """Return the worker on which this configuration's first step would come soonest."""

        def delay(worker: WorkerState) -> tuple[int, bool, int]:
            if config.compile_key in worker.has.programs:
                rank = 0 if worker.tracing is None else 1
            elif worker.tracing == config.compile_key:
                rank = 2
            else:
                rank = 3 if worker.tracing is None else 4
            return rank, worker.examines, len(worker.has.programs)

        return min(workers, key=delay)

    def _prepare(self) -> list[Action]:
        """Have an idle worker get ready for what was wished for last: the one with the fewest networks."""
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
        actions = self._fetch(worker, config)
        if not ready:
            worker.tracing = config.compile_key
            actions.append(Chore(worker.address, "prepare", config))
        return actions

    @staticmethod
    def _fetch(worker: WorkerState, config: TrainingConfig) -> list[Action]:
        if config.dataset in worker.has.datasets | worker.fetching | worker.cannot_fetch:
            return []
        worker.fetching.add(config.dataset)
        return [Chore(worker.address, "fetch", config)]

    def _stop(self, run: RunState) -> list[Action]:
        if run.worker is None:
            self._forget(run)
            return [MarkEnded(run.id, "stopped")]
        run.outcome = "stopped"
        return self._leave(run, "stop")

    def _after_leaving(self, run: RunState, why_it_waits: str) -> list[Action]:
        """Take a run that is not done off its worker: it ends, stays paused, or waits for another."""
        self._free(run)
        if run.outcome is not None or self._ending:
            self._forget(run)
            match run.outcome:
                case "failed":
                    return []
                case "stopped":
                    return [MarkEnded(run.id, "stopped")]
                case None:
                    return [Mark(run.id, "interrupted", ENGINE_ENDED)]
        if run.steps == 0:
            return self._mark(run, "paused")
        if run.leaving:
            # It was paused for a minute, and resumed since.
            self._line_up(run, 0)
        else:
            self._go_first(run)
        return self._wait(run, why_it_waits)

    def _lost(self, run: RunState, how: Departure) -> list[Action]:
        goes_on = run.outcome is None and not self._ending and run.steps != 0
        if goes_on:
            run.lost[how] += 1
        if goes_on and run.lost[how] > RESUMES[how]:
            self._forget(run)
            return [Mark(run.id, "interrupted", LOST_AGAIN if how == "died" else LEFT_TOO_OFTEN)]
        return self._after_leaving(run, LOST_ONCE if how == "died" else LEFT_BEHIND)

    def _live(self, run_id: str) -> RunState | None:
        run = self._runs.get(run_id)
        return run if run is not None and run.outcome is None else None

    def _current(self, key: Key) -> RunState | None:
        run = self._runs.get(key[0])
        return run if run is not None and run.worker is not None and run.key == key else None

    @staticmethod
    def _give(run: RunState, command: Command) -> list[Action]:
        assert run.worker is not None
        return [GiveCommand(run.key, run.worker, command)]

    def _leave(self, run: RunState, command: Literal["stop", "leave"]) -> list[Action]:
        run.leaving = True
        return self._give(run, command)

    @staticmethod
    def _mark(run: RunState, status: Status) -> list[Action]:
        run.status = status
        return [Mark(run.id, status, worker=run.worker)]

    @staticmethod
    def _wait(run: RunState, message: str) -> list[Action]:
        """Say why a run that has begun is in the queue; a queued one needs no explanation."""
        if run.status == "queued":
            return []
        return [Mark(run.id, run.status, message)]

    def _free(self, run: RunState) -> None:
        worker = self._workers.get(run.worker) if run.worker is not None else None
        if worker is not None:
            worker.run = None
        run.worker, run.paused_since = None, None

    def _forget(self, run: RunState) -> None:
        self._runs.pop(run.id, None)
        if run in self._queue:
            self._queue.remove(run)


def _latest_first(workers: Iterable[WorkerState]) -> list[RunState]:
    """The runs of these workers: put at the front of the queue one after another, they keep their order."""
    runs = (worker.run for worker in workers if worker.run is not None)
    return sorted(runs, key=lambda run: -run.attempt)
