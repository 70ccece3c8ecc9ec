"""How many workers one scheduler and one host feed: `python -m benchmarks.scale`.

One member of a sweep is trained for real and recorded. Then a cluster by Dask's own commands trains 1,000 members that
are that recording, event for event and second for second, and compute nothing: so 64 workers fit on one machine. What
scheduler, host and workers need of its processors for it is theirs, and none of it the trainings'.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import pickle
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import psutil
from distributed import Client

from benchmarks.empty_trainer import PACE, RECORDING, Moment
from benchmarks.report import publish, table
from bn_core.config import TrainingConfig
from bn_core.data import files
from bn_core.engine import frames
from bn_core.engine.items import Assignment
from bn_core.engine.package import package
from bn_core.engine.training_session import INSIDE
from bn_core.runs.store import Store
from bn_core.runtime import start_tensorflow
from bn_core.sweeps.plan import Sweep
from bn_core.sweeps.reading import to_toml
from bn_core.training.events import CheckpointTaken, Event, pack

ROOT = Path(__file__).parents[1]
CHAPTER = ROOT / "docs" / "scale.md"
OWNER = "the-owner-of-these-benchmarks"
MEMBER = TrainingConfig(dataset="mnist-5k", batches=100)
TRAINER = "benchmarks.empty_trainer"
HOST = f"import sys; from bn_core.engine.host import *; sys.exit(host(read_environment(), {TRAINER!r}))"
IN_ONE_PROCESS = 16
"""Simulated Dask workers: their own command puts one into a process, and 64 of these do not fit here."""

REUSE = "DASK_DISTRIBUTED__SCHEDULER__REUSE_BROADCAST_COMM"
PINGS = 300
PATIENCE = 1800.0


@dataclass(frozen=True)
class Cost:
    """What a simulated sweep needed.

    Attributes:
        pace: how many times as fast as the real training the empty ones were.
        reuse: whether the scheduler kept its connections to workers.
        ping: how many milliseconds an order took before it began.
        seconds: from the request to the end of the last member.
        shares: of one core, by whose processes they are.
        load: of the machine, over the minute that ends with the sweep.
    """

    workers: int
    members: int
    pace: int
    reuse: bool
    ping: float
    seconds: float
    shares: dict[str, float]
    load: float


def record(file: Path) -> list[tuple[float, Event]]:
    """Train the member, keep when each of its events came, and return them."""
    from bn_core.network.compiled import prepare
    from bn_core.training.loop import train

    start_tensorflow()
    network, dataset = prepare(MEMBER), files.load(MEMBER.dataset)
    for _ in train(MEMBER.with_(batches=2), dataset, compiled=network):
        pass
    started = time.perf_counter()
    events = [(time.perf_counter() - started, event) for event in train(MEMBER, dataset, compiled=network)]
    told: list[Moment] = [(after, pack(event)) for after, event in events if not isinstance(event, INSIDE)]
    file.write_bytes(pickle.dumps(told))
    return events


def sizes(events: Sequence[tuple[float, Event]]) -> str:
    """Say what travels for one member, and what once for each worker."""
    packed = [(type(event), len(pack(event))) for _, event in events]
    scores = [size for kind, size in packed if not issubclass(kind, (*INSIDE, CheckpointTaken))]
    steps = Counter(kind.__name__ for kind, _ in packed)["Step"]
    inside = sum(size for kind, size in packed if issubclass(kind, INSIDE))
    checkpoint = max(size for kind, size in packed if issubclass(kind, CheckpointTaken))
    order = len(frames.pack(["open", Assignment(("0123456789", 1), MEMBER, None, None, "scores")]))
    data = sum(map(len, files.contents(MEMBER.dataset).values()))
    rows = [
        ["seconds", f"{events[-1][0]:.2f}"],
        ["the order to begin", f"{order:,} bytes"],
        [f"its scores: {len(scores)} events, {steps} of them steps", f"{sum(scores) / 1000:,.1f} kB"],
        ["what is inside the layers, which a sweep does not send", f"{inside / 1e6:,.1f} MB"],
        ["one checkpoint", f"{checkpoint / 1e6:,.2f} MB"],
        ["once for each worker: this project", f"{len(package()[1]) / 1e6:,.2f} MB"],
        ["once for each worker that cannot read it itself: the data set", f"{data / 1e6:,.2f} MB"],
    ]
    return table([f"one member, {MEMBER.batches} batches of {MEMBER.batch_size} of {MEMBER.dataset}", ""], rows)


@contextlib.contextmanager
def running(*command: str, log: Path, **env: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run a program of Python's until the end of this."""
    environment = os.environ | {"PYTHONPATH": str(ROOT)} | env
    with log.open("ab") as written:
        process = subprocess.Popen(
            [sys.executable, *command], stdin=subprocess.PIPE, stdout=written, stderr=written, env=environment
        )
    try:
        yield process
    finally:
        assert process.stdin is not None
        process.stdin.close()
        process.terminate()
        try:
            process.wait(60)
        except subprocess.TimeoutExpired:
            process.kill()


