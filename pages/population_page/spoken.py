"""What the charts of the page show, for whoever does not see them: computed from the tables that they draw."""

from __future__ import annotations

from collections.abc import Iterable

import pyarrow as pa

from pages.population_page.scores import Bar
from pages.population_page.words import TEXT
from pages.words.numbers import number, whole_percent
from pages.words.prose import listed


def scores(bars: Iterable[Bar]) -> str:
    """Return each score that there is; an empty text where there is none."""
    said = [f"{bar.name} {whole_percent(bar.accuracy)}" for bar in bars if bar.accuracy is not None]
    return TEXT("spoken.scores", scores=listed(said)) if said else ""


def curve(table: pa.Table) -> str:
    """Return the run's own moving statistic beside the truth, where both are known last; else an empty text."""
    return _last(table, "own", "truth", "spoken.curve")


def drift(table: pa.Table) -> str:
    """Return the drift of the run's own statistic beside that of the chosen decay, as `curve`."""
    return _last(table, "own", "chosen", "spoken.drift")


def _last(table: pa.Table, one: str, other: str, sentence: str) -> str:
    rows = [row for row in table.to_pylist() if row[one] is not None and row[other] is not None]
    if not rows:
        return ""
    last = rows[-1]
    return TEXT(sentence, step=last["step"], one=number(last[one]), other=number(last[other]))
