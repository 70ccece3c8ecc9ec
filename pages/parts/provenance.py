"""Which run the pictures of a page come from, and what was measured for them."""

from __future__ import annotations

from bn_core.data.catalogue import TITLES
from bn_core.runs.history import RunHistory
from bn_core.runs.records import RunRecord
from pages.parts.status_words import label
from pages.words import captions
from pages.words.prose import prose

VALIDATION_SHOWN = 250
"""How many validation images the curves of accuracy are measured on, before a run has said so itself."""


def run_in_full(run: RunRecord) -> list[str]:
    """Return which run it is and how it was trained, as the parts of a plain text."""
    text = prose("runs")
    words = [text("provenance.run", id=run.id)]
    if run.name:
        words.append(text("provenance.name", name=label(run)))
    words += [captions.variant(run.config), captions.training(run.config)]
    if run.dataset_note:
        words.append(run.dataset_note.removeprefix(f"{TITLES[run.config.dataset]}, "))
    if run.checked_late:
        words.append(text("provenance.checked_late"))
    return words


def validation_images(history: RunHistory) -> int:
    """Return how many validation images the curves are measured on."""
    return history.evaluations[-1].images if history.evaluations else VALIDATION_SHOWN
