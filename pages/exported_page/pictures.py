"""The charts of a run as pictures, for a paper or slides: each as PNG and as SVG."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import get_args

import pyarrow as pa
import pyarrow.compute as pc

from bn_core.exports.pictures import PictureKind, picture
from bn_core.exports.recording import Recording
from bn_core.exports.zipped import zipped
from pages.exported_page.figures import Figure, of_layers, of_population, of_training
from pages.parts.step_slider import PARAMETER

WIDTH = 720
"""Pixels of a picture, title and axes included."""


def pictures_zip(recordings: Iterable[Recording]) -> bytes:
    """Return a zip of pictures, one folder a run. Layers are shown at the last step at which they were probed."""
    return zipped(
        (f"{recording.folder}/{figure.name}.{kind}", picture(figure.drawn(WIDTH), shown(figure.table), kind))
        for recording in recordings
        for figure in _figures(recording)
        for kind in get_args(PictureKind)
    )


def shown(table: pa.Table) -> pa.Table:
    """Return the rows of the last snapshot where a table has several, since a picture has no slider."""
    if PARAMETER not in table.column_names or not len(table):
        return table
    return table.filter(pc.equal(table[PARAMETER], pc.max(table[PARAMETER])))


def _figures(recording: Recording) -> Iterator[Figure]:
    yield from of_training(recording)
    layers = of_layers(recording)
    yield from layers.figures if layers else ()
    yield from of_population(recording)
