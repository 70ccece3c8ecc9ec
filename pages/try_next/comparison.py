"""A prediction beside what came, and two runs beside each other, in words. Pure functions."""

from __future__ import annotations

from collections.abc import Sequence

from bn_core.experiments import Figures
from bn_core.experiments.choosing import Predicted
from pages.words.prose import prose

TEXT = prose("try-next")

SAME = 1.0
"""Test accuracies less than so many points apart are called about the same."""


def direction(before: float, after: float) -> str:
    """Return how the second of two test accuracies, in per cent, is to the first: higher, same or lower."""
    # What is printed to a tenth of a point is compared so.
    change = round(after - before, 1)
    return "same" if abs(change) < SAME else "higher" if change > 0 else "lower"


def said_in_words(kind: Predicted, said: float | str) -> str:
    """Return a prediction in words."""
    return TEXT(f"direction.{said}") if kind == "direction" else TEXT(f"prediction.{kind}", value=said)


def outcome(kind: Predicted, said: float | str, before: Figures, after: Figures) -> str:
    """Return what was predicted and what came, in one sentence."""
    words = said_in_words(kind, said)
    if kind == "direction":
        came = direction(before.test, after.test)
        key, change = "right" if came == said else "wrong", round(after.test - before.test, 1) + 0.0
        return TEXT(f"came.{key}", said=words, came=TEXT(f"direction.{came}"), change=change)
    assert not isinstance(said, str)
    if kind == "percent":
        by = round(after.test - said, 1)
        return TEXT("came.percent", said=words, came=after.test, apart=_apart(by, TEXT("came.points", by=abs(by))))
    if after.caught_up is None:
        return TEXT("came.never", said=words)
    by = round(after.caught_up - said)
    return TEXT("came.batch", said=words, came=after.caught_up, apart=_apart(by, TEXT("came.batches", by=abs(by))))


def caution(before: Sequence[float], after: Sequence[float]) -> str:
    """Return what one run each is worth.

    Args:
        before, after: test accuracies of the two networks over the recorded seeds, in per cent.
    """
    if len(before) < 2 or len(after) < 2:
        return TEXT("came.one_each")
    return TEXT(
        "came.seeds",
        count=min(len(before), len(after)),
        before_low=min(before),
        before_high=max(before),
        after_low=min(after),
        after_high=max(after),
    )


def table(before: tuple[str, Figures], after: tuple[str, Figures]) -> str:
    """Return both runs' figures as a Markdown table. The names must be safe in Markdown."""
    rows = [
        ("test", *(f"{came.test:.1f} %" for _, came in (before, after))),
        ("samples", *(f"{came.samples}" for _, came in (before, after))),
        ("moving", *(f"{came.moving:.0f} %" for _, came in (before, after))),
        ("recalibrated", *(_percent(came.recalibrated) for _, came in (before, after))),
        ("caught_up", *(_batch(came) for _, came in (before, after))),
    ]
    lines = [f"| {TEXT('table.figure')} | {before[0]} | {after[0]} |", "| --- | --- | --- |"]
    return "\n".join([*lines, *(f"| {TEXT(f'table.{key}')} | {one} | {other} |" for key, one, other in rows)])


def _apart(by: float, words: str) -> str:
    if by == 0:
        return TEXT("came.exact")
    return TEXT("came.above" if by > 0 else "came.below", by=words)


def _percent(value: float | None) -> str:
    return TEXT("table.none") if value is None else f"{value:.0f} %"


def _batch(came: Figures) -> str:
    if came.recalibrated is None:
        return TEXT("table.none")
    return TEXT("table.never") if came.caught_up is None else f"{came.caught_up:,}"
