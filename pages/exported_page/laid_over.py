"""Several runs together: their curves on one axis, and what differs between their configurations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bn_core.chart_tables.curves import MAX_POINTS, Score
from bn_core.exports.recording import Recording
from pages.charts.overlay import Lines, curves_spec, curves_table, curves_told, lettered
from pages.exported_page.figures import Part, Row, alone
from pages.parts.status_words import label
from pages.words.fields import differences
from pages.words.prose import prose

TEXT = prose("exported")

CURVES: tuple[Score, ...] = ("moving", "training", "loss")
"""What is drawn of the runs."""


@dataclass(frozen=True)
class LaidOver:
    """What the page says of several runs together, as plain texts.

    Attributes:
        columns: what the table of differences tells of each run.
        rows: it, run after run.
        part: the charts.
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    part: Part


def laid_over(recordings: Sequence[Recording]) -> LaidOver:
    """Return what is said of these runs together. The same letter tells a run in the table, charts and sections."""
    configs = [each.run.config for each in recordings]
    found, lines = differences(configs), Lines.of(configs)
    rows = tuple(
        (letter, f"{label(each.run)} · {each.run.id}", *(written(values[place]) for values in found.values()))
        for place, (letter, each) in enumerate(lettered(recordings))
    )
    histories = [each.history for each in recordings]
    figures = tuple(
        alone(
            f"overlay-{score}",
            curves_spec(lines, score),
            curves_table(histories, score, most=MAX_POINTS),
            curves_told(lines, score),
        )
        for score in CURVES
    )
    return LaidOver((*TEXT.table("differences").values(), *found), rows, Part("", (Row(figures),)))


def written(value: str | None) -> str:
    """Return the value of a field as a table has it."""
    return TEXT("idle") if value is None else value