@contextlib.contextmanager
def cluster(folder: Path, workers: int, env: dict[str, str]) -> Iterator[tuple[str, dict[str, list[int]]]]:
    """Run a scheduler, so many workers and a host, by Dask's own commands; give its address and whose processes are
    whose, the trainings' apart."""
    told, log = folder / "scheduler.json", folder / "log.txt"
    with contextlib.ExitStack() as stack:
        command = ["-m", "dask", "scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard"]
        scheduler = stack.enter_context(running(*command, "--scheduler-file", str(told), log=log, **env))
        wait_for(told.exists)
        address = json.loads(told.read_text())["address"]
        beside = []
        for first in range(0, workers, IN_ONE_PROCESS):
            names = range(first, min(first + IN_ONE_PROCESS, workers))
            options = {"nthreads": 1, "memory_limit": 0, "dashboard": False, "local_directory": str(folder)}
            spec = {str(name): {"cls": "distributed.Worker", "opts": options | {"name": str(name)}} for name in names}
            beside.append(
                stack.enter_context(
                    running("-m", "distributed.cli.dask_spec", address, "--spec", json.dumps(spec), log=log, **env)
                )
            )
        host = stack.enter_context(running("-c", HOST, log=log, BN_SCHEDULER=address, BN_HOME=str(folder), **env))
        yield address, {"scheduler": [scheduler.pid], "host": [host.pid], "workers": [one.pid for one in beside]}


def used(pids: dict[str, list[int]]) -> dict[str, float]:
    """Return how many seconds of a core each of them has used so far, and the trainings."""
    found = {who: [psutil.Process(pid) for pid in ours] for who, ours in pids.items()}
    found["trainings"] = [child for worker in found["workers"] for child in worker.children(recursive=True)]
    return {who: float(sum(map(_seconds, processes))) for who, processes in found.items()}


