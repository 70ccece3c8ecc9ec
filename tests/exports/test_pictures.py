"""Charts as pictures: of the size that was asked for, in the theme's colours, and with their words."""

from __future__ import annotations

import io
import json

import pyarrow as pa
from PIL import Image

from bn_core.exports.pictures import SHARPNESS, Theme, columns_of, picture, standalone, vega_scripts

THEME = Theme({"blue": "#0072B2", "gray": "#626A74"}, "#1D232B", "#FFFFFF", "#DFDFDA")
TABLE = pa.table({"step": pa.array([0, 50, 100], pa.int16()), "loss": pa.array([0.1, 0.7, None], pa.float32())})
SPEC = {
    "title": {"text": "The loss, in blue", "fontSize": 16},
    "width": "container",
    "height": 120,
    "config": {"mark": {"aria": False}},
    "layer": [
        {"mark": {"type": "bar", "width": {"expr": "width / 4"}}, "encoding": {"color": {"value": "blue"}}},
        {"mark": {"type": "text", "text": "gray"}, "encoding": {"color": {"value": "gray"}}},
    ],
    "encoding": {
        "x": {"field": "step", "type": "quantitative", "title": "batches trained"},
        "y": {"field": "loss", "type": "quantitative"},
    },
}
WIDTH = 300


def test_a_png_has_the_size_and_the_colours() -> None:
    image = Image.open(io.BytesIO(picture(standalone(SPEC, THEME, WIDTH), TABLE, "png"))).convert("RGB")
    assert image.size == (WIDTH * SHARPNESS, 120 * SHARPNESS)
    colours = {colour for _, colour in image.getcolors(image.width * image.height)}
    assert {(0, 114, 178), (255, 255, 255)} <= colours


def test_an_svg_has_the_words_and_no_name_of_the_theme() -> None:
    svg = picture(standalone(SPEC, THEME, WIDTH), TABLE, "svg").decode()
    assert f'width="{WIDTH}" height="120"' in svg
    for words in ("The loss, in blue", "batches trained", ">gray<"):
        assert words in svg
    assert "#0072B2" in svg
    assert '"blue"' not in svg
    assert 'fill="gray"' not in svg


def test_what_is_drawn_depends_on_the_data() -> None:
    spec = standalone(SPEC, THEME, WIDTH)
    assert picture(spec, TABLE, "svg") != picture(spec, TABLE.slice(0, 1), "svg")


def test_the_apps_own_specification_stays_as_it_is() -> None:
    before = json.dumps(SPEC)
    made = standalone(SPEC, THEME)
    assert made["width"] == "container"
    assert made["config"]["mark"] == {"aria": False}
    assert json.dumps(SPEC) == before


def test_numbers_are_written_as_they_were_measured() -> None:
    assert columns_of(TABLE) == {"step": [0, 50, 100], "loss": [0.1, 0.7, None]}
    third = pa.table({"value": pa.array([1 / 3], pa.float32())})
    (written,) = columns_of(third)["value"]
    assert len(str(written)) == len("0.33333334")
    assert pa.array([written], pa.float32()).equals(third["value"].combine_chunks())


def test_what_is_not_finite_is_null() -> None:
    odd = pa.table({"value": pa.array([float("nan"), float("inf"), 1.0], pa.float64())})
    assert columns_of(odd) == {"value": [None, None, 1.0]}


def test_the_scripts_of_a_page_have_what_draws_its_charts() -> None:
    assert "window.vegaEmbed=" in vega_scripts()
