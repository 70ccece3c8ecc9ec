"""The runs that come with the app: the one of the network that is chosen, ready to open where nothing was trained."""

from __future__ import annotations

from collections.abc import Iterable

from bn_core.config import FIELD_BY_NAME, FIELDS, TrainingConfig
from bn_core.data.catalogue import TITLES
from bn_core.runs.records import RunRecord
from bn_core.runs.service import RunService
from bn_core.training.events import Scored
from pages.parts import glossary
from pages.parts.onward import onward
from pages.parts.recorded import same_training
from pages.session.controls import written
from pages.words import captions
from pages.words.plain_text import plain
from pages.words.prose import listed, prose
from pages.words.signs import as_read

TEXT = prose("train")

MOST_DIFFERENCES = 2
"""A recorded run that differs in more fields is another network's."""


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


def nearest(config: TrainingConfig, recorded: Iterable[RunRecord]) -> tuple[RunRecord, tuple[str, ...]] | None:
    """The finished run with this placement and bias that differs in the fewest fields, and these fields by name.

    None where each differs in more than MOST_DIFFERENCES.
    """
    candidates = [
        (run, differences(config, run.config))
        for run in recorded
        if run.status == "finished" and (run.config.placement, run.config.bias) == (config.placement, config.bias)
    ]
    best = min(candidates, key=lambda candidate: len(candidate[1]), default=None)
    return None if best is None or len(best[1]) > MOST_DIFFERENCES else best


def differences(config: TrainingConfig, other: TrainingConfig) -> tuple[str, ...]:
    """The fields in which two configurations describe another training."""
    idle = {*config.idle} & {*other.idle}
    names = (field.name for field in FIELDS if field.name not in idle)
    return tuple(name for name in names if getattr(config, name) != getattr(other, name))


def what_differs(config: TrainingConfig, recorded: TrainingConfig, names: Iterable[str]) -> str:
    """What a recorded run has otherwise than the network that is chosen, in words."""
    return listed(
        [
            TEXT(
                "recorded.field",
                field=_within_a_sentence(FIELD_BY_NAME[name].label),
                recorded=_value(recorded, name),
                chosen=_value(config, name),
            )
            for name in names
        ]
    )


def _within_a_sentence(label: str) -> str:
    """A label without the capital that it begins with; an abbreviation keeps its own."""
    return label if label[1:2].isupper() else label[:1].lower() + label[1:]


def _value(config: TrainingConfig, name: str) -> str:
    value = getattr(config, name)
    if name == "dataset":
        return TITLES[config.dataset]
    if isinstance(value, str):
        return written(name, value)
    return f"{value:,}" if isinstance(value, int) else as_read(f"{value:g}")


def offer(service: RunService, config: TrainingConfig) -> None:
    """Put the figures of the recorded run of this network, or of the nearest, on the page, and its link."""
    found = nearest(config, service.recorded())
    if found is None:
        return
    run, differ = found
    scored = service.history(run.id).scored
    if scored is None:
        return
    if differ:
        glossary.write(TEXT("recorded.differs", differences=plain(what_differs(config, run.config, differ))))
    glossary.write(final_figures(run.config, scored))
    onward("train", TEXT("recorded.open_nearest" if differ else "recorded.open"), {"run": run.id})


def elsewhere(service: RunService, run: RunRecord, scored: Scored | None) -> None:
    """Say why the recorded run of just this training came to something else, where it did."""
    twin = same_training(run.config, service.recorded())
    if scored is None or twin is None or (theirs := service.history(twin.id).scored) is None:
        return
    recorded, mine = (captions.percent(one.test.accuracy, int(one.test_confusion.sum())) for one in (theirs, scored))
    if recorded != mine:
        glossary.write(f":small[:gray[{TEXT('recorded.elsewhere', recorded=recorded, mine=mine)}]]")