def _seconds(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


def wait_for(so: Any, seconds: float = PATIENCE) -> None:
    end = time.monotonic() + seconds
    while not so():
        if time.monotonic() > end:
            raise TimeoutError("The engine took too long.")
        time.sleep(0.05)


def simulate(recording: Path, workers: int, members: int, pace: int, *, reuse: bool) -> Cost:
    """Have a sweep of empty trainings trained; return what it needed."""
    env = {RECORDING: str(recording), PACE: str(pace), REUSE: str(reuse)}
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        folder = Path(name)
        store = Store.open(folder)
        try:
            with cluster(folder, workers, env) as (address, pids):
                wait_for(lambda: store.engine().workers == workers and store.engine().state == "ready")
                ping = asyncio.run(order(address))
                before, started = used(pids), time.perf_counter()
                fixed = {"dataset": MEMBER.dataset, "batches": MEMBER.batches}
                varied: dict[str, list[Any]] = {"placement": ["before", "after"], "seed": [*range(members // 2)]}
                sweep_id = store.add_sweep(to_toml(Sweep.of("empty", fixed, varied, [])), OWNER)
                wait_for(lambda: (sweep := store.sweep(sweep_id)) is not None and sweep.state != "running")
                seconds, load = time.perf_counter() - started, psutil.getloadavg()[0]
                shares = {who: (now - before[who]) / seconds for who, now in used(pids).items()}
            finished = sum(state == "finished" for state in store.member_states(sweep_id).values())
            if finished != members:
                raise RuntimeError(f"{finished} of {members} members finished.")
            return Cost(workers, members, pace, reuse, ping, seconds, shares, load)
        finally:
            store.close()


async def order(address: str) -> float:
    """Return the median milliseconds of an order through the scheduler to one worker that has nothing else to do."""
    took = []
    async with Client(address, asynchronous=True, set_as_default=False) as client:
        worker = next(iter((await client.scheduler.identity())["workers"]))
        for _ in range(PINGS):
            started = time.perf_counter()
            await client.scheduler.broadcast(msg={"op": "ping"}, workers=[worker])
            took.append(1000 * (time.perf_counter() - started))
    return statistics.median(took)


def row(cost: Cost, member_seconds: float, events: int) -> list[str]:
    ideal = member_seconds / cost.pace * cost.members / cost.workers
    return [
        str(cost.workers),
        str(cost.members),
        str(cost.pace),
        "kept" if cost.reuse else "made for each order",
        f"{cost.ping:.1f}",
        f"{cost.seconds:.0f}",
        f"{100 * ideal / cost.seconds:.0f} %",
        f"{events * cost.members / cost.seconds:.0f}",
        *(f"{cost.shares[who]:.3f}" for who in ("host", "scheduler", "workers", "trainings")),
        f"{cost.load:.1f}",
    ]


HEADER = [
    "workers",
    "members",
    "pace",
    "connections from scheduler to worker",
    "an order, ms",
    "seconds",
    "workers busy",
    "events a second",
    "host, cores",
    "scheduler, cores",
    "Dask workers, cores",
    "empty trainings, cores",
    "load of the machine",
]


def limits(costs: Sequence[Cost]) -> str:
    """Say how many workers each of the two feeds that there is one of, with one core: more neither can use."""
    rows = [
        [
            who,
            str(cost.pace),
            "kept" if cost.reuse else "made for each order",
            f"{1000 * cost.shares[who] / cost.workers:.2f}",
            f"{cost.workers / cost.shares[who]:,.0f}",
        ]
        for cost in costs
        for who in ("scheduler", "host")
    ]
    header = ["", "pace", "connections", "thousandths of a core for each worker", "workers that one core feeds"]
    return table(header, rows)


@click.command(help=__doc__)
@click.option("--workers", default=64, show_default=True, help="How many workers are simulated.")
@click.option("--members", default=1000, show_default=True, help="How many members a sweep has.")
@click.option("--paces", default="2,8", show_default=True, help="How many times as fast as the real one trainings are.")
def main(workers: int, members: int, paces: str) -> None:
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        recording = Path(folder) / "recording"
        events = record(recording)
        told = sum(not isinstance(event, (*INSIDE, CheckpointTaken)) for _, event in events)
        costs = []
        one_by_one = [int(pace) for pace in paces.split(",")]
        # What it is worth that the scheduler keeps its connections is seen at the last pace.
        for pace, reuse in [*((pace, False) for pace in one_by_one), (one_by_one[-1], True)]:
            costs.append(simulate(recording, workers, members, pace, reuse=reuse))
            click.echo(" | ".join(row(costs[-1], events[-1][0], told)))
    rows = [row(cost, events[-1][0], told) for cost in costs]
    publish("scale", f"{sizes(events)}\n\n{table(HEADER, rows)}")
    publish("limits", limits(costs), CHAPTER)


if __name__ == "__main__":
    main()
