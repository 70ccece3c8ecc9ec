"""The whole app in a real browser: its own server, engine and home folder."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from bn_core.presenting.key import kept_key
from bn_core.runs.presented import Presenter, sha256
from bn_core.runs.store import Store
from pages.session.addresses import reached

ROOT = Path(__file__).parents[2]


FROM_CHECKOUT = (sys.executable, "-m", "streamlit", "run", str(ROOT / "app.py"))


class Server:
    """The app with a home folder of its own, to be started and ended at will.

    Args:
        home: where its runs and its log are kept.
        command: what starts it; options of `streamlit run` follow.
        folder: the working directory.
    """

    def __init__(self, home: Path, command: Sequence[str] = FROM_CHECKOUT, folder: Path = ROOT) -> None:
        self.home = home
        self.command = command
        self.folder = folder
        self.log = home / "server.log"
        self.process: subprocess.Popen[bytes] | None = None
        self.port = free_port()

    @property
    def address(self) -> str:
        return f"http://localhost:{self.port}"

    def start(self) -> None:
        options = ["--server.headless=true", f"--server.port={self.port}", "--server.fileWatcherType=none"]
        environment = os.environ | {"BN_HOME": str(self.home), "BN_WORKERS": "1"}
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [*self.command, *options], cwd=self.folder, env=environment, stdout=log, stderr=log
            )
        wait_until(self._is_up, 60, "the server did not start: " + self.log.read_text(errors="replace")[-2000:])

    def end(self) -> None:
        """As Ctrl+C ends it: the engine goes with it."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(timeout=60)

    def kill(self) -> None:
        """As a machine that goes down ends it: nothing is put in order."""
        if self.process is not None:
            self.process.kill()
            self.process.wait(timeout=60)

    def _is_up(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.address}/_stcore/health", timeout=2) as answer:
                return answer.status == 200
        except OSError:
            return False


@contextmanager
def presenting(store: Store) -> Iterator[Presenter]:
    """The right to present, as who holds the key has it, within the block."""
    somebody = Presenter("x" * 43, "0" * 64)
    store.add_presenter(somebody, sha256(kept_key(store.path.parent)), handed_over=False)
    try:
        yield somebody
    finally:
        store.leave(somebody)


def end_talk(store: Store) -> None:
    """End the talk that is given, if any."""
    with presenting(store) as somebody:
        store.end_talk(somebody)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_until(so: Callable[[], bool], seconds: float, otherwise: str) -> None:
    end = time.monotonic() + seconds
    while not so():
        if time.monotonic() > end:
            pytest.fail(otherwise)
        time.sleep(0.1)


def others_reach(address: str) -> str:
    """Return where others reach what is at this address here, ending in a slash; without a network, nowhere else."""
    return (*reached(f"{address}/"), f"{address}/")[0]


def expect(what):
    """Return the browser's assertions about a page or an element: they wait until they hold."""
    # A machine without a browser need not load it.
    from playwright.sync_api import expect as assertions

    return assertions(what)


FITS = """(elements, width) => document.documentElement.scrollWidth <= width && elements.length > 0 &&
  elements.every((element) => {
    const { left, right } = element.getBoundingClientRect()
    return left >= 0 && right <= width + 1
  })"""


def fits(page, width: int, *locators) -> None:
    """Wait until nothing on the page, and none of what the locators find, is wider than the screen.

    A chart is drawn anew in its final width after it has come.
    """
    for locator in locators:
        wait_until(lambda what=locator: what.evaluate_all(FITS, width), 30, f"{locator} hangs over the edge")


def settle(what: Callable[[], object], seconds: float = 1.0) -> None:
    """Wait until this has stayed the same for so many seconds."""
    last, since = what(), time.monotonic()

    def settled() -> bool:
        nonlocal last, since
        if (now := what()) != last:
            last, since = now, time.monotonic()
        return time.monotonic() - since >= seconds

    wait_until(settled, 60, "it does not come to rest")


def come(page, events: Sequence[object]) -> int:
    """Return how many events of a page have come by now: they are handed over while something is asked of the page."""
    page.evaluate("0")
    return len(events)


@contextmanager
def busy() -> Iterator[None]:
    """Keep every core at work, after everything else."""
    code = "import os\nif hasattr(os, 'nice'): os.nice(10)\nwhile True: pass"
    burning = [subprocess.Popen([sys.executable, "-c", code]) for _ in range(os.cpu_count() or 1)]
    try:
        yield
    finally:
        for process in burning:
            process.kill()
            process.wait()
