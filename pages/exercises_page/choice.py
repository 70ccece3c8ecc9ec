"""Which exercise the page shows: its number stands in the address. Without one, the list of all."""

from __future__ import annotations

from bn_core.config import shown
from bn_core.exercises import Exercise, exercises
from pages.exercises_page.text import TEXT
from pages.session import url_state

PARAMETER = "exercise"


def chosen() -> tuple[Exercise | None, str]:
    """Return the exercise that the address names, and one sentence where it names one that there is not."""
    said = url_state.view(PARAMETER)
    if said is None:
        return None, ""
    found = next((exercise for exercise in exercises() if str(exercise.number) == said.strip()), None)
    return found, "" if found is not None else TEXT("unknown", number=shown(said), count=len(exercises()))


def show(number: int | None) -> None:
    """Put an exercise on the page, or the list. For callbacks."""
    url_state.show_view(PARAMETER, None if number is None else str(number))
