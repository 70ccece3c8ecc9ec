"""`batch-norm-lab app`: the app itself, wherever it is installed."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import click
from filelock import FileLock, Timeout

from bn_core.environment import PROJECT, EnvironmentProblem, has_home_directory, home
from bn_core.runs.database import FILE_NAME, LOCK_FILE
from bn_core.runs.records import EngineStatus
from bn_core.runs.store import Store, StoreUnavailable

INSTALLED = "batch_norm_lab"
"""The folder in which an installed app lies, beside this package; see pyproject.toml."""


@click.command(context_settings={"ignore_unknown_options": True})
@click.argument("options", nargs=-1, type=click.UNPROCESSED)
def app(options: tuple[str, ...]) -> None:
    """Start the app in a browser, as `streamlit run app.py` does.

    OPTIONS go to Streamlit as they are, for example `--server.port 8600 --server.headless true`.
    """
    if not has_home_directory():
        os.environ["HOME"] = tempfile.gettempdir()  # Streamlit looks for its settings there, and does not start without
    # The page that is drawn first says what is wrong with the environment, or with the store.
    with contextlib.suppress(EnvironmentProblem, StoreUnavailable, OSError, Timeout):
        _forget_engine(home())
    command = [sys.executable, "-m", "streamlit", "run", str(script()), *options]
    if os.name == "posix":
        # In this process's place, so that whoever ends the command ends the app.
        os.execv(command[0], command)
    sys.exit(subprocess.call(command))


def _forget_engine(folder: Path) -> None:
    """Take note that the engine of before is gone, where it was killed together with its app: it could not say so, and
    `health` would take it for one that does not answer.

    Raises:
        Timeout: an engine is running here.
    """
    if (folder / FILE_NAME).is_file():
        with FileLock(folder / LOCK_FILE, blocking=False):
            store = Store.open(folder)
            store.set_engine(EngineStatus("off", heartbeat=time.time()))
            store.close()


def script() -> Path:
    """Return the path of the app's script: that of the checkout around this package, else the installed one.

    Raises:
        click.ClickException: there is neither.
    """
    for file in (PROJECT / "app.py", PROJECT / INSTALLED / "app.py"):
        if file.is_file() and (file.parent / "pages").is_dir():
            return file
    raise click.ClickException(
        f"The app's files lie neither in {PROJECT} nor in {PROJECT / INSTALLED}: install it again."
    )
