"""What docs/hosting.md prints for files of settings is what the programs that read them take."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.browser.proxied import handshake, printed
from tests.browser.served import FROM_CHECKOUT, ROOT, Server


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """A server, to be started."""
    made = Server(tmp_path)
    yield made
    made.end()


def test_a_server_behind_a_proxy_listens_to_it_alone_and_under_its_names(server: Server) -> None:
    there = (ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8")
    added = tomllib.loads(printed("toml"))
    # In its section below what is there, nothing stands twice.
    assert tomllib.loads(there.replace("[server]\n", printed("toml")))["server"].items() > added["server"].items()
    for name, value in added["server"].items():
        for each in value if isinstance(value, list) else [value]:
            server.command = (*server.command, f"--server.{name}={each}")
    server.start()
    names = added["server"]["allowedHosts"]
    assert [handshake(server.port, name) for name in (*names, f"{names[0]}:443")] == [101] * (len(names) + 1)
    assert handshake(server.port, "elsewhere.example.org") == 403
    # Its own files Streamlit gives under any name.
    connection = HTTPConnection("127.0.0.1", server.port, timeout=10)
    connection.request("GET", "/", headers={"Host": "elsewhere.example.org"})
    assert connection.getresponse().status == 200
    if sys.platform == "linux":
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.2", server.port), timeout=10)


def test_jupyterhub_starts_the_app(server: Server) -> None:
    settings = SimpleNamespace(ServerProxy=SimpleNamespace())
    exec(printed("python"), {"c": settings})
    program, *words = settings.ServerProxy.servers["batch-norm-lab"]["command"]
    assert program in tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["scripts"]
    server.command = (*FROM_CHECKOUT[:2], "bn_core", *(word.format(port=server.port) for word in words))
    server.start()
    assert handshake(server.port, "hub.example.org") == 101


@pytest.mark.parametrize("words", ["header", "handle_path"])
def test_caddy_takes_its_file(tmp_path: Path, words: str) -> None:
    caddy = shutil.which("caddy")
    if caddy is None:
        pytest.skip("no Caddy on this machine: the tests' own proxy alone has read its file")
    file = tmp_path / "Caddyfile"
    file.write_text(printed("caddyfile", words), encoding="utf-8")
    command = [caddy, "validate", "--config", file, "--adapter", "caddyfile"]
    subprocess.run(command, env=os.environ | {"XDG_DATA_HOME": str(tmp_path)}, check=True, capture_output=True)
