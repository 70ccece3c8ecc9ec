"""What is needed to answer a question about a run, or why it cannot be had."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from queue import SimpleQueue
from typing import Protocol

from bn_core.engine.inquiry import Finding, Inquiry, Refused
from bn_core.engine.reports import Gathered, Report
from bn_core.engine.wording import named
from bn_core.protocol import is_scheduled
from bn_core.questions.decay import MovingStatistics, statistics_after
from bn_core.questions.questions import ApplyDecay, QuestionProblem, question_of
from bn_core.questions.questions import Question as Asked
from bn_core.runs.inside import Statistics, StatisticsHistory
from bn_core.runs.records import Question, RunRecord, UnknownRun
from bn_core.runs.store import Store, StoreUnavailable
from bn_core.training.events import RunStarted, unpack

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


class Source(Protocol):
    """Runs of one kind: those of the store, or those that come with the lab. Any thread may call any method."""

    def run(self, run_id: str) -> RunRecord | None:
        """Return the run; None if it is none of these."""

    def snapshot(self, run_id: str, step: int) -> bytes | None:
        """Return a packed SnapshotTaken; None if there is none of this step."""

    def snapshot_steps(self, run_id: str) -> tuple[int, ...]:
        """Return the steps of the snapshots that there are, ascending."""

    def statistics(self, run_id: str) -> StatisticsHistory:
        """Return the statistics of every batch up to now."""

    def dataset_sha256(self, run_id: str) -> str | None:
        """Return that of the data that the run was trained on; None if it is unknown."""


class StoredRuns:
    """The runs of the store."""

    def __init__(self, store: Store) -> None:
        self.run = store.run
        self.snapshot = store.snapshot
        self.snapshot_steps = store.snapshot_steps
        self.statistics = Statistics(store).read
        self._store = store

    def dataset_sha256(self, run_id: str) -> str | None:
        for _, packed in self._store.events_after(run_id, 0, [RunStarted.__name__], 1):
            started = unpack(packed)
            if isinstance(started, RunStarted):
                return started.dataset_sha256
        return None


class QuestionLookup:
    """Finds what is recorded of the step that a question is about.

    Args:
        sources: where runs are looked for, one after the other.
    """

    def __init__(self, sources: Sequence[Source]) -> None:
        self._sources = sources

    def find(self, question: Question) -> Finding | None:
        """Return all that a worker needs for the answer; None where the run is about to record it.

        Raises:
            StoreUnavailable: at present nothing can be read.
        """
        for source in self._sources:
            record = source.run(question.run_id)
            if record is not None:
                try:
                    return _find(source, record, question)
                except QuestionProblem as problem:
                    return Refused(str(problem))
        return Refused(str(UnknownRun()))


def _find(source: Source, record: RunRecord, question: Question) -> Finding | None:
    asked = question_of(question.question)
    kept = source.snapshot_steps(record.id)
    snapshot = source.snapshot(record.id, asked.step)
    if snapshot is None:
        why = why_none(record, asked.step, kept)
        return None if why is None else Refused(why)
    return Inquiry(
        question.id,
        asked.to_json(),
        record.config.to_json(),
        source.dataset_sha256(record.id),
        snapshot,
        _statistics(source, record, asked),
    )


def _statistics(source: Source, record: RunRecord, asked: Asked) -> MovingStatistics | None:
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


class LookupThread:
    """Looks for what questions need in a thread of its own: a long run's statistics take a while to read.

    Args:
        report: called with what was found (`Gathered`), from that thread.
    """

    def __init__(self, lookup: QuestionLookup, report: Callable[[Report], None]) -> None:
        self._lookup = lookup
        self._report = report
        self._questions: SimpleQueue[Question] = SimpleQueue()
        threading.Thread(target=self._work, name="question lookup", daemon=True).start()

    def gather(self, question: Question) -> None:
        """Look for what this question needs, and report it."""
        self._questions.put(question)

    def _work(self) -> None:
        while True:
            question = self._questions.get()
            self._report(Gathered(question, self._found(question)))

    def _found(self, question: Question) -> Finding | None:
        """Return what was found; None where it cannot be had yet."""
        try:
            return self._lookup.find(question)
        except StoreUnavailable as problem:
            _log.info("A question has to wait: %s", problem)
            return None
        except Exception as error:
            _log.exception("What question %d needs could not be read", question.id)
            return Refused(NOT_GATHERED.format(error=named(error)))
