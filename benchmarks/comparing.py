"""Compare: `python -m benchmarks.comparing`.

The real server with its engine, and a thousand runs in the store. Eight runs are laid over each other, two of which
train; one viewer looks twice a second, as a browser does. Then, with nothing training, every page that lists runs is
drawn several times.
"""

from __future__ import annotations

import asyncio
import statistics
import tempfile
from pathlib import Path

import click

from benchmarks.app_server import app_server
from benchmarks.report import publish, table
from benchmarks.viewers import EVERY, OWNER, Look, Viewer, is_active, steps
from bn_core.config import TrainingConfig
from bn_core.exhibits import library
from bn_core.exhibits.catalogue import RACE
from bn_core.runs.records import owner_hash
from bn_core.runs.service import RunService
from bn_core.runs.store import Store

STORED = 1000
LOOKS = 40
DRAWINGS = 7
PAGES = {"compare": "page=2", "train": "", "layers": "", "population": ""}
"""What lists runs or looks for one, and an address of it."""


def fill(home: Path) -> None:
    """Put so many runs into a store that everybody finds."""
    store, owner = Store.open(home), owner_hash(OWNER) or ""
    for seed in range(STORED):
        run_id = store.add_run(TrainingConfig(seed=seed), owner)
        store.share(run_id, shared=True)
        store.stop_queued(run_id, owner)
    store.take_requests()
    store.close()


async def watch_eight(port: int, service: RunService, store: Store) -> list[Look]:
    """Lay the race and two runs that train over each other, and return what each update took."""
    live = [service.start(TrainingConfig(batches=2000, seed=seed), OWNER) for seed in (1, 2)]
    while any(steps(store, run) < 20 for run in live):
        await asyncio.sleep(0.2)
    recorded = [member.record.id for network in RACE if (member := library().find(network.key)) is not None]
    viewer = Viewer(port, f"runs={','.join([*recorded, *live])}", "compare")
    await viewer.open()
    looks = []
    for _ in range(LOOKS):
        await asyncio.sleep(EVERY)
        looks.append(await viewer.look())
    viewer.close()
    for run in live:
        service.stop(run, OWNER)
        while is_active(service.run(run)):
            await asyncio.sleep(0.1)
    return looks


async def draw(port: int, page: str, query: str) -> Look:
    """Open a page and return what its drawings took, at the median, after the first two, which read what is kept."""
    viewer = Viewer(port, query, page)
    await viewer.connect()
    for _ in range(2):
        await viewer.draw_again()
    looks = [await viewer.draw_again() for _ in range(DRAWINGS)]
    viewer.close()
    return statistics.median(look[0] for look in looks), max(look[1] for look in looks)


async def measure(home: Path) -> tuple[list[Look], dict[str, Look]]:
    with app_server(home, BN_WORKERS="2") as (port, _):
        first = Viewer(port, "run=0000000000")
        first_page = asyncio.create_task(first.open())
        store = Store.open(home)
        while store.engine().state != "ready":
            await asyncio.sleep(0.2)
        first_page.cancel()
        looks = await watch_eight(port, RunService(store), store)
        return looks, {page: await draw(port, page, query) for page, query in PAGES.items()}


@click.command(help=__doc__)
def main() -> None:
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        fill(Path(folder))
        looks, pages = asyncio.run(measure(Path(folder)))
    milliseconds = [look[0] for look in looks]
    updates = [
        ["median until answered", f"{statistics.median(milliseconds):.1f} ms"],
        ["95th percentile", f"{statistics.quantiles(milliseconds, n=20)[-1]:.1f} ms"],
        ["median size of an update", f"{statistics.median(size for _, size in looks) / 1000:.1f} KB"],
        ["largest update", f"{max(size for _, size in looks) / 1000:.1f} KB"],
    ]
    drawn = [[page, f"{look[0]:.0f} ms", f"{look[1] / 1000:.0f} KB"] for page, look in pages.items()]
    publish(
        "comparing",
        table(["eight runs, two of them training", ""], updates)
        + "\n\n"
        + table([f"page, with {STORED:,} runs in the store", "until it was whole", "size"], drawn),
    )


if __name__ == "__main__":
    main()
