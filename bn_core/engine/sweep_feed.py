"""Sweeps: which member is trained next, as soon as a worker is free. No member waits in the queue."""

from __future__ import annotations

import contextlib
import functools
import logging
from collections import Counter, deque
from collections.abc import Collection, Iterable, Sequence

from bn_core.config import TrainingConfig
from bn_core.engine.dispatcher import Dispatcher
from bn_core.runs.records import ACTIVE, NotPossible, SweepRecord
from bn_core.runs.store import Store
from bn_core.sweeps.plan import SweepProblem
from bn_core.sweeps.reading import of_text

Programs = Collection[object]
"""Keys of networks (`TrainingConfig.compile_key`) that a worker has compiled."""


_log = logging.getLogger(__name__)


class SweepFeed:
    """Adds members of running sweeps to the store. For the host's thread."""

    def __init__(self, store: Store, dispatcher: Dispatcher) -> None:
        self._store = store
        self._dispatcher = dispatcher
        self._latest: str | None = None

    def begin(self) -> None:
        """Let the members go on that were interrupted as the engine ended. Raises StoreUnavailable."""
        for sweep in self._store.running_sweeps():
            self._store.set_sweep(sweep.id, "running")

    def look(self) -> bool:
        """Add a member for each worker that has nothing to do; note which sweeps are done.

        Returns:
            Whether one was added.

        Raises:
            StoreUnavailable: the store cannot be read or written.
        """
        idle = self._dispatcher.idle
        if not idle:
            return False
        added = False
        anywhere = set(self._dispatcher.programs)
        line = deque((sweep, self._pending(sweep)) for sweep in _after(self._store.running_sweeps(), self._latest))
        for programs in idle:
            while line and not line[0][1]:
                line.popleft()
            if not line:
                break
            sweep, pending = line.popleft()
            member = choose(pending, programs, anywhere)
            try:
                self._store.add_member(sweep.id, member)
            except NotPossible:  # it was paused since
                continue
            self._latest, added = sweep.id, True
            pending.remove(member)
            anywhere.add(member.compile_key)
            line.append((sweep, pending))
        return added

    def waiting(self) -> int:
        """Return how many members nobody has begun, of all sweeps that run. Raises StoreUnavailable."""
        return sum(len(self._pending(sweep)) for sweep in self._store.running_sweeps())

    def _pending(self, sweep: SweepRecord) -> list[TrainingConfig]:
        """Return the members that nobody has begun; where none is left, note what has become of the sweep."""
        try:
            members = _members(sweep.plan)
        except SweepProblem as problem:  # another version wrote it
            _log.warning("The sweep %s cannot be read, and is stopped: %s", sweep.id, problem)
            self._store.set_sweep(sweep.id, "stopped")
            return []
        begun = self._store.member_states(sweep.id)
        trained = self._store.trained_identities(members, sweep.owner)
        pending = [member for identity, member in members.items() if identity not in begun and identity not in trained]
        if not pending and not any(status in ACTIVE for status in begun.values()):
            # Who lost its workers too often waits for a person, and the sweep with it.
            waits = any(status == "interrupted" for one, status in begun.items() if one not in trained)
            with contextlib.suppress(NotPossible):  # it was stopped since
                self._store.set_sweep(sweep.id, "paused" if waits else "finished")
        return pending


def choose(pending: Sequence[TrainingConfig], here: Programs, anywhere: Programs) -> TrainingConfig:
    """Return the member that a worker should train next: to compile a network takes as long as some hundred batches.

    Args:
        pending: at least one, in the order of the plan.
        here: what the worker has compiled.
        anywhere: what it or any other has.
    """
    left = Counter(member.compile_key for member in pending)

    def delay(member: TrainingConfig) -> tuple[int, int]:
        key = member.compile_key
        rank = 0 if key in here else 1 if key not in anywhere else 2
        # What another worker has compiled, it goes on with: where it has most left to do, help is worth most.
        return rank, 0 if rank < 2 else -left[key]

    return min(pending, key=delay)


def _after(sweeps: Iterable[SweepRecord], latest: str | None) -> list[SweepRecord]:
    """Return the sweeps in their turns: the one behind that which had the latest comes first."""
    known = list(sweeps)
    place = next((place for place, sweep in enumerate(known, 1) if sweep.id == latest), 0)
    return known[place:] + known[:place]


@functools.lru_cache(maxsize=64)
def _members(text: str) -> dict[str, TrainingConfig]:
    """Return the members of a sweep's file by their identity, which takes long to work out. Raise SweepProblem."""
    return {member.identity: member for member in of_text(text).members}
