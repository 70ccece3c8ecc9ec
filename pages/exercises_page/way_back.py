"""The way back to the exercise that was left to do something for it."""

from __future__ import annotations

from bn_core.exercises import Exercise, exercises
from pages.exercises_page import progress
from pages.exercises_page.text import TEXT
from pages.parts.onward import onward
from pages.session import presenter
from pages.session.session import session


def short_way_back() -> None:
    """Put a link to it beside the title of another page, until it is solved."""
    exercise = _left()
    if exercise is not None and not progress.is_solved(exercise) and not presenter.on():
        _link(exercise, TEXT("back.short", number=exercise.number))


def way_back() -> None:
    """Put a link to it, with its title, below what it asks for."""
    exercise = _left()
    if exercise is not None:
        _link(exercise, TEXT("back.long", number=exercise.number, title=exercise.title))


def _left() -> Exercise | None:
    number = progress.work().latest
    if session().page == "exercises":
        return None
    return next((exercise for exercise in exercises() if exercise.number == number), None)


def _link(exercise: Exercise, label: str) -> None:
    onward("exercises", label, {"exercise": str(exercise.number)}, icon="arrow_back")
