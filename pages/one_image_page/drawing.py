"""A place to draw one image by mouse, finger or pen, or to take a sample of the test images.

The drawing is made in the browser, as lines that can be undone. When the pointer is lifted it is written as MNIST's
digits were: scaled to fit a box of 20 x 20 pixels, its shape kept, and placed in 28 x 28 pixels with the centre of mass
of its ink in the middle (LeCun, Cortes and Burges, "The MNIST database of handwritten digits"). Only these 784 bytes
are sent.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import Any

import numpy as np

from bn_core.questions.answers import OneByOneScored
from bn_core.questions.questions import ClassifyDrawing, QuestionProblem
from pages.browser.component import component
from pages.charts.palette import HUES
from pages.one_image_page.text import TEXT
from pages.session import setting
from pages.session.session import kept, widget

KEY = "one-image-drawing"

_COMPONENT = component("image_drawing", __file__)


@dataclass
class Drawn:
    """The drawing of this session, 784 bytes; None where nothing is drawn."""

    pixels: bytes | None = None


def drawn() -> bytes | None:
    """The drawing of this session, 784 bytes; None where nothing is drawn."""
    return kept(Drawn).pixels


def draw(scored: OneByOneScored | None, names: tuple[str, ...], placement: str) -> None:
    """Put the drawing area on the page.

    Args:
        scored: the test images, of which the first of each class can be taken; None where they are not known.
        names: of the ten classes.
    """
    _COMPONENT(
        key=KEY,
        data={
            "drawn": _text(drawn() or b""),
            "samples": [] if scored is None else _samples(scored, names),
            "hue": HUES[placement],
            "words": TEXT.table("draw.words"),
        },
        on_pixels_change=setting.while_shown(_take),
    )


def _samples(scored: OneByOneScored, names: tuple[str, ...]) -> list[dict[str, Any]]:
    labels, numbers = np.unique(scored.labels, return_index=True)
    return [
        {
            "pixels": _text(scored.pictures[number].tobytes()),
            "words": TEXT("draw.sample", number=number, name=names[label]),
        }
        for label, number in zip(labels, numbers, strict=True)
    ]


def _text(pixels: bytes) -> str:
    return base64.b64encode(pixels).decode()


def _take() -> None:
    kept(Drawn).pixels = read(widget(KEY).get("pixels"))


def read(text: object) -> bytes | None:
    """The 784 bytes that a browser sent as base64 text; None for anything else, which is no drawing."""
    try:
        return ClassifyDrawing(0, text).pixels  # type: ignore[arg-type]
    except QuestionProblem:
        return None
