"""The real app with its engine, as `streamlit run app.py` starts it, on a port of its own."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from benchmarks.house import ROOT

END_SECONDS = 60
"""What the slowest machine may take to end it."""


@contextmanager
def app_server(home: Path, **variables: str) -> Iterator[tuple[int, int]]:
    """Run the app within the block; yield its port and its process's id as soon as it is up.

    Args:
        home: its home folder.
        variables: of its environment.

    Raises:
        click.ClickException: it did not start.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    options = ["--server.headless=true", f"--server.port={port}", "--server.fileWatcherType=none"]
    command = [sys.executable, "-m", "streamlit", "run", "app.py", *options]
    environment = os.environ | {"BN_HOME": str(home)} | variables
    nowhere = subprocess.DEVNULL
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=nowhere, stderr=nowhere) as process:
        try:
            while not is_up(port):
                if process.poll() is not None:
                    raise click.ClickException("The server did not start: try `streamlit run app.py`.")
                time.sleep(0.01)
            yield port, process.pid
        finally:
            process.terminate()
            process.wait(timeout=END_SECONDS)


def is_up(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://localhost:{port}/_stcore/health", timeout=2) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False
