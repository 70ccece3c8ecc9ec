"""A place to draw one image by mouse, finger or pen, or to take a sample of the test images.

The drawing is made in the browser, as lines that can be undone. When the pointer is lifted it is written as MNIST's
digits were: scaled to fit a box of 20 x 20 pixels, its shape kept, and placed in 28 x 28 pixels with the centre of mass
of its ink in the middle (LeCun, Cortes and Burges, "The MNIST database of handwritten digits"). Only these 784 bytes
are sent.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass

from bn_core.questions.questions import PIXELS
from pages.browser.component import component
from pages.charts.palette import HUES
from pages.session.session import kept, widget
from pages.words.prose import prose

KEY = "one-image-drawing"

_COMPONENT = component("image_drawing", __file__)


@dataclass(frozen=True)
class Sample:
    """A picture to take instead of drawing one: 784 bytes, and what it is in words."""

    pixels: bytes
    words: str


@dataclass
class Drawn:
    """The drawing of this session, 784 bytes; None where nothing is drawn."""

    pixels: bytes | None = None


def drawn() -> bytes | None:
    """The drawing of this session, 784 bytes; None where nothing is drawn."""
    return kept(Drawn).pixels


def draw(samples: Sequence[Sample], placement: str) -> None:
    """Puts the drawing area on the page."""
    text = prose("one-image")
    words = {name: text(f"draw.{name}") for name in ("canvas", "undo", "clear", "brush", "seen", "samples")}
    pixels = drawn()
    _COMPONENT(
        key=KEY,
        data={
            "drawn": "" if pixels is None else base64.b64encode(pixels).decode(),
            "samples": [
                {"pixels": base64.b64encode(sample.pixels).decode(), "words": sample.words} for sample in samples
            ],
            "hue": HUES[placement],
            "words": words,
        },
        on_pixels_change=_take,
    )


def _take() -> None:
    kept(Drawn).pixels = read(widget(KEY).get("pixels"))


def read(text: object) -> bytes | None:
    """The 784 bytes that a browser sent as base64 text; None for anything else, which is no drawing."""
    if not isinstance(text, str) or len(text) > 2 * PIXELS:
        return None
    try:
        pixels = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    return pixels if len(pixels) == PIXELS else None
