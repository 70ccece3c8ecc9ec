"""Probes of short real trainings, kept in a file so that tests of pages need no TensorFlow.

`python -m tests.pages.probed` trains them again (half a minute): after a change of what a probe records.
"""

from __future__ import annotations

import functools
import gzip
from pathlib import Path

import msgpack

from bn_core.config import TrainingConfig
from bn_core.events import LayersProbed, pack, unpack

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
    kept = msgpack.unpackb(gzip.decompress(FILE.read_bytes()))
    return tuple(unpack(packed) for packed in kept[placement])  # type: ignore[misc]


def train_again() -> None:
    """Trains the three networks and writes the file."""
    from bn_core.runtime import start_tensorflow

    start_tensorflow()
    from bn_core.datasets import load
    from bn_core.training import train

    kept = {
        placement: [
            pack(event)
            for event in train(config, load("mnist-5k"))
            if isinstance(event, LayersProbed) and event.step in STEPS
        ]
        for placement, config in CONFIGS.items()
    }
    FILE.write_bytes(gzip.compress(msgpack.packb(kept), mtime=0))


if __name__ == "__main__":
    train_again()
