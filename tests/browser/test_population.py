"""Population statistics, as a person meets it: real server and browser, a real run and what was answered about it."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import threading
from collections.abc import Iterator

import pytest
from filelock import FileLock

from bn_core.config import TrainingConfig
from tests.browser.served import Server, wait_until
from tests.browser.test_app import WATCH_CHARTS
from tests.pages.drifting import add, go_on
from tests.pages.lab import Lab
from tests.pages.populated import CONFIG, populate

pytestmark = pytest.mark.browser

SOON = 60_000

CURVES = "[...document.querySelectorAll('svg.marks .mark-line path')].map((path) => path.getAttribute('d')).join()"


@pytest.fixture(scope="module")
def staged(chromium, tmp_path_factory) -> Iterator[tuple[Server, Lab, str]]:
    """The app on a store with a real run in it, and an engine that only says that it is there."""
    home = tmp_path_factory.mktemp("home")
    run = populate(home)
    lab, server, ended = Lab(home), Server(home), threading.Event()

    def beat() -> None:
        while not ended.wait(1):
            lab.engine()

    # Whoever holds the lock is the engine: the server's own waits.
    with FileLock(home / "engine.lock"):
        lab.engine()
        heart = threading.Thread(target=beat)
        heart.start()
        try:
            server.start()
            yield server, lab, run
        finally:
            server.end()
            ended.set()
            heart.join()
            lab.store.close()


def open_page(page, server: Server, run: str, step: int | None = None) -> None:
    at = "" if step is None else f"&step={step}"
    page.goto(f"{server.address}/population?run={run}{at}")
    page.locator("svg.marks").nth(4).wait_for(timeout=SOON)
    page.locator("svg.marks", has_text="recalibrated").first.wait_for(timeout=SOON)


LAYER = ".st-key-population-layer-choices input"


def layer_shown(page) -> int:
    """Which layer the slider says, counted from 1."""
    return int(page.locator(LAYER).first.input_value()) + 1


def click_row(page, layer: int) -> None:
    """Press and release as slowly as a person does."""
    cells = page.locator("svg.marks").first.locator(".mark-rect").first
    cells.scroll_into_view_if_needed()
    box = cells.bounding_box()
    page.mouse.move(
        box["x"] + 0.4 * box["width"], box["y"] + (layer - 0.5) / CONFIG.architecture.layers * box["height"]
    )
    page.mouse.down()
    page.wait_for_timeout(90)
    page.mouse.up()


@contextlib.contextmanager
def busy() -> Iterator[None]:
    """Keeps every core at work, after everything else."""
    code = "import os\nif hasattr(os, 'nice'): os.nice(10)\nwhile True: pass"
    burning = [subprocess.Popen([sys.executable, "-c", code]) for _ in range(os.cpu_count() or 1)]
    try:
        yield
    finally:
        for process in burning:
            process.kill()
            process.wait()


class TestARealRun:
    @pytest.fixture(scope="class")
    def page(self, staged: tuple[Server, Lab, str], chromium):
        server, _, run = staged
        context = chromium.new_context(viewport={"width": 1440, "height": 900})
        page = context.new_page()
        open_page(page, server, run, 20)
        yield page
        context.close()

    def test_five_scores(self, page) -> None:
        scores = page.locator("svg.marks", has_text="recalibrated").first.locator("text").all_text_contents()
        assert {"batch statistics", "moving, 0.99 (own)", "own, debiased", "decay 0.9", "recalibrated"} <= {*scores}
        assert len([words for words in scores if words.endswith(" %")]) == 5

    def test_the_decay_slider_moves_the_curves_and_exchanges_no_chart(self, page) -> None:
        page.evaluate(WATCH_CHARTS)
        before = page.evaluate(CURVES)
        page.locator(".st-key-population-decay-0-99 input").focus()
        page.keyboard.press("ArrowRight")
        wait_until(lambda: page.evaluate(CURVES) != before, 30, "the slider did not move the curves")
        page.locator("svg.marks", has_text="decay 0.95").first.wait_for(timeout=SOON)
        assert page.evaluate("window.exchanged") == 0

    def test_every_click_on_the_heat_map_of_a_busy_machine_picks_its_layer(self, page) -> None:
        # Nobody answers what the decay slider asked, so that the page looks again four times a second.
        with busy():
            for layer in (9, 16, 5, 12, 12, 19, 2, 15):
                click_row(page, layer)
                wait_until(lambda layer=layer: layer_shown(page) == layer, 30, f"the click did not pick layer {layer}")
                page.wait_for_timeout(600)
                assert layer_shown(page) == layer, "an update took the pick back"

    def test_a_row_can_be_picked_again_after_the_slider_moved(self, page) -> None:
        # The second of these clicks changes nothing, and must not stand for the one after the slider moved.
        for _ in range(2):
            click_row(page, 9)
            wait_until(lambda: layer_shown(page) == 9, 30, "the click picked no layer")
        page.locator(LAYER).focus()
        page.keyboard.press("ArrowRight")
        page.get_by_text("Layer 10", exact=False).first.wait_for(timeout=SOON)
        click_row(page, 9)
        wait_until(lambda: layer_shown(page) == 9, 30, "the second click on the row picked nothing")


def test_on_a_phone_nothing_hangs_over_the_edge(staged: tuple[Server, Lab, str], person) -> None:
    server, _, run = staged
    page = person(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    open_page(page, server, run)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    for chart in page.locator("svg.marks").all():
        box = chart.bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 391


def test_while_a_run_trains_no_chart_is_exchanged(staged: tuple[Server, Lab, str], person) -> None:
    server, lab, _ = staged
    config = TrainingConfig.of({"batches": 120})
    run = add(lab, steps=30)
    page = person()
    open_page(page, server, run)
    page.evaluate(WATCH_CHARTS)
    for update in range(1, 4):
        go_on(lab, run, config, 20 + 10 * update, 30 + 10 * update)
        page.wait_for_function(f"window.updates >= {update}", timeout=SOON)
    click_row(page, 7)
    wait_until(lambda: layer_shown(page) == 7, 30, "a click while the run trains picked no layer")
    assert page.evaluate("window.exchanged") == 0
