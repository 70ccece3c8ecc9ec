"""What is kept of a full recorded run besides its curves: layers, statistics, weights, answers and captured channels.

What a value loses by rounding is said where it is rounded; all the rest is exact.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np

from bn_core import packing
from bn_core.architecture import IMAGE_SIZE, Architecture
from bn_core.config import TrainingConfig
from bn_core.exhibits.archive import HALF, rounded
from bn_core.network.initial_weights import initial_kernels
from bn_core.questions import answers
from bn_core.training.events import SnapshotTaken, StatisticsRecorded

PLACES = 2
"""How many channels of each layer are captured: the first and the middle one of `Architecture.probed_channels`."""

PROBES = "probes"
STATISTICS = "statistics"
ANSWERS = "answers"
CAPTURED_BATCH = "captured batch"
"""Entries of a full run's file; snapshots and captured channels have one for each step."""


@dataclass(frozen=True, eq=False)
class CapturedBatch:
    """The images whose values were captured: the batch of the run's first update.

    Attributes:
        batch: its number, counted from 0.
        pictures: uint8 (64, 28, 28).
        labels: uint8 (64,), their true classes.
    """

    batch: int
    pictures: np.ndarray
    labels: np.ndarray


@dataclass(frozen=True, eq=False)
class CapturedChannel:
    """One channel of one layer, as batch normalization gets it: what the convolution (or dense product) gives for the
    images of the `CapturedBatch` in training mode, with the weights at a step of the run.

    Attributes:
        step: updates done.
        layer: its number, from 1; dense: whether it is the dense one.
        channel: counted from 0.
        values: float32 (64, side * side), by image and place of the map, row by row; in half precision. Whoever takes
            statistics of a part of the images gets those of these very numbers.
        side: of the map, in places.
        gamma, beta, moving_mean, moving_variance: the channel's, at that step, exact.
        momentum, epsilon: the run's.
    """

    step: int
    layer: int
    dense: bool
    channel: int
    values: np.ndarray
    side: int
    gamma: float
    beta: float
    moving_mean: float
    moving_variance: float
    momentum: float
    epsilon: float


# Statistics ------------------------------------------------------------------------------------------------------


def statistics_entry(events: Sequence[StatisticsRecorded]) -> dict[str, np.ndarray]:
    """The statistics of every batch, float32 (channels, batches) in half precision: each is at most 0.05 % off.

    By channel: what follows one another is then alike.
    """
    return {
        "steps": np.array([event.step for event in events], np.int64),
        "means": rounded(np.stack([event.mean for event in events], axis=1), HALF),
        "variances": rounded(np.stack([event.variance for event in events], axis=1), HALF),
    }


def statistics_of(entry: Mapping[str, np.ndarray]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Steps int64 (n,), means and variances float32 (n, channels), read-only."""
    by_batch = [np.ascontiguousarray(entry[name].T) for name in ("means", "variances")]
    for values in by_batch:
        values.flags.writeable = False
    return entry["steps"], by_batch[0], by_batch[1]


# Weights ---------------------------------------------------------------------------------------------------------


def snapshot_name(step: int) -> str:
    """The entry with the weights after so many updates."""
    return f"snapshot {step}"


def snapshot_entry(arrays: Mapping[str, np.ndarray], bits: int, architecture: Architecture) -> dict[str, np.ndarray]:
    """Weights as they are shipped: kernels with so many significant bits, the rest exact.

    A kernel's taps that no input ever reaches keep their initial values for good and are left out.
    """
    return {
        path: rounded(array[architecture.reached(path)], bits) if path.endswith("/kernel") else array
        for path, array in arrays.items()
    }


def snapshot_of(step: int, entry: Mapping[str, np.ndarray], config: TrainingConfig) -> SnapshotTaken:
    """The weights, with the taps that were left out as they were at the beginning."""
    initial = initial_kernels(config)
    arrays = {}
    for path, kept in entry.items():
        if path.endswith("/kernel"):
            array = initial[path.split("/")[-2]].copy()
            array[config.architecture.reached(path)] = kept
            arrays[path] = array
        else:
            arrays[path] = kept
    return SnapshotTaken(step, arrays)


# Answers ---------------------------------------------------------------------------------------------------------


def answers_entry(packed: Mapping[str, bytes]) -> dict[str, Any]:
    """Answers by question (`records.canonical_question`), in which every picture is kept once.

    Many show the same pictures: the companions of an image are the same at every step.
    """
    pool: dict[bytes, int] = {}
    kept = {}
    for question, answer_bytes in packed.items():
        answer: Any = answers.unpack(answer_bytes)
        pictures = {}
        for field in fields(answer):
            value = getattr(answer, field.name)
            if isinstance(value, np.ndarray) and value.shape[-2:] == (IMAGE_SIZE, IMAGE_SIZE):
                each = value.reshape(-1, IMAGE_SIZE, IMAGE_SIZE)
                places = [pool.setdefault(picture.tobytes(), len(pool)) for picture in each]
                pictures[field.name] = np.array(places, np.int32).reshape(value.shape[:-2])
        without = replace(answer, **dict.fromkeys(pictures))
        kept[question] = [packing.pack(without), pictures]
    pixels = np.frombuffer(b"".join(pool), np.uint8).reshape(-1, IMAGE_SIZE, IMAGE_SIZE)
    return {"pictures": pixels, "answers": kept}


def answer_of(entry: Mapping[str, Any], question: str) -> bytes | None:
    """The answer to this question, packed as the engine packs it; None if it was not recorded."""
    found = entry["answers"].get(question)
    if found is None:
        return None
    packed, pictures = found
    answer: Any = packing.unpack(packed, answers.KINDS)
    return answers.pack(replace(answer, **{name: entry["pictures"][places] for name, places in pictures.items()}))


# Captured channels -----------------------------------------------------------------------------------------------


def captured_name(step: int) -> str:
    """The entry with the channels captured after so many updates."""
    return f"captured {step}"


def captured_channels(layer: int, architecture: Architecture) -> tuple[int, ...]:
    """The channels of a layer that are captured, counted from 0: the first and the middle one."""
    return architecture.probed_channels(layer)[:PLACES]


def captured_entry(activations: Sequence[np.ndarray], architecture: Architecture) -> list[list[np.ndarray]]:
    """By layer and place the values of a channel, float32 (64, side * side), in half precision.

    Args:
        activations: by layer what batch normalization gets, float32 (64, .., channels).
    """
    return [
        [
            rounded(values[..., channel].reshape(len(values), -1), HALF)
            for channel in captured_channels(layer, architecture)
        ]
        for layer, values in enumerate(activations, 1)
    ]


def captured_of(
    entry: Sequence[Sequence[np.ndarray]], snapshot: SnapshotTaken, config: TrainingConfig, layer: int, place: int
) -> CapturedChannel:
    """A captured channel with what belongs to it. Raises IndexError: no such layer or place."""
    if not 1 <= layer <= len(entry) or not 0 <= place < PLACES:
        raise IndexError(f"Channels are captured of layers 1 to {len(entry)}, {PLACES} of each.")
    values = entry[layer - 1][place]
    channel = captured_channels(layer, config.architecture)[place]
    own = {
        name: float(snapshot.arrays[f"bn_{layer}/{name}"][channel])
        for name in ("gamma", "beta", "moving_mean", "moving_variance")
    }
    return CapturedChannel(
        step=snapshot.step,
        layer=layer,
        dense=config.architecture.is_dense(layer),
        channel=channel,
        values=values,
        side=math.isqrt(values.shape[1]),
        momentum=config.momentum,
        epsilon=config.epsilon,
        **own,
    )
