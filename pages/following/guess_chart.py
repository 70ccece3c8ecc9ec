"""The guesses of a class as bars."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import altair as alt
import pyarrow as pa

from bn_core.runs.presented import Guesses
from bn_core.talks import Question, Right
from pages.charts.kit import WHOLE, Spec, as_dict, built_once, rows, thicken
from pages.charts.palette import HUES, QUIET

MOST_BARS = 8
"""Numbers that are more are put together."""

ROW, AROUND = 18, 12
"""Pixels of a bar with its name, and around all of them, at the usual size of type."""


@dataclass(frozen=True)
class Bar:
    """One bar: its name, how many guessed so, and whether that is right."""

    name: str
    count: int
    right: bool


def bars(ask: Question, found: Guesses, answer: Right | None) -> list[Bar]:
    """Return the bars of a question, in order.

    Args:
        answer: what is right; None while that is not shown, or where nothing is.
    """
    if ask.kind == "choice":
        return [
            Bar(choice, found.choices.get(place, 0), answer is not None and answer.admits(place))
            for place, choice in enumerate(ask.choices)
        ]
    counts = Counter(found.numbers)
    if len(counts) <= MOST_BARS:
        return [
            Bar(_written(number), counts[number], answer is not None and answer.admits(number))
            for number in sorted(counts)
        ]
    low, high = min(counts), max(counts)
    edges = [*(low + (high - low) * place / MOST_BARS for place in range(MOST_BARS)), high]
    return [
        _between(start, end, found.numbers, answer, last=end == edges[-1]) for start, end in itertools.pairwise(edges)
    ]


def table(made: Sequence[Bar]) -> pa.Table:
    """A row for each bar, in order: its `name`, `count`, `share` of the longest one, and `right`."""
    longest = max((bar.count for bar in made), default=0) or 1
    return pa.table(
        {
            "name": pa.array([bar.name for bar in made], pa.string()),
            "count": pa.array([bar.count for bar in made], pa.int32()),
            "share": pa.array([bar.count / longest for bar in made], pa.float64()),
            "right": pa.array([bar.right for bar in made], pa.bool_()),
        }
    )


@built_once
def spec(count: int, scale: float) -> Spec:
    """The specification of so many bars: the names are data, so that they can be any text."""
    size, chart = 12 * scale, rows()
    axis = alt.Axis(labelFontSize=size, labelLimit=WHOLE, labelOverlap=False, domain=False, ticks=False)
    y = alt.Y("name:N", title=None, sort=None, axis=axis)
    x = alt.X("share:Q", title=None, axis=None, scale=alt.Scale(domain=[0, 1.1], nice=False))
    drawn = chart.mark_bar(cornerRadiusEnd=2).encode(
        x=x, y=y, color=alt.condition("datum.right", alt.value(HUES["after"]), alt.value(HUES["before"]))
    )
    names = chart.transform_calculate(said="datum.count + (datum.right ? ' ✓' : '')")
    said = names.mark_text(align="left", dx=4, fontSize=size, fontWeight=600).encode(
        x=x, y=y, text="said:N", color=alt.value(QUIET)
    )
    made = as_dict(alt.layer(drawn, said).properties(height=round((count * ROW + AROUND) * scale), width="container"))
    thicken(made, scale)
    return {name: made[name] for name in ("height", "width", "layer", "config")}


def _between(start: float, end: float, numbers: Sequence[float], answer: Right | None, *, last: bool) -> Bar:
    count = sum(start <= number < end or (last and number == end) for number in numbers)
    right = answer is not None and answer.number is not None and answer.low <= end and start <= answer.high
    return Bar(f"{_written(start)} – {_written(end)}", count, right)


def _written(number: float) -> str:
    return f"{number:,.4g}" if abs(number) < 1e4 else f"{number:,.0f}"
