"""Everything that an export is made from: what is recorded of one run, read when its turn comes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bn_core.network.layers_probed import LayersProbed
from bn_core.questions import answers
from bn_core.questions.answers import Recalibrated
from bn_core.questions.questions import Recalibrate
from bn_core.runs.history import RunHistory
from bn_core.runs.inside import ProbeHistory, StatisticsHistory
from bn_core.runs.records import RunRecord, UnknownRun
from bn_core.runs.service import RunService
from bn_core.training.events import Checked, Evaluated

Statistics = tuple[NDArray[np.floating], NDArray[np.floating]]
"""A mean and a variance of every channel, layer after layer."""


@dataclass(frozen=True, eq=False)
class Recording:
    """One run as it was when it was read.

    Attributes:
        recalibrated: the statistics that recalibrating gave, by step, where somebody has asked for that.
    """

    run: RunRecord
    history: RunHistory
    probes: ProbeHistory
    statistics: StatisticsHistory
    recalibrated: Mapping[int, Statistics]

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
        timed: list[Evaluated | Checked | LayersProbed] = [*history.evaluations, *history.checks, *self.probes.probes]
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
        history, recalibrated = service.history(run_id), {}
        for step in (event.step for event in history.evaluations if event.recalibrated is not None):
            if (statistics := _recalibrated(service, run_id, step)) is not None:
                recalibrated[step] = statistics
        yield Recording(run, history, service.probes(run_id), service.statistics(run_id), recalibrated)


def _recalibrated(service: RunService, run_id: str, step: int) -> Statistics | None:
    packed = service.answered(run_id, Recalibrate(step).to_json())
    try:
        answer = None if packed is None else answers.unpack(packed)
    except ValueError:
        # The page where it is asked for says that it cannot be read.
        return None
    if not isinstance(answer, Recalibrated) or answer.means is None or answer.variances is None:
        return None
    return answer.means, answer.variances
