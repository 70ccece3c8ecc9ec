"""A browser, the app's servers and people.

A server is made once in a process, whichever tests run there: no test relies on what is in its store, and what a test
puts there is in nobody's way.
"""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock

from bn_core.talks import Talk, shipped_talk
from tests.browser import layout
from tests.browser.pages_served import State, come
from tests.browser.served import Server, end_talk
from tests.pages.lab import Lab

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge", "microsoft-edge")
PLACES = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
    r"C:\Program Files\Google\Chrome\Application\chrome.exe",
    r"C:\Program Files (x86)\Google\Chrome\Application\chrome.exe",
    r"C:\Program Files\Microsoft\Edge\Application\msedge.exe",
    r"C:\Program Files (x86)\Microsoft\Edge\Application\msedge.exe",
)
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


def executable() -> str | None:
    """Chromium, Chrome or Edge, where this machine has one."""
    found = next((path for name in NAMES if (path := shutil.which(name))), None)
    return found or next((place for place in PLACES if Path(place).is_file()), None)


@pytest.fixture(scope="session")
def chromium() -> Iterator[object]:
    """A running browser."""
    path = executable()
    if path is None:
        reason = "no Chromium, Chrome or Edge on this machine: the app was not tried in a browser"
        if os.environ.get("BN_REQUIRE_BROWSER") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def home(tmp_path_factory) -> Path:
    """Where `server` keeps its runs."""
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="session")
def lab(home: Path) -> Iterator[Lab]:
    """The store of `server`, for a test to put runs into it. An engine says that it is there, and does nothing else."""
    made, ended = Lab(home), threading.Event()

    def beat() -> None:
        while not ended.wait(1):
            made.engine()

    # Whoever holds the lock is the engine: the server's own waits.
    with FileLock(home / "engine.lock"):
        made.engine()
        heart = threading.Thread(target=beat)
        heart.start()
        yield made
        ended.set()
        heart.join()
    made.store.close()


@pytest.fixture
def shipped(lab: Lab) -> Iterator[Talk]:
    """The shipped talk. Whatever becomes of the test, none is given on `server` after it."""
    yield shipped_talk()
    end_talk(lab.store)


@pytest.fixture(scope="session")
def server(chromium, home: Path, lab: Lab) -> Iterator[Server]:
    """The app on the store of `lab`: it trains nothing and answers no question."""
    yield from served(home)


@pytest.fixture(scope="session")
def training_server(chromium, tmp_path_factory) -> Iterator[Server]:
    """The app with an engine of its own, which trains."""
    yield from served(tmp_path_factory.mktemp("training-home"))


def served(home: Path) -> Iterator[Server]:
    """The app on this home, for as long as it is needed."""
    made = Server(home)
    made.start()
    yield made
    made.end()


@pytest.fixture
def person(chromium) -> Iterator[Callable]:
    """Makes a page in a browser of its own: another person, as far as the app can tell."""
    contexts = []

    def come(**options):
        context = chromium.new_context(**({"viewport": {"width": 1440, "height": 900}} | options))
        contexts.append(context)
        return context.new_page()

    yield come
    for context in contexts:
        context.close()


@pytest.fixture(scope="session")
def window(chromium) -> Iterator[Any]:
    """A browser that has loaded the app's scripts before, from the second page on."""
    context = chromium.new_context(reduced_motion="reduce")
    yield context
    context.close()


@pytest.fixture
def tab(window) -> Iterator[Callable]:
    """Makes a page in that browser, of this size: for tests to which it is no matter what the browser has seen."""
    pages = []

    def come(width: int, height: int):
        page = window.new_page()
        pages.append(page)
        page.set_viewport_size({"width": width, "height": height})
        return page

    yield come
    for page in pages:
        page.close()


def visited(chromium, server: Server, lab: Lab, state: State, screen: layout.Screen) -> Iterator[Any]:
    """A page in this state as somebody has it who was never here before, with its layout shifts noted."""
    context = chromium.new_context(
        viewport=dict(zip(("width", "height"), screen, strict=True)), reduced_motion="reduce"
    )
    page = context.new_page()
    page.add_init_script(layout.WATCH)
    come(page, server, lab, state)
    yield page
    context.close()
