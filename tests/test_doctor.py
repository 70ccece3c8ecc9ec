"""`python -m bn_core doctor`: on a good and on a bad machine it says what works, what does not, and what to do."""

from __future__ import annotations

import importlib.metadata
import json
import os
import shutil
import socket
import sqlite3
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from distributed import LocalCluster

from bn_core import environment as environment_module
from bn_core.cli import health_checks as doctor
from bn_core.cli import machine as machine_module
from bn_core.cli.health_checks import Check, check_engine, check_tensorflow, checks, run_doctor
from bn_core.cli.machine import find_browser, run_python
from bn_core.config import TrainingConfig
from bn_core.data import download, mnist
from bn_core.environment import examine_environment
from bn_core.runs.records import EngineStatus
from bn_core.runs.store import Store
from bn_core.talks import shipped_talk
from bn_core.versions import version

PROJECT = Path(__file__).parents[1]
GOOD_ENGINE = json.dumps({"problem": "", "usable": 1, "unusable": {}})
Machine = Callable[[], dict[str, Check]]


@pytest.fixture
def unused_port():
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        yield unused.getsockname()[1]


@pytest.fixture
def machine(monkeypatch, tmp_path, unused_port) -> Machine:
    """A good machine without a network, where TensorFlow and the engine start at once; gives the checks by name."""
    monkeypatch.setenv("BN_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setattr(download, "KERAS_FILES", f"http://127.0.0.1:{unused_port}/")
    monkeypatch.setattr(doctor, "STREAMLIT_PORT", unused_port)
    monkeypatch.setattr(doctor, "check_tensorflow", lambda: Check("works", "It was not asked."))
    monkeypatch.setattr(doctor, "run_python", lambda *_, **__: (GOOD_ENGINE, ""))

    def examine() -> dict[str, Check]:
        found = list(checks())
        for _, check in found:
            assert check.sentence.isprintable()
            assert check.sentence.endswith((".", "requirements.txt"))
            assert check.advice.isprintable()
            assert "Traceback" not in check.sentence
        assert len(dict(found)) == len(found)
        return dict(found)

    return examine


def failing(found: dict[str, Check]) -> set[str]:
    return {name for name, check in found.items() if check.state == "fails"}


def test_a_good_machine_without_a_network(machine):
    found = machine()
    assert failing(found) == set()
    assert "streamlit 1.67" in found["versions"].sentence
    assert "4,000 images to train, 500 to validate, 500 to test" in found["MNIST-5k"].sentence
    for name in ("MNIST", "Fashion-MNIST"):
        assert found[name].state == "note"
        assert "its server does not answer" in found[name].sentence
        assert "needs no network" in found[name].advice
    for name in ("settings", "folder", "store", "visitors", "ports", "engine"):
        assert found[name].state == "works", found[name]


@pytest.mark.parametrize(("addresses", "state"), [(1, "note"), (2, "works")])
def test_a_crowd_with_one_address_is_noticed(machine, tmp_path, addresses, state):
    store = Store.open(tmp_path / "home")
    for number in range(doctor.CROWD):
        store.add_run(TrainingConfig(), f"{number}" * 64, f"192.0.2.{number % addresses}")
    store.close()
    check = machine()["visitors"]
    assert check.state == state
    assert ("FORWARDED_ALLOW_IPS" in check.advice) == (state == "note")
    assert f"{doctor.CROWD} browsers" in check.sentence


def test_an_app_that_trains_nothing_needs_no_engine(machine, monkeypatch):
    monkeypatch.setenv("BN_LIVE", "off")
    monkeypatch.setattr(doctor, "run_python", lambda *_, **__: ("", "it does not start"))
    found = machine()
    assert failing(found) == set()
    assert "BN_LIVE" in found["engine"].sentence
    assert "BN_LIVE" in found["settings"].sentence


def test_a_network_is_noticed(machine, monkeypatch):
    monkeypatch.setattr(download, "server_answers", lambda: True)
    found = machine()
    assert found["MNIST"].state == found["Fashion-MNIST"].state == "works"
    assert "the first use fetches it" in found["MNIST"].sentence


def test_a_folder_that_cannot_be_written(machine, monkeypatch, tmp_path):
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("BN_HOME", str(tmp_path / "file" / "home"))
    found = machine()
    assert failing(found) == {"folder", "store"}
    assert "cannot be written" in found["folder"].sentence
    assert "BN_HOME" in found["folder"].advice
    assert "BN_HOME" in found["store"].sentence
    assert found["MNIST-5k"].state == "works"


def test_a_damaged_store(machine, tmp_path):
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "runs.sqlite3").write_bytes(b"this is no database" * 1000)
    found = machine()
    assert failing(found) == {"store"}
    assert "damaged" in found["store"].sentence
    assert "begins a new one" in found["store"].advice


