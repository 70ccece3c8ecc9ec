"""Population statistics, as a person meets it: real server and browser, and a run that comes with its answers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from bn_core.config import TrainingConfig
from bn_core.exhibits import library
from pages.words.prose import prose
from tests.browser.served import Server, busy, expect, fits, wait_until
from tests.browser.test_app import WATCH_CHARTS
from tests.pages.drifting import add, go_on
from tests.pages.lab import Lab

pytestmark = pytest.mark.browser

TEXT = prose("population")

SOON = 60_000

CURVES = "[...document.querySelectorAll('svg.marks .mark-line path')].map((path) => path.getAttribute('d')).join()"
LAYER = ".st-key-population-layer-choices input"
LAYERS = TrainingConfig().architecture.layers


@pytest.fixture(scope="module")
def recorded() -> str:
    """The notebook's run among those that come with the app."""
    return library().find("before").record.id


def open_page(page, server: Server, run: str) -> None:
    page.goto(f"{server.address}/population?run={run}")
    page.locator("svg.marks").nth(4).wait_for(timeout=SOON)
    page.locator("svg.marks", has_text="recalibrated").first.wait_for(timeout=SOON)


class Line:
    """Passes on what browser and server say to each other; what the server says is kept back where it is held."""

    def __init__(self) -> None:
        self._browser: Any = None
        self._kept: list[str | bytes] | None = None
        self._sent = 0

    def between(self, browser: Any) -> None:
        self._browser, server = browser, browser.connect_to_server()

        def say(message: str | bytes) -> None:
            self._sent += 1
            server.send(message)

        def answer(message: str | bytes) -> None:
            if self._kept is None:
                browser.send(message)
            else:
                self._kept.append(message)

        browser.on_message(say)
        server.on_message(answer)

    @contextmanager
    def held(self) -> Iterator[None]:
        self._kept, self._sent = [], 0
        yield
        for message in self._kept:
            self._browser.send(message)
        self._kept = None

    def wait(self, page, count: int) -> None:
        """Wait until the browser has said so many things since the line is held."""
        # A page's own waiting lets its events come.
        for _ in range(SOON // 50):
            if self._sent >= count:
                return
            page.wait_for_timeout(50)
        pytest.fail(f"The browser said {self._sent} of {count} things.")


def layer_is(page, layer: int) -> None:
    """Wait until the slider says this layer, counted from 1."""
    expect(page.locator(LAYER).first).to_have_value(str(layer - 1), timeout=SOON)


def click_row(page, layer: int) -> None:
    """Press and release as slowly as a person does."""
    cells = page.locator("svg.marks").first.locator(".mark-rect").first
    box = cells.bounding_box()
    place = {"x": 0.4 * box["width"], "y": (layer - 0.5) / LAYERS * box["height"]}
    cells.click(position=place, delay=90, timeout=SOON)


def test_five_scores(server: Server, recorded: str, person) -> None:
    page = person()
    open_page(page, server, recorded)
    scores = page.locator("svg.marks", has_text="recalibrated").first.locator("text")
    fixed = {
        TEXT("scores.batch"),
        TEXT("scores.moving", momentum=0.99),
        TEXT("scores.debiased"),
        TEXT("scores.recalibrated"),
    }
    names = fixed | {TEXT("scores.chosen", decay=0.9)}
    wait_until(lambda: names <= {*scores.all_text_contents()}, 30, "not all five scores are named")
    wait_until(
        lambda: len([words for words in scores.all_text_contents() if words.endswith(" %")]) == 5, 30, "no five scores"
    )


def test_the_decay_slider_moves_the_curves_and_exchanges_no_chart(server: Server, recorded: str, person) -> None:
    page = person()
    open_page(page, server, recorded)
    page.evaluate(WATCH_CHARTS)
    before = page.evaluate(CURVES)
    page.locator("[class*=st-key-population-decay] input").focus()
    page.keyboard.press("ArrowRight")
    page.locator("svg.marks", has_text="decay 0.95").first.wait_for(timeout=SOON)
    wait_until(lambda: page.evaluate(CURVES) != before, 30, "the slider did not move the curves")
    assert page.evaluate("window.exchanged") == 0


@pytest.mark.long
def test_every_click_on_the_heat_map_of_a_busy_machine_picks_its_layer(
    server: Server, lab: Lab, recorded: str, person
) -> None:
    page = person()
    open_page(page, server, recorded)
    # Nobody answers that, so that the page looks again four times a second.
    page.locator("[class*=st-key-population-batches] input").focus()
    page.keyboard.press("ArrowLeft")
    page.locator(".st-key-population-recalibrate button").click()
    wait_until(lambda: recorded in [question.run_id for question in lab.store.take_questions()], 30, "nothing is asked")
    with busy():
        for layer in (9, 16, 5, 12, 12, 19, 2, 15):
            click_row(page, layer)
            layer_is(page, layer)
            page.wait_for_timeout(600)
            assert page.locator(LAYER).first.input_value() == str(layer - 1), "an update took the pick back"


def test_a_row_can_be_picked_again_before_the_server_has_answered_the_slider(
    server: Server, recorded: str, person
) -> None:
    page, line = person(), Line()
    page.route_web_socket("**/_stcore/stream", line.between)
    open_page(page, server, recorded)
    # The second of these clicks changes nothing, and must not stand for the one after the slider moved.
    for _ in range(2):
        click_row(page, 9)
        layer_is(page, 9)
    with line.held():
        page.locator(LAYER).focus()
        page.keyboard.press("ArrowRight")
        line.wait(page, 1)
        click_row(page, 9)
        line.wait(page, 2)
    layer_is(page, 9)


def test_on_a_phone_nothing_hangs_over_the_edge(server: Server, recorded: str, person) -> None:
    page = person(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    open_page(page, server, recorded)
    fits(page, 390, page.locator("svg.marks"))


def test_while_a_run_trains_no_chart_is_exchanged(server: Server, lab: Lab, person) -> None:
    config = TrainingConfig.of({"batches": 120})
    run = add(lab, steps=30)
    page = person()
    open_page(page, server, run)
    page.evaluate(WATCH_CHARTS)
    for update in range(1, 4):
        go_on(lab, run, config, 20 + 10 * update, 30 + 10 * update)
        page.locator(".st-key-population-state .figures", has_text=f"{30 + 10 * update}").wait_for(timeout=SOON)
        page.wait_for_function(f"window.updates >= {update}", timeout=SOON)
    click_row(page, 7)
    layer_is(page, 7)
    assert page.evaluate("window.exchanged") == 0
