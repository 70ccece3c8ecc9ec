"""In what order the images come, and in what form the network is fed with them."""

from __future__ import annotations

import functools

import numpy as np


def batch_indices(train_size: int, batch_size: int, seed: int, batch: int) -> np.ndarray:
    """Which training images make up one batch: int64 (batch_size,), each in 0..train_size - 1.

    The batches are consecutive pieces of one endless list: a fresh shuffle of all training images for every epoch, so
    that an epoch's short last batch is completed from the next one. The list depends on nothing but `train_size` and
    `seed`, so every variant of the network sees the same images in the same order, and any batch can be had without
    the ones before it.

    Args:
        batch: counted from 0.

    Raises:
        ValueError: an argument out of range.
    """
    if train_size < 1 or batch_size < 1 or seed < 0 or batch < 0:
        raise ValueError(
            f"No such batch: train_size {train_size}, batch_size {batch_size}, seed {seed}, batch {batch}."
        )
    position = batch * batch_size
    pieces = []
    missing = batch_size
    while missing:
        epoch, start = divmod(position, train_size)
        piece = shuffled(train_size, seed, epoch)[start : start + missing]
        pieces.append(piece)
        position += len(piece)
        missing -= len(piece)
    return np.concatenate(pieces)


def pixels(images: np.ndarray) -> np.ndarray:
    """What the network is fed: uint8 (B, 28, 28) as float32 (B, 28, 28, 1) from 0 to 1 (pixels / 255)."""
    fed: np.ndarray = np.divide(images, np.float32(255), dtype=np.float32)[..., np.newaxis]
    return fed


@functools.lru_cache(maxsize=8)
def shuffled(size: int, *seeds: int) -> np.ndarray:
    # NumPy promises that a bit generator's raw numbers never change, but not what Generator.permutation makes of them;
    # the recorded runs must stay repeatable, so the raw numbers are sorted instead.
    order = np.argsort(np.random.PCG64(np.random.SeedSequence(seeds)).random_raw(size), kind="stable")
    order.setflags(write=False)
    return order
