"""Where runs are read from: the store, and whatever else has runs that are read in the same way."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from bn_core.runs.history import Histories, RunHistory
from bn_core.runs.inside import ProbeHistory, Probes, Statistics, StatisticsHistory
from bn_core.runs.records import RunRecord
from bn_core.runs.store import Store
from bn_core.training.events import RunStarted, unpack


class RunSource(Protocol):
    """Runs of one kind. Any thread may call any method; what is no run's id gives what a run without events would.

    Every method may raise StoreUnavailable, and RunDamaged where what is stored of a run is not what was recorded.
    """

    def run(self, run_id: str) -> RunRecord | None:
        """Return the run as it is now; None if it is none of these."""

    def history(self, run_id: str) -> RunHistory:
        """Return everything recorded of the run up to now, but for what went on inside its network."""

    def probes(self, run_id: str) -> ProbeHistory:
        """Return every probe of the run's layers up to now."""

    def statistics(self, run_id: str) -> StatisticsHistory:
        """Return the statistics of every batch up to now; empty for a run without batch normalization."""

    def snapshot_steps(self, run_id: str) -> tuple[int, ...]:
        """Return the steps whose weights are kept, ascending."""

    def snapshot(self, run_id: str, step: int) -> bytes | None:
        """Return a packed SnapshotTaken; None if there is none of this step. Raise WeightsDamaged."""

    def dataset_sha256(self, run_id: str) -> str | None:
        """Return the hash of the data that the run was trained on; None if that is not known."""


class ShippedRuns(RunSource, Protocol):
    """Runs that come with the app: they are finished, nobody owns them, and some answers come with them."""

    def runs(self) -> Sequence[RunRecord]:
        """Return all of them."""

    def answer(self, run_id: str, question: str) -> bytes | None:
        """Return the answer that comes with the run, as the engine packs it; None if there is none.

        Args:
            question: `records.canonical_question` of it.
        """


class StoredRuns:
    """The runs of the store. What was read of a run is kept, and later calls read only what is new."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._readers = histories, probes, statistics = Histories(store), Probes(store), Statistics(store)
        self.history = histories.read
        self.probes = probes.read
        self.statistics = statistics.read
        self.run = store.run
        self.snapshot = store.snapshot
        self.snapshot_steps = store.snapshot_steps

    def dataset_sha256(self, run_id: str) -> str | None:
        for _, packed in self._store.events(run_id, [RunStarted.__name__]):
            started = unpack(packed)
            if isinstance(started, RunStarted):
                return started.dataset_sha256
        return None

    def forget(self, run_id: str) -> None:
        """Drop what was read of a run that was deleted."""
        for reader in self._readers:
            reader.forget(run_id)
