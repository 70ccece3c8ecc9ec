"""Small pictures as ink: one file whose opacity is their brightness, which a browser can show in any colour."""

from __future__ import annotations

import base64
import functools
import io

import numpy as np
from PIL import Image


def ink(pictures: np.ndarray, columns: int = 1) -> str:
    """Return the address, with all its data in it, of a PNG with these pictures side by side, row after row.

    Args:
        pictures: uint8 (count, size, size), or one (size, size); 0 is the background.
        columns: pictures to a row; the last row may be short.
    """
    return _png(pictures.tobytes(), pictures.shape[-1], columns)


@functools.lru_cache(maxsize=128)
def _png(pictures: bytes, size: int, columns: int) -> str:
    images = np.frombuffer(pictures, np.uint8).reshape(-1, size, size)
    rows = -(-len(images) // columns)
    sheet = np.zeros((rows * columns, size, size), np.uint8)
    sheet[: len(images)] = images
    alpha = sheet.reshape(rows, columns, size, size).swapaxes(1, 2).reshape(rows * size, columns * size)
    file = io.BytesIO()
    Image.fromarray(np.stack([np.zeros_like(alpha), alpha], axis=-1), "LA").save(file, "PNG", optimize=True)
    return "data:image/png;base64," + base64.b64encode(file.getvalue()).decode()
