"""Where the curves of a run come from."""

from __future__ import annotations

from bn_core.runs.history import RunHistory
from bn_core.runs.records import RunRecord
from pages.parts import glossary
from pages.parts.provenance import run_in_full
from pages.words.plain_text import plain
from pages.words.prose import prose

TEXT = prose("train")

VALIDATION_SHOWN = 250
"""How many validation images the curves of accuracy are measured on, before a run has said so itself."""


def draw(run: RunRecord | None, history: RunHistory) -> None:
    """Say which run the curves are of, and what their accuracy is measured on."""
    source = TEXT("nothing.source", images=VALIDATION_SHOWN)
    if run is not None:
        measured = TEXT("provenance.accuracy", images=validation_images(history))
        goes_on = [TEXT("provenance.goes_on")] if run.active else []
        source = " · ".join([*map(plain, run_in_full(run)), measured, *goes_on])
    glossary.write(f":small[:gray[{source}]]", place="source")


def validation_images(history: RunHistory) -> int:
    """Return how many validation images the curves are measured on."""
    return history.evaluations[-1].images if history.evaluations else VALIDATION_SHOWN
