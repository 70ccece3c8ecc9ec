"""A Dask cluster as a person starts it: by Dask's own commands, in an empty folder without this project."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import psutil
from distributed import Client

from tests.engine.conftest import PATIENCE, ROOT

FAKE_TRAINER = Path("tests", "engine", "fake_trainer.py")


class DaskCluster:
    """`dask scheduler` at a port of its own, and `dask worker ADDRESS`, as often as wanted."""

    def __init__(self, folder: Path, scheme: str = "tcp") -> None:
        self.scheme = scheme
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.address = f"{scheme}://127.0.0.1:{self.port}"
        self.log = folder / "cluster.log"
        self.empty = folder / "empty"
        self.empty.mkdir()
        # The fake trainer is no part of the package that is sent. It is all of this project that workers can find.
        self.fakes = folder / "fakes"
        (self.fakes / FAKE_TRAINER).parent.mkdir(parents=True)
        shutil.copy(ROOT / FAKE_TRAINER, self.fakes / FAKE_TRAINER)
        self.scheduler: subprocess.Popen[bytes] | None = None
        self.workers: list[subprocess.Popen[bytes]] = []

    def start(self, workers: int = 1, **env: str) -> None:
        where = "--protocol", self.scheme, "--host", "127.0.0.1", "--port", str(self.port)
        self.scheduler = self._launch("scheduler", *where, **env)
        for _ in range(workers):
            self.add_worker(**env)

    def add_worker(self, *paths: Path, **env: str) -> None:
        """Start a worker that finds modules in these folders."""
        path = os.pathsep.join(map(str, (*paths, self.fakes)))
        self.workers.append(self._launch("worker", self.address, "--nthreads", "1", **{"PYTHONPATH": path} | env))

    def kill_scheduler(self) -> None:
        """Kill the scheduler, and return when the workers have ended: they do, without one."""
        assert self.scheduler is not None
        self.scheduler.kill()
        for process in (self.scheduler, *self.workers):
            process.wait(PATIENCE)
        self.workers.clear()

    def kill_worker(self, address: str) -> None:
        """Kill the worker of this address and all that belongs to it, as a machine does that loses its power."""
        for launched in self.workers:
            with contextlib.suppress(psutil.NoSuchProcess):
                nanny = psutil.Process(launched.pid)
                children = nanny.children(recursive=True)
                if any(_listens(process, address) for process in children):
                    for process in (nanny, *children):
                        with contextlib.suppress(psutil.NoSuchProcess):
                            process.kill()
                    launched.wait(PATIENCE)
                    self.workers.remove(launched)
                    return
        raise LookupError(f"No worker has the address {address}.")

    def retire(self, address: str) -> None:
        """Have the scheduler send a worker away, as an adaptive cluster does with one that it needs no longer."""
        with Client(self.address, set_as_default=False) as client:
            client.retire_workers([address])

    def close(self) -> None:
        # A worker's nanny ends its worker only when it is asked politely.
        for process in self.workers:
            process.terminate()
        for process in self.workers:
            process.wait(PATIENCE)
        if self.scheduler is not None:
            self.scheduler.kill()
            self.scheduler.wait(PATIENCE)

    def _launch(self, *arguments: str, **env: str) -> subprocess.Popen[bytes]:
        variables = {name: value for name, value in os.environ.items() if not name.startswith(("BN_", "PYTHONPATH"))}
        with self.log.open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "dask", *arguments, "--dashboard-address", "127.0.0.1:0"],
                stdout=log,
                stderr=log,
                cwd=self.empty,
                env=variables | {"BN_HOME": str(self.empty.parent)} | env,
            )


def _listens(process: psutil.Process, address: str) -> bool:
    port = int(address.rpartition(":")[2])
    with contextlib.suppress(psutil.NoSuchProcess, psutil.AccessDenied):
        return any(one.laddr.port == port for one in process.net_connections() if one.status == psutil.CONN_LISTEN)
    return False
