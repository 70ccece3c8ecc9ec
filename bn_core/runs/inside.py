"""What was recorded inside a run's network so far: the probes, and the statistics of every batch."""

from __future__ import annotations

import logging
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from bn_core.network.layers_probed import LayersProbed
from bn_core.runs.incremental import GrowingArray, Row, SharedReader, unpacked
from bn_core.runs.store import Store
from bn_core.training.events import StatisticsRecorded

PROBES_KEPT = 16
"""How many runs' probes a process keeps: a long run has 30 probes of 30 KB."""

STATISTICS_BYTES_KEPT = 50_000_000
"""How much of the batches' statistics a process keeps: those of nine runs of 800 batches."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class ProbeHistory:
    """Every probe of a run up to event `last_number`, in order of step. It never changes: ask the service again."""

    run_id: str
    last_number: int = 0
    probes: tuple[LayersProbed, ...] = ()

    @property
    def steps(self) -> tuple[int, ...]:
        """The steps of the probes, ascending."""
        return tuple(probe.step for probe in self.probes)

    def at(self, step: int) -> LayersProbed | None:
        """The latest probe at or before this step; None before the first."""
        index = bisect_right(self.steps, step)
        return self.probes[index - 1] if index else None


def _no_steps() -> NDArray[np.int64]:
    return np.empty(0, np.int64)


def _no_statistics() -> NDArray[np.float32]:
    return np.empty((0, 0), np.float32)


@dataclass(frozen=True, eq=False)
class StatisticsHistory:
    """The statistics of every batch of a run up to event `last_number`. It never changes: ask the service again.

    Attributes:
        steps: int64 (n,), ascending: updates done, the one with this batch included.
        means, variances: float32 (n, channels): of each batch, by channel, layer after layer (see
            `layers_probed.channels_of`). (0, 0) where there are none: before the first batch, without batch
            normalization, and with the bugs that keep it from using the batch's. Read-only.
    """

    run_id: str
    last_number: int = 0
    steps: NDArray[np.int64] = field(default_factory=_no_steps)
    means: NDArray[np.float32] = field(default_factory=_no_statistics)
    variances: NDArray[np.float32] = field(default_factory=_no_statistics)

    @property
    def bytes(self) -> int:
        """How much memory the values take."""
        return self.steps.nbytes + self.means.nbytes + self.variances.nbytes


class Probes(SharedReader[ProbeHistory]):
    """The probes of the runs that somebody looked at lately, shared by all sessions of a process. Thread-safe."""

    def __init__(self, store: Store, kept: int = PROBES_KEPT) -> None:
        super().__init__(store, [LayersProbed.__name__], _GrowingProbes, kept)


class Statistics(SharedReader[StatisticsHistory]):
    """The statistics of the runs that somebody looked at lately, shared by all sessions of a process. Thread-safe."""

    def __init__(self, store: Store, bytes_kept: int = STATISTICS_BYTES_KEPT) -> None:
        super().__init__(
            store, [StatisticsRecorded.__name__], _GrowingStatistics, bytes_kept, lambda known: known.bytes
        )


class _GrowingProbes:
    def __init__(self, run_id: str) -> None:
        self.known = ProbeHistory(run_id)

    def take(self, rows: Sequence[Row]) -> None:
        probes = [event for event in unpacked(self.known.run_id, rows) if isinstance(event, LayersProbed)]
        self.known = replace(self.known, last_number=rows[-1][0], probes=(*self.known.probes, *probes))


class _GrowingStatistics:
    def __init__(self, run_id: str) -> None:
        self.known = StatisticsHistory(run_id)
        self._steps = GrowingArray(np.int64)
        self._means: GrowingArray | None = None
        self._variances: GrowingArray | None = None

    def take(self, rows: Sequence[Row]) -> None:
        known = replace(self.known, last_number=rows[-1][0])
        events = [event for event in unpacked(known.run_id, rows) if isinstance(event, StatisticsRecorded)]
        if events:
            if self._means is None or self._variances is None:
                self._means, self._variances = (GrowingArray(np.float32, events[0].mean.shape) for _ in range(2))
            shape = self._means.shape
            fitting = [event for event in events if event.mean.shape == event.variance.shape == shape]
            if len(fitting) < len(events):
                _log.warning("Statistics of run %s are left out: they are of another number of channels", known.run_id)
            known = replace(
                known,
                steps=self._steps.extended([event.step for event in fitting]),
                means=self._means.extended([event.mean for event in fitting]),
                variances=self._variances.extended([event.variance for event in fitting]),
            )
        self.known = known
