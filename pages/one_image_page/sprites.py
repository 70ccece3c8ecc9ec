"""Many small pictures as one file that a browser can show in any colour."""

from __future__ import annotations

import base64
import functools
import io

import numpy as np
from PIL import Image


@functools.lru_cache(maxsize=64)
def sprite(pictures: bytes, size: int, columns: int) -> str:
    """Square pictures side by side, row after row, as the address of a PNG whose opacity is the ink.

    Args:
        pictures: uint8 (count, size, size) as bytes; 0 is the background.
        columns: pictures to a row; the last row may be short.
    """
    images = np.frombuffer(pictures, np.uint8).reshape(-1, size, size)
    rows = -(-len(images) // columns)
    sheet = np.zeros((rows * columns, size, size), np.uint8)
    sheet[: len(images)] = images
    ink = sheet.reshape(rows, columns, size, size).swapaxes(1, 2).reshape(rows * size, columns * size)
    file = io.BytesIO()
    Image.fromarray(np.stack([np.zeros_like(ink), ink], axis=-1), "LA").save(file, "PNG", optimize=True)
    return "data:image/png;base64," + base64.b64encode(file.getvalue()).decode()
