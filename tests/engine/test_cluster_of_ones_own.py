"""BN_SCHEDULER: the same host on a Dask cluster that exists."""

from __future__ import annotations

import os
import socket
import subprocess
import sys

import pytest

from tests.engine.conftest import PATIENCE, ROOT, steps
from tests.engine.fake_trainer import SLOW


class OwnCluster:
    """`dask scheduler` and `dask worker`, as a person would start them: one thread, no resources."""

    def __init__(self, folder):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.address = f"tcp://127.0.0.1:{self.port}"
        self.folder = folder
        self.processes = []

    def start(self):
        http = ["--dashboard-address", "127.0.0.1:0"]
        self._launch("scheduler", "--host", "127.0.0.1", "--port", str(self.port), *http)
        self._launch("worker", self.address, "--host", "127.0.0.1", "--nthreads", "1", "--no-nanny", *http)

    def _launch(self, *arguments):
        with (self.folder / "cluster.log").open("ab") as log:
            self.processes.append(
                subprocess.Popen(
                    [sys.executable, "-m", "dask", *arguments],
                    stdout=log,
                    stderr=log,
                    cwd=self.folder,
                    env=os.environ | {"PYTHONPATH": str(ROOT), "BN_HOME": str(self.folder)},
                )
            )

    def kill(self):
        for process in self.processes:
            process.kill()
            process.wait(PATIENCE)


@pytest.fixture
def own_cluster(tmp_path):
    cluster = OwnCluster(tmp_path)
    yield cluster
    cluster.kill()


def test_a_scheduler_that_comes_later_is_found_used_left_alone_and_used_again(engine, own_cluster):
    engine.start(BN_SCHEDULER=own_cluster.address)
    run_id = engine.add(batches=60)
    engine.wait(lambda: engine.store.engine().state == "unavailable")
    message = engine.store.engine().message
    assert message.startswith(f"The Dask scheduler at {own_cluster.address} (BN_SCHEDULER) cannot be used")
    assert "or unset BN_SCHEDULER to train on this machine" in message
    assert engine.run(run_id).status == "queued"

    own_cluster.start()
    engine.wait_for(run_id, "finished")
    assert steps(engine.events(run_id)) == list(range(1, 61))

    under_way = engine.add(batches=500, batch_size=SLOW)
    engine.wait_for_step(under_way, 5)
    assert engine.end_of_input() == 0
    assert engine.run(under_way).status == "interrupted"
    assert engine.run(under_way).checkpoint_step == engine.run(under_way).step
    assert [process.poll() for process in own_cluster.processes] == [None, None]

    engine.hurry()
    engine.start(BN_SCHEDULER=own_cluster.address)
    engine.store.requeue(under_way, engine.run(under_way).owner)
    engine.wait_for(under_way, "finished")
    assert steps(engine.events(under_way)) == list(range(1, 501))
