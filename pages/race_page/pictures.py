"""The small pictures of the findings: SVG made here, in the theme's colours, from the numbers that it is given."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html import escape

from pages.charts.kit import power_of_ten
from pages.charts.palette import HUES
from pages.race_page.findings import Seeds, Signal
from pages.race_page.lanes import Lane
from pages.words.prose import prose

TEXT = prose("race")

WIDTH, HEIGHT = 320, 158

LAG_UNTIL = 400
"""The last batch of the picture of the lag: by then the statistics have caught up."""


@dataclass
class Plot:
    """A picture in the making: a plot area with its axes, and what was drawn.

    Attributes:
        left, right, top, bottom: of the plot area, in the picture's units.
        x_range, y_range: the values at its edges; the y axis may be logarithmic.
    """

    left: float
    right: float
    top: float
    bottom: float
    x_range: tuple[float, float]
    y_range: tuple[float, float]
    logarithmic: bool = False
    body: list[str] = field(default_factory=list)

    def x(self, value: float) -> float:
        low, high = self.x_range
        return self.left + (value - low) / (high - low) * (self.right - self.left)

    def y(self, value: float) -> float:
        low, high = (math.log10(end) for end in self.y_range) if self.logarithmic else self.y_range
        at = math.log10(value) if self.logarithmic else value
        return self.bottom - (at - low) / (high - low) * (self.bottom - self.top)

    def line(self, points: Sequence[tuple[float, float]], hue: str, kind: str = "line") -> None:
        path = "L".join(f"{self.x(x):.1f} {self.y(y):.1f}" for x, y in points)
        self.body.append(f'<path class="{kind} {hue}" d="M{path}"/>')

    def area(self, upper: Sequence[tuple[float, float]], lower: Sequence[tuple[float, float]], hue: str) -> None:
        path = "L".join(f"{self.x(x):.1f} {self.y(y):.1f}" for x, y in [*upper, *reversed(lower)])
        self.body.append(f'<path class="area {hue}" d="M{path}Z"/>')

    def dot(self, x: float, y: float, hue: str, kind: str = "dot", radius: float = 4.0) -> None:
        self.body.append(f'<circle class="{kind} {hue}" cx="{x:.1f}" cy="{y:.1f}" r="{radius:g}"/>')

    def rule(self, path: str, kind: str = "grid") -> None:
        self.body.append(f'<path class="{kind}" d="{path}"/>')

    def words(self, x: float, y: float, text: str, kind: str = "quiet", anchor: str = "start") -> None:
        self.body.append(f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>')

    def svg(self, alt: str, size: tuple[int, int] = (WIDTH, HEIGHT), kind: str = "finding") -> str:
        """Return the picture, `size` wide and high in its units; `kind` is its class in the style sheet."""
        width, height = size
        return (
            f'<svg class="{kind}" viewBox="0 0 {width} {height}" role="img" aria-label="{escape(alt)}" '
            f'xmlns="http://www.w3.org/2000/svg">{"".join(self.body)}</svg>'
        )


def signal_picture(found: Signal, alt: str) -> str:
    """How large the values are, layer by layer, without BN and with it."""
    count = len(found.plain)
    low = 10.0 ** math.floor(math.log10(min(found.plain + found.normalized)))
    plot = Plot(46, WIDTH - 74, 12, HEIGHT - 22, (1, count), (low, 1), logarithmic=True)
    decades = range(round(math.log10(low)), 1)
    for power in decades:
        if (power - decades[0]) % 2 == len(decades) % 2 or power == 0:
            plot.rule(f"M{plot.left} {plot.y(10.0**power):.1f}H{plot.right}")
        if power in (0, decades[0], decades[len(decades) // 2]):
            plot.words(plot.left - 7, plot.y(10.0**power) + 4, power_of_ten(power), anchor="end")
    for layer in (1, 5, 10, 15, count):
        plot.words(plot.x(layer), plot.bottom + 16, f"{layer}", anchor="middle")
    plot.words(plot.right + 10, plot.bottom + 16, TEXT("findings.signal.axis"))
    for values, placement, name in ((found.normalized, "before", "normalized"), (found.plain, "none", "plain")):
        hue, label = HUES[placement], TEXT(f"findings.signal.{name}")
        plot.line(list(enumerate(values, 1)), hue)
        plot.dot(plot.right, plot.y(values[-1]), hue, radius=3.5)
        plot.words(plot.right + 8, plot.y(values[-1]) + 4.5, label, f"name {hue}")
    return plot.svg(alt)


def strip_picture(found: Seeds, names: Mapping[str, str], low: float, alt: str) -> str:
    """One row of dots for each network, one dot for each seed, on one axis of test accuracy.

    Args:
        names: what stands before each row, by key, from above.
        low: where the axis begins; it ends at 1. At 0, chance is marked too.
    """
    pitch = (HEIGHT - 30) / len(names)
    plot = Plot(96, WIDTH - 16, 6, HEIGHT - 22, (low, 1), (0, 1))
    for share in _ticks(low):
        plot.rule(f"M{plot.x(share):.1f} {plot.top}V{plot.bottom}")
        plot.words(plot.x(share), plot.bottom + 17, f"{100 * share:.0f} %", anchor="middle")
    for row, (key, label) in enumerate(names.items()):
        y = plot.top + (row + 0.5) * pitch
        hue = HUES[key.split("-")[0]]
        plot.rule(f"M{plot.left} {y:.1f}H{plot.right}", "row")
        plot.words(plot.left - 10, y + 4.5, label, f"name {hue}", "end")
        kind = "ring" if key.endswith(("-bias", "-he")) else "dot"
        # Dots that would lie on one another stand side by side, above and below the row.
        for value, shift in zip(found.accuracies[key], _spread(found.accuracies[key], plot), strict=True):
            plot.dot(plot.x(value), y + shift, hue, kind)
    return plot.svg(alt)


def lag_picture(lane: Lane, step: int, alt: str) -> str:
    """One network's two scores over the first batches, with what lies between them filled and this step marked."""
    hue = HUES[lane.run.config.placement]
    plot = Plot(46, WIDTH - 16, 24, HEIGHT - 22, (0, LAG_UNTIL), (0, 1))
    for share in (0, 0.5, 1):
        plot.rule(f"M{plot.left} {plot.y(share):.1f}H{plot.right}")
        plot.words(plot.left - 7, plot.y(share) + 4, f"{100 * share:.0f} %", anchor="end")
    for at in range(0, LAG_UNTIL + 1, 100):
        plot.words(plot.x(at), plot.bottom + 16, f"{at}", anchor="middle")
    able, through = (
        [(at, value) for at, value in zip(curve.steps, curve.values, strict=True) if at <= LAG_UNTIL]
        for curve in (lane.batch, lane.moving)
    )
    plot.area(able, through, hue)
    marked = plot.x(step)
    plot.rule(f"M{marked:.1f} {plot.y(lane.batch.at(step)):.1f}V{plot.y(lane.moving.at(step)):.1f}", "gap")
    plot.line(able, hue, "line thin")
    plot.line(through, hue)
    for at, value in able:
        plot.dot(plot.x(at), plot.y(value), hue, "hollow", 2.6)
    plot.words(marked, plot.y(1) - 7, TEXT("findings.lag.batch"), f"name {hue}", "middle")
    risen = next((at for at, value in through if value > 0.5), LAG_UNTIL // 2)
    plot.words(plot.x(risen) + 8, plot.y(0.3), TEXT("findings.lag.moving"), f"name {hue}")
    return plot.svg(alt)


def _ticks(low: float) -> tuple[float, ...]:
    if low == 0:
        return (0, 0.5, 1)
    return tuple(percent / 100 for percent in range(round(100 * low), 101) if percent % 5 == 0)


def _spread(values: Sequence[float], plot: Plot) -> list[float]:
    """How far each dot stands from its row, so that those at about the same place can be counted."""
    shifts: list[float] = []
    for index, value in enumerate(values):
        near = sum(abs(plot.x(value) - plot.x(other)) < 7 for other in values[:index])
        shifts.append(0.0 if not near else (near + 1) // 2 * 4.8 * (1 if near % 2 else -1))
    return shifts
