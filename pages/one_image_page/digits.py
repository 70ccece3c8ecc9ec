"""The first 100 test images with a mark on each: right or wrong, under the kind of statistics that is chosen.

The choice is made in the browser: everything there is to see comes at once.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from bn_core.questions.answers import Alone, OneByOneScored
from pages.browser.component import component
from pages.browser.pictures import ink
from pages.charts.palette import HUES
from pages.charts.training import MARKS
from pages.session.session import widget
from pages.words.prose import prose

KEY = "one-image-digits"
PICKED = "picked"

COLUMNS = 10

FIRST = "batch"
"""The kind of statistics that is chosen at first: a lone image's own."""

_COMPONENT = component("digits", __file__)


def digits(
    scored: OneByOneScored, placement: str, names: tuple[str, ...], chosen: int, pick: Callable[[int], None]
) -> None:
    """Puts the images on the page.

    Args:
        names: of the ten classes.
        chosen: the number of the image that is looked at closely.
        pick: called with an image's number when a person chooses it.
    """
    text = prose("one-image")
    found: dict[str, Alone | None] = {
        "moving": scored.moving,
        "batch": scored.batch,
        "recalibrated": scored.recalibrated,
    }
    only = scored.batch is None

    def picked() -> None:
        number = widget(KEY).get(PICKED)
        if isinstance(number, int) and not isinstance(number, bool) and 0 <= number < len(scored.labels):
            pick(number)

    _COMPONENT(
        key=KEY,
        data={
            "sheet": ink(scored.pictures, COLUMNS),
            "labels": scored.labels.tolist(),
            "names": list(names),
            "chosen": chosen,
            "first": FIRST,
            "hue": HUES[placement],
            "kinds": [
                {
                    "key": kind,
                    "name": text("statistics.only") if only else MARKS[kind] + text(f"statistics.{kind}"),
                    "right": int(np.sum(alone.predictions == scored.labels)),
                    "answers": alone.predictions.tolist(),
                }
                for kind, alone in found.items()
                if alone is not None
            ],
            "words": {
                "of": text("grid.of", images=len(scored.labels)),
                "right": text("grid.right"),
                "wrong": text("grid.wrong"),
                "legend": text("grid.legend"),
                "group": text("grid.group"),
                "kinds": text("grid.kinds"),
            },
        },
        on_picked_change=picked,
    )
