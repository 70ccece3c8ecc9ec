"""The runs that come with the app: the one of the network that is chosen, ready to open where nothing was trained."""

from __future__ import annotations

from collections.abc import Iterable

from bn_core.config import TrainingConfig
from bn_core.runs.records import RunRecord
from bn_core.runs.service import RunService
from bn_core.training.events import Scored
from pages.parts import glossary
from pages.parts.onward import onward
from pages.words import captions
from pages.words.prose import prose

TEXT = prose("train")


def same_training(config: TrainingConfig, recorded: Iterable[RunRecord]) -> RunRecord | None:
    """The finished run of exactly this training (`config.identity`); None if none was recorded."""
    return next((run for run in recorded if run.status == "finished" and run.config.identity == config.identity), None)


def final_figures(config: TrainingConfig, scored: Scored) -> str:
    """What a recorded run came to, as Markdown with terms."""
    tested, validated = int(scored.test_confusion.sum()), int(scored.validation_confusion.sum())
    images = len(scored.one_by_one_labels)
    return TEXT(
        "recorded.figures",
        batches=captions.batches(scored.step),
        seed=config.seed,
        test=captions.percent(scored.test.accuracy, tested),
        validation=captions.percent(scored.validation.accuracy, validated),
        right=round(scored.one_by_one * images),
        images=images,
    )


def offer(service: RunService, run: RunRecord) -> None:
    """Put the recorded run's final figures on the page, and the link that opens it."""
    scored = service.history(run.id).scored
    if scored is None:
        return
    glossary.write(final_figures(run.config, scored))
    onward("train", TEXT("recorded.open"), {"run": run.id})
