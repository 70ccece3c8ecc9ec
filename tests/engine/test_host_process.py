"""The engine's host lives and dies with the app, however that ends; and if it cannot live, one sentence says why."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from bn_core.engine import host_process as host_process_module
from bn_core.engine.host_process import HostProcess

# A host that says that it lives, reads its standard input to the end, and says that it has ended.
HOST = """
import os, sys
from pathlib import Path
folder = Path(sys.argv[1])
(folder / f"alive-{os.getpid()}").touch()
sys.stdin.buffer.read()
(folder / f"ended-{os.getpid()}").touch()
"""

# An app that has a host, and another child that lives on and could hold the host's pipe open.
APP = """
import subprocess, sys, time
from pathlib import Path
from bn_core.engine.host_process import HostProcess
folder, host = Path(sys.argv[1]), sys.argv[2]
process = HostProcess(folder, [sys.executable, "-c", host, str(folder)])
process.ensure()
while not list(folder.glob("alive-*")):
    time.sleep(0.01)
subprocess.Popen([sys.executable, "-c", sys.argv[3], str(folder)], close_fds=False)
print("ready", flush=True)
time.sleep(60)
"""
OTHER = """
import sys, time
from pathlib import Path
folder = Path(sys.argv[1])
for _ in range(600):
    if (folder / "other-may-end").exists():
        break
    time.sleep(0.1)
(folder / "other-ended").touch()
"""


def wait_until(condition: Callable[[], object], seconds: float = 20.0) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.01)
    return False


def alive(folder: Path) -> list[Path]:
    return list(folder.glob("alive-*"))


def ended(folder: Path) -> list[Path]:
    return list(folder.glob("ended-*"))


Make = Callable[..., HostProcess]


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Make]:
    """Host processes that run scripts in place of the host, closed at the end of the test."""
    made: list[HostProcess] = []

    def one(script: str, *, pauses: tuple[float, ...] = (0.0, 0.0), lasted_seconds: float = 60.0) -> HostProcess:
        command = [sys.executable, "-c", script, str(tmp_path)]
        made.append(HostProcess(tmp_path, command, pauses=pauses, lasted_seconds=lasted_seconds))
        return made[-1]

    yield one
    for process in made:
        process.close()


def test_it_starts_one_host_however_often_it_is_asked(tmp_path: Path, make: Make) -> None:
    process = make(HOST)
    assert process.status().state == "off"
    threads = [threading.Thread(target=process.ensure) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wait_until(lambda: alive(tmp_path))
    process.ensure()
    assert process.status().state == "starting", "that it is ready, only its heartbeat tells"
    process.close()
    assert len(alive(tmp_path)) == len(ended(tmp_path)) == 1
    assert process.status().state == "off"
    process.ensure()
    assert len(alive(tmp_path)) == 1, "one that was closed stays closed"


@pytest.mark.parametrize("how", ["kill", "terminate"])
def test_the_host_ends_with_the_app_however_it_ends_and_whatever_else_it_started(tmp_path: Path, how: str) -> None:
    app = subprocess.Popen(
        [sys.executable, "-c", APP, str(tmp_path), HOST, OTHER],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(host_process_module.__file__).parents[2],
    )
    assert app.stdout is not None
    assert app.stdout.readline() == "ready\n"
    assert not ended(tmp_path)
    getattr(app, how)()
    app.wait()
    try:
        assert wait_until(lambda: ended(tmp_path)), "the host did not see the end of its standard input"
        assert not (tmp_path / "other-ended").exists(), "it may have been the other child's end that closed the pipe"
    finally:
        (tmp_path / "other-may-end").touch()
        assert wait_until(lambda: (tmp_path / "other-ended").exists())


def test_a_host_that_dies_is_started_again(tmp_path: Path, make: Make) -> None:
    script = """
