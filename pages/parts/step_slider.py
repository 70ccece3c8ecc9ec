"""One slider for all charts of a page: it plays and scrubs through training in the browser, without the server.

Each chart that can be scrubbed has all snapshots in its data and a slider of its own, bound inside Vega: `parameter`
and `at_snapshot`. The component finds these sliders, folds them away and moves them all; where it does not run, they
stay in sight and work one by one. What there is to see at each snapshot comes as one sentence for each, all at once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import altair as alt

from pages.browser.component import component
from pages.session import setting
from pages.session.said import said
from pages.words.prose import prose

PARAMETER = "snapshot"
"""The name of the charts' own parameter, of the input that Vega makes for it, and of the column with the snapshots'
numbers, counted from 0."""

_COMPONENT = component("step_slider", __file__)


def parameter(snapshots: int) -> alt.Parameter:
    """What a chart of so many snapshots is scrubbed with; it begins with the last."""
    last = snapshots - 1
    slider = alt.binding_range(min=0, max=last, step=1, name=f"{PARAMETER} ")
    return alt.param(name=PARAMETER, value=last, bind=slider)


def at_snapshot(chart: Any) -> Any:
    """The rows of the chosen snapshot alone, in a chart or in some of its layers."""
    return chart.transform_filter(f"datum.{PARAMETER} == {PARAMETER}")


KEY = "step-slider"


def step_slider(
    steps: Sequence[int], captions: Sequence[str], start: int, rest: Callable[[int], None] | None = None
) -> None:
    """Put the slider on the page with what there is to see below it; with fewer than two snapshots only that.

    Args:
        steps: updates done at each snapshot.
        captions: one sentence for each snapshot.
        start: the number of the snapshot to begin with, counted from 0.
        rest: called with the step at which a person left the slider.
    """
    words = prose("parts").table("slider")

    def rested() -> None:
        step = said(KEY).value
        if rest is not None and isinstance(step, int) and step in steps:
            rest(step)

    shown = {"steps": list(steps), "captions": list(captions), "start": start, "words": words, "heard": said(KEY).turn}
    _COMPONENT(key=KEY, data=shown, on_left_change=setting.while_shown(rested))
