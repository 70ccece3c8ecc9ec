"""A training small enough for a test: the real network on a few real digits."""

from __future__ import annotations

import dataclasses

import pytest

from bn_core.runtime import start_tensorflow

start_tensorflow()

from bn_core.config import TrainingConfig  # noqa: E402
from bn_core.data.dataset import Dataset  # noqa: E402
from bn_core.data.files import load  # noqa: E402
from bn_core.network.compiled import CompiledNetwork  # noqa: E402


@pytest.fixture(scope="session")
def digits(tmp_path_factory) -> Dataset:
    """MNIST-5k with its scored sets cut short: training is the point here, not the scores."""
    dataset = load("mnist-5k", home=tmp_path_factory.mktemp("home"))
    return dataclasses.replace(
        dataset,
        validation_images=dataset.validation_images[:260],
        validation_labels=dataset.validation_labels[:260],
        test_images=dataset.test_images[:120],
        test_labels=dataset.test_labels[:120],
    )


@pytest.fixture(scope="session")
def networks():
    """Networks by key, shared by all tests of a session: tracing takes the time. Only what a test uses is traced."""
    traced: dict[object, CompiledNetwork] = {}

    def compiled_for(config: TrainingConfig) -> CompiledNetwork:
        if config.compile_key not in traced:
            traced[config.compile_key] = CompiledNetwork(config)
        return traced[config.compile_key]

    return compiled_for
