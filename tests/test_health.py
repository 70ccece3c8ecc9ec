"""`python -m bn_core health`: a running app is well where it serves pages and its engine answers."""

from __future__ import annotations

import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from click.testing import CliRunner

from bn_core.cli.health import health
from bn_core.runs.database import FILE_NAME
from bn_core.runs.records import EngineStatus
from bn_core.runs.store import Store


class Healthy(BaseHTTPRequestHandler):
    """What Streamlit answers, and nothing else."""

    def do_GET(self) -> None:
        self.send_response(200 if self.path == "/lab/_stcore/health" else 404)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Keep the test's output free of what was asked for."""


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """Where pages are served."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Healthy) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/lab"
        server.shutdown()
        thread.join()


@pytest.fixture
def home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setenv("BN_HOME", str(tmp_path))
    # It is this machine that is asked.
    monkeypatch.setenv("http_proxy", "http://192.0.2.1:1")
    return tmp_path


def asked(address: str) -> tuple[int, str]:
    """What the command ends with, and the one line that it says."""
    done = CliRunner().invoke(health, ["--address", address])
    assert done.output.count("\n") == 1
    return done.exit_code, done.output.strip()


def test_before_the_first_page_there_is_neither_store_nor_engine(home: Path, address: str) -> None:
    assert asked(address)[0] == 0
    assert list(home.iterdir()) == []


@pytest.mark.parametrize(
    ("said", "code", "words"),
    [
        (EngineStatus("off", heartbeat=1.0), 0, "serves pages"),
        (EngineStatus("starting"), 0, "serves pages"),
        (EngineStatus("ready", workers=1, heartbeat=0.0), 0, "serves pages"),
        (EngineStatus("ready", workers=1, heartbeat=60.0), 1, "has not answered for 60 s"),
        (EngineStatus("unavailable", "No worker can train.", heartbeat=0.0), 1, "No worker can train."),
    ],
)
def test_the_engines_last_word_counts(home: Path, address: str, said: EngineStatus, code: int, words: str) -> None:
    """`heartbeat` is how many seconds ago it was."""
    store = Store.open(home)
    store.set_engine(
        said if said.heartbeat is None else EngineStatus(**vars(said) | {"heartbeat": time.time() - said.heartbeat})
    )
    store.close()
    assert asked(address)[0] == code
    assert words in asked(address)[1]


def test_a_store_that_cannot_be_used_is_named(home: Path, address: str) -> None:
    (home / FILE_NAME).write_bytes(b"this is no database" * 1000)
    code, said = asked(address)
    assert code == 1
    assert FILE_NAME in said


def test_a_variable_that_cannot_be_used_is_named(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    monkeypatch.setenv("BN_WORKERS", "many")
    assert asked(address) == (1, asked(address)[1])
    assert "BN_WORKERS" in asked(address)[1]


@pytest.mark.parametrize(
    "wrong", ["http://127.0.0.1:1", "127.0.0.1", "file:///dev/null", "http://[", "http://127.0.0.1:a"]
)
def test_where_nothing_serves_pages_it_says_so(home: Path, wrong: str) -> None:
    code, said = asked(wrong)
    assert code == 1
    assert said.startswith(f"Nothing serves pages at {wrong}")


def test_an_answer_that_is_not_streamlits_is_none(home: Path, address: str) -> None:
    assert asked(address.removesuffix("/lab"))[0] == 1
