"""Where the curves of a run come from."""

from __future__ import annotations

from bn_core.runs.history import RunHistory
from bn_core.runs.records import RunRecord
from pages.parts import glossary
from pages.parts.provenance import VALIDATION_SHOWN, run_in_full, validation_images
from pages.words.plain_text import plain
from pages.words.prose import prose

TEXT = prose("train")


def draw(run: RunRecord | None, history: RunHistory) -> None:
    """Say which run the curves are of, and what their accuracy is measured on."""
    source = TEXT("nothing.source", images=VALIDATION_SHOWN)
    if run is not None:
        measured = TEXT("provenance.accuracy", images=validation_images(history))
        goes_on = [TEXT("provenance.goes_on")] if run.active else []
        source = " · ".join([*map(plain, run_in_full(run)), measured, *goes_on])
    glossary.write(f":small[:gray[{source}]]", place="source")
