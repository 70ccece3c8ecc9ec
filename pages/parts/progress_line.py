"""How far a run is: a bar in its placement's colour, a line of figures, and the browser tab's title."""

from __future__ import annotations

from pages.browser.component import component
from pages.charts.palette import HUES

_COMPONENT = component("progress", __file__)


def progress_line(said: str, figures: str, *, fraction: float | None, placement: str, title: str) -> None:
    """Puts the line on the page; it changes in place from one call to the next.

    Args:
        said: what is going on, in a few words.
        figures: batches done, pace, time left.
        fraction: 0 to 1; None where there is no run, and so no bar.
        title: of the browser's tab.
    """
    percent = None if fraction is None else round(100 * fraction, 1)
    data = {"said": said, "figures": figures, "percent": percent, "hue": HUES[placement], "title": title}
    _COMPONENT(key="progress", data=data)
