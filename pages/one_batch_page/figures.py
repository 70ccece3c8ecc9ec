"""How numbers are written on the page, and the axis that they stand on."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from pages.words.signs import MINUS, as_read

_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
_PLAIN = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")
_POWER = re.compile(r"(?:([\d.]+) × )?10([⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+)")
_FEWEST, _MOST = 3, 6
_LARGEST_PLAIN = 1e5
_ROUND_STEPS = (1, 2, 5, 10)
_MOST_TICKS = 7

MAJOR = 2
"""Where there is little room, every second mark has its number, that of 0 among them."""


def decimals(variance: float) -> int:
    """How many decimals all numbers of a walk have: as many as its variance needs to show two digits, 3 to 6."""
    if not variance > 0:
        return _FEWEST
    return min(_MOST, max(_FEWEST, 1 - math.floor(math.log10(variance))))


def written(value: float, places: int) -> str:
    """A number with so many decimals and a real minus sign; 0 has no sign, and a huge number a power of ten."""
    if abs(value) >= _LARGEST_PLAIN:
        return power(value, digits=5)
    text = f"{value:.{places}f}"
    if float(text) == 0:
        text = text.lstrip("-")
    return text.replace("-", MINUS)


def signed(value: float, places: int) -> str:
    """A number that is added to something: + 0.712 or − 0.712."""
    text = written(value, places)
    return f"{MINUS} {text.removeprefix(MINUS)}" if text.startswith(MINUS) else f"+ {text}"


def power(value: float, digits: int = 2) -> str:
    """A number as a power of ten, such as 3.3 × 10⁻¹⁶; 0 as 0."""
    if value == 0:
        return "0"
    mantissa, exponent = f"{value:.{digits - 1}e}".split("e")
    return f"{mantissa} × 10{str(int(exponent)).translate(_SUPERSCRIPTS)}".replace("-", MINUS)


def difference(value: float) -> str:
    """How far two outputs are apart: plain where it can be seen, else as a power of ten."""
    return power(value) if 0 < value < 1e-3 else written(value, 3)


def plainly(value: float) -> str:
    """A number that a person chose, with the digits that it has."""
    return as_read(f"{value:g}")


def epsilon_text(value: float) -> str:
    """An epsilon as people write it: 0.001, 10⁻⁵."""
    return f"{value:g}" if value >= 1e-4 else power(value, 1).removeprefix("1 × ")


def latex(text: str) -> str:
    """A number as it is written here, for a formula."""

    def power_of_ten(match: re.Match[str]) -> str:
        mantissa = f"{match[1]} \\cdot " if match[1] else ""
        return f"{mantissa}10^{{{match[2].translate(_PLAIN)}}}"

    return _POWER.sub(power_of_ten, text).replace(MINUS, "-")


@dataclass(frozen=True)
class Axis:
    """A number line.

    Attributes:
        low, high: its ends, both multiples of `step`.
        step: from one mark to the next.
    """

    low: float
    high: float
    step: float

    def percent(self, value: float) -> float:
        """Where a value stands, from 0 at the left end to 100; what lies beyond an end stands at it."""
        share = (value - self.low) / (self.high - self.low)
        return round(100 * min(1.0, max(0.0, share)), 3)

    def marks(self) -> list[dict[str, Any]]:
        """All its marks from left to right: `at`, in per cent, the `text` there, and whether that may be left out."""
        places = max(0, -math.floor(math.log10(self.step)))
        first, last = round(self.low / self.step), round(self.high / self.step)
        return [
            {
                "at": self.percent(count * self.step),
                "text": written(count * self.step, places),
                "minor": count % MAJOR != 0,
            }
            for count in range(first, last + 1)
        ]


def axis(values: Sequence[float] | np.ndarray) -> Axis:
    """A number line that holds 0 and all these values, its ends at round numbers so that it seldom changes."""
    low, high = min(0.0, float(np.min(values))), max(0.0, float(np.max(values)))
    if high - low < 1e-12:
        low, high = -1.0, 1.0
    margin = 0.02 * (high - low)
    low, high = low - (margin if low < 0 else 0), high + (margin if high > 0 else 0)
    exponent = 10.0 ** math.floor(math.log10((high - low) / _MOST_TICKS))
    step = next(size * exponent for size in _ROUND_STEPS if (high - low) / (size * exponent) <= _MOST_TICKS)
    if low == 0:  # room on the left for what stands at 0
        low = -0.5 * step
    return Axis(math.floor(low / step) * step, math.ceil(high / step) * step, step)
