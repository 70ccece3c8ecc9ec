"""Words about a talk that is given."""

from __future__ import annotations

from bn_core.talks import Question, Right
from pages.following.given import Given
from pages.words.plain_text import plain
from pages.words.prose import prose

TEXT = prose("talk")


def title(now: Given) -> str:
    """Return the title of the scene that is shown, as Markdown."""
    return plain(now.scene.title)


def right_is(ask: Question, answer: Right) -> str:
    """Return what is right of a question, as Markdown."""
    if answer.choice is not None:
        return TEXT("chart.choice", right=plain(ask.choices[answer.choice]))
    if answer.number is None:
        return TEXT("chart.never")
    if answer.low == answer.high:
        return TEXT("chart.number", right=answer.number)
    return TEXT("chart.between", low=answer.low, high=answer.high)


def clock(seconds: float) -> str:
    """Return a time as minutes and seconds; one that is over has a minus."""
    whole = int(abs(seconds))
    return f"{'−' if seconds < 0 else ''}{whole // 60}:{whole % 60:02}"
