"""Which worker works out an answer, and which gets ready for questions while nothing else happens."""

from __future__ import annotations

from collections.abc import Mapping

from bn_core.config import TrainingConfig
from bn_core.engine.actions import DEFAULT, Chore
from bn_core.engine.dispatch_state import WorkerState
from bn_core.engine.holdings import EXAMINERS_KEPT, Inventory

SECONDS_OF_CALM = 3.0
"""For how long no run may have been placed, nor a network traced, before an idle worker gets ready for questions."""


class Examiners:
    """The workers as examiners: each works out one answer at a time, also while it trains.

    Args:
        workers: by address; the dispatcher's own mapping, which it changes.
    """

    def __init__(self, workers: Mapping[str, WorkerState]) -> None:
        self._workers = workers
        self._looked_at = [DEFAULT]
        self._active_at = float("-inf")
        self._activity: object = None
        self._closed = False

    @property
    def free(self) -> int:
        """How many more answers could be worked out at once."""
        return len(self._free())

    def choose(self, config: TrainingConfig) -> str | None:
        """Return the worker that is to work out an answer about a run of this configuration; None if none can now.

        One that is ready for it comes before one that has to trace first, and an idle one before one that trains.
        """
        self.look_at(config)
        free = self._free()
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

    def done(self, address: str, inventory: Inventory | None) -> None:
        """Note that a worker is done with a question.

        Args:
            inventory: what it has now; None where it did not say so.
        """
        if (worker := self._workers.get(address)) is not None:
            worker.examines = False
            worker.has = inventory or worker.has

    def look_at(self, config: TrainingConfig) -> None:
        """Note that somebody looks at runs of this configuration, and so may ask about them."""
        others = [other for other in self._looked_at if other.compile_key != config.compile_key]
        self._looked_at = [config, *others][:EXAMINERS_KEPT]

    def warm_up(self, now: float, placements: int) -> list[Chore]:
        """While nothing else happens, have one idle worker get ready for questions about the runs that are looked at.

        It takes seconds of a core's time, so nobody who presses Train may have to wait for it.

        Args:
            placements: how many runs were placed up to now.
        """
        activity = [worker.tracing for worker in self._workers.values()], placements
        if activity != self._activity:
            self._activity, self._active_at = activity, now
        idle = [worker for worker in self._free() if worker.run is None]
        examining = any(worker.examines for worker in self._workers.values())
        tracing = any(worker.tracing is not None for worker in idle)
        if now - self._active_at < SECONDS_OF_CALM or examining or tracing:
            return []
        for config in self._looked_at:
            able = [worker for worker in idle if config.compile_key not in worker.cannot_examine]
            if able and not any(config.compile_key in worker.has.examiners for worker in idle):
                worker = min(able, key=lambda worker: len(worker.has.examiners))
                worker.examines = True
                return [Chore(worker.address, "warm_examiner", config)]
        return []

    def close(self) -> None:
        """Take no more questions: the engine is to end."""
        self._closed = True

    def _free(self) -> list[WorkerState]:
        if self._closed:
            return []
        return [worker for worker in self._workers.values() if worker.usable and not worker.examines]
