"""What an app process has one of, whatever happens to caches and modules; and what it does without a store."""

from __future__ import annotations

import importlib.util
import socket
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import streamlit as st

from bn_core.config import TrainingConfig
from bn_core.engine import host_process
from bn_core.engine.host_process import HostProcess
from bn_core.runs import keeper
from bn_core.runs.records import NotPossible
from pages.session import startup
from pages.session.connections import send_at_once
from tests.engine.test_host_process import HOST, alive, ended, wait_until

CONFIG = TrainingConfig()
ME = "the-browser-of-this-test"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A home of its own, whose host only lives and ends."""
    folder = tmp_path / "home"
    monkeypatch.setenv("BN_HOME", str(folder))
    monkeypatch.setattr(host_process, "HEAD_START_SECONDS", 0.0)
    monkeypatch.setattr(startup, "HEAD_START_SECONDS", 0.0)
    startup.engine()._command = (sys.executable, "-c", HOST, str(tmp_path))
    yield folder
    startup.engine().close()


def loaded_anew() -> object:
    """The module as Streamlit loads it after a file was edited: from its file, with nothing that it knew."""
    specification = importlib.util.find_spec("pages.session.startup")
    assert specification is not None
    assert specification.loader is not None
    anew = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(anew)
    return anew


def test_there_is_one_service_for_a_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BN_HOME", str(tmp_path / "one"))
    first = startup.service()
    assert startup.service() is first
    assert first.engine().state == "off"
    run = first.start(CONFIG, ME)
    monkeypatch.setenv("BN_HOME", str(tmp_path / "two"))
    assert startup.service() is not first
    assert startup.service().run(run) is None
    monkeypatch.setenv("BN_HOME", str(tmp_path / "one"))
    assert startup.service().run(run) is not None


def test_where_nothing_is_to_be_trained_no_engine_is_started_and_the_service_says_so(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = startup.service().start(CONFIG, ME)
    monkeypatch.setenv("BN_LIVE", "off")
    startup.after_page()
    assert startup.engine().status().state == "off"
    assert startup.service().engine().message == startup.NOT_LIVE
    with pytest.raises(NotPossible, match="BN_LIVE"):
        startup.service().start(CONFIG, ME)
    assert [record.id for record in startup.service().runs(ME)] == [run]


def test_a_variable_that_cannot_be_used_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BN_WORKERS", "many")
    assert startup.store_trouble().startswith("BN_WORKERS is 'many', which cannot be used")
    without = startup.service()
    assert (without.listed(ME), without.engine().state) == ([], "unavailable")
    assert len(without.recorded()) > 50
    startup.after_page()


def test_a_store_that_cannot_be_used_is_tried_again(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home.write_text("in the way")
    without = startup.service()
    assert "BN_HOME" in startup.store_trouble()
    assert (without.listed(ME), without.engine().state) == ([], "unavailable")
    assert len(without.recorded()) > 50
    assert startup.service() is without
    home.unlink()
    monkeypatch.setattr(keeper, "TRY_AGAIN_SECONDS", 0.0)
    startup._keeper(home)._not_before = 0.0
    assert startup.service() is not without
    assert startup.store_trouble() == ""


def test_without_a_store_what_comes_with_the_app_is_all_there_and_the_rest_is_refused(home: Path) -> None:
    home.write_text("in the way")
    service = startup.service()
    with pytest.raises(NotPossible, match="No run can be stored at present"):
        service.start(CONFIG, ME)
    service.prepare(CONFIG)
    assert service.identical(CONFIG, ME) is None
    shipped = next(run for run in service.recorded() if service.snapshot_steps(run.id))
    assert service.run(shipped.id) == shipped
    assert service.history(shipped.id).last_step == shipped.step
    with pytest.raises(NotPossible, match="This answer was not recorded"):
        service.ask(shipped.id, {"kind": "Recalibrate", "step": 7})


def test_no_engine_is_started_where_no_run_can_be_stored(home: Path, tmp_path: Path) -> None:
    home.write_text("in the way")
    startup.after_page()
    assert startup.engine().status().state == "off"
    assert not alive(tmp_path)


def test_the_engine_is_started_once_whatever_happens_to_cache_and_module(home: Path, tmp_path: Path) -> None:
    threads = [threading.Thread(target=startup.after_page) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    first = startup.engine()
    assert wait_until(lambda: alive(tmp_path))
    # Any browser can have the cache cleared.
    st.cache_resource.clear()
    assert startup.engine() is first
    startup.after_page()
    anew = loaded_anew()
    assert anew.engine() is first
    st.cache_resource.clear()
    assert anew.engine() is first
    anew.after_page()
    assert not ended(tmp_path), "nobody ended it"
    assert isinstance(first, HostProcess)
    first.close()
    assert len(alive(tmp_path)) == len(ended(tmp_path)) == 1


@pytest.mark.skipif(sys.platform == "win32", reason="there a socket is no file of the process")
def test_the_server_sends_each_message_at_once() -> None:
    def at_once(connection: socket.socket) -> bool:
        return connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) != 0

    # As Streamlit binds it.
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        with socket.create_connection(listening.getsockname()), listening.accept()[0] as accepted:
            assert not at_once(accepted)
            send_at_once()
            assert at_once(accepted)
        with socket.create_connection(listening.getsockname()), listening.accept()[0] as accepted:
            assert at_once(accepted)