import sys
from pathlib import Path
first = not list(Path(sys.argv[1]).glob("alive-*"))
""" + HOST.replace("sys.stdin", "first and sys.exit(3)\nsys.stdin")
    process = make(script)
    process.ensure()
    assert wait_until(lambda: len(alive(tmp_path)) == 2)
    assert process.status().state == "starting"
    process.close()
    assert len(ended(tmp_path)) == 1


def test_a_host_that_cannot_live_is_given_up_with_the_reason(tmp_path: Path, make: Make) -> None:
    process = make(HOST.replace("sys.stdin", "sys.exit('No \\x07 TensorFlow.')\nsys.stdin"))
    process.ensure()
    assert wait_until(lambda: process.status().state == "unavailable")
    message = process.status().message
    assert "ended with code 1" in message
    assert '"No ? TensorFlow."' in message
    assert "Everything else works" in message
    assert message.isprintable()
    assert len(alive(tmp_path)) == 3, "one start, and one more after each pause"
    process.ensure()
    assert process.status().state == "unavailable"
    assert len(alive(tmp_path)) == 3


def test_a_host_without_a_last_word_is_not_given_another_ones(make: Make) -> None:
    process = make("")
    process.log.parent.mkdir()
    process.log.write_text("An older host's complaint\n")
    process.ensure()
    assert wait_until(lambda: process.status().state == "unavailable")
    assert "ended with code 0. Everything else works" in process.status().message


def test_a_long_last_word_is_shortened(make: Make) -> None:
    process = make("print('x' * 100_000)", pauses=())
    process.ensure()
    assert wait_until(lambda: process.status().state == "unavailable")
    assert len(process.status().message) < 500


def test_a_host_that_lasted_has_all_attempts_before_it_again(tmp_path: Path, make: Make) -> None:
    process = make(HOST.replace("sys.stdin", "sys.exit(1)\nsys.stdin"), pauses=(0.0,), lasted_seconds=0.0)
    process.ensure()
    assert wait_until(lambda: len(alive(tmp_path)) > 3)
    assert process.status().state == "starting"


def test_a_host_that_is_slow_is_said_to_be_slow(tmp_path: Path, make: Make) -> None:
    process = make(HOST, lasted_seconds=0.0)
    process.ensure()
    assert wait_until(lambda: alive(tmp_path))
    status = process.status()
    assert status.state == "starting"
    assert "doctor" in status.message


def test_a_program_that_is_not_there_is_said_in_one_sentence(tmp_path: Path) -> None:
    process = HostProcess(tmp_path, [str(tmp_path / "no-such-program")], pauses=(0.0,))
    process.ensure()
    assert wait_until(lambda: process.status().state == "unavailable")
    assert "could not be started" in process.status().message
    process.close()


def test_a_host_runs_even_where_no_log_can_be_written(tmp_path: Path, make: Make) -> None:
    (tmp_path / "logs").write_text("in the way")
    process = make(HOST)
    process.ensure()
    assert wait_until(lambda: alive(tmp_path))


def test_a_large_log_is_put_aside(tmp_path: Path, make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(host_process_module, "LOG_BYTES", 100)
    process = make("print('new')", pauses=())
    process.log.parent.mkdir()
    process.log.write_text("old\n" * 100)
    process.ensure()
    assert wait_until(lambda: process.status().state == "unavailable")
    assert process.log.read_text() == "new\n"
    assert process.log.with_name("engine.log.1").read_text() == "old\n" * 100


def test_the_host_finds_the_package_wherever_the_app_was_started(
    tmp_path: Path, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("PYTHONPATH", raising=False)
    process = make("import bn_core, os; print(os.getcwd())", pauses=())
    process.ensure()
    assert wait_until(lambda: process.status().state == "unavailable")
    there = Path(process.log.read_text().strip())
    assert there.samefile(tmp_path), "relative paths in BN_HOME and BN_MNIST must stay right"


def test_asking_returns_at_once_even_if_starting_takes_long(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    started, go_on = threading.Event(), threading.Event()

    def slow_start(*arguments: object, **options: object) -> None:
        started.set()
        go_on.wait(20)
        raise OSError("not today")

    monkeypatch.setattr(subprocess, "Popen", slow_start)
    process = HostProcess(tmp_path, pauses=())
    process.ensure()
    assert started.wait(20)
    process.ensure()
    assert process.status().state == "starting", "these came back while the start was still under way"
    go_on.set()
    assert wait_until(lambda: process.status().state == "unavailable")


def test_there_is_no_host_while_it_is_stopped_and_one_host_afterwards(tmp_path: Path, make: Make) -> None:
    process = make(HOST)
    process.ensure()
    assert wait_until(lambda: alive(tmp_path))
    with process.stopped():
        assert len(ended(tmp_path)) == len(alive(tmp_path)) == 1
        process.ensure()
    assert wait_until(lambda: len(alive(tmp_path)) == 2)
    assert process.status().state == "starting"
    process.close()
    assert len(ended(tmp_path)) == len(alive(tmp_path)) == 2


def test_stopping_waits_for_a_host_that_is_just_being_started(
    tmp_path: Path, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    starting, go_on = threading.Event(), threading.Event()
    start = subprocess.Popen

    def slow_start(*arguments: Any, **options: Any) -> object:
        starting.set()
        go_on.wait(20)
        return start(*arguments, **options)

    process = make(HOST)
    with monkeypatch.context() as patch:
        patch.setattr(subprocess, "Popen", slow_start)
        process.ensure()
        assert starting.wait(20)
        threading.Timer(0.3, go_on.set).start()
        with process.stopped():
            assert len(alive(tmp_path)) == len(ended(tmp_path))
            assert not [thread for thread in threading.enumerate() if thread.name == host_process_module.THREAD_NAME]
    assert wait_until(lambda: len(alive(tmp_path)) == len(ended(tmp_path)) + 1)


def test_one_that_was_given_up_is_tried_again_after_it_was_stopped(tmp_path: Path, make: Make) -> None:
    process = make(HOST.replace("sys.stdin", "sys.exit(1)\nsys.stdin"), pauses=())
    process.ensure()
    assert wait_until(lambda: process.status().state == "unavailable")
    with process.stopped():
        pass
    assert wait_until(lambda: len(alive(tmp_path)) == 2)


def test_nothing_is_started_by_stopping(tmp_path: Path, make: Make) -> None:
    process = make(HOST)
    with process.stopped():
        pass
    assert process.status().state == "off"
    assert not alive(tmp_path)
