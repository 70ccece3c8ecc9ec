"""The network is the notebook's, in every variant."""

from __future__ import annotations

import itertools

import keras
import numpy as np
import pytest

from bn_core.architecture import Architecture
from bn_core.batch_norm.layer import BatchNormalization
from bn_core.config import TrainingConfig
from bn_core.network.network import build_network

ARCHITECTURE = Architecture()

VARIANTS = [
    TrainingConfig(placement=placement, bias=bias, implementation=implementation)
    for placement, bias, implementation in itertools.product(
        ("none", "before", "after"), (False, True), ("layer", "by-hand")
    )
]


def test_the_geometry_is_that_of_the_notebook():
    layers = ARCHITECTURE.convolutions
    assert [layer.channels for layer in layers] == [4 * i for i in range(1, 20)]
    assert [layer.number for layer in layers if layer.stride == 2] == [3, 6, 9, 12, 15, 18]
    assert [layer.size for layer in layers] == [28] * 2 + [14] * 3 + [7] * 3 + [4] * 3 + [2] * 3 + [1] * 5
    assert ARCHITECTURE.values_behind_mean(1, 64) == 50_176
    assert ARCHITECTURE.values_behind_mean(20, 64) == 64


def test_half_of_the_kernels_never_meet_an_image():
    weights = sum(9 * layer.channels_in * layer.channels for layer in ARCHITECTURE.convolutions)
    live = sum(
        np.ones((3, 3))[layer.live_taps].size * layer.channels_in * layer.channels
        for layer in ARCHITECTURE.convolutions
    )
    assert weights == 328_356
    assert 1 - live / weights == pytest.approx(0.503, abs=5e-4)


def test_the_shapes_that_keras_computes_are_the_architecture():
    network = build_network(TrainingConfig())
    for layer in ARCHITECTURE.convolutions:
        conv = network.get_layer(f"conv_{layer.number}")
        assert conv.output.shape == (None, layer.size, layer.size, layer.channels)
        assert conv.kernel.shape == (3, 3, layer.channels_in, layer.channels)
    assert network.get_layer("dense").units == 100
    assert network.output.shape == (None, 10)


@pytest.mark.parametrize(
    "config", VARIANTS, ids=lambda config: f"{config.placement}-{config.bias}-{config.implementation}"
)
def test_every_layer_follows_the_configuration(config):
    network = build_network(config)
    names = [layer.name for layer in network.layers if layer.name not in ("images", "flatten", "logits")]
    order = {"none": ("{}", "relu_{}"), "before": ("{}", "bn_{}", "relu_{}"), "after": ("{}", "relu_{}", "bn_{}")}
    expected = [
        part.format(i) if "_" in part else (f"conv_{i}" if i < 20 else "dense")
        for i in range(1, 21)
        for part in order[config.placement]
    ]
    assert names == expected
    for name in [f"conv_{i}" for i in range(1, 20)] + ["dense"]:
        assert network.get_layer(name).use_bias is config.bias
    assert network.get_layer("logits").use_bias
    kind = {"layer": keras.layers.BatchNormalization, "by-hand": BatchNormalization}[config.implementation]
    assert all(type(layer) is kind for layer in network.layers if layer.name.startswith("bn_"))


def test_wrong_axes_give_every_pixel_its_own_statistics():
    network = build_network(TrainingConfig(bug="wrong-axes"))
    assert network.get_layer("bn_1").moving_mean.shape == (28 * 28 * 4,)
    assert network.get_layer("bn_20").moving_mean.shape == (100,)
    images = np.random.default_rng(0).random((8, 28, 28, 1), np.float32)
    first = keras.Model(network.input, network.get_layer("maps_1").output)(images, training=True).numpy()
    assert np.allclose(first.mean(axis=0), 0, atol=1e-4), "each pixel is centred on its own"


@pytest.mark.parametrize(
    ("layers", "m"),
    [
        ((1, 2), 50_176),
        ((3, 5), 12_544),
        ((6, 8), 3_136),
        ((9, 11), 1_024),
        ((12, 14), 256),
        ((15, 19), 64),
        ((20,), 64),
    ],
)
def test_how_many_values_are_behind_a_mean(layers, m):
    assert {ARCHITECTURE.values_behind_mean(layer, 64) for layer in range(layers[0], layers[-1] + 1)} == {m}
    assert {ARCHITECTURE.values_behind_mean(layer, 1) for layer in layers} == {m // 64}
