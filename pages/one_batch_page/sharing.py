"""Which values share one mean: in a dense layer, in a convolutional one, and over the wrong axes.

Three drawings of the same kind: a row for each image, a block for each channel, a square for each value; the values
that share a mean with one another are filled. Below them what the wrong axes do to a captured map.
"""

from __future__ import annotations

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
from pages.one_batch_page.figures import written
from pages.one_batch_page.ink import ink
from pages.words.prose import prose

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

_SQUARE, _MAP_GAP, _ROW_GAP, _LEFT, _TOP = 6.0, 9.0, 9.0, 26.0, 20.0

_COMPONENT = component("sharing", __file__)


@dataclass(frozen=True)
class Blank:
    """What the two choices of axes make of the places where an image is blank.

    Attributes:
        places: how many there are.
        right: the one value that they all have with one mean for the channel.
        low, high: between which they lie with a mean for each position.
        silent: positions at which no image of the batch has anything: their variance is 0.
    """

    places: int
    right: float
    low: float
    high: float
    silent: int


@dataclass(frozen=True, eq=False)
class Maps:
    """A captured map of one image, float64 (side, side) each, and what is to be said of it.

    Attributes:
        values: what the convolution gives.
        right: normalized over all images and positions.
        wrong: normalized over the images alone.
    """

    values: np.ndarray
    right: np.ndarray
    wrong: np.ndarray
    blank: Blank | None


def maps(channel: CapturedChannel, image: int) -> Maps:
    """The map of one image, and what either choice of axes makes of it, over all captured images.

    A convolution without bias gives exactly 0 where the image is blank.
    """
    values = np.asarray(channel.values, np.float64)
    right = in_training_mode(values, "before", channel.gamma, channel.beta, channel.epsilon).y
    wrong = per_position(values, channel.gamma, channel.beta, channel.epsilon)
    blank = values[image] == 0
    said = None
    if blank.any():
        there = wrong.y[image][blank]
        said = Blank(
            int(blank.sum()),
            float(right[image][blank][0]),
            float(there.min()),
            float(there.max()),
            int((wrong.sigma2_B == 0).sum()),
        )
    shape = (channel.side, channel.side)
    return Maps(values[image].reshape(shape), right[image].reshape(shape), wrong.y[image].reshape(shape), said)


def draw(channel: CapturedChannel, batch: CapturedBatch, architecture: Architecture) -> None:
    """Puts the three drawings and the maps on the page.

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
    text, blank = prose("one-batch"), shown.blank
    if blank is None:
        return text("sharing.full", label=label)
    return text(
        "sharing.blank",
        label=label,
        places=blank.places,
        right=written(blank.right, 2),
        low=written(blank.low, 2),
        high=written(blank.high, 2),
        others=IMAGES - 1,
        silent=blank.silent,
        positions=shown.values.size,
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
    text = prose("one-batch")
    drawings = {"dense": _dense(numbers), "conv": _conv(numbers, wrong=False), "wrong": _conv(numbers, wrong=True)}
    return "".join(
        f"<div class='case'><h4 class='{name}'>{escape(text(f'sharing.{name}.title', **numbers))}</h4>"
        f"<code>{escape(text(f'sharing.{name}.code', **numbers))}</code>{drawing}"
        f"<p>{escape(text(f'sharing.{name}.means', **numbers))}</p></div>"
        for name, drawing in drawings.items()
    )


def _captions(label: int) -> str:
    text = prose("one-batch")
    names = ("digit", "values", "right", "wrong")
    return (
        "<div class='maps'>"
        + "".join(
            f"<figure><i role='img' aria-label='{escape(text(f'sharing.maps.{name}', label=label))}'></i>"
            f"<figcaption>{escape(text(f'sharing.maps.{name}', label=label))}</figcaption></figure>"
            for name in names
        )
        + "</div>"
    )


def _dense(numbers: dict[str, Any]) -> str:
    size, gap = 15.0, 3.0
    body = []
    for row, name in enumerate(ROWS):
        y = _TOP + row * (size + gap) + (10 if row == len(ROWS) - 1 else 0)
        body.append(_text(_LEFT - 6, y + size - 4, name, "end"))
        body += [_square(_LEFT + unit * (size + gap), y, size, on=unit == 1) for unit in range(UNITS)]
    width = _LEFT + UNITS * (size + gap)
    return _svg("dense", numbers, width, _TOP + len(ROWS) * (size + gap) + 10, body)


def _conv(numbers: dict[str, Any], *, wrong: bool) -> str:
    pitch = SIDE * _SQUARE + _MAP_GAP
    body = []
    for row, name in enumerate(ROWS):
        y = _TOP + row * (SIDE * _SQUARE + _ROW_GAP) + (8 if row == len(ROWS) - 1 else 0)
        body.append(_text(_LEFT - 6, y + SIDE * _SQUARE / 2 + 4, name, "end"))
        for channel in range(numbers["channels"]):
            x = _LEFT + channel * pitch
            for place in range(SIDE * SIDE):
                on = channel == 1 and (not wrong or place == 2 * SIDE + 3)
                body.append(_square(x + place % SIDE * _SQUARE, y + place // SIDE * _SQUARE, _SQUARE - 0.75, on=on))
    height = _TOP + len(ROWS) * (SIDE * _SQUARE + _ROW_GAP) + 8
    return _svg("wrong" if wrong else "conv", numbers, _LEFT + numbers["channels"] * pitch, height, body)


def _svg(name: str, numbers: dict[str, Any], width: float, height: float, body: list[str]) -> str:
    text = prose("one-batch")
    return (
        f'<svg viewBox="0 0 {width:g} {height:g}" role="img" aria-label="{escape(text(f"sharing.{name}.alt"))}">'
        f"{_text(_LEFT, 11, text(f'sharing.{name}.across', **numbers), 'start')}"
        f"{''.join(body)}</svg>"
    )


def _square(x: float, y: float, size: float, *, on: bool) -> str:
    return f'<rect class="{"on" if on else "off"}" x="{x:g}" y="{y:g}" width="{size:g}" height="{size:g}" rx="1"/>'


def _text(x: float, y: float, words: str, anchor: str) -> str:
    return f'<text class="quiet" x="{x:g}" y="{y:g}" text-anchor="{anchor}">{escape(words)}</text>'


def _grey(array: np.ndarray) -> np.ndarray:
    """A map as a picture: its smallest value without ink, its largest with all of it."""
    low, high = float(array.min()), float(array.max())
    return np.round(255 * (array - low) / ((high - low) or 1.0)).astype(np.uint8)
