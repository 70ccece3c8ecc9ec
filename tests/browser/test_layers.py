"""Inside the layers, as a person meets it: real server and browser, runs that are in the store already."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from filelock import FileLock

from tests.browser.served import Server, wait_until
from tests.browser.test_app import WATCH_CHARTS
from tests.pages.lab import Lab
from tests.pages.probed import STEPS, add, go_on

pytestmark = pytest.mark.browser

SOON = 60_000

FOLDED = """[...document.querySelectorAll('input[name="snapshot"]')].every(
  (input) => input.closest('.vega-bindings').style.display === 'none')"""

DRAWN = "[...document.querySelectorAll('svg.marks path')].map((path) => path.getAttribute('d')).join()"


@pytest.fixture(scope="module")
def staged(chromium, tmp_path_factory) -> Iterator[tuple[Server, Lab]]:
    """The app on a store of its own, and an engine that only says that it is there."""
    home = tmp_path_factory.mktemp("home")
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
            yield server, lab
        finally:
            server.end()
            ended.set()
            heart.join()
            lab.store.close()


def open_page(page, server: Server, run: str) -> None:
    page.goto(f"{server.address}/layers?run={run}")
    page.locator("svg.marks").nth(6).wait_for(timeout=SOON)
    # The slider has found the charts' own.
    page.wait_for_function(FOLDED, timeout=SOON)


def test_all_layers_and_every_snapshot_without_the_server(staged: tuple[Server, Lab], person) -> None:
    server, lab = staged
    page = person()
    sent: list[object] = []
    page.on("websocket", lambda socket: socket.on("framesent", lambda frame: sent.append(frame)))
    open_page(page, server, add(lab))
    words = page.locator("svg.marks").first.locator("text").all_text_contents()
    assert {"dense", *(str(layer) for layer in range(1, 20))} <= {*words}

    slider = page.locator(".st-key-step-slider input.at")
    batch = page.locator(".st-key-step-slider .batch")
    wait_until(
        lambda: batch.inner_text() == f"batch {STEPS[-1]}", 30, "the slider does not start with the last snapshot"
    )
    page.wait_for_timeout(1000)
    before, pictures = len(sent), [page.evaluate(DRAWN)]
    slider.focus()
    for step in reversed(STEPS[:-1]):
        page.keyboard.press("ArrowLeft")
        wait_until(
            lambda step=step: batch.inner_text() == f"batch {step}", 10, f"the slider does not go to batch {step}"
        )
        wait_until(lambda: page.evaluate(DRAWN) not in pictures, 10, f"nothing is drawn anew at batch {step}")
        pictures.append(page.evaluate(DRAWN))
    assert "Before the first batch" in page.locator(".st-key-step-slider .caption").inner_text()
    page.get_by_text("no update yet, so no gradient").wait_for(timeout=SOON)
    assert len(sent) == before


def test_while_a_run_trains_no_chart_is_exchanged(staged: tuple[Server, Lab], person) -> None:
    server, lab = staged
    run = add(lab, status="running", snapshots=1)
    page = person()
    open_page(page, server, run)
    page.evaluate(WATCH_CHARTS)
    for snapshot in range(1, len(STEPS)):
        go_on(lab, run, "before", snapshot, snapshot + 1)
        page.wait_for_function(f"window.updates >= {snapshot}", timeout=SOON)
    assert page.evaluate("window.exchanged") == 0
