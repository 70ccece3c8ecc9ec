"""Inside the layers, as a person meets it: real server and browser, runs that are in the store already."""

from __future__ import annotations

import pytest

from pages.layers_page.charts import DEPTH_CHARTS
from tests.browser.served import Server, come, expect, settle, wait_until
from tests.browser.test_app import WATCH_CHARTS
from tests.pages.lab import Lab
from tests.pages.probed import STEPS, add, go_on

pytestmark = pytest.mark.browser

SOON = 60_000

FOLDED = """[...document.querySelectorAll('input[name="snapshot"]')].every(
  (input) => input.closest('.vega-bindings').style.display === 'none')"""

DRAWN = "[...document.querySelectorAll('svg.marks path')].map((path) => path.getAttribute('d')).join()"


def open_page(page, server: Server, run: str) -> None:
    page.goto(f"{server.address}/layers?run={run}")
    # All of them: the overview, three of one layer, and those over depth.
    page.locator("svg.marks").nth(3 + len(DEPTH_CHARTS)).wait_for(timeout=SOON)
    # The slider has found the charts' own.
    page.wait_for_function(FOLDED, timeout=SOON)


@pytest.mark.long
def test_all_layers_and_every_snapshot_without_the_server(server: Server, lab: Lab, person) -> None:
    page = person()
    sent: list[object] = []
    page.on("websocket", lambda socket: socket.on("framesent", lambda frame: sent.append(frame)))
    open_page(page, server, add(lab))
    words = page.locator("svg.marks").first.locator("text")
    names = {"dense", *(str(layer) for layer in range(1, 20))}
    wait_until(lambda: names <= {*words.all_text_contents()}, 30, "not all layers are there")

    slider = page.locator(".st-key-step-slider input.at")
    batch = page.locator(".st-key-step-slider .batch")
    expect(batch).to_have_text(f"batch {STEPS[-1]}", timeout=SOON)
    settle(lambda: come(page, sent))
    settle(lambda: page.evaluate(DRAWN))
    before, pictures = len(sent), [page.evaluate(DRAWN)]
    slider.focus()
    for step in reversed(STEPS[:-1]):
        page.keyboard.press("ArrowLeft")
        expect(batch).to_have_text(f"batch {step}", timeout=SOON)
        wait_until(lambda: page.evaluate(DRAWN) not in pictures, 30, f"nothing is drawn anew at batch {step}")
        # Several charts are drawn anew, one after the other.
        settle(lambda: page.evaluate(DRAWN), 0.3)
        pictures.append(page.evaluate(DRAWN))
    expect(page.locator(".st-key-step-slider .caption")).to_contain_text("Before the first batch", timeout=SOON)
    page.get_by_text("no update yet, so no gradient").wait_for(timeout=SOON)
    # Each picture came without the server, which is told where the person rests: once a press.
    assert come(page, sent) <= before + len(STEPS) - 1


def test_while_a_run_trains_no_chart_is_exchanged(server: Server, lab: Lab, person) -> None:
    run = add(lab, status="running", snapshots=1)
    page = person()
    open_page(page, server, run)
    page.evaluate(WATCH_CHARTS)
    for snapshot in range(1, len(STEPS)):
        go_on(lab, run, "before", snapshot, snapshot + 1)
        page.locator(".st-key-layers-state .figures", has_text=f"{STEPS[snapshot]} of").wait_for(timeout=SOON)
        page.wait_for_function(f"window.updates >= {snapshot}", timeout=SOON)
    assert page.evaluate("window.exchanged") == 0
