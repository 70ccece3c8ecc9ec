"""Events of what goes on inside a network, as large as one likes: made up, since nobody reads the numbers here."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

import numpy as np
import pytest

from bn_core.architecture import Architecture
from bn_core.network import bins
from bn_core.network.layers_probed import LayersProbed
from bn_core.runs.store import Store
from bn_core.training.events import KINDS, Event, StatisticsRecorded, pack


@dataclass(frozen=True)
class SnapshotTaken:
    step: int
    arrays: dict[str, np.ndarray]


def teach(patch: pytest.MonkeyPatch) -> None:
    """Lets a snapshot be unpacked like any event."""
    patch.setitem(KINDS, SnapshotTaken.__name__, SnapshotTaken)


def probe(step: int) -> LayersProbed:
    """A probe with everything that a probe can have, which takes 28 KB, and other numbers at every step."""
    random = np.random.default_rng(step)

    def floats(*shape: int) -> np.ndarray:
        return random.normal(size=shape).astype(np.float32)

    by_point, by_layer, by_channel = (3, 20), (20,), (Architecture().channels,)
    return LayersProbed(
        step=step,
        points=["linear", "bn", "relu"],
        histograms=random.integers(0, 50_000, (2, 20, bins.COUNTS), np.int32),
        mean=floats(*by_point),
        rms=floats(*by_point),
        zeros=floats(*by_point),
        cosine=floats(*by_point),
        correlation=floats(*by_point),
        dead_units=floats(*by_layer),
        dead_channels=floats(*by_layer),
        percentiles=floats(*by_point, 3, 3),
        kernel_norms=floats(*by_layer),
        kernel_gradients=floats(*by_layer),
        bias_gradients=floats(*by_layer),
        gamma_gradients=floats(*by_layer),
        beta_gradients=floats(*by_layer),
        gamma=floats(*by_channel),
        beta=floats(*by_channel),
        milliseconds=50.0,
    )


def statistics(step: int, channels: int = 3) -> StatisticsRecorded:
    """The statistics of a batch, other ones at every step."""
    mean, deviation = np.random.default_rng(step).normal(size=(2, channels)).astype(np.float32)
    return StatisticsRecorded(step, mean, deviation**2)


def snapshot(step: int, floats: int = 10) -> bytes:
    """So many weights, packed."""
    weights = np.random.default_rng(step).normal(size=floats).astype(np.float32)
    taken: Event = SnapshotTaken(step, {"kernel": weights})  # type: ignore[assignment]
    return pack(taken)


def tamper(store: Store, statement: str, *values: object) -> None:
    """Change what no trigger lets anybody change, as a bad disk does."""
    connection = sqlite3.connect(store.path, isolation_level=None)
    triggers = connection.execute("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'").fetchall()
    for name, _ in triggers:
        connection.execute(f"DROP TRIGGER {name}")
    assert connection.execute(statement, values).rowcount > 0
    for _, sql in triggers:
        connection.execute(sql)
    connection.close()
