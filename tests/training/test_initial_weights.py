"""Initial kernels: the right distribution, the same in every variant."""

from __future__ import annotations

import math

import numpy as np
import pytest

from bn_core.config import TrainingConfig
from bn_core.network.initial_weights import draw_kernel, initial_kernels


def test_a_seed_gives_every_variant_the_same_kernels():
    one = initial_kernels(TrainingConfig(placement="none", bias=True, seed=7))
    other = initial_kernels(TrainingConfig(placement="after", implementation="by-hand", epsilon=0.1, seed=7))
    assert one.keys() == other.keys()
    assert all(np.array_equal(one[name], other[name]) for name in one)
    assert not np.array_equal(one["conv_5"], initial_kernels(TrainingConfig(seed=8))["conv_5"])


@pytest.mark.parametrize(
    ("initializer", "stddev", "largest"),
    [
        ("glorot", math.sqrt(2 / (9 * 40 + 9 * 80)), math.sqrt(6 / (9 * 40 + 9 * 80))),
        ("he", math.sqrt(2 / (9 * 40)), 2 * math.sqrt(2 / (9 * 40)) / 0.8796256610342398),
        ("truncated-normal", 0.05 * 0.8796256610342398, 0.1),
    ],
)
def test_the_distribution_is_the_one_it_is_named_after(initializer, stddev, largest):
    kernel = draw_kernel(initializer, (3, 3, 40, 80), np.random.default_rng(1))
    assert kernel.dtype == np.float32
    assert kernel.std() == pytest.approx(stddev, rel=0.02)
    assert abs(kernel.mean()) < 4 * stddev / math.sqrt(kernel.size)
    assert 0.98 * largest < np.abs(kernel).max() <= largest * (1 + 1e-6)


def test_the_dense_layers_are_glorot_but_for_he():
    spread = {
        name: {layer: float(np.abs(kernels[layer]).max()) for layer in ("dense", "logits")}
        for name in ("glorot", "he", "truncated-normal")
        for kernels in [initial_kernels(TrainingConfig(initializer=name))]
    }
    assert spread["glorot"] == spread["truncated-normal"]
    assert spread["he"]["dense"] > 1.3 * spread["glorot"]["dense"]
    assert spread["he"]["logits"] == spread["glorot"]["logits"]


def test_the_default_kernels_are_pinned():
    """Recorded runs and other people's figures depend on these very numbers."""
    first = initial_kernels(TrainingConfig())["conv_1"].ravel()[:3]
    assert first.tolist() == [0.28462496399879456, 0.04172773286700249, 0.21975219249725342]
