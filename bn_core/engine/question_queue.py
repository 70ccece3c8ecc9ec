"""The way of a question: taken from the store, furnished with what it needs, given to a worker, answered."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from functools import partial

from bn_core.engine.examiners import Examiners
from bn_core.engine.inquiry import Answered, Finding, Inquiry, Outcome, Refused
from bn_core.engine.write_queue import WriteQueue
from bn_core.runs.records import StoredQuestion
from bn_core.runs.store import Store

SECONDS_UNTIL_LOOKED_AGAIN = 0.25
QUESTIONS = "questions"
"""Name of the queue of writes."""


class QuestionQueue:
    """Every question that was taken from the store and has no end yet. For the host's thread.

    Args:
        answer: has a worker work out the answer and report it: see `cluster.Cluster`.
        gather: has what a question needs looked for and reported: see `question_lookup.QuestionLookup`.
    """

    def __init__(
        self,
        store: Store,
        answer: Callable[[str, Inquiry], None],
        gather: Callable[[StoredQuestion], None],
        examiners: Examiners,
        writes: WriteQueue,
    ) -> None:
        self._store = store
        self._answer = answer
        self._gather = gather
        self._examiners = examiners
        self._writes = writes
        self._gathering = 0
        self._put_off: deque[tuple[float, StoredQuestion]] = deque()
        self._ready: deque[Inquiry] = deque()
        self._asked: dict[int, str] = {}

    def look(self, now: float) -> None:
        """Take as many questions as there are workers for. Raises StoreUnavailable."""
        while self._put_off and self._put_off[0][0] <= now:
            self._look_into(self._put_off.popleft()[1])
        self._place()
        free = self._examiners.free - self._gathering - len(self._ready)
        if free > 0:
            for question in self._store.take_questions(free):
                self._look_into(question)

    def gathered(self, question: StoredQuestion, finding: Finding | None, now: float) -> None:
        """Go on with a question that was looked into; later where what it needs cannot be had yet (None)."""
        self._gathering -= 1
        match finding:
            case None:
                self._put_off.append((now + SECONDS_UNTIL_LOOKED_AGAIN, question))
            case Inquiry():
                self._ready.append(finding)
                self._place()
            case Refused(sentence):
                self._refuse(question.id, sentence)

    def replied(self, question_id: int, outcome: Outcome | None) -> None:
        """Store what a worker replied, or put back a question that has no reply (None).

        One that was put back meanwhile has its answer all the same.
        """
        was_asked = self._asked.pop(question_id, None) is not None
        match outcome:
            case Answered(packed):
                self._writes.add(QUESTIONS, partial(self._store.answer_question, question_id, packed))
            case Refused(sentence):
                self._refuse(question_id, sentence)
            case None if was_asked:
                self._writes.add(QUESTIONS, partial(self._store.put_back_question, question_id))

    def worker_left(self, address: str) -> None:
        """Put back what a worker was asked that is gone."""
        for question_id in [asked for asked, worker in self._asked.items() if worker == address]:
            self.replied(question_id, None)

    def _look_into(self, question: StoredQuestion) -> None:
        self._gathering += 1
        self._gather(question)

    def _place(self) -> None:
        while self._ready:
            address = self._examiners.choose(self._ready[0].config)
            if address is None:
                return
            inquiry = self._ready.popleft()
            self._asked[inquiry.id] = address
            self._answer(address, inquiry)

    def _refuse(self, question_id: int, sentence: str) -> None:
        self._writes.add(QUESTIONS, partial(self._store.refuse_question, question_id, sentence))
