"""Measured numbers of any size as a sentence writes them. Pure functions."""

from __future__ import annotations

import math

from pages.words.prose import prose
from pages.words.signs import as_read

TEXT = prose("numbers")


def number(value: float) -> str:
    """A number of any size, to two digits or to the whole: `0.17`, `−212,312`, `2.8e-7`."""
    if value == 0 or 1e-3 <= abs(value) < 1e7:
        return as_read(f"{value:.2g}" if abs(value) < 100 else f"{value:,.0f}")
    return as_read(f"{value:.1e}")


def whole_percent(share: float) -> str:
    """A share, 0 to 1, as a whole percentage, that says 0 and 100 of exactly these only."""
    percentage = 100 * share
    if 0 < percentage < 0.5:
        return TEXT("least")
    if 99.5 <= percentage < 100:
        return TEXT("most")
    return TEXT("percent", percentage=percentage)


def tenths(percentage: float) -> str:
    """A percentage, 0 to 100, with one decimal."""
    return TEXT("tenths", percentage=percentage)


def times(ratio: float) -> str:
    """A ratio to two digits, as in "400 times": `0.81`, `1.3`, `400`, `1,100,000`, `3.2e8`."""
    if ratio >= 1e7:
        return number(ratio)
    if ratio < 10:
        return f"{ratio:.2g}"
    return f"{round(ratio, 1 - math.floor(math.log10(ratio))):,.0f}"
