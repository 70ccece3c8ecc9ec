"""The page that a run is taken away as, opened as a file in a browser without a network."""

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


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """The page of two runs."""
    store = Store.open(tmp_path)
    runs = [recorded.run(store), recorded.run(store, placement="none")]
    made = tmp_path / "page.html"
    made.write_text(exported_page(recordings(RunService(store), runs)), encoding="utf-8")
    store.close()
    return made


def test_it_shows_its_charts_offline_without_an_error(person: Callable, file: Path) -> None:
    page = person(offline=True)
    errors, asked = [], []
    page.on("console", lambda message: errors.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    page.goto(file.as_uri())
    page.locator(".chart[data-drawn]").nth(9).wait_for()
    charts = page.locator(".chart")
    assert charts.count() == 10
    for place in range(charts.count()):
        drawn = charts.nth(place).locator("svg.marks")
        assert drawn.locator("path").count() > 3
        box, room = drawn.bounding_box(), charts.nth(place).bounding_box()
        assert box["width"] > 300
        assert abs(box["height"] - room["height"]) <= 2
    assert errors == []
    assert [url for url in asked if not url.startswith(("file:", "data:", "blob:"))] == []


def test_a_slider_shows_another_step(person: Callable, file: Path) -> None:
    page = person(offline=True)
    page.goto(file.as_uri())
    page.locator(".chart[data-drawn]").nth(9).wait_for()
    layers = page.locator(".scrubbed .chart").first.locator("svg.marks")
    last, said = layers.inner_html(), page.locator(".scrubbed .caption").inner_text()
    page.locator(".scrubbed input").press("Home")
    page.locator(".scrubbed output").filter(has_text="0").wait_for()
    page.wait_for_function("last => document.querySelector('.scrubbed svg.marks').innerHTML !== last", arg=last)
    assert page.locator(".scrubbed .caption").inner_text() != said


def test_each_chart_can_be_saved(person: Callable, file: Path) -> None:
    page = person(offline=True)
    page.goto(file.as_uri())
    page.locator(".chart[data-drawn]").nth(9).wait_for()
    menu = page.locator(".chart").first
    menu.locator("summary").click()
    with page.expect_download() as download:
        menu.get_by_text("SVG").click()
    assert Path(download.value.path()).read_text(encoding="utf-8").startswith("<svg")
