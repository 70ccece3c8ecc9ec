"""The page that runs are taken away as, opened as a file in a browser without a network."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from bn_core.exports.recording import recordings
from bn_core.runs.service import RunService
from bn_core.runs.store import Store
from pages.exported_page.page import exported_page
from tests.exports import recorded

pytestmark = pytest.mark.browser

OF_ONE = 17
"""Charts of a run of which everything was recorded."""

TOGETHER = 3
"""Charts of several runs."""


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store.open(tmp_path)


def file(store: Store, tmp_path: Path, *runs: str) -> Path:
    """The page of these runs."""
    made = tmp_path / "page.html"
    made.write_text(exported_page(list(recordings(RunService(store), runs))), encoding="utf-8")
    store.close()
    return made


def opened(page, made: Path, charts: int) -> None:
    """Open the page and wait until so many charts are drawn."""
    page.goto(made.as_uri())
    page.locator(".chart[data-drawn]").nth(charts - 1).wait_for()


def check_drawn(charts) -> None:
    """Every chart has marks, is as wide as its place and as high as the room that was kept for it."""
    for place in range(charts.count()):
        drawn = charts.nth(place).locator("svg.marks")
        assert drawn.locator("path").count() > 3
        box, room = drawn.bounding_box(), charts.nth(place).bounding_box()
        assert box["width"] > 300
        assert abs(box["height"] - room["height"]) <= 2


def test_it_shows_its_charts_offline_without_an_error(person: Callable, store: Store, tmp_path: Path) -> None:
    page = person(offline=True)
    errors, asked = [], []
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    made = file(store, tmp_path, recorded.run(store), recorded.run(store, placement="none"))
    opened(page, made, TOGETHER)
    check_drawn(page.locator("section .chart"))
    page.locator("summary h2").first.click()
    page.locator(".chart[data-drawn]").nth(TOGETHER + OF_ONE - 1).wait_for()
    check_drawn(page.locator("details").first.locator(".chart"))
    assert errors == []
    assert [url for url in asked if not url.startswith(("file:", "data:", "blob:"))] == []


def test_a_slider_shows_another_step(person: Callable, store: Store, tmp_path: Path) -> None:
    page = person(offline=True)
    opened(page, file(store, tmp_path, recorded.run(store)), OF_ONE)
    layers = page.locator("[data-steps] .chart").first.locator("svg.marks")
    last, said = layers.inner_html(), page.locator(".caption").inner_text()
    page.locator("input[type=range]").press("Home")
    page.locator("output").filter(has_text="0").wait_for()
    page.wait_for_function("last => document.querySelector('[data-steps] svg.marks').innerHTML !== last", arg=last)
    assert page.locator(".caption").inner_text() != said


def test_another_layer_and_another_place_are_shown(person: Callable, store: Store, tmp_path: Path) -> None:
    page = person(offline=True)
    opened(page, file(store, tmp_path, recorded.run(store)), OF_ONE)
    part = page.locator("[data-steps]")
    charts = part.locator(".chart svg.marks")
    # The ridges, and the histogram of a layer.
    ridges, histogram, words = charts.nth(0), charts.nth(6), part.locator(".chart [role=graphics-document]").nth(6)
    drawn, said = histogram.inner_html(), words.get_attribute("aria-label")
    part.locator("select[name=layer]").select_option("7")
    page.wait_for_function("([mark, last]) => mark.innerHTML !== last", arg=[histogram.element_handle(), drawn])
    assert words.get_attribute("aria-label") != said
    drawn = ridges.inner_html()
    part.locator("select[name=place]").select_option("relu")
    page.wait_for_function("([mark, last]) => mark.innerHTML !== last", arg=[ridges.element_handle(), drawn])


@pytest.mark.parametrize("kind", ["PNG", "SVG"])
def test_each_chart_can_be_saved(person: Callable, store: Store, tmp_path: Path, kind: str) -> None:
    page = person(offline=True)
    opened(page, file(store, tmp_path, recorded.run(store)), OF_ONE)
    menu = page.locator(".chart").first
    menu.locator("summary").click()
    with page.expect_download() as download:
        menu.get_by_text(kind).click()
    content = Path(download.value.path()).read_bytes()
    assert content.startswith(b"<svg" if kind == "SVG" else b"\x89PNG")