def test_a_store_of_a_newer_version(machine, tmp_path):
    Store.open(tmp_path / "home").close()
    connection = sqlite3.connect(tmp_path / "home" / "runs.sqlite3")
    connection.execute("PRAGMA user_version = 1000")
    connection.close()
    found = machine()
    assert failing(found) == set()
    assert found["store"].state == "note"
    assert "newer version" in found["store"].sentence


@pytest.mark.skipif(os.name == "nt", reason="a folder has no mode there")
@pytest.mark.parametrize(
    ("mode", "who"), [(0o755, "Every user of this machine can read"), (0o750, "Its group can read"), (0o700, "")]
)
def test_who_can_read_the_folder(machine, tmp_path, mode, who):
    (tmp_path / "home").mkdir()
    (tmp_path / "home").chmod(mode)
    found = machine()
    assert failing(found) == set()
    assert who in found["folder"].sentence
    assert (found["folder"].state, bool(found["folder"].advice)) == (("note", True) if who else ("works", False))
    assert stat.S_IMODE((tmp_path / "home").stat().st_mode) == mode


@pytest.mark.parametrize(("free", "state"), [(100, "fails"), (1500, "note"), (5000, "works")])
def test_room_on_the_disk(machine, monkeypatch, free, state):
    megabyte = 1_000_000
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(10**12, 0, free * megabyte))
    check = machine()["folder"]
    assert check.state == state
    assert bool(check.advice) == (state != "works")


@pytest.mark.parametrize("kind", ["missing", "folder", "text"])
def test_a_bad_mnist_file(machine, monkeypatch, tmp_path, kind):
    path = tmp_path / "mine.npz"
    if kind == "folder":
        path.mkdir()
    elif kind == "text":
        path.write_text("hello")
    monkeypatch.setenv("BN_MNIST", str(path))
    found = machine()
    assert failing(found) == {"MNIST"}
    assert "BN_MNIST" in found["MNIST"].sentence
    assert found["MNIST-5k"].state == "works"


def test_a_file_that_is_not_mnist_but_looks_like_it(machine, monkeypatch, tmp_path):
    counts = {"train": mnist.TRAIN_COUNTS, "test": mnist.TEST_COUNTS}
    labels = {f"y_{name}": np.repeat(np.arange(10, dtype=np.uint8), each) for name, each in counts.items()}
    images = {f"x_{name}": np.zeros((sum(each), 28, 28), np.uint8) for name, each in counts.items()}
    np.savez_compressed(tmp_path / "mine.npz", **labels, **images)
    monkeypatch.setenv("BN_MNIST", f'"{tmp_path / "mine.npz"}"')
    check = machine()["MNIST"]
    assert check.state == "note"
    assert "another file than Keras's" in check.sentence
    assert "every pixel of its test images is 0" in check.sentence
    assert "BN_MNIST" in check.advice


