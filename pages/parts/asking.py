"""Asking the engine about a moment of a run: what is known at once, what is waited for, and what is still open.

An answer that comes within the blink of an eye is shown without a sign of waiting; one that takes longer is looked for
again at each look at the page.
"""

from __future__ import annotations

import functools
import time
from collections.abc import Sequence

from bn_core.questions import answers
from bn_core.questions.questions import Question
from bn_core.runs.records import AnswerBytes, RunProblem
from bn_core.runs.service import RunService

PATIENCE = 0.3
"""For how many seconds after a question was put a page waits for the answer before it shows that it waits."""

AGAIN = 0.25
"""Seconds between two looks at a page that has open questions."""


class Asking:
    """What one look at a page asks about one run.

    Attributes:
        waiting: whether the engine is working on any of the questions.
        refusals: why others have no answer, one sentence each, each once.
    """

    def __init__(self, service: RunService, run_id: str) -> None:
        self._service = service
        self._run_id = run_id
        self.waiting = False
        self.refusals: list[str] = []

    def ask(self, questions: Sequence[Question], patience: float = PATIENCE) -> list[answers.Answer | None]:
        """The answers to these questions; None for each that is not answered yet, or cannot be.

        Args:
            patience: how many seconds all of them together are waited for, where they are new.
        """
        deadline = time.monotonic() + patience
        # All are put before any is waited for: the engine need not wait, too.
        for question in questions:
            self._look(question, 0.0)
        return [self._answer(question, deadline, patience) for question in questions]

    def _answer(self, question: Question, deadline: float, patience: float) -> answers.Answer | None:
        found = self._look(question, 0.0)
        if isinstance(found, float) and found < patience:
            found = self._look(question, max(0.0, deadline - time.monotonic()))
        if isinstance(found, str):
            if found not in self.refusals:
                self.refusals.append(found)
            return None
        if isinstance(found, float):
            self.waiting = True
            return None
        return _unpacked(found)

    def _look(self, question: Question, wait: float) -> bytes | float | str:
        """The answer, or for how many seconds it has been waited for, or why there is none."""
        try:
            found = self._service.ask(self._run_id, question.to_json(), wait=wait)
        except RunProblem as problem:
            return str(problem)
        return found.packed if isinstance(found, AnswerBytes) else found.seconds


# Answers never change, and every look at the page reads them again.
@functools.lru_cache(maxsize=512)
def _unpacked(packed: bytes) -> answers.Answer:
    return answers.unpack(packed)
