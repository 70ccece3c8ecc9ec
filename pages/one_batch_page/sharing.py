"""Which values share one mean: in a dense layer, in a convolutional one, and over the wrong axes.

Three drawings of the same kind: a row for each image, a block for each channel, a square for each value; the values
that share a mean with one another are filled. Below them what the wrong axes do to a captured map.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any
from xml.sax.saxutils import escape

import numpy as np
import streamlit as st

from bn_core.architecture import Architecture
from bn_core.batch_norm.walkthrough import in_training_mode, per_position
from bn_core.config import TrainingConfig
from bn_core.exhibits import CapturedBatch, CapturedChannel
from pages.browser.component import component
from pages.browser.pictures import ink
from pages.one_batch_page.figures import written
from pages.one_batch_page.text import TEXT

LAYER = 1
"""Of the convolutional layers, the one that is drawn: it has the fewest channels and the largest maps."""

IMAGE = 0
"""Whose maps are shown: the first image's."""

IMAGES = TrainingConfig.batch_size
"""The batch that is drawn: as a run is trained where nobody chose otherwise."""

ROWS = ("1", "2", "3", str(IMAGES))
UNITS = 12
SIDE = 6
"""So many squares a side stand for a map."""

_LEFT, _TOP = 26.0, 20.0

_COMPONENT = component("sharing", __file__)


@dataclass(frozen=True)
class Grid:
    """How images by blocks of squares are drawn, in pixels of the drawing.

    Attributes:
        blocks: how many there are to a row.
        side: so many squares a side are a block.
        pitch, square: from one square to the next, and a square's side.
        gap: between blocks, and between rows.
        last: by how much the last row stands apart.
        name: how far below the top of a row its name stands.
    """

    blocks: int
    side: int
    pitch: float
    square: float
    gap: float
    last: float
    name: float


@dataclass(frozen=True, eq=False)
class Maps:
    """A captured map of one image, float64 (side, side) each, and what either choice of axes makes of it.

    Attributes:
        values: what the convolution gives.
        right: normalized over all images and positions.
        wrong: normalized over the images alone.
        silent: positions at which no image of the batch has anything: their variance is 0.
    """

    values: np.ndarray
    right: np.ndarray
    wrong: np.ndarray
    silent: int


def maps(channel: CapturedChannel, image: int) -> Maps:
    """The map of one image, and what either choice of axes makes of it, over all captured images.

    A convolution without bias gives exactly 0 where the image is blank.
    """
    values = np.asarray(channel.values, np.float64)
    right = in_training_mode(values, "before", channel.gamma, channel.beta, channel.epsilon).y
    wrong = per_position(values, channel.gamma, channel.beta, channel.epsilon)
    shape = (-1, channel.side, channel.side)
    values, right, wrong_y = (array.reshape(shape)[image] for array in (values, right, wrong.y))
    return Maps(values, right, wrong_y, int((wrong.sigma2_B == 0).sum()))


def draw(channel: CapturedChannel, batch: CapturedBatch, architecture: Architecture) -> None:
    """Put the three drawings and the maps on the page.

    Args:
        channel: one of layer `LAYER`.
        architecture: of the network.
    """
    label = int(batch.labels[IMAGE])
    shown = maps(channel, IMAGE)
    pictures = [batch.pictures[IMAGE], *(_grey(array) for array in (shown.values, shown.right, shown.wrong))]
    _COMPONENT(
        key="one-batch-sharing",
        data={
            "drawing": _cases(facts(architecture)) + _captions(label),
            "maps": [ink(picture) for picture in pictures],
        },
    )
    st.markdown(said(shown, label))


def said(shown: Maps, label: int) -> str:
    """What there is to see in the maps."""
    blank = shown.values == 0
    if not blank.any():
        return TEXT("sharing.full", label=label)
    return TEXT(
        "sharing.blank",
        label=label,
        places=int(blank.sum()),
        right=written(shown.right[blank][0], 2),
        low=written(shown.wrong[blank].min(), 2),
        high=written(shown.wrong[blank].max(), 2),
        others=IMAGES - 1,
        silent=shown.silent,
        positions=blank.size,
    )


def facts(architecture: Architecture) -> dict[str, Any]:
    """The shapes and counts that the drawings speak of."""
    layer = architecture.convolutions[LAYER - 1]
    return {
        "images": IMAGES,
        "units": architecture.dense_units,
        "side": layer.size,
        "channels": layer.channels,
        "m": architecture.values_behind_mean(LAYER, IMAGES),
        "means": layer.size**2 * layer.channels,
    }


def _cases(numbers: dict[str, Any]) -> str:
    dense = Grid(UNITS, side=1, pitch=15, square=15, gap=3, last=10, name=11)
    conv = Grid(numbers["channels"], side=SIDE, pitch=6, square=5.25, gap=9, last=8, name=22)
    drawings = {
        "dense": _drawing("dense", numbers, dense, [0]),
        "conv": _drawing("conv", numbers, conv, range(SIDE**2)),
        "wrong": _drawing("wrong", numbers, conv, [2 * SIDE + 3]),
    }
    return "".join(
        f"<div class='case'><h3 class='{name}'>{escape(TEXT(f'sharing.{name}.title'))}</h3>"
        f"<code>{escape(TEXT(f'sharing.{name}.code'))}</code>{drawing}"
        f"<p>{escape(TEXT(f'sharing.{name}.means', **numbers))}</p></div>"
        for name, drawing in drawings.items()
    )


def _captions(label: int) -> str:
    figures = ""
    for name in ("digit", "values", "right", "wrong"):
        words = escape(TEXT(f"sharing.maps.{name}", label=label))
        figures += f"<figure><i role='img' aria-label='{words}'></i><figcaption>{words}</figcaption></figure>"
    return f"<div class='maps'>{figures}</div>"


def _drawing(name: str, numbers: dict[str, Any], grid: Grid, filled: Collection[int]) -> str:
    """The drawing with this name as SVG; in the second block of each row these places are filled."""
    step = grid.side * grid.pitch + grid.gap
    body = [_text(_LEFT, 11, TEXT(f"sharing.{name}.across", **numbers), "start")]
    for row, label in enumerate(ROWS):
        y = _TOP + row * step + (grid.last if row == len(ROWS) - 1 else 0)
        body.append(_text(_LEFT - 6, y + grid.name, label, "end"))
        for block in range(grid.blocks):
            for place in range(grid.side**2):
                down, across = divmod(place, grid.side)
                left = _LEFT + block * step + across * grid.pitch
                on = block == 1 and place in filled
                body.append(_square(left, y + down * grid.pitch, grid.square, on=on))
    width, height = _LEFT + grid.blocks * step, _TOP + len(ROWS) * step + grid.last
    alt = escape(TEXT(f"sharing.{name}.alt"))
    return f'<svg viewBox="0 0 {width:g} {height:g}" role="img" aria-label="{alt}">{"".join(body)}</svg>'


def _square(x: float, y: float, size: float, *, on: bool) -> str:
    return f'<rect class="{"on" if on else "off"}" x="{x:g}" y="{y:g}" width="{size:g}" height="{size:g}" rx="1"/>'


def _text(x: float, y: float, words: str, anchor: str) -> str:
    return f'<text class="quiet" x="{x:g}" y="{y:g}" text-anchor="{anchor}">{escape(words)}</text>'


def _grey(array: np.ndarray) -> np.ndarray:
    """A map as a picture: its smallest value without ink, its largest with all of it."""
    low, high = float(array.min()), float(array.max())
    return np.round(255 * (array - low) / ((high - low) or 1.0)).astype(np.uint8)
