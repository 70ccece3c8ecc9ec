"""Asking the engine about a step of a run: what is known at once, what is on its way, and why there is no answer.

An answer that comes within the blink of an eye is shown without a sign of waiting; one that takes longer is looked for
again at each look at the page.
"""

from __future__ import annotations

import functools
import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from bn_core.questions import answers
from bn_core.questions.questions import Question
from bn_core.runs.records import Pending, RunProblem
from bn_core.runs.service import RunService
from bn_core.runs.store import StoreUnavailable
from pages.session import identity
from pages.words.prose import prose

PATIENCE = 0.3
"""For how many seconds after a question was put a page waits for the answer before it shows that it waits."""

AGAIN = 0.25
"""Seconds between two looks at a page that has open questions."""


@dataclass(frozen=True)
class Missing:
    """Why there is no answer, in one sentence; `waiting` if it comes by itself."""

    sentence: str
    waiting: bool = False


Found = Mapping[Question, answers.Answer | Missing]


def ask(service: RunService, run_id: str, questions: Collection[Question], patience: float = PATIENCE) -> Found:
    """Return the answer to each question, or why there is none.

    Args:
        patience: how many seconds all of them together are waited for, where they are new.
    """
    deadline = time.monotonic() + patience
    # All are put before any is waited for: the engine need not wait, too.
    found = {question: _look(service, run_id, question) for question in questions}
    for question, answer in found.items():
        if isinstance(answer, Pending) and answer.seconds < patience:
            found[question] = _look(service, run_id, question, max(0.0, deadline - time.monotonic()))
    return {question: _known(service, answer) for question, answer in found.items()}


def missing(found: Found) -> list[Missing]:
    """Return why those have no answer that have none."""
    return [answer for answer in found.values() if isinstance(answer, Missing)]


def waiting(found: Found) -> bool:
    """Whether an answer is on its way."""
    return any(answer.waiting for answer in missing(found))


def _known(service: RunService, found: answers.Answer | Missing | Pending) -> answers.Answer | Missing:
    if not isinstance(found, Pending):
        return found
    state = "starting" if service.engine().state == "starting" else "working"
    return Missing(prose("parts")(f"asking.{state}"), waiting=True)


def _look(
    service: RunService, run_id: str, question: Question, wait: float = 0.0
) -> answers.Answer | Missing | Pending:
    try:
        found = service.ask(run_id, question.to_json(), identity.browser_id(), identity.address(), wait=wait)
    except (RunProblem, StoreUnavailable) as problem:
        return Missing(str(problem))
    return found if isinstance(found, Pending) else _unpacked(found.packed)


# Answers never change, and every look at the page reads them again.
@functools.lru_cache(maxsize=512)
def _unpacked(packed: bytes) -> answers.Answer | Missing:
    try:
        return answers.unpack(packed)
    except ValueError:
        return Missing(prose("parts")("asking.unreadable"))
