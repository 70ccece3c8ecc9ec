"""How soon the home page stands: `python -m benchmarks.first_page`.

The real server is started several times, each time with an empty home folder and for a browser with an empty cache,
which is sent to the page as soon as the server is up, as `streamlit run app.py` does it. Every address outside of this
machine is refused. The page is complete when the race has its six curves and each finding its picture. Then the same
page is opened once more, in another browser with an empty cache.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from pathlib import Path
from urllib.parse import urlsplit

import click
from playwright.sync_api import Browser, Route, sync_playwright

from benchmarks.app_server import app_server
from benchmarks.report import publish, table
from bn_core.cli.machine import find_browser

FINDINGS = ("signal", "learning", "lag", "toss")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
BUSY_SECONDS = 60
"""What the slowest machine may take for a page."""


def one_start(browser: Browser, refused: set[str]) -> tuple[float, float, float]:
    """Seconds from the command to the server being up, from there to the complete page, and for a later visitor."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as home:
        started = time.perf_counter()
        with app_server(Path(home)) as (port, _):
            up = time.perf_counter() - started
            return up, visit(browser, port, refused), visit(browser, port, refused)


def visit(browser: Browser, port: int, refused: set[str]) -> float:
    """Seconds until the page is complete for somebody who was never here."""

    def local_only(route: Route) -> None:
        if urlsplit(route.request.url).hostname == "localhost":
            route.continue_()
        else:
            refused.add(route.request.url)
            route.abort()

    context = browser.new_context(viewport={"width": 1440, "height": 900})
    try:
        page = context.new_page()
        page.route(lambda url: not url.startswith(f"http://localhost:{port}"), local_only)
        page.set_default_timeout(BUSY_SECONDS * 1000)
        started = time.perf_counter()
        page.goto(f"http://localhost:{port}/", wait_until="commit")
        page.locator(".race .track .lane").nth(5).wait_for(state="attached")
        for finding in FINDINGS:
            page.locator(f".st-key-finding-{finding} svg").wait_for(state="attached")
        return time.perf_counter() - started
    finally:
        context.close()


def row(name: str, seconds: list[float]) -> list[str]:
    return [name, f"{statistics.median(seconds):.1f}", f"{min(seconds):.1f}", f"{max(seconds):.1f}"]


@click.command()
@click.option("--starts", default=7, show_default=True, help="How often the server is started.")
def main(starts: int) -> None:
    """Measures, and puts the figures into benchmarks/README.md."""
    refused: set[str] = set()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_browser(), args=ARGUMENTS)
        measured = []
        for start in range(starts):
            measured.append(one_start(browser, refused))
            click.echo(f"{start + 1} of {starts}: " + ", ".join(f"{seconds:.1f} s" for seconds in measured[-1]))
        browser.close()
    up, complete, later = (list(column) for column in zip(*measured, strict=True))
    rows = [
        row("from the command to the server being up", up),
        row("from there to the complete page, first visitor", complete),
        row("from the command to the complete page", [a + b for a, b in zip(up, complete, strict=True)]),
        row("a later visitor, while the engine warms up", later),
    ]
    outside = f"Addresses outside of this machine that the page asked for: {len(refused)}."
    publish("first page", table(["seconds", "median", "fastest", "slowest"], rows) + f"\n\n{outside}")


if __name__ == "__main__":
    main()
