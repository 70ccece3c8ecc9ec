"""The app as `pip install .` leaves it: its command, started outside of the checkout, trains.

Where it is installed says BN_INSTALLED, the path of the command `batch-norm-lab`; `.ci/run` makes such an environment.
"""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

from tests.browser.served import Server, expect

pytestmark = pytest.mark.browser

COMMAND = os.environ.get("BN_INSTALLED", "")
SOON = 60_000
READY = 180_000


@pytest.fixture(scope="module")
def command() -> str:
    if not COMMAND:
        pytest.skip("BN_INSTALLED is not set: no environment in which the app is installed")
    return COMMAND


def test_the_command_trains(command: str, tmp_path: Path) -> None:
    done = subprocess.run(
        [command, "train", "--dataset", "mnist-5k", "--batches", "1", "--placement", "none", "--quiet"],
        cwd=tmp_path,
        env=os.environ | {"BN_HOME": str(tmp_path / "home")},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "Final test accuracy" in done.stdout


def test_the_app_trains(command: str, chromium, tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    server = Server(home, [command, "app"], tmp_path)
    server.start()
    try:
        page = chromium.new_page()
        page.goto(f"{server.address}/train?dataset=mnist-5k&batches=2")
        said = page.locator(".st-key-progress .said")
        expect(said).to_have_text(re.compile("Ready to train"), timeout=READY)
        page.locator(".st-key-train button:visible").first.click()
        expect(said).to_have_text(re.compile("^Finished"), timeout=READY)
        page.close()
    finally:
        server.end()