def test_a_dead_scheduler(machine, monkeypatch, unused_port):
    monkeypatch.setenv("BN_SCHEDULER", f"tcp://127.0.0.1:{unused_port}")
    found = machine()
    assert failing(found) == {"engine"}
    assert "Nothing answers" in found["engine"].sentence
    assert "unset BN_SCHEDULER" in found["engine"].advice


def test_a_scheduler_that_is_none(monkeypatch, tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        check = checked_engine(monkeypatch, tmp_path, f"tcp://127.0.0.1:{listener.getsockname()[1]}")
    assert check.state == "fails"
    assert "(BN_SCHEDULER) cannot be used" in check.sentence
    assert "or unset BN_SCHEDULER to train on this machine" in check.sentence


def checked_engine(monkeypatch, folder: Path, scheduler: str = "", **env: str) -> Check:
    for name, value in {"BN_HOME": str(folder), "BN_SCHEDULER": scheduler, **env}.items():
        monkeypatch.setenv(name, value)
    return check_engine(examine_environment()[0])


def test_the_engine_can_start(monkeypatch, tmp_path):
    check = checked_engine(monkeypatch, tmp_path)
    assert check == Check("works", "The training engine can start; the app starts it.")


def test_a_configuration_file_that_dask_cannot_read(monkeypatch, tmp_path):
    (tmp_path / "dask.yaml").write_text("distributed: {comm: [\n")
    check = checked_engine(monkeypatch, tmp_path, DASK_CONFIG=str(tmp_path / "dask.yaml"))
    assert check.state == "fails"
    assert f"'{tmp_path / 'dask.yaml'}' is malformed: mend it or move it away" in check.sentence


@pytest.mark.parametrize(
    ("tried", "state", "sentence"),
    [
        ((1, {}), "works", "has 1 workers that can train."),
        ((1, {"tcp://a:1": "no room"}), "note", "has 1 workers that can train. Others cannot (tcp://a:1: no room)."),
        ((0, {"tcp://a:1": "no room"}), "fails", "No worker of the Dask scheduler"),
    ],
)
def test_workers_that_cannot_train_are_named(monkeypatch, tmp_path, tried, state, sentence):
    found = json.dumps({"problem": "", "usable": tried[0], "unusable": tried[1]})
    monkeypatch.setattr(doctor, "run_python", lambda *_, **__: (found, ""))
    monkeypatch.setattr(doctor, "connects", lambda *_: True)
    check = checked_engine(monkeypatch, tmp_path, "tcp://127.0.0.1:8786")
    assert check.state == state
    assert sentence in check.sentence
    assert "pip install" in check.advice or state == "works"


def test_a_scheduler_beyond_this_machine_without_encryption_gets_a_warning(monkeypatch, tmp_path):
    monkeypatch.setattr(doctor, "run_python", lambda *_, **__: (GOOD_ENGINE, ""))
    monkeypatch.setattr(doctor, "connects", lambda *_: True)
    check = checked_engine(monkeypatch, tmp_path, "tcp://192.0.2.1:8786")
    assert check.state == "note"
    assert "use it on a network that you trust, or use tls://" in check.sentence


def test_an_engine_that_runs(tmp_path, monkeypatch):
    monkeypatch.setattr(doctor, "run_python", lambda *_, **__: (GOOD_ENGINE, ""))
    environment, _ = examine_environment({"BN_HOME": str(tmp_path)})
    Store.open(tmp_path).set_engine(EngineStatus("ready", workers=2, busy=1, heartbeat=time.time()))
    assert check_engine(environment).sentence == "The training engine is running: 1 of 2 workers busy."
    Store.open(tmp_path).set_engine(EngineStatus("ready", workers=2, busy=1, heartbeat=time.time() - 60))
    assert "can start" in check_engine(environment).sentence


@pytest.mark.parametrize(("workers", "state", "expected"), [(0, "fails", "has no workers"), (1, "works", "1 workers")])
def test_a_scheduler_with_and_without_workers(monkeypatch, tmp_path, workers, state, expected):
    with LocalCluster(
        n_workers=workers,
        threads_per_worker=1,
        processes=False,
        host="127.0.0.1",
        dashboard_address="127.0.0.1:0",
        worker_dashboard_address="127.0.0.1:0",
        protocol="tcp://",
    ) as cluster:
        check = checked_engine(monkeypatch, tmp_path, cluster.scheduler_address)
    assert check.state == state, check
    assert expected in check.sentence


def test_bad_settings(machine, monkeypatch):
    monkeypatch.setenv("BN_WORKERS", "many")
    monkeypatch.setenv("BN_SCHEDULER", "nowhere")
    found = machine()
    assert failing(found) == {"settings"}
    assert "BN_WORKERS is 'many'" in found["settings"].sentence
    assert "BN_SCHEDULER is 'nowhere'" in found["settings"].sentence


@pytest.mark.skipif(not hasattr(os, "getuid"), reason="Windows keeps a user's home directory elsewhere")
def test_a_user_without_a_home_directory(machine, monkeypatch):
    """As in a container: a number for a user, and no HOME. Streamlit then ends before the app's first line."""
    import pwd

    def unknown(_: int) -> None:
        raise KeyError

    monkeypatch.setattr(pwd, "getpwuid", unknown)
    monkeypatch.delenv("HOME")
    found = machine()
    assert failing(found) == {"settings"}
    assert "HOME=/tmp streamlit run app.py" in found["settings"].advice
    monkeypatch.delenv("BN_HOME")
    found = machine()
    assert failing(found) == {"settings", "folder", "store"}
    assert "BN_HOME is not set" in found["settings"].sentence
    assert "see settings" in found["folder"].sentence


def test_the_talk(machine, monkeypatch, tmp_path):
    check = machine()["talk"]
    assert check.state == "works"
    assert (
        check.sentence
        == f"The talk that comes with the app has {len(shipped_talk().scenes)} scenes and takes 20 minutes."
    )
    file = tmp_path / "talk.toml"
    monkeypatch.setenv("BN_TALK", str(file))
    check = machine()["talk"]
    assert check.state == "fails"
    assert check.sentence.startswith("BN_TALK: There is no file ")
    assert "unset BN_TALK" in check.advice
    file.write_text('title = "Mine"\n[[scenes]]\nid = "one"\npage = "train"\ntitle = "Train"\nminutes = 5\n')
    check = machine()["talk"]
    assert check.state == "works"
    assert check.sentence.endswith("(BN_TALK) has 1 scene and takes 5 minutes.")


def test_more_workers_than_cores(machine, monkeypatch):
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    monkeypatch.setenv("BN_WORKERS", "3")
    check = machine()["settings"]
    assert check.state == "note"
    assert "2 cores" in check.sentence


def test_missing_and_other_packages(machine, monkeypatch):
    installed = importlib.metadata.version
    gone: set[str] = {"ruff"}

    def version(name: str) -> str:
        if name in gone:
            raise importlib.metadata.PackageNotFoundError(name)
        return "9.9" if name == "streamlit" else installed(name)

    monkeypatch.setattr(importlib.metadata, "version", version)
    check = machine()["versions"]
    assert check.state == "note"
    assert "not installed: ruff" in check.sentence
    assert "streamlit 9.9" in check.sentence
    gone.add("mlxtend")
    check = machine()["versions"]
    assert check.state == "fails"
    assert "mlxtend" in check.sentence
    assert "pip install -r requirements.txt" in check.advice


def test_where_only_the_apps_packages_are_installed_nothing_is_missing(machine, monkeypatch, tmp_path):
    """As after `pip install .`: no pyproject.toml beside the package, and what it needs stands in its metadata."""
    monkeypatch.setattr(doctor, "PROJECT", tmp_path)
    monkeypatch.setattr(environment_module, "PROJECT", tmp_path)
    needed = ["streamlit>=1.67", "click>=8", 'nothing-of-the-kind; sys_platform == "nowhere"']
    monkeypatch.setattr(importlib.metadata, "requires", lambda name: needed if name == "batch-norm-lab" else None)
    check = machine()["versions"]
    assert check.state == "works", check
    assert "streamlit 1.67" in check.sentence
    assert "pytest" not in check.sentence
    needed.append("nothing-of-the-kind")
    check = machine()["versions"]
    assert "not installed: nothing-of-the-kind" in check.sentence
    assert "requirements.txt" not in check.advice, "which only a checkout has"
    assert "pip install" in check.advice


def test_a_missing_package_for_the_tests_is_no_failure(machine, monkeypatch):
    installed = importlib.metadata.version

    def version(name: str) -> str:
        if name in ("pytest-xdist", "nbformat", "ruff"):
            raise importlib.metadata.PackageNotFoundError(name)
        return installed(name)

    monkeypatch.setattr(importlib.metadata, "version", version)
    check = machine()["versions"]
    assert check.state == "note"
    assert "pytest-xdist (for tests and checks)" in check.sentence


def test_a_blocked_loopback_address(machine, monkeypatch):
    def refused(*_: object, **__: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(socket, "create_server", refused)
    assert machine()["ports"].state == "fails"


def test_streamlits_port_is_taken(machine, monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        monkeypatch.setattr(doctor, "STREAMLIT_PORT", listener.getsockname()[1])
        assert machine()["ports"].state == "note"


def test_what_nobody_thought_of_gets_a_sentence_too(machine, monkeypatch):
    def breaks(*_: object) -> Check:
        raise ZeroDivisionError("something\nodd")

    monkeypatch.setattr(doctor, "check_store", breaks)
    found = machine()
    assert failing(found) == {"store"}
    assert found["store"].sentence == "could not be checked (something odd)."


def test_tensorflow_works():
    check = check_tensorflow()
    assert check.state == "works", check
    assert "TensorFlow 2." in check.sentence


def test_a_broken_tensorflow_gets_a_sentence(tmp_path, monkeypatch):
    (tmp_path / "tensorflow.py").write_text("raise ImportError('DLL load failed')\n")
    monkeypatch.setattr(machine_module, "PROJECT", f"{tmp_path}{os.pathsep}{PROJECT}")
    check = check_tensorflow()
    assert check.state == "fails"
    assert "DLL load failed" in check.sentence
    assert check.advice


def test_a_program_that_never_answers_is_not_waited_for():
    assert run_python("import time; time.sleep(600)", seconds=0.5) == ("", "no answer within 0.5 s")


def test_the_lines_and_the_exit_code(machine, monkeypatch):
    lines: list[str] = []
    machine()
    assert run_doctor(lines.append) == 0
    assert lines[0].startswith(f"works  versions: Batch Norm Lab {version()}, Python 3.")
    assert lines[-1] == "Batch Norm Lab works here."
    monkeypatch.setenv("BN_STORE_MB", "lots")
    lines.clear()
    assert run_doctor(lines.append) == 1
    assert lines[-1] == "To be mended: settings."


def test_the_command(tmp_path):
    (tmp_path / "file").write_text("in the way")
    result = subprocess.run(
        [sys.executable, "-m", "bn_core", "doctor"],
        env=os.environ
        | {
            "BN_HOME": str(tmp_path / "file" / "home"),
            "BN_MNIST": str(tmp_path),
            "BN_SCHEDULER": "tcp://127.0.0.1:9",
            "HTTPS_PROXY": "http://127.0.0.1:9",
        },
        cwd=PROJECT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert result.returncode == 1
    assert "Traceback" not in result.stdout + result.stderr
    assert "To be mended: folder, store, MNIST, engine." in result.stdout


def test_a_browser_is_found_by_name_or_not_at_all(tmp_path, monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda name: str(tmp_path / name) if name == "google-chrome" else None)
    assert find_browser() == tmp_path / "google-chrome"
