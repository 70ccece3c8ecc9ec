"""Everything that an export is made from: what is recorded of one run, read when its turn comes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from bn_core.runs.history import RunHistory
from bn_core.runs.inside import ProbeHistory, StatisticsHistory
from bn_core.runs.records import RunRecord, UnknownRun
from bn_core.runs.service import RunService


@dataclass(frozen=True, eq=False)
class Recording:
    """One run as it was when it was read."""

    run: RunRecord
    history: RunHistory
    probes: ProbeHistory
    statistics: StatisticsHistory

    @property
    def folder(self) -> str:
        """What a folder with this run alone is called: letters of a-z, digits and hyphens, no two runs the same."""
        config = self.run.config
        return f"{config.placement}-seed-{config.seed}-{self.run.id}"

    def clock(self) -> Callable[[int], float]:
        """Return when a step was done, unix seconds: when the run began and the time that its events took until then.

        What a run waited between, paused or interrupted, is not in it.
        """
        history = self.history
        timed = [*history.evaluations, *history.checks, *self.probes.probes]
        steps = np.concatenate([history.steps, [event.step for event in timed]])
        milliseconds = np.concatenate([history.milliseconds, [event.milliseconds for event in timed]])
        order = np.argsort(steps, kind="stable")
        steps, spent = steps[order], np.concatenate([[0.0], np.cumsum(milliseconds[order])])
        began = self.run.started or self.run.created
        return lambda step: began + float(spent[np.searchsorted(steps, step, side="right")]) / 1000


def recordings(service: RunService, run_ids: Sequence[str]) -> Iterator[Recording]:
    """Yield what is recorded of these runs, in this order. One run is read at a time.

    Raises:
        UnknownRun: there is no run with one of these ids.
        StoreUnavailable: the store cannot be read.
    """
    for run_id in run_ids:
        run = service.run(run_id)
        if run is None:
            raise UnknownRun
        yield Recording(run, service.history(run_id), service.probes(run_id), service.statistics(run_id))
