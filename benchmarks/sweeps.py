"""Sweeps on two workers: `python -m benchmarks.sweeps`.

The same sweep, six variants by three seeds, on one embedded worker and on two, whose networks are compiled already: the
seconds from the request to the end of the last member.
"""

from __future__ import annotations

import os
import tempfile
import time
from pathlib import Path

import click

from benchmarks.report import publish, table
from bn_core.engine.host_process import HostProcess
from bn_core.runs.store import Store
from bn_core.sweeps.plan import Sweep
from bn_core.sweeps.reading import to_toml

OWNER = "the-owner-of-these-benchmarks"
VARIED: dict[str, list[object]] = {"placement": ["none", "before", "after"], "bias": [True, False]}
DATASET = "mnist-5k"
SEEDS, BATCHES = (0, 1, 2), 100


def seconds(store: Store, seeds: tuple[int, ...], batches: int) -> float:
    """Have the sweep trained, and return how long that took."""
    sweep = Sweep.of("variants", {"dataset": DATASET, "batches": batches}, VARIED | {"seed": [*seeds]}, [])
    started = time.perf_counter()
    sweep_id = store.add_sweep(to_toml(sweep), OWNER)
    while (record := store.sweep(sweep_id)) is None or record.state != "finished":
        time.sleep(0.02)
    return time.perf_counter() - started


def measure(workers: int) -> float:
    """Return the seconds of the sweep on so many workers that have compiled its networks."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        os.environ |= {"BN_HOME": folder, "BN_WORKERS": str(workers)}
        host, store = HostProcess(Path(folder)), Store.open(Path(folder))
        host.ensure()
        try:
            seconds(store, (99,), 1)
            return seconds(store, SEEDS, BATCHES)
        finally:
            host.close()
            store.close()


@click.command(help=__doc__)
@click.option("--pairs", default=3, show_default=True, help="How often both are measured.")
def main(pairs: int) -> None:
    rows = []
    for pair in range(pairs):
        one, two = measure(1), measure(2)
        rows.append([str(pair + 1), f"{one:.1f}", f"{two:.1f}", f"{two / one:.2f}"])
    publish("sweeps", table(["pair", "one worker, s", "two workers, s", "ratio"], rows))


if __name__ == "__main__":
    main()
