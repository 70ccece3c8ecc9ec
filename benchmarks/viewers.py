"""A class that watches: `python -m benchmarks.viewers`.

The real server with its engine and a home folder of its own. One long run trains; while it does, turns of 5 seconds
alternate: nobody watches, then 30 who have its Train page open look at it twice a second, as a browser does. Then 100
short runs are trained, each opened by one viewer, and the memory of the Streamlit process is looked at.
"""

from __future__ import annotations

import asyncio
import statistics
import tempfile
import time
from pathlib import Path

import click
import psutil
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from tornado.httpclient import HTTPRequest
from tornado.websocket import WebSocketClientConnection, websocket_connect

from benchmarks.app_server import app_server
from benchmarks.report import publish, table
from bn_core.config import TrainingConfig
from bn_core.runs.records import RunRecord
from bn_core.runs.service import RunService
from bn_core.runs.store import Store

OWNER = "the-owner-of-these-benchmarks"
VIEWERS = 30
EVERY = 0.5
TURN_SECONDS = 5.0
BATCHES = 1600
SHORT = TrainingConfig(dataset="mnist-5k", batches=3)


Look = tuple[float, int]
"""Milliseconds until an update was answered, and its bytes."""


class Viewer:
    """One browser tab, as far as the server can tell.

    Args:
        query: what its address says after the question mark.
        page: the page that it has open.
    """

    def __init__(self, port: int, query: str, page: str = "train") -> None:
        self._port = port
        self._query = query
        self._page = page
        self._fragment = ""

    async def open(self) -> None:
        """Opens the page and waits until its part that moves is there."""
        await self.connect()
        await self._ask()
        # The first answer may be that of a page that starts over from app.py.
        while not self._fragment:
            await self._answer()

    async def connect(self) -> None:
        """Comes to the server, and asks for nothing yet."""
        url = f"ws://localhost:{self._port}/_stcore/stream"
        request = HTTPRequest(url, headers={"Origin": f"http://localhost:{self._port}"})
        self._socket: WebSocketClientConnection = await websocket_connect(request, subprotocols=["streamlit"])

    async def draw_again(self) -> Look:
        """Ask for the whole page."""
        started = time.perf_counter()
        await self._ask()
        size = await self._answer()
        return (time.perf_counter() - started) * 1000, size

    async def look(self) -> Look:
        """Ask for one update of the live panel."""
        started = time.perf_counter()
        await self._ask(self._fragment)
        size = await self._answer()
        return (time.perf_counter() - started) * 1000, size

    def close(self) -> None:
        self._socket.close()

    async def _ask(self, fragment: str = "") -> None:
        message = BackMsg()
        message.rerun_script.query_string = self._query
        message.rerun_script.page_name = self._page
        message.rerun_script.fragment_id = fragment
        message.rerun_script.is_auto_rerun = bool(fragment)
        await self._socket.write_message(message.SerializeToString(), binary=True)

    async def _answer(self) -> int:
        """Reads up to the end of the script; the bytes that came."""
        size = 0
        while True:
            packed = await asyncio.wait_for(self._socket.read_message(), 60)
            if not isinstance(packed, bytes):
                raise ConnectionError("The server closed the connection.")
            size += len(packed)
            message = ForwardMsg.FromString(packed)
            kind = message.WhichOneof("type")
            if kind == "auto_rerun":
                self._fragment = message.auto_rerun.fragment_id
            if kind == "script_finished" and message.script_finished != ForwardMsg.FINISHED_EARLY_FOR_RERUN:
                return size


async def watch(viewers: list[Viewer], until: float) -> list[Look]:
    """All look every half second, not at the same moment; return what each look gave."""
    looks: list[Look] = []

    async def one(viewer: Viewer, offset: float) -> None:
        due = time.monotonic() + offset
        while due < until:
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            looks.append(await viewer.look())
            due += EVERY

    await asyncio.gather(*(one(viewer, EVERY * place / len(viewers)) for place, viewer in enumerate(viewers)))
    return looks


