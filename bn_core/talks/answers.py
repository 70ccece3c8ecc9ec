"""The right answer of a question: of a choice what its file says, of a number what a measure says of a recorded run."""

from __future__ import annotations

from dataclasses import dataclass

from bn_core.exercises.measures import MEASURES, Answer, Evidence
from bn_core.exhibits import library
from bn_core.exhibits.catalogue import exhibits
from bn_core.talks.talk import Question


@dataclass(frozen=True)
class Right:
    """What is right.

    Attributes:
        choice: the place of the right choice, counted from 0; None for a number.
        number: None for a choice, and where the answer is that there is none (it never catches up).
        low, high: which numbers count as right, these included.
    """

    choice: int | None = None
    number: float | None = None
    low: float = 0.0
    high: float = 0.0

    def admits(self, given: float) -> bool:
        """Whether a guess is right: the place of a choice, counted from 0, or a number."""
        if self.choice is not None:
            return given == self.choice
        return self.number is not None and self.low <= given <= self.high


def right(question: Question) -> Right | None:
    """Return what is right; None where the question has no right answer, or the run is not in this copy of the app."""
    if question.answer is None:
        return None
    if question.kind == "choice":
        return Right(choice=int(question.answer))
    found = None if question.run is None else measured(question.answer, question.run)
    if found is None:
        return None
    if not found.accepted:
        return Right(number=_number(found.right), low=found.low, high=found.high)
    accepted = [float(value) for value in found.accepted if isinstance(value, int | float)]
    if found.right is None or not accepted:
        return Right()
    low = min(accepted)
    if MEASURES[question.answer].kind == "step":
        # What is measured at a step came about after the step that was measured before it.
        low = max((step for step in found.offered if step < low), default=-1) + 1
    return Right(number=_number(found.right), low=low, high=max(accepted))


def measured(measure: str, run: str) -> Answer | None:
    """Return what a measure says of a recorded run; None where it cannot say it, or the run is not there.

    Args:
        measure: by its name in `MEASURES`.
        run: by the name that a talk calls it.
    """
    recorded = library()
    exhibit = next((each for each in exhibits() if each.key == run), None)
    member = None if exhibit is None else recorded.find(exhibit.variant, exhibit.config.seed)
    if member is None:
        return None
    run_id, config, wanted = member.record.id, member.record.config, MEASURES[measure]
    probe = recorded.probes(run_id).at(0) if wanted.inside else None
    return wanted.of(Evidence(config, recorded.history(run_id), probe))


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) else None
