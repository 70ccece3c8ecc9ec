"""Which runs can answer an exercise, and what is right for each."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from bn_core.config import TrainingConfig
from bn_core.exercises import Answer, Evidence, Exercise
from bn_core.runs.records import NOBODY, RunRecord
from bn_core.runs.service import RunService
from pages.parts.recorded import over_seeds, same_training
from pages.parts.run_choice import MOST


@dataclass(frozen=True)
class Candidate:
    """A run that can be asked.

    Attributes:
        answer: what is right for it; None where the run to compare with is missing.
        lacks: the configuration of that run; None where nothing is missing.
        intended: whether it is what the exercise's link sets.
    """

    run: RunRecord
    answer: Answer | None
    lacks: TrainingConfig | None
    intended: bool

    @property
    def mine(self) -> bool:
        """Whether the learner trained it."""
        return self.run.owner != NOBODY


def candidates(service: RunService, exercise: Exercise, browser: str | None) -> list[Candidate]:
    """Return the runs that can answer, the one to begin with first.

    First one's own of the configuration that the link sets, the newest first; where there is none of these, those that
    come with the app. Then all others that can be asked.
    """
    own = service.runs(browser, MOST)
    own = sorted((run for run in own if run.status == "finished"), key=lambda run: run.created, reverse=True)
    recorded = service.recorded()
    found = [
        made
        for run in (*own, *recorded)
        if exercise.fits(run.config) and (made := _candidate(service, exercise, run, recorded, browser)) is not None
    ]
    # Stable: within each of these, one's own stand before recorded ones.
    return sorted(found, key=lambda one: (not one.intended, not one.mine))


def _candidate(
    service: RunService, exercise: Exercise, run: RunRecord, recorded: Iterable[RunRecord], browser: str | None
) -> Candidate | None:
    intended, twin = exercise.intended(run.config), exercise.twin_of(run.config)
    other = None if twin is None else _finished(service, twin, recorded, browser)
    if twin is not None and other is None:
        return Candidate(run, None, twin, intended)
    evidence = Evidence(
        run.config,
        service.history(run.id),
        service.probes(run.id).at(0) if exercise.measure.inside else None,
        None if other is None else service.history(other.id),
        ((), ()) if twin is None else (over_seeds(twin, recorded), over_seeds(run.config, recorded)),
    )
    answer = exercise.measure.of(evidence)
    return None if answer is None else Candidate(run, answer, None, intended)


def _finished(
    service: RunService, config: TrainingConfig, recorded: Iterable[RunRecord], browser: str | None
) -> RunRecord | None:
    """Return a finished run of exactly this training; None where there is none."""
    known = service.identical(config, browser)
    if known is not None and known.status == "finished":
        return known
    return same_training(config, recorded)
