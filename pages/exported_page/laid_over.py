"""Several runs together: their curves on one axis, and what differs between their configurations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bn_core.config import FIELDS, Field, TrainingConfig
from bn_core.exports.recording import Recording
from pages.charts.overlay import CURVES, overlay_spec, overlay_table
from pages.exported_page.figures import Part, Row, alone
from pages.parts.status_words import label
from pages.words.prose import prose

TEXT, CHARTS = prose("exported"), prose("charts")


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
    """Return what is said of these runs together. The same number tells a run in the table, charts and sections."""
    configs = [each.run.config for each in recordings]
    fields = [field for field in FIELDS if len({written(config, field) for config in configs}) > 1]
    columns = (*TEXT.table("differences").values(), *(field.label for field in fields))
    rows = tuple(
        (str(number), _called(each), *(written(each.run.config, field) for field in fields))
        for number, each in enumerate(recordings, 1)
    )
    runs = [(each.run.config, each.history, _called(each)) for each in recordings]
    batches = max(config.batches for config in configs)
    figures = tuple(
        alone(
            f"overlay-{curve}",
            overlay_spec(curve, batches),
            overlay_table(curve, runs),
            TEXT("overlay", curve=CHARTS(f"overlay.{curve}"), count=len(recordings)),
        )
        for curve in CURVES
    )
    return LaidOver(columns, rows, Part("", (Row(figures),)))


def written(config: TrainingConfig, field: Field) -> str:
    """Return the value of a field as a table has it."""
    value = getattr(config, field.name)
    if field.name in config.idle:
        return TEXT("idle")
    return TEXT("on" if value else "off") if isinstance(value, bool) else str(value)


def _called(recording: Recording) -> str:
    run = recording.run
    return f"{label(run)} · {run.id}"
