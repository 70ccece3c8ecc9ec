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
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import click

from benchmarks.report import publish, table
from bn_core.config import TrainingConfig
from bn_core.runs.records import ENDED
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
            train_at_once(store, 20, [98, 99])
            yield store
        finally:
            assert host.stdin is not None
            host.stdin.close()
            host.wait(timeout=60)


def train_at_once(store: Store, batches: int, seeds: Sequence[int]) -> None:
    """Train runs with these seeds, asked for together, and wait for their end.

    Raises:
        RuntimeError: one of them did not finish.
    """
    runs = [store.add_run(TrainingConfig(batches=batches, seed=seed), OWNER) for seed in seeds]

    def statuses() -> list[str]:
        return [record.status for run_id in runs if (record := store.run(run_id)) is not None]

    wait_for(lambda: set(statuses()) <= set(ENDED))
    if statuses() != ["finished"] * len(runs):
        raise RuntimeError("A run did not finish.")


def wait_for(so: Callable[[], bool], seconds: float = 600) -> None:
    end = time.monotonic() + seconds
    while not so():
        if time.monotonic() > end:
            raise TimeoutError("The engine took too long.")
        time.sleep(0.01)


@click.command(help=__doc__)
@click.option("--pairs", default=3, show_default=True, help="Pairs of runs of each kind.")
@click.option("--batches", default=200, show_default=True, help="Batches of each run.")
def main(pairs: int, batches: int) -> None:
    one_by_one, both = list[float](), list[float]()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder, engine(Path(folder)) as store:
        for first in range(0, 2 * pairs, 2):
            started = time.perf_counter()
            train_at_once(store, batches, [first])
            train_at_once(store, batches, [first + 1])
            one_by_one.append(time.perf_counter() - started)
            started = time.perf_counter()
            train_at_once(store, batches, [first, first + 1])
            both.append(time.perf_counter() - started)
    slow, quick = statistics.median(one_by_one), statistics.median(both)
    rows = [
        ["one after the other", f"{slow:.1f}", "1.00"],
        ["both at once, two workers", f"{quick:.1f}", f"{slow / quick:.2f}"],
    ]
    publish("two workers", table([f"two runs of {batches} batches", "median seconds", "times as fast"], rows))


if __name__ == "__main__":
    main()
