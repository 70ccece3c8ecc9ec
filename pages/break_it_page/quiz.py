"""The quiz: which mistake did this run make? Which question comes, what can be answered, and the score. No Streamlit.

Every mistake and the healthy run come once before any comes again. Each of the other answers offered has an inequality
that fails in the run shown by a number that can be seen in its curves or final lines: there is one right answer, and it
can be found.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass, replace
from random import Random

from bn_core.exhibits import Library, Member
from bn_core.exhibits.catalogue import BUG_SEEDS, BUGS, HEALTHY
from bn_core.exhibits.fingerprints import Finding, fingerprint
from bn_core.runs.history import RunHistory

ANSWERS = (HEALTHY, *(bug.key for bug in BUGS))
"""What a run can be: healthy, or made by one of the mistakes."""

OFFERED = 6
"""How many answers a question offers, the right one among them."""


@dataclass(frozen=True)
class Question:
    """A run to guess.

    Attributes:
        key: what it is: one of ANSWERS.
        run_id: of the recorded run.
        offered: the answers to choose from, in the order of ANSWERS.
    """

    key: str
    run_id: str
    offered: tuple[str, ...]


@dataclass(frozen=True)
class Quiz:
    """Where somebody stands.

    Attributes:
        questions: a round: every recorded kind of run once.
        place: the question on the page; `len(questions)` at the round's end.
        given: what was answered to it; None as long as nothing was.
        right: how many were right, the one on the page included.
    """

    questions: tuple[Question, ...]
    place: int = 0
    given: str | None = None
    right: int = 0

    @property
    def question(self) -> Question | None:
        """The one on the page; None at the round's end, and where nothing is recorded."""
        return self.questions[self.place] if self.place < len(self.questions) else None

    @property
    def answered(self) -> int:
        """How many questions have an answer."""
        return self.place + (self.given is not None)

    def answer(self, given: str) -> Quiz:
        """With an answer to the question on the page. A second answer, or one that is not offered, changes nothing."""
        question = self.question
        if question is None or self.given is not None or given not in question.offered:
            return self
        return replace(self, given=given, right=self.right + (given == question.key))

    def pick(self, number: int) -> Quiz:
        """With the answer of this number, counted from 1. One that is not offered changes nothing."""
        question = self.question
        if question is None or not 1 <= number <= len(question.offered):
            return self
        return self.answer(question.offered[number - 1])

    def next(self) -> Quiz:
        """On to the next question, if the one on the page has its answer."""
        return self if self.given is None else replace(self, place=self.place + 1, given=None)


def new_round(library: Library, random: Random) -> Quiz:
    """Every kind of run that is recorded once, each with one of its seeds, in any order."""
    questions = [_question(library, key, random) for key in ANSWERS]
    drawn = [question for question in questions if question is not None]
    random.shuffle(drawn)
    return Quiz(tuple(drawn))


def played(library: Library, number: int, question: int, answers: str) -> Quiz:
    """Where somebody stands in a round, which is drawn by its number and played again.

    Args:
        question: the one on the page, counted from 1, as far as those before it were answered.
        answers: one digit for each that was answered: which of the answers offered was given, counted from 1.
    """
    state = _round(library, number)
    for given in answers[:question]:
        state = state.pick(int(given))
        if state.place + 1 < question:
            state = state.next()
    return state


@functools.lru_cache(maxsize=64)
def _round(library: Library, number: int) -> Quiz:
    return new_round(library, Random(number))


def offers(key: str, history: RunHistory, random: Random) -> tuple[str, ...]:
    """Answers to a question: the right one, and others that can be seen not to fit."""
    wrong = [other for other in ANSWERS if other != key and parted(other, history) is not None]
    taken = {key, *random.sample(wrong, min(OFFERED - 1, len(wrong)))}
    return tuple(answer for answer in ANSWERS if answer in taken)


def parted(key: str, history: RunHistory) -> Finding | None:
    """Where a run visibly does not fit an answer: the first accuracy that its inequality does not admit.

    None where there is no such. Losses are not drawn, so they do not count.
    """
    findings = fingerprint(key).read(history).findings
    return next((found for found in findings if not found.holds and "loss" not in found.condition.measure.key), None)


def over_seeds(library: Library, key: str) -> list[Member]:
    """The recorded runs of one kind, one for each seed."""
    return [member for seed in BUG_SEEDS if (member := library.find(key, seed)) is not None]


def _question(library: Library, key: str, random: Random) -> Question | None:
    members = over_seeds(library, key)
    if not members:
        return None
    run_id = random.choice(members).record.id
    return Question(key, run_id, offers(key, library.history(run_id), random))
