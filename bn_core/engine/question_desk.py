"""What becomes of a question: taken from the store, furnished with what it needs, given to a worker, answered."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from functools import partial
from typing import Protocol

from bn_core.config import TrainingConfig
from bn_core.engine.inquiry import Answered, Finding, Inquiry, NoSnapshot, Outcome, Refused
from bn_core.engine.ledger import Ledger
from bn_core.engine.policy import Policy
from bn_core.runs.records import StoredQuestion
from bn_core.runs.store import Store

SECONDS_UNTIL_READ_AGAIN = 0.5


class Finder(Protocol):
    """Looks for what a question needs, and reports `Gathered`: see `moments.Gatherer`."""

    def gather(self, question: StoredQuestion) -> None: ...


class Workers(Protocol):
    """What the desk asks of a cluster. The method returns at once; see `cluster.Cluster`."""

    def answer(self, address: str, inquiry: Inquiry) -> None: ...


class QuestionDesk:
    """Every question that was taken from the store and has no end yet. For the host's thread.

    Args:
        is_coming: whether the snapshot of this step of this run is on its way to the store.
    """

    def __init__(
        self,
        store: Store,
        workers: Workers,
        finder: Finder,
        policy: Policy,
        ledger: Ledger,
        is_coming: Callable[[str, int], bool],
    ) -> None:
        self._store = store
        self._workers = workers
        self._finder = finder
        self._policy = policy
        self._ledger = ledger
        self._is_coming = is_coming
        self._gathering: dict[int, StoredQuestion] = {}
        self._put_off: list[tuple[float, StoredQuestion]] = []
        self._waiting: list[tuple[StoredQuestion, NoSnapshot]] = []
        self._looked_again: set[int] = set()
        self._ready: deque[Inquiry] = deque()
        self._asked: dict[int, str] = {}

    def look(self, now: float) -> None:
        """Takes as many questions as there are workers for. Raises StoreUnavailable."""
        self._resume(now)
        self._place()
        free = self._policy.examiners - len(self._gathering) - len(self._ready)
        if free > 0:
            for question in self._store.take_questions(free):
                self._gather(question)

    def gathered(self, question: StoredQuestion, finding: Finding | None, now: float) -> None:
        """What the question needs was looked for; None where the store could not be read."""
        del self._gathering[question.id]
        match finding:
            case None:
                self._put_off.append((now + SECONDS_UNTIL_READ_AGAIN, question))
            case Inquiry():
                self._looked_again.discard(question.id)
                self._ready.append(finding)
                self._place()
            case NoSnapshot(run_id, step, sentence):
                if question.id in self._looked_again and not self._is_coming(run_id, step):
                    self._refuse(question.id, sentence)
                else:
                    self._waiting.append((question, finding))
            case Refused(sentence):
                self._refuse(question.id, sentence)

    def replied(self, question_id: int, outcome: Outcome) -> None:
        """A worker came to an end with the question."""
        # One that was put back meanwhile has its answer all the same.
        self._asked.pop(question_id, None)
        match outcome:
            case Answered(packed):
                self._ledger.add(partial(self._store.answer_question, question_id, packed))
            case Refused(sentence):
                self._refuse(question_id, sentence)

    def not_replied(self, question_id: int) -> None:
        """The worker that was asked cannot be heard."""
        if self._asked.pop(question_id, None) is not None:
            self._put_back(question_id)

    def worker_left(self, address: str) -> None:
        """A worker is gone, with what it was asked."""
        for question_id in [asked for asked, worker in self._asked.items() if worker == address]:
            self.not_replied(question_id)

    def _resume(self, now: float) -> None:
        """Looks again for what was not there, when it may be: a snapshot that was on its way is there or lost."""
        due = [question for at, question in self._put_off if at <= now]
        self._put_off = [(at, question) for at, question in self._put_off if at > now]
        still_waiting = []
        for question, missing in self._waiting:
            if self._is_coming(missing.run_id, missing.step):
                still_waiting.append((question, missing))
            else:
                self._looked_again.add(question.id)
                due.append(question)
        self._waiting = still_waiting
        for question in due:
            self._gather(question)

    def _gather(self, question: StoredQuestion) -> None:
        self._gathering[question.id] = question
        self._finder.gather(question)

    def _place(self) -> None:
        while self._ready:
            address = self._policy.examine(TrainingConfig.of(self._ready[0].config))
            if address is None:
                return
            inquiry = self._ready.popleft()
            self._asked[inquiry.id] = address
            self._workers.answer(address, inquiry)

    def _refuse(self, question_id: int, sentence: str) -> None:
        self._looked_again.discard(question_id)
        self._ledger.add(partial(self._store.refuse_question, question_id, sentence))

    def _put_back(self, question_id: int) -> None:
        self._ledger.add(partial(self._store.put_back_question, question_id))
