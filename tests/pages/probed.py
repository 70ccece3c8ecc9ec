"""Probes of short real trainings, kept in a file so that tests of pages need no TensorFlow.

`python -m tests.pages.probed` trains them again (half a minute): after a change of what a probe records.
"""

from __future__ import annotations

import functools
import gzip
from pathlib import Path

import msgpack

from bn_core.config import TrainingConfig
from bn_core.runs.records import owner_hash
from bn_core.training.events import LayersProbed, RecordedEvent, Step, pack, unpack
from tests.pages.lab import ME, Lab

FILE = Path(__file__).with_name("probed.msgpack.gz")

BATCHES = 60
STEPS = (0, 1, 10, 60)
"""The probes that are kept: enough to scrub through, and a small file."""

CONFIGS = {
    placement: TrainingConfig.of({"placement": placement, "dataset": "mnist-5k", "batches": BATCHES})
    for placement in ("none", "before", "after")
}


@functools.cache
def probes(placement: str) -> tuple[LayersProbed, ...]:
    """What was measured inside the run with this placement, at each of `STEPS`."""
    return tuple(unpack(packed) for packed in in_file(placement))  # type: ignore[misc]


def in_file(placement: str) -> list[bytes]:
    """The same as the file has it."""
    return msgpack.unpackb(gzip.decompress(FILE.read_bytes()))[placement]


def add(lab: Lab, placement: str = "before", *, status: str = "finished", snapshots: int = len(STEPS), **fields) -> str:
    """A run with the first so many of its real probes. Its id."""
    config = CONFIGS[placement].with_(**fields)
    run_id = lab.store.add_run(config, owner_hash(ME))
    lab.store.take_requests()
    if status == "queued":
        return run_id
    lab.store.set_status(run_id, "compiling", worker="one")
    if status == "compiling":
        return run_id
    lab.store.set_status(run_id, "running", worker="one")
    go_on(lab, run_id, placement, 0, snapshots)
    if status != "running":
        lab.store.set_status(run_id, status)
    return run_id


def go_on(lab: Lab, run_id: str, placement: str, first: int, last: int) -> None:
    """Records the probes from snapshot `first` up to before `last`, and the batches between them."""
    before = STEPS[first - 1] if first else 0
    for probe in probes(placement)[first:last]:
        steps = [Step(step, 0.5, 0.5, 20.0) for step in range(before + 1, probe.step + 1)]
        lab.store.append(run_id, [RecordedEvent.of(event) for event in (*steps, probe)])
        before = probe.step


def train_again() -> None:
    """Trains the three networks and writes the file."""
    from bn_core.runtime import start_tensorflow

    start_tensorflow()
    from bn_core.data.files import load
    from bn_core.training.loop import train

    trained = {
        placement: [
            pack(event)
            for event in train(config, load("mnist-5k"))
            if isinstance(event, LayersProbed) and event.step in STEPS
        ]
        for placement, config in CONFIGS.items()
    }
    FILE.write_bytes(gzip.compress(msgpack.packb(trained), mtime=0))


if __name__ == "__main__":
    train_again()