async def turns(port: int, store: Store, run_id: str) -> tuple[list[Look], list[float], list[float]]:
    """Alternate between nobody and everybody while the run trains; return also its batches a second in each turn."""
    looks, alone, watched = list[Look](), list[float](), list[float]()
    viewers = [Viewer(port, f"run={run_id}") for _ in range(VIEWERS)]
    await asyncio.gather(*(viewer.open() for viewer in viewers))
    while is_active(store.run(run_id)):
        for speeds in (alone, watched):
            first, started = steps(store, run_id), time.monotonic()
            if speeds is watched:
                looks += await watch(viewers, started + TURN_SECONDS)
            await asyncio.sleep(max(0.0, started + TURN_SECONDS - time.monotonic()))
            speed = (steps(store, run_id) - first) / (time.monotonic() - started)
            if is_active(store.run(run_id)):
                speeds.append(speed)
    for viewer in viewers:
        viewer.close()
    return looks, alone, watched


def is_active(run: RunRecord | None) -> bool:
    return run is not None and run.active


def steps(store: Store, run_id: str) -> int:
    record = store.run(run_id)
    return 0 if record is None else record.step


async def open_short_runs(port: int, service: RunService, process: psutil.Process, runs: int) -> list[float]:
    """Trains short runs, each watched by one viewer; megabytes of the process after each."""
    memory = []
    for seed in range(runs):
        run_id = service.start(SHORT.with_(seed=seed), OWNER)
        viewer = Viewer(port, f"run={run_id}")
        await viewer.open()
        while is_active(service.run(run_id)):
            await viewer.look()
            await asyncio.sleep(EVERY / 2)
        viewer.close()
        memory.append(process.memory_info().rss / 1e6)
    return memory


async def measure(home: Path, runs: int) -> tuple[list[list[str]], list[list[str]]]:
    with app_server(home, BN_WORKERS="1") as (port, pid):
        process = psutil.Process(pid)
        # The engine starts with the first page.
        first = Viewer(port, "run=0000000000")
        first_page = asyncio.create_task(first.open())
        store = Store.open(home)
        service = RunService(store)
        while store.engine().state != "ready" or not store.engine().warm:
            await asyncio.sleep(0.2)
        run_id = service.start(TrainingConfig(batches=BATCHES), OWNER)
        while steps(store, run_id) < 20:
            await asyncio.sleep(0.05)
        first_page.cancel()
        looks, alone, watched = await turns(port, store, run_id)
        before = process.memory_info().rss / 1e6
        memory = await open_short_runs(port, service, process, runs)
    quick = statistics.median(alone)
    slow = statistics.median(watched)
    milliseconds = [look[0] for look in looks]
    in_time = sum(each <= EVERY * 1000 for each in milliseconds)
    viewers = [
        ["updates asked for", str(len(looks))],
        ["answered before the next was due", f"{in_time / len(looks):.1%}"],
        ["median until answered", f"{statistics.median(milliseconds):.1f} ms"],
        ["95th percentile", f"{statistics.quantiles(milliseconds, n=20)[-1]:.1f} ms"],
        ["median size of an update", f"{statistics.median(size for _, size in looks) / 1000:.1f} KB"],
        ["batches a second, nobody watching : all watching", f"{quick:.1f} : {slow:.1f} = {quick / slow:.2f}"],
    ]
    megabytes = [
        ["before", f"{before:.0f} MB"],
        [f"after {len(memory) // 2} runs", f"{memory[len(memory) // 2 - 1]:.0f} MB"],
        [f"after {len(memory)} runs", f"{memory[-1]:.0f} MB"],
    ]
    return viewers, megabytes


@click.command(help=__doc__)
@click.option("--runs", default=100, show_default=True, help="Short runs, for the memory.")
def main(runs: int) -> None:
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        viewers, memory = asyncio.run(measure(Path(folder), runs))
    publish(
        "viewers",
        table([f"{VIEWERS} viewers, 2 updates a second each", ""], viewers)
        + "\n\n"
        + table(["Streamlit process", "resident memory"], memory),
    )


if __name__ == "__main__":
    main()
