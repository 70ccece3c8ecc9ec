"""Two runs on two workers against one after the other: `python -m benchmarks.two_workers`.

A real engine with two workers and a home folder of its own. Pairs of runs, alternately one after the other and both at
once; medians over the pairs, from the request in the store to the end of the last run.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from benchmarks.report import publish, table
from bn_core.config import TrainingConfig
from bn_core.runs.store import Store

OWNER = "0" * 64


@contextmanager
def engine(home: Path) -> Iterator[Store]:
    """A ready engine with two workers that both have traced the default program."""
    environment = os.environ | {"BN_HOME": str(home), "BN_WORKERS": "2"}
    command = [sys.executable, "-m", "bn_core.engine.host"]
    store = Store.open(home)
    with subprocess.Popen(command, stdin=subprocess.PIPE, env=environment) as host:
        try:
            wait_for(lambda: store.engine().state == "ready" and store.engine().workers == 2)
            # The first pair has whatever is left to trace traced.
            finish(store, [add(store, 20, seed) for seed in (98, 99)])
            yield store
        finally:
            assert host.stdin is not None
            host.stdin.close()
            host.wait(timeout=60)


def add(store: Store, batches: int, seed: int) -> str:
    return store.add_run(TrainingConfig(batches=batches, seed=seed), OWNER)


def finish(store: Store, runs: list[str]) -> None:
    """Waits for the end of these runs.

    Raises:
        RuntimeError: one of them did not finish.
    """

    def ended() -> bool:
        records = [store.run(run_id) for run_id in runs]
        return all(record is not None and not record.active for record in records)

    wait_for(ended)
    if any((record := store.run(run_id)) is None or record.status != "finished" for run_id in runs):
        raise RuntimeError("A run did not finish.")


def wait_for(so: Callable[[], bool], seconds: float = 600) -> None:
    end = time.monotonic() + seconds
    while not so():
        if time.monotonic() > end:
            raise TimeoutError("The engine took too long.")
        time.sleep(0.01)


Way = Callable[[Store, int, tuple[int, int]], float]


def one_after_the_other(store: Store, batches: int, seeds: tuple[int, int]) -> float:
    """Seconds that two runs take, the second being asked for when the first has ended."""
    started = time.perf_counter()
    for seed in seeds:
        finish(store, [add(store, batches, seed)])
    return time.perf_counter() - started


def both_at_once(store: Store, batches: int, seeds: tuple[int, int]) -> float:
    """Seconds that two runs take, asked for together."""
    started = time.perf_counter()
    finish(store, [add(store, batches, seed) for seed in seeds])
    return time.perf_counter() - started


@click.command(help=__doc__)
@click.option("--pairs", default=3, show_default=True, help="Pairs of runs of each kind.")
@click.option("--batches", default=200, show_default=True, help="Batches of each run.")
def main(pairs: int, batches: int) -> None:
    ways: dict[Way, list[float]] = {one_after_the_other: [], both_at_once: []}
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder, engine(Path(folder)) as store:
        for number in range(pairs):
            for way, seconds in ways.items():
                seconds.append(way(store, batches, (2 * number, 2 * number + 1)))
    one_by_one, both = map(statistics.median, ways.values())
    rows = [
        ["one after the other", f"{one_by_one:.1f}", "1.00"],
        ["both at once, two workers", f"{both:.1f}", f"{one_by_one / both:.2f}"],
    ]
    publish("two workers", table([f"two runs of {batches} batches", "median seconds", "times as fast"], rows))


if __name__ == "__main__":
    main()
