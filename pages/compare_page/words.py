"""What the page says of the runs that are laid over each other: computed from what was measured. Pure functions."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bn_core.chart_tables.curves import reached
from bn_core.config import TrainingConfig
from bn_core.runs.history import RunHistory
from bn_core.runs.records import RunRecord
from pages.charts.overlay import Item, lettered
from pages.charts.palette import HUES
from pages.compare_page.listed import called, pace
from pages.compare_page.text import TEXT
from pages.words import captions, fields
from pages.words.plain_text import plain
from pages.words.prose import listed, prose

SOLID, DASHED = "━━", "╍╍"
"""A piece of a line of a run without and with bias."""


@dataclass(frozen=True, eq=False)
class Lane:
    """One of the runs, and what is recorded of it."""

    run: RunRecord
    history: RunHistory


def coloured(run: RunRecord) -> str:
    """Return what a run is called, behind a piece of its line, as Markdown."""
    return f":{HUES[run.config.placement]}[{DASHED if run.config.bias else SOLID}] {plain(called(run))}"


def test_words(run: RunRecord) -> str:
    """Return the accuracy on the test images in a few words; an empty text before it was measured."""
    if run.test_accuracy is None:
        return ""
    return TEXT("shelf.test", right=prose("numbers")("tenths", percentage=100 * run.test_accuracy))


def table(lanes: Sequence[Lane]) -> str:
    """Return the runs with what they came to, as a table in Markdown: the key to the letters in the charts."""
    heads = TEXT.table("table")
    rows = [list(heads.values()), [":--", ":--", ":--", *["--:"] * (len(heads) - 3)]]
    rows += [_row(letter, lane.run, lane.history) for letter, lane in lettered(lanes)]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


# Of eight runs two may move: the other rows stay as they are.
@functools.lru_cache(maxsize=256)
def _row(letter: str, run: RunRecord, history: RunHistory) -> list[str]:
    learned, milliseconds, tested = reached(history), pace(run), run.test_accuracy
    return [
        f"**{letter}**",
        coloured(run),
        plain(captions.training(run.config)),
        TEXT("state.batches", step=run.step, batches=run.config.batches, active=_state(run)),
        "–" if learned is None else f"{learned:,}",
        "–" if tested is None else prose("numbers")("tenths", percentage=100 * tested),
        "–" if milliseconds is None else f"{milliseconds:.0f}",
    ]


def _state(run: RunRecord) -> str:
    return "" if run.status == "finished" else f" {prose('runs')(f'state.{run.status}')}"


def finding(lanes: Sequence[Lane]) -> str:
    """Return what there is to see in the curves, and what it does not tell."""
    if len(lanes) < 2:
        return TEXT("says.one")
    return " ".join(filter(None, [_first_there(lanes), _chance(lanes)]))


def remarks(lanes: Sequence[Lane]) -> list[str]:
    """Return what is to be known before these runs are held against each other: one sentence each."""
    said = []
    if len({lane.run.config.batch_size for lane in lanes}) > 1:
        sizes = [TEXT("says.size", letter=letter, count=lane.run.config.batch_size) for letter, lane in lettered(lanes)]
        said.append(TEXT("says.batch_size", sizes=listed(sizes)))
    if len({lane.run.config.dataset for lane in lanes}) > 1:
        said.append(TEXT("says.dataset"))
    if len({lane.run.config.batches for lane in lanes}) > 1:
        said.append(TEXT("says.length"))
    if plain_ones := letters(lanes, lambda lane: not lane.run.config.normalized):
        said.append(TEXT("says.no_statistics", who=listed(plain_ones), count=len(plain_ones)))
    return said


def letters(lanes: Sequence[Item], which: Callable[[Item], bool]) -> list[str]:
    """Return the letters of those runs of which this holds."""
    return [letter for letter, lane in lettered(lanes) if which(lane)]


def _first_there(lanes: Sequence[Lane]) -> str:
    """In which order the runs got above 90 % in training mode."""
    there = [(learned, letter) for letter, lane in lettered(lanes) if (learned := reached(lane.history))]
    never = letters(lanes, lambda lane: reached(lane.history) is None and not lane.run.active)
    left = TEXT("says.never", who=listed(never)) if never else ""
    if not there:
        return TEXT("says.nobody") if not any(lane.run.active for lane in lanes) else TEXT("says.not_yet")
    there.sort()
    first = [letter for learned, letter in there if learned == there[0][0]]
    others = [TEXT("says.after", letter=letter, count=learned) for learned, letter in there[len(first) :]]
    said = TEXT("says.first", who=listed(first), count=there[0][0])
    if others:
        said = TEXT("says.then", first=said, others=listed(others))
    return f"{said}. {left}".strip()


def _chance(lanes: Sequence[Lane]) -> str:
    """What one run of each tells, and what it does not."""
    configs = [lane.run.config for lane in lanes]
    if len({config.with_(seed=0).identity for config in configs}) > 1:
        return TEXT("says.one_seed")
    if len({config.identity for config in configs}) == 1:
        return TEXT("says.same")
    scores = [lane.run.test_accuracy for lane in lanes if lane.run.test_accuracy is not None]
    if len(scores) < 2:
        return TEXT("says.seeds")
    low, high = (prose("numbers")("tenths", percentage=100 * score) for score in (min(scores), max(scores)))
    return TEXT("says.seeds_scored", low=low, high=high)


def differences(configs: Sequence[TrainingConfig]) -> str:
    """Return what differs between these configurations as a table in Markdown; an empty text where nothing does."""
    found = fields.differences(configs)
    if not found:
        return ""
    columns = [[plain(label), ":--", *map(_value, values)] for label, values in found.items()]
    letters_first = [TEXT("table.letter"), ":--", *(f"**{letter}**" for letter, _ in lettered(configs))]
    rows = zip(letters_first, *columns, strict=True)
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _value(written: str | None) -> str:
    return TEXT("differs.idle") if written is None else plain(written)
