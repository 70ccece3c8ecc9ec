"""A batch as a picture: the image that is looked at first, then its companions, eight to a row."""

from __future__ import annotations

import numpy as np

from bn_core.questions.answers import CompanyChanged
from pages.browser.component import component
from pages.browser.pictures import ink
from pages.charts.palette import HUES

COLUMNS = 8

_COMPONENT = component("batch_picture", __file__)


def batch_picture(changed: CompanyChanged, placement: str, words: str) -> None:
    """Put the picture on the page.

    Args:
        words: what it shows, for whoever does not see it.
    """
    images = np.concatenate([changed.picture[np.newaxis], changed.companions])
    _COMPONENT(
        key="one-image-batch",
        data={
            "sheet": ink(images, COLUMNS),
            "count": len(images),
            "hue": HUES[placement],
            "words": words,
        },
    )
