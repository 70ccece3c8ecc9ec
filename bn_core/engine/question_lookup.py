"""What is needed to answer a question about a run, or why it cannot be had."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from bn_core.engine.inquiry import Finding, Inquiry, Refused
from bn_core.engine.reports import Gathered, Report
from bn_core.engine.wording import named
from bn_core.protocol import is_scheduled
from bn_core.questions.decay import MovingStatistics, statistics_after
from bn_core.questions.questions import ApplyDecay, Question, QuestionProblem, question_of
from bn_core.runs.records import RunProblem, RunRecord, StoredQuestion, UnknownRun
from bn_core.runs.sources import RunSource
from bn_core.runs.store import StoreUnavailable

NOT_YET = "This run has not come to batch {step} yet; it is at batch {last}."
ENDED_BEFORE = "This run ended after batch {last}, so there are no weights of batch {step}."
REMOVED = (
    "The weights of this step were removed to make room for newer runs; what was measured of it stays. Start the same "
    "run again to ask about it."
)
NONE_KEPT = "No weights of this run were kept; start the same run again to ask about it."
OTHER_STEPS = "The weights of this run are kept after {steps}; ask about one of them, not batch {step}."
NOT_GATHERED = (
    "What was recorded of this run could not be read ({error}). Ask again; if it happens again, the engine's log has "
    "the details."
)

_log = logging.getLogger(__name__)


class QuestionLookup:
    """Finds what is recorded of the step that a question is about.

    Args:
        sources: where runs are looked for, one after the other.
        report: called with what `gather` found, from a thread of its own.
    """

    def __init__(self, sources: Sequence[RunSource], report: Callable[[Report], None]) -> None:
        self._sources = sources
        self._report = report
        # A long run's statistics take a while to read.
        self._thread = ThreadPoolExecutor(1, "question lookup")

    def gather(self, question: StoredQuestion) -> None:
        """Have what this question needs looked for; `Gathered` is reported."""
        self._thread.submit(lambda: self._report(Gathered(question, self._found(question))))

    def _found(self, question: StoredQuestion) -> Finding | None:
        """Return what was found; None where it cannot be had yet."""
        try:
            return self.find(question)
        except StoreUnavailable as problem:
            _log.info("A question has to wait: %s", problem)
            return None
        except Exception as error:
            _log.exception("What question %d needs could not be read", question.id)
            return Refused(NOT_GATHERED.format(error=named(error)))

    def find(self, question: StoredQuestion) -> Finding | None:
        """Return all that a worker needs for the answer; None where the run is about to record it.

        Raises:
            StoreUnavailable: at present nothing can be read.
        """
        for source in self._sources:
            record = source.run(question.run_id)
            if record is not None:
                try:
                    return _find(source, record, question)
                except (QuestionProblem, RunProblem) as problem:
                    return Refused(str(problem))
        return Refused(str(UnknownRun()))


def _find(source: RunSource, record: RunRecord, question: StoredQuestion) -> Finding | None:
    asked = question_of(question.question)
    kept = source.snapshot_steps(record.id)
    snapshot = source.snapshot(record.id, asked.step)
    if snapshot is None:
        why = why_none(record, asked.step, kept)
        return None if why is None else Refused(why)
    return Inquiry(
        question.id,
        asked.to_json(),
        record.config,
        source.dataset_sha256(record.id),
        snapshot,
        _statistics(source, record, asked),
    )


def _statistics(source: RunSource, record: RunRecord, asked: Question) -> MovingStatistics | None:
    if not isinstance(asked, ApplyDecay) or not record.config.normalized:
        return None
    recorded = source.statistics(record.id)
    return statistics_after(asked, recorded.means, recorded.variances)


def why_none(record: RunRecord, step: int, kept: Sequence[int]) -> str | None:
    """Return why there are no weights of this step of the run: one sentence; None where they are about to be there.

    Args:
        kept: the steps whose weights are there, ascending.
    """
    if step > record.step:
        return (NOT_YET if record.active else ENDED_BEFORE).format(step=step, last=record.step)
    if is_scheduled(step, record.config.batches):
        if record.snapshots_removed:
            return REMOVED
        # A run's snapshots come in their order, each after the events of its step.
        if record.active and (not kept or step > kept[-1]):
            return None
    if not kept:
        return NONE_KEPT
    *rest, last = map(str, kept)
    return OTHER_STEPS.format(step=step, steps=f"batches {', '.join(rest)} and {last}" if rest else f"batch {last}")
