"""How soon the home page stands: `python -m benchmarks.first_page`.

The real server is started several times, each time with an empty home folder and for a browser with an empty cache,
which is sent to the page as soon as the server is up, as `streamlit run app.py` does it. Every address outside of this
machine is refused. The page is complete when the race has its six curves and each finding its picture. Then the same
page is opened once more, in another browser with an empty cache.
"""

from __future__ import annotations

import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from urllib.parse import urlsplit

import click
from playwright.sync_api import Browser, Route, sync_playwright

from benchmarks.report import publish, table

ROOT = Path(__file__).parents[1]
FINDINGS = ("signal", "learning", "lag", "toss")
BROWSERS = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
    "msedge",
    "microsoft-edge",
)
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
BUSY_SECONDS = 60
"""What the slowest machine may take."""


def one_start(browser: Browser, refused: set[str]) -> tuple[float, float, float]:
    """Seconds from the command to the server being up, from there to the complete page, and for a later visitor."""
    port = free_port()
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.headless=true", f"--server.port={port}"]
    command.append("--server.fileWatcherType=none")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as home:
        started = time.perf_counter()
        process = subprocess.Popen(
            command, cwd=ROOT, env=os.environ | {"BN_HOME": home}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            while not is_up(port):
                if process.poll() is not None:
                    raise click.ClickException("The server did not start: try `streamlit run app.py`.")
                time.sleep(0.01)
            up = time.perf_counter() - started
            return up, visit(browser, port, refused), visit(browser, port, refused)
        finally:
            process.terminate()
            process.wait(timeout=BUSY_SECONDS)


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


def is_up(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://localhost:{port}/_stcore/health", timeout=2) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def row(name: str, seconds: list[float]) -> list[str]:
    return [name, f"{statistics.median(seconds):.1f}", f"{min(seconds):.1f}", f"{max(seconds):.1f}"]


@click.command()
@click.option("--starts", default=7, show_default=True, help="How often the server is started.")
def main(starts: int) -> None:
    """Measures, and puts the figures into benchmarks/README.md."""
    path = next((found for name in BROWSERS if (found := shutil.which(name))), None)
    refused: set[str] = set()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
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
