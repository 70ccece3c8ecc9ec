"""What was solved, as the browser notes it, and where the learner stands in this tab."""

from __future__ import annotations

from dataclasses import dataclass, field

from bn_core.exercises import Exercise, Given, exercises
from pages.session import notes
from pages.session.session import kept


@dataclass(frozen=True)
class Attempt:
    """An answer that was given, to one exercise by one run."""

    given: Given


@dataclass(frozen=True)
class Forgotten:
    """What was forgotten last, to be had back.

    Attributes:
        solved: the exercises' keys; attempts, hints, revealed: as in `Work`.
    """

    solved: tuple[str, ...]
    attempts: dict[tuple[str, str], Attempt]
    hints: dict[str, int]
    revealed: set[tuple[str, str]]


@dataclass
class Work:
    """What the tab keeps.

    Attributes:
        latest: the number of the exercise that was looked at last; None before any.
        attempts: the latest answer, by the exercise's key and the run's id.
        hints: how many hints are shown, by the exercise's key.
        revealed: the exercises and runs whose answer was asked for.
        forgotten: what was forgotten last; None where nothing was, or it was had back.
    """

    latest: int | None = None
    attempts: dict[tuple[str, str], Attempt] = field(default_factory=dict)
    hints: dict[str, int] = field(default_factory=dict)
    revealed: set[tuple[str, str]] = field(default_factory=set)
    forgotten: Forgotten | None = None


def work() -> Work:
    """Return what this tab keeps."""
    return kept(Work)


def is_solved(exercise: Exercise) -> bool:
    """Whether it was solved in this browser."""
    return notes.read(_name(exercise)) is True


def note_solved(exercise: Exercise) -> None:
    """Note that it is solved, unless that is noted."""
    if not is_solved(exercise):
        notes.put(_name(exercise), value=True)


def solved() -> int:
    """Return how many are solved."""
    return sum(is_solved(exercise) for exercise in exercises())


def forget() -> None:
    """Forget everything about all exercises, in the browser and in this tab; the tab can have it back."""
    now = work()
    known = tuple(exercise.key for exercise in exercises() if is_solved(exercise))
    for exercise in exercises():
        if notes.read(_name(exercise)) is not None:
            notes.put(_name(exercise), None)
    now.forgotten = Forgotten(known, now.attempts, now.hints, now.revealed)
    now.attempts, now.hints, now.revealed = {}, {}, set()


def have_back() -> None:
    """Bring back what was forgotten, beside what was done since."""
    now = work()
    before, now.forgotten = now.forgotten, None
    if before is None:
        return
    for exercise in exercises():
        if exercise.key in before.solved:
            note_solved(exercise)
    now.attempts = before.attempts | now.attempts
    now.hints = before.hints | now.hints
    now.revealed |= before.revealed


def _name(exercise: Exercise) -> str:
    return f"solved-{exercise.key}"
