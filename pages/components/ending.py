"""What a run came to: the three final lines and what each means in this run; before that, how to read its curves."""

from __future__ import annotations

from bn_core.events import Scored
from bn_core.inquiries.questions import BATCH_SIZE, BATCHES
from bn_core.report import final_lines
from bn_core.runs.tables import MEAN_OVER
from pages.components import captions, glossary
from pages.components.plain_text import plain
from pages.components.prose import prose

TEXT = prose("train")


def scores(scored: Scored, dataset: str) -> None:
    """What the three final lines of a run mean."""
    names = captions.class_names(dataset)
    meanings = (
        captions.of_validation(scored, names),
        captions.of_test(scored, names),
        captions.of_one_by_one(scored, names),
    )
    paragraphs = [
        f"**{plain(line)}**  \n{meaning}" for line, meaning in zip(final_lines(scored), meanings, strict=True)
    ]
    glossary.write("\n\n".join([f"##### {TEXT('ending.heading')}", *paragraphs]))


def reading(placement: str, images: int) -> None:
    """How to read the curves.

    Args:
        images: validation images that the scores are measured on.
    """
    always = [
        TEXT("reading.training_batch", latest=MEAN_OVER),
        TEXT("reading.blind"),
    ]
    if placement == "none":
        paragraphs = [[TEXT("reading.none", images=images), *always]]
    else:
        kinds = [
            TEXT("reading.moving"),
            TEXT("reading.recalibrated", over=BATCHES.default),
            TEXT("reading.batch", batch_size=BATCH_SIZE),
        ]
        paragraphs = [[TEXT("reading.scores", images=images)], kinds, always]
    glossary.write("\n\n".join([f"##### {TEXT('reading.heading')}", *("  \n".join(lines) for lines in paragraphs)]))
