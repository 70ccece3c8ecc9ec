"""A Dask cluster inside this process, for this process only: it listens at no port, and heeds no configuration file."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import dask
from dask.system import CPU_COUNT
from distributed import Scheduler, Worker

_SETTINGS = {
    "distributed.admin.low-level-log-length": 64,
    "distributed.admin.system-monitor.gil.enabled": False,
    "distributed.admin.system-monitor.interval": "5s",
    "distributed.admin.tick.interval": "500ms",
    "distributed.diagnostics.nvml": False,
    "distributed.scheduler.active-memory-manager.start": False,
    "distributed.scheduler.http.routes": [],
    "distributed.scheduler.work-stealing": False,
    "distributed.worker.http.routes": [],
    "distributed.worker.profile.enabled": False,
}


class _Silent:
    """Dask serves HTTP whatever it is told; here nobody asks."""

    def start_http_server(self, *_: Any, **__: Any) -> None:
        pass


class _Scheduler(_Silent, Scheduler):  # type: ignore[misc] # Dask has no types
    pass


class _Worker(_Silent, Worker):  # type: ignore[misc]
    pass


@contextlib.asynccontextmanager
async def dask_in_this_process(workers: int | None, folder: Path) -> AsyncIterator[str]:
    """Run a scheduler and so many Dask workers (None: one per core), and give the scheduler's address.

    Args:
        folder: where Dask may put files.
    """
    # What a site has configured for its clusters (encryption, for instance) is not for this one.
    dask.config.refresh(paths=[], env={})
    dask.config.set(_SETTINGS | {"temporary-directory": str(folder)})
    async with contextlib.AsyncExitStack() as stack:
        scheduler = await stack.enter_async_context(_Scheduler(protocol="inproc", dashboard=False))
        for _ in range(workers or CPU_COUNT):
            await stack.enter_async_context(_Worker(scheduler.address, nthreads=1, memory_limit=0))
        yield scheduler.address
