"""Which exercise the page shows: its number stands in the address. Without one, the list of all."""

from __future__ import annotations

from functools import partial

from bn_core.exercises import Exercise, exercises
from pages.exercises_page.text import TEXT
from pages.session import setting

SETTING = "exercise"


def chosen() -> tuple[Exercise | None, str]:
    """Return the exercise that is on the page, and one sentence where the address names one that there is not."""
    number = setting.value(SETTING)
    found = next((exercise for exercise in exercises() if exercise.number == number), None)
    wrong = number is not None and found is None
    return found, TEXT("unknown", number=number, count=len(exercises())) if wrong else ""


show = partial(setting.put, SETTING)
"""Put an exercise, by its number, or the list (None) on the page. For callbacks."""
