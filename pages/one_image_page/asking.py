"""Questions about one moment of a run, put all at once; and why those have no answer that have none."""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from bn_core.questions.answers import Answer
from bn_core.questions.questions import Question
from bn_core.runs.service import RunService
from pages.parts.asking import PATIENCE, Asking
from pages.words.prose import prose


@dataclass(frozen=True)
class Missing:
    """Why there is no answer, in one sentence; `waiting` if it comes by itself."""

    sentence: str
    waiting: bool = False


Found = Mapping[Question, Answer | Missing]


def ask_all(service: RunService, run_id: str, questions: Collection[Question]) -> Found:
    """The answers as far as they are there within a fraction of a second, and for the others why they are not.

    Raises:
        StoreUnavailable: the store cannot be read.
    """
    deadline = time.monotonic() + PATIENCE
    # All are put before any is waited for: the engine need not wait, too.
    for question in questions:
        _ask(service, run_id, question, 0.0)
    return {question: _ask(service, run_id, question, max(0.0, deadline - time.monotonic())) for question in questions}


def waiting(found: Found) -> bool:
    """Whether an answer is still on its way."""
    return any(isinstance(answer, Missing) and answer.waiting for answer in found.values())


def _ask(service: RunService, run_id: str, question: Question, patience: float) -> Answer | Missing:
    asking = Asking(service, run_id)
    try:
        (answer,) = asking.ask([question], patience)
    except ValueError:
        return Missing(prose("one-image")("waiting.unreadable"))
    if answer is not None:
        return answer
    if not asking.waiting:
        return Missing(asking.refusals[0])
    starting = service.engine().state == "starting"
    return Missing(prose("one-image")("waiting.starting" if starting else "waiting.working"), waiting=True)
