"""One slider for all charts of a page: it plays and scrubs through training in the browser, without the server.

Each chart that can be scrubbed has all moments in its data and a slider of its own, bound inside Vega: `parameter` and
`at_moment`. The component finds these sliders, folds them away and moves them all; where it does not run, they stay in
sight and work one by one. What there is to see at each moment comes as one sentence a moment, all at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt

from pages.browser.component import component
from pages.words.prose import prose

PARAMETER = "moment"
"""The name of the charts' own parameter, of the input that Vega makes for it, and of the column with the moments'
numbers, counted from 0."""

_COMPONENT = component("moment", __file__)


def parameter(moments: int) -> alt.Parameter:
    """What a chart of so many moments is scrubbed with; it begins with the last."""
    last = moments - 1
    slider = alt.binding_range(min=0, max=last, step=1, name=f"{PARAMETER} ")
    return alt.param(name=PARAMETER, value=last, bind=slider)


def at_moment(chart: Any) -> Any:
    """The rows of the chosen moment alone, in a chart or in some of its layers."""
    return chart.transform_filter(f"datum.{PARAMETER} == {PARAMETER}")


def moment_slider(steps: Sequence[int], captions: Sequence[str], start: int) -> None:
    """Puts the slider on the page with what there is to see below it; with fewer than two moments only that.

    Args:
        steps: updates done at each moment.
        captions: one sentence for each moment.
        start: the number of the moment to begin with, counted from 0.
    """
    words = prose("parts").table("slider")
    _COMPONENT(key="moment", data={"steps": list(steps), "captions": list(captions), "start": start, "words": words})
