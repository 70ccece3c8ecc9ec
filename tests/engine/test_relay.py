"""The relay without Dask: what it does for one host in one worker."""

from __future__ import annotations

import asyncio
import io
import os
import sys
import zipfile
from concurrent.futures import ThreadPoolExecutor

import pytest

from bn_core.config import TrainingConfig
from bn_core.engine import frames, relay
from bn_core.engine.package import package
from bn_core.engine.relay import Relay
from tests.engine.conftest import PATIENCE, ROOT
from tests.engine.fake_host import WORKER_PROCESS

REAL = "bn_core.engine.worker_process"


class DaskWorker:
    """What a relay uses of one."""

    def __init__(self, folder):
        self.local_directory = str(folder)
        self.handlers = {}

    def order(self, name, order, **arguments):
        return self.handlers[name](order, **arguments)


def run(work):
    """Run a coroutine in a thread of its own: a browser that other tests of this process use has a loop in this one."""
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, work).result()


def start(relay, **changes):
    return relay.handle("start", **{"module": WORKER_PROCESS, "folder": str(ROOT), "package": None} | changes)


@pytest.fixture
def worker(tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    return DaskWorker(tmp_path)


async def running(worker):
    made = Relay(worker, "host")
    assert await start(made) == ""
    return made


async def called(relay, *call):
    reply = await relay.handle("call", frame=frames.pack(call))
    return None if reply is None else frames.unpack(reply)


def test_calls_are_answered_side_by_side_and_nothing_after_the_end(worker):
    async def main():
        relay = await running(worker)
        replies = await asyncio.gather(
            *(called(relay, "fetch", TrainingConfig(dataset=name)) for name in ("mnist-5k", "fashion-mnist"))
        )
        assert [succeeded for succeeded, _ in replies] == [True, False]
        await relay.handle("stop")
        assert await called(relay, "warm_up", TrainingConfig()) is None
        assert await relay.handle("watch") == "it has no process"

    run(main())


def test_a_call_that_is_under_way_when_the_process_ends_is_answered_with_nothing(worker):
    async def main():
        relay = await running(worker)
        watching = asyncio.create_task(relay.handle("watch"))
        reading = asyncio.create_task(called(relay, "command", ("run", 1), "step"))
        await reading
        waiting = [asyncio.create_task(called(relay, "warm_up", TrainingConfig())) for _ in range(3)]
        relay._process._process.kill()
        await asyncio.wait_for(asyncio.gather(*waiting), PATIENCE)
        assert (await watching).startswith("its process ended with code")

    run(main())


def test_each_start_is_a_fresh_process(worker):
    async def main():
        relay = await running(worker)
        first = relay._process._process
        assert await start(relay) == ""
        assert first.wait(PATIENCE) == 0
        assert relay._process._process.pid != first.pid
        await relay.handle("stop")

    run(main())


def test_a_host_that_is_silent_for_long_loses_its_process(worker, monkeypatch):
    monkeypatch.setattr(relay, "LEASE_SECONDS", 2)

    async def main():
        made = await running(worker)
        process = made._process._process
        speaking = []
        for _ in range(12):
            await asyncio.sleep(0.3)
            speaking.append(asyncio.create_task(called(made, "warm_up", TrainingConfig())))
        assert process.poll() is None
        await asyncio.gather(*speaking)
        await made._lease
        assert process.poll() == 0
        assert worker.handlers == {}

    run(main())


def broken(content: bytes) -> bytes:
    """Return a package like this one, whose trainer cannot be loaded."""
    changed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(changed, "w") as new:
        for name in old.namelist():
            trainer = name == "bn_core/engine/trainer.py"
            new.writestr(name, b"raise RuntimeError('there is no such thing')" if trainer else old.read(name))
    return changed.getvalue()


def test_the_package_is_all_that_a_worker_needs_of_this_project(worker, monkeypatch, tmp_path):
    name, content = package()
    names = zipfile.ZipFile(io.BytesIO(content)).namelist()
    assert "bn_core/engine/worker_process.py" in names
    assert not [name for name in names if name.startswith("bn_core/exhibits/data/")]
    assert len(content) < 1_000_000
    monkeypatch.delenv("PYTHONPATH")
    # Another version in the folder where the Dask worker was started is not taken instead.
    (tmp_path / "bn_core").mkdir()
    (tmp_path / "bn_core" / "__init__.py").write_text("raise RuntimeError('the wrong one')")
    monkeypatch.chdir(tmp_path)

    async def main():
        relay = Relay(worker, "host")
        for _ in range(2):
            assert await start(relay, folder="broken", package=broken(content), module=REAL) == (
                "it cannot load this project (RuntimeError: there is no such thing)"
            )
        assert await start(relay, folder=name, package=content, module=REAL) == ""
        await relay.handle("stop")

    run(main())


@pytest.mark.parametrize(
    ("setting", "value", "reason"),
    [
        ("bn_core.engine.relay.PYTHONS", ((3, 98), (3, 99)), "its Python is {python}, not 3.98 to 3.99"),
        ("sys.executable", os.devnull, "its process cannot be started (Permission denied)"),
    ],
)
def test_a_worker_that_cannot_run_it_says_why(worker, monkeypatch, setting, value, reason):
    monkeypatch.setattr(setting, value)

    async def main():
        assert await start(Relay(worker, "host")) == reason.format(python=sys.version.split()[0])

    run(main())
