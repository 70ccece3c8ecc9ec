"""How soon a training moves: `python -m benchmarks.first_point`.

The real server with its engine, and a browser on its Train page. The page is left alone until the engine has prepared
the network that it shows; then Train is pressed, and the browser itself notes when the first point of the curves is
drawn. Each press is for another seed.
"""

from __future__ import annotations

import statistics
import tempfile
from pathlib import Path

import click
from playwright.sync_api import Page, sync_playwright

from benchmarks.app_server import app_server
from benchmarks.first_page import ARGUMENTS
from benchmarks.report import publish, table
from bn_core.cli.machine import find_browser

BATCHES = 30
"""Of a training: few, so that it ends soon. The next press waits for its end, and finds an idle worker."""

FIRST_REST = 20.0
REST = 3.0
"""Seconds in which the page is left alone before the first press and before each other: for the engine to start and to
prepare the network."""

BUSY_SECONDS = 60

ENDED = "() => /^Finished/.test(document.querySelector('.st-key-progress .said')?.textContent ?? '')"

PRESS = Path(__file__).with_name("first_point.js").read_text(encoding="utf-8")


def press(page: Page, port: int, seed: int) -> float:
    """Return the milliseconds from the press of Train to the first point."""
    page.goto(f"http://localhost:{port}/train?batches={BATCHES}&seed={seed}")
    page.locator('[data-testid="stVegaLiteChart"] svg').nth(1).wait_for()
    page.wait_for_timeout((REST if seed else FIRST_REST) * 1000)
    milliseconds = float(page.evaluate(PRESS))
    page.wait_for_function(ENDED)
    return milliseconds


@click.command()
@click.option("--presses", default=15, show_default=True, help="How often Train is pressed.")
def main(presses: int) -> None:
    """Measure, and put the figures into benchmarks/README.md."""
    with (
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as home,
        app_server(Path(home)) as (port, _),
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=find_browser(), args=ARGUMENTS)
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        page.set_default_timeout(BUSY_SECONDS * 1000)
        measured = []
        for seed in range(presses):
            measured.append(press(page, port, seed))
            click.echo(f"{seed + 1} of {presses}: {measured[-1]:.0f} ms")
        browser.close()
    row = [f"{value:.0f}" for value in (statistics.median(measured), min(measured), max(measured))]
    rows = [["from the press of Train to the first point", *row]]
    publish("first point", table(["milliseconds", "median", "fastest", "slowest"], rows))


if __name__ == "__main__":
    main()
