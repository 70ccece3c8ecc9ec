"""The charts of a run as pictures, for a paper or slides: each as PNG and as SVG."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import get_args

import pyarrow as pa
import pyarrow.compute as pc

from bn_core.exports.pictures import PictureKind, picture
from bn_core.exports.recording import Recording
from bn_core.exports.zipped import zipped
from pages.charts.overlay import lettered
from pages.exported_page.figures import Figure, figures_of
from pages.exported_page.laid_over import laid_over
from pages.exported_page.parts import parts
from pages.parts.step_slider import PARAMETER

WIDTH = 720
"""Pixels of a picture, title and axes included."""


TOGETHER = "together"
"""The folder of the pictures of several runs."""


def pictures_zip(recordings: Sequence[Recording]) -> bytes:
    """Return a zip of pictures, one folder a run: every chart of the whole network, at every place in its layers; of
    several runs their curves laid over each other, too, each line by the letter that the name of its run's folder has.

    Layers are shown at the last step at which they were probed. Another step, and a layer by itself, can be saved from
    the page.
    """
    return zipped(
        file
        for folder, figure in _figures(recordings)
        if "layer" not in figure.chosen
        for file in _pictures(figure, folder)
    )


def _figures(recordings: Sequence[Recording]) -> Iterator[tuple[str, Figure]]:
    """Yield each chart with its folder."""
    several = len(recordings) > 1
    if several:
        for figure in figures_of([laid_over(recordings).part]):
            yield TOGETHER, figure
    for letter, recording in lettered(recordings):
        for figure in figures_of(parts(recording)):
            yield f"{letter}-{recording.folder}" if several else recording.folder, figure


def shown(table: pa.Table) -> pa.Table:
    """Return the rows of the last snapshot where a table has several, since a picture has no slider."""
    if PARAMETER not in table.column_names or not len(table):
        return table
    return table.filter(pc.equal(table[PARAMETER], pc.max(table[PARAMETER])))


def _pictures(figure: Figure, folder: str) -> Iterator[tuple[str, bytes]]:
    spec = figure.drawn(WIDTH)
    for key, state in figure.states.items():
        name = "-".join(filter(None, [figure.name, key]))
        for kind in get_args(PictureKind):
            yield f"{folder}/{name}.{kind}", picture(spec | {"description": state.alt}, shown(state.table), kind)
