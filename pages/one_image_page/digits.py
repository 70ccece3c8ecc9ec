"""The first 100 test images with a mark on each: right or wrong, under the kind of statistics that is chosen.

The choice is made in the browser: everything there is to see comes at once. The server hears of it for the address.
"""

from __future__ import annotations

from collections.abc import Callable

from bn_core.questions.answers import Alone, OneByOneScored
from pages.browser.component import component
from pages.browser.pictures import ink
from pages.charts.palette import HUES
from pages.charts.training import MARKS
from pages.one_image_page.text import TEXT
from pages.one_image_page.words import right
from pages.session import setting
from pages.session.session import widget

KEY = "one-image-digits"

COLUMNS = 10

_COMPONENT = component("digits", __file__)


def digits(
    scored: OneByOneScored, placement: str, names: tuple[str, ...], chosen: int, pick: Callable[[int], None]
) -> None:
    """Put the images on the page.

    Args:
        names: of the ten classes.
        chosen: the number of the image that is looked at closely.
        pick: called with an image's number when a person chooses it.
    """
    images = len(scored.labels)
    found: dict[str, Alone | None] = {kind: getattr(scored, kind) for kind in ("moving", "batch", "recalibrated")}

    def picked() -> None:
        number = widget(KEY).get("picked")
        if isinstance(number, int) and 0 <= number < images:
            pick(int(number))

    _COMPONENT(
        key=KEY,
        data={
            "sheet": ink(scored.pictures, COLUMNS),
            "labels": scored.labels.tolist(),
            "names": list(names),
            "chosen": chosen,
            "kind": setting.value("score"),
            "hue": HUES[placement],
            "kinds": [
                {
                    "key": kind,
                    "name": TEXT("statistics.only")
                    if scored.batch is None
                    else MARKS[kind] + TEXT(f"statistics.{kind}"),
                    "right": right(alone, scored),
                    "answers": alone.predictions.tolist(),
                }
                for kind, alone in found.items()
                if alone is not None
            ],
            "words": TEXT.table("grid.words") | {"of": TEXT("grid.words.of", images=images)},
        },
        on_picked_change=setting.while_shown(picked),
        on_kind_change=setting.while_shown(lambda: setting.put("score", widget(KEY).get("kind"))),
    )
