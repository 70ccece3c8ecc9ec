"""How far a run is: a bar in its placement's colour (grey where it broke off), figures, and the browser tab's title."""

from __future__ import annotations

from pages.browser.component import component
from pages.charts.palette import HUES, QUIET
from pages.parts.status_words import figures, said
from pages.parts.view import View

# Its style is the app's (style.css), since a component's own would travel with every update.
_COMPONENT = component("progress", __file__, isolate_styles=False)


def progress_line(view: View, title: str) -> None:
    """Put the line on the page; it changes in place from one call to the next. Without a run there is no bar.

    Args:
        title: of the browser's tab.
    """
    run = view.run
    broken = run is not None and run.status in ("failed", "interrupted")
    hue = QUIET if broken else HUES["before" if run is None else run.config.placement]
    percent = None if view.progress is None else round(100 * view.progress.fraction, 1)
    data = {"said": said(view), "figures": figures(view), "percent": percent, "hue": hue, "title": title}
    _COMPONENT(key="progress", data=data)
