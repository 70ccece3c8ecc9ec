"""A digit's picture as ink: an image whose opacity is the digit's brightness, for the browser to colour."""

from __future__ import annotations

import base64
import io
from functools import lru_cache

import numpy as np
from PIL import Image


def ink(image: np.ndarray) -> str:
    """The address, with all its data in it, of a picture of a uint8 image (height, width)."""
    return _png(image.tobytes(), *image.shape)


@lru_cache(maxsize=128)
def _png(pixels: bytes, height: int, width: int) -> str:
    alpha = Image.frombytes("L", (width, height), pixels)
    picture = Image.merge("LA", (Image.new("L", alpha.size), alpha))
    file = io.BytesIO()
    picture.save(file, "PNG")
    return "data:image/png;base64," + base64.b64encode(file.getvalue()).decode("ascii")
