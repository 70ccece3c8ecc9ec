"""What pages call for sweeps. It checks who asks and whether it makes sense, and leaves the rest to the store."""

from __future__ import annotations

import functools

from bn_core.runs.presented import NotPresenting, Presenter
from bn_core.runs.records import NotPossible, SweepRecord, owner_hash
from bn_core.runs.service import RunService
from bn_core.runs.store import Store
from bn_core.sweeps.cost import Cost, cost
from bn_core.sweeps.plan import Sweep
from bn_core.sweeps.reading import of_text, to_toml
from bn_core.sweeps.standing import Reader, Standing


class SweepService:
    """Everything that a page can know of sweeps, and ask for. Thread-safe.

    `owner` and `address` are as for `RunService`. Every method may raise StoreUnavailable. Those that change something
    raise RunProblems: `str(problem)` is one sentence for the person.
    """

    def __init__(self, store: Store, runs: RunService) -> None:
        self._store = store
        self._runs = runs
        self._reader = Reader(store)

    # Asking for something

    def begin(self, plan: Sweep, owner: str, address: str | None = None) -> str:
        """Have the members trained that are not yet, as workers are free, and return the sweep's id.

        One that this browser has begun, and that runs, is not begun twice.

        Raises:
            NotPossible: nothing is trained here, or the browser has no id.
            QueueFull: as many sweeps of this browser run as may.
        """
        hashed = owner_hash(owner)
        if hashed is None:
            raise NotPossible("This browser has not introduced itself yet: reload the page and try again.")
        self._check_engine()
        return self._store.add_sweep(to_toml(plan), hashed, address)

    def pause(self, sweep_id: str, owner: str) -> None:
        """Begin no further member. Those that are trained just now go on to their end."""
        self._store.change_sweep(sweep_id, "paused", owner_hash(owner) or "")

    def resume(self, sweep_id: str, owner: str) -> None:
        """Go on with a sweep that was paused: no member is trained twice.

        Raises:
            QueueFull: as many sweeps of this browser run as may.
        """
        self._check_engine()
        self._store.change_sweep(sweep_id, "running", owner_hash(owner) or "")

    def stop(self, sweep_id: str, owner: str | Presenter) -> None:
        """End the sweep for good, and its members after the batch in work. What is trained stays.

        Args:
            owner: or who presents to the class: the one exception from stopping one's own only.
        """
        if isinstance(owner, Presenter):
            if not self._store.presents(owner):
                raise NotPresenting
            self._store.set_sweep(sweep_id, "stopped")
        else:
            self._store.change_sweep(sweep_id, "stopped", owner_hash(owner) or "")
        for run in self._store.members(sweep_id):
            if run.active and not self._store.stop_queued(run.id, run.owner):
                self._store.add_request("stop", run.id, asked_by=run.owner)

    # Knowing something

    def sweep(self, sweep_id: str) -> SweepRecord | None:
        """Return the sweep, whoever began it: who has its id was given it. None if there is none."""
        return self._store.sweep(sweep_id)

    def owns(self, sweep: SweepRecord, owner: str | None) -> bool:
        """Whether this browser began it."""
        return sweep.owner == owner_hash(owner)

    def sweeps(self, owner: str | None, limit: int = 50) -> list[SweepRecord]:
        """Return up to `limit` of this browser's sweeps, the newest first; none for no browser."""
        hashed = owner_hash(owner)
        return [] if hashed is None else self._store.sweeps(hashed, limit)

    def running(self, presenter: Presenter) -> list[SweepRecord]:
        """Return the sweeps whose members are trained, whoever began them, the oldest first.

        Raises:
            NotPresenting: this browser may not present.
        """
        if not self._store.presents(presenter):
            raise NotPresenting
        return self._store.running_sweeps()

    def standing(self, sweep: SweepRecord) -> Standing:
        """Return how it stands.

        Raises:
            SweepProblem: another version wrote it.
        """
        return self._reader.standing(sweep, plan_of(sweep))

    def cost(self, plan: Sweep, owner: str | None) -> Cost:
        """Return what a plan will take that is begun now."""
        found = self._store.trained([member.identity for member in plan.members], owner_hash(owner) or "")
        trained = {run.config.identity for run in found}
        workers = self._runs.engine().workers
        return cost(plan, trained, self._store.paces(), self._store.bytes_per_batch(), workers)

    def _check_engine(self) -> None:
        engine = self._runs.engine()
        if engine.state == "unavailable":
            raise NotPossible(engine.message)


def plan_of(sweep: SweepRecord) -> Sweep:
    """Return what a sweep trains.

    Raises:
        SweepProblem: another version wrote it.
    """
    return _plan(sweep.plan)


@functools.lru_cache(maxsize=64)
def _plan(text: str) -> Sweep:
    return of_text(text)
