"""`python -m bn_core health`: whether an app that runs here serves pages and has an engine that answers."""

from __future__ import annotations

import time
from http.client import HTTPException
from pathlib import Path
from urllib.request import ProxyHandler, build_opener

import click

from bn_core.environment import EnvironmentProblem, home, shown_path
from bn_core.runs.database import FILE_NAME
from bn_core.runs.records import EngineStatus
from bn_core.runs.store import Store, StoreUnavailable

SECONDS = 5.0
"""How long the server may take for its answer, and how old the engine's last word may be."""


@click.command()
@click.option(
    "--address",
    metavar="URL",
    default="http://127.0.0.1:8501",
    show_default=True,
    help="Where the app is, as this machine reaches it.",
)
@click.pass_context
def health(context: click.Context, address: str) -> None:
    """Say whether the app that runs here serves pages, and its training engine answers. Exit code 1 where not.

    For the health check of a container. What the machine lacks, `doctor` says.
    """
    if trouble := _trouble_of_the_server(address) or _trouble_of_the_engine():
        click.echo(trouble)
        context.exit(1)
    click.echo("The app serves pages, and its training engine answers or is started by the first page.")


def _trouble_of_the_server(address: str) -> str:
    # Not through a proxy that the environment names: it is this machine that is asked.
    ask = build_opener(ProxyHandler({}))
    try:
        with ask.open(f"{address.rstrip('/')}/_stcore/health", timeout=SECONDS):
            return ""
    except (OSError, ValueError, HTTPException):
        return f"Nothing serves pages at {address}: start the app, or give --address."


def _trouble_of_the_engine() -> str:
    try:
        folder = home()
        said = _last_word(folder)
    except (EnvironmentProblem, StoreUnavailable) as problem:
        return str(problem)
    if said.state == "off" or said.heartbeat is None:
        return ""
    age = abs(time.time() - said.heartbeat)
    if age > SECONDS:
        return f"The training engine of {shown_path(folder)} has not answered for {age:.0f} s: restart the app."
    return said.message if said.state == "unavailable" else ""


def _last_word(folder: Path) -> EngineStatus:
    if not (folder / FILE_NAME).is_file():
        return EngineStatus("off")  # the first page makes the store
    store = Store.open(folder)
    try:
        return store.engine()
    finally:
        store.close()
