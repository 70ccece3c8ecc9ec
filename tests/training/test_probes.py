"""Probes: what they say of a layer is what NumPy says of the same activations, and they change nothing."""

from __future__ import annotations

import dataclasses
import subprocess
import sys

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from bn_core.architecture import Architecture
from bn_core.config import TrainingConfig
from bn_core.data.order import pixels
from bn_core.network import bins
from bn_core.network.compiled import cross_entropy
from bn_core.network.layers_probed import PERCENTILES, LayersProbed
from bn_core.network.probes import Probe, dead_shares, euclidean_norms, mean_cosine
from bn_core.protocol import PROBE_IMAGES
from bn_core.training.loop import training_batch

ARCHITECTURE = Architecture()
SHORT = TrainingConfig(dataset="mnist-5k", batches=3, batch_size=32)
VARIANTS = {
    "none": SHORT.with_(placement="none", bias=True),
    "before-layer": SHORT,
    "before-by-hand": SHORT.with_(implementation="by-hand"),
    "after-layer": SHORT.with_(placement="after", bias=True),
    "after-by-hand": SHORT.with_(placement="after", implementation="by-hand"),
    "wrong-axes": SHORT.with_(bug="wrong-axes"),
    "no-training-mode": SHORT.with_(bug="no-training-mode"),
}
LAYERS = range(20)


@dataclasses.dataclass
class Probed:
    """A network after three updates, what a probe says of it, and what the probe saw."""

    config: TrainingConfig
    compiled: object
    probe: Probe
    gradients: dict[str, tf.Tensor]
    told: LayersProbed
    activations: list[dict[str, np.ndarray]]


@pytest.fixture(scope="module")
def probes():
    return {}


@pytest.fixture(params=VARIANTS)
def probed(request, digits, networks, probes) -> Probed:
    config = VARIANTS[request.param]
    if request.param not in probes:
        compiled = networks(config)
        probe = Probe(compiled.network, ARCHITECTURE, training=compiled.trains_in_training_mode)
        compiled.start(config)
        for batch in range(config.batches):
            images, labels = training_batch(config, digits, batch)
            compiled.step(pixels(images), labels.astype(np.int32))
        gradients = gradients_of(compiled, pixels(images), labels.astype(np.int32))
        norms = euclidean_norms(gradients, ARCHITECTURE).numpy()
        told = probe.measure(digits.test_images[:PROBE_IMAGES], config.batches, norms)
        seen = probe.activations(digits.test_images[:PROBE_IMAGES])
        probes[request.param] = Probed(config, compiled, probe, gradients, told, seen)
    return probes[request.param]


def gradients_of(compiled, images, labels):
    variables = {variable.path: variable.value for variable in compiled.network.trainable_variables}
    with compiled.borrowed_statistics(), tf.GradientTape() as tape:
        loss = cross_entropy(compiled.network(images, training=compiled.trains_in_training_mode), labels)
    return tape.gradient(loss, variables)


def of_kind(values, kind):
    """Of a mapping by path, what belongs to the 20 normalized layers, in their order."""
    names = [f"conv_{i}" for i in range(1, 20)] + ["dense"]
    if kind in ("gamma", "beta"):
        names = [f"bn_{i}" for i in range(1, 21)]
    by_name = {"/".join(path.split("/")[-2:]): value for path, value in values.items()}
    return [np.asarray(by_name[f"{name}/{kind}"], np.float64) for name in names]


def counted_one_by_one(values):
    """A histogram by comparing each value with the edges. An edge belongs to the entry farther from 0."""
    values, ascending = values.ravel(), bins.edges()[1:-1]
    entries = np.where(
        values > 0, np.searchsorted(ascending, values, side="right"), np.searchsorted(ascending, values, side="left")
    )
    return np.bincount(np.where(values == 0, bins.ZERO, entries), minlength=bins.COUNTS)


def all_cosines(values):
    """The cosines of all pairs of different images, one by one."""
    vectors = values.reshape(len(values), -1).astype(np.float64)
    lengths = np.linalg.norm(vectors, axis=1)
    directions = vectors[lengths > 0] / lengths[lengths > 0, np.newaxis]
    return (directions @ directions.T)[~np.eye(len(directions), dtype=bool)]


class TestBins:
    def test_edges_are_symmetric_even_and_cut_off_behind_16_bits(self):
        edges = bins.edges()
        assert edges.shape == (bins.COUNTS + 1,)
        assert np.array_equal(edges, -edges[::-1])
        assert np.all(np.diff(edges[: bins.ZERO + 1]) > 0)
        right = edges[bins.ZERO + 2 : -1]
        assert np.allclose(right, 10.0 ** (np.arange(51) / 5 - 8), rtol=0.004)
        assert right[40] == 1
        assert np.all(right.view(np.uint32) & 0xFFFF == 0)

    @given(
        arrays(
            np.float32,
            st.integers(0, 40),
            elements=st.one_of(
                st.floats(width=32, allow_nan=False, allow_subnormal=False),
                st.sampled_from([float(edge) for edge in bins.edges()]),
                st.sampled_from([float(np.nextafter(edge, np.float32(0))) for edge in bins.edges()[1:-1] if edge]),
            ),
        )
    )
    def test_a_value_belongs_to_the_entry_between_whose_edges_it_lies(self, values):
        counts = bins.histogram(values)
        assert counts.dtype == np.int32
        assert counts.sum() == values.size
        assert np.array_equal(counts, counted_one_by_one(values))
        assert np.array_equal(bins.histogram(-values), counts[::-1])
        assert np.array_equal(bins.histogram(np.maximum(values, 0)), bins.after_relu(counts))

    def test_zeros_and_what_is_out_of_range_are_counted_apart(self):
        values = np.array([0, -0.0, 1e-9, -1e-9, 100, 99, -100, np.inf, -np.inf, np.nan], np.float32)
        counts = bins.histogram(values)
        assert counts[bins.ZERO] == 2
        assert counts[bins.ZERO + 1] == counts[bins.ZERO - 1] == 1
        assert counts[-1] == 3, "100, infinity, and what is not a number"
        assert counts[0] == 2
        assert counts[-2] == 1
        assert bins.share_of_zeros(counts) == 0.2

    def test_any_layout_of_the_values_will_do(self):
        values = np.random.default_rng(0).standard_normal((6, 5, 4)).astype(np.float32)
        assert np.array_equal(bins.histogram(values[::2, :, 1:3]), bins.histogram(values[::2, :, 1:3].copy()))


def test_what_is_probed_is_what_leaves_the_layers(probed, digits):
    """The activations are those of the network itself, called layer by layer outside any graph."""
    compiled, number_of = probed.compiled, {f"conv_{i}": i for i in range(1, 20)} | {"dense": 20}
    names = {number: {"linear": name, "relu": f"relu_{number}"} for name, number in number_of.items()}
    if probed.config.normalized:
        maps = {layer.name for layer in compiled.network.layers if layer.name.startswith("maps_")}
        for number in names:
            names[number]["bn"] = f"maps_{number}" if f"maps_{number}" in maps else f"bn_{number}"
    wanted = {name for points in names.values() for name in points.values()}
    seen = {}
    with compiled.borrowed_statistics():
        x = tf.constant(pixels(digits.test_images[:PROBE_IMAGES]))
        for layer in compiled.network.layers[1:]:
            mode = {"training": compiled.trains_in_training_mode} if layer.name.startswith("bn_") else {}
            x = layer(x, **mode)
            if layer.name in wanted:
                seen[layer.name] = x.numpy()
    for number, points in names.items():
        assert probed.activations[number - 1].keys() == points.keys()
        for point, name in points.items():
            values = probed.activations[number - 1][point]
            assert values.shape[-1] == ARCHITECTURE.layer_channels[number - 1]
            assert np.allclose(values, seen[name], rtol=1e-4, atol=1e-4 * np.abs(seen[name]).max())


def test_points_follow_the_placement(probed):
    assert probed.told.points == (["linear", "bn", "relu"] if probed.config.normalized else ["linear", "relu"])
    assert all(list(layer) == probed.told.points for layer in probed.activations)


def test_histograms_are_numpys_and_count_every_value(probed):
    told = probed.told
    others = told.points[:-1]
    assert told.histograms.shape == (len(others), 20, bins.COUNTS)
    assert told.histograms.dtype == np.int32
    for layer in LAYERS:
        for p, point in enumerate(others):
            values = probed.activations[layer][point]
            assert told.histograms[p, layer].sum() == values.size
            assert np.array_equal(told.histograms[p, layer], counted_one_by_one(values))
        taken_from = "bn" if probed.config.placement == "before" else "linear"
        relu = bins.after_relu(told.histograms[others.index(taken_from), layer])
        assert np.array_equal(relu, counted_one_by_one(probed.activations[layer]["relu"]))


def test_moments_and_zeros_are_numpys(probed):
    told = probed.told
    for p, point in enumerate(told.points):
        for layer in LAYERS:
            values = probed.activations[layer][point].astype(np.float64)
            rms = np.sqrt(np.mean(values**2))
            assert told.rms[p, layer] == pytest.approx(rms, rel=1e-5)
            assert told.mean[p, layer] == pytest.approx(values.mean(), abs=1e-6 * rms)
            assert told.zeros[p, layer] == pytest.approx(np.mean(values == 0), rel=1e-6)


def test_cosines_are_those_of_all_pairs_of_images(probed):
    told = probed.told
    for p, point in enumerate(told.points):
        for layer in LAYERS:
            values = probed.activations[layer][point].reshape(PROBE_IMAGES, -1).astype(np.float64)
            assert told.cosine[p, layer] == pytest.approx(all_cosines(values).mean(), abs=2e-6)
            centred = values - values.mean(axis=1, keepdims=True)
            assert told.correlation[p, layer] == pytest.approx(all_cosines(centred).mean(), abs=2e-6)


def test_dead_shares_are_numpys(probed):
    for layer in LAYERS:
        values = probed.activations[layer]["relu"]
        channels = np.moveaxis(values, -1, 0).reshape(values.shape[-1], -1)
        assert probed.told.dead_units[layer] == pytest.approx(np.mean(~values.any(axis=0)))
        assert probed.told.dead_channels[layer] == pytest.approx(np.mean([not np.any(channel) for channel in channels]))


def test_percentiles_are_numpys(probed):
    told = probed.told
    assert told.percentiles.shape == (len(told.points), 20, 3, 3)
    for p, point in enumerate(told.points):
        for layer in LAYERS:
            for c, channel in enumerate(ARCHITECTURE.probed_channels(layer + 1)):
                values = probed.activations[layer][point][..., channel]
                expected = np.percentile(values, PERCENTILES, method="inverted_cdf")
                assert np.array_equal(told.percentiles[p, layer, c], expected)


def test_gradient_norms_are_numpys_and_leave_out_nothing(probed):
    told = probed.told
    kinds = {
        "kernel": told.kernel_gradients,
        "bias": told.bias_gradients,
        "gamma": told.gamma_gradients,
        "beta": told.beta_gradients,
    }
    present = ["kernel"] + ["bias"] * probed.config.bias + ["gamma", "beta"] * probed.config.normalized
    for kind, norms in kinds.items():
        if kind not in present:
            assert norms is None
            continue
        # All nine taps here: those left out have a gradient of 0.
        expected = [np.sqrt(np.sum(gradient**2)) for gradient in of_kind(probed.gradients, kind)]
        assert np.allclose(norms, expected, rtol=1e-5, atol=0)


def test_kernel_norms_are_numpys_without_the_inert_taps(probed):
    kernels = of_kind(probed.compiled.weights, "kernel")
    taps = [layer.live_taps for layer in ARCHITECTURE.convolutions]
    expected = [np.sqrt(np.sum(kernel[tap] ** 2)) for kernel, tap in zip(kernels, [*taps, ...], strict=True)]
    assert np.allclose(probed.told.kernel_norms, expected, rtol=1e-5)
    whole = np.sqrt([np.sum(kernel**2) for kernel in kernels])
    assert np.all(np.flatnonzero(whole > probed.told.kernel_norms * 1.01) + 1 == [15, 16, 17, 18, 19])


def test_gamma_and_beta_are_the_networks(probed):
    told = probed.told
    if not probed.config.normalized or probed.config.bug == "wrong-axes":
        assert told.gamma is None
        assert told.beta is None
        return
    for kind, values in (("gamma", told.gamma), ("beta", told.beta)):
        assert values.shape == (ARCHITECTURE.channels,)
        for number, weights in enumerate(of_kind(probed.compiled.weights, kind), start=1):
            assert np.array_equal(values[ARCHITECTURE.channels_of(number)], weights)


def test_a_probe_changes_nothing_and_repeats_to_the_last_bit(probed, digits):
    probed.compiled.start(probed.config)
    before = probed.compiled.arrays()
    first, again = (probed.probe.measure(digits.test_images[:PROBE_IMAGES], 0, None) for _ in range(2))
    after = probed.compiled.arrays()
    assert all(np.array_equal(before[name], after[name]) for name in before)
    for field in dataclasses.fields(first):
        if field.name != "milliseconds":
            one, other = getattr(first, field.name), getattr(again, field.name)
            assert np.array_equal(one, other, equal_nan=isinstance(one, np.ndarray)), field.name


def test_before_the_first_update_there_are_no_gradients(probed, digits):
    told = probed.probe.measure(digits.test_images[:PROBE_IMAGES], 0, None)
    assert told.kernel_gradients is told.bias_gradients is told.gamma_gradients is told.beta_gradients is None


def test_arrays_are_small_and_of_two_types(probed):
    values = [getattr(probed.told, field.name) for field in dataclasses.fields(probed.told)]
    found = [value for value in values if isinstance(value, np.ndarray)]
    assert {value.dtype.name for value in found} == {"float32", "int32"}
    assert sum(value.nbytes for value in found) < 28_000


class TestExpectedSignals:
    """At the initial weights, theory knows some of the numbers."""

    def at_start(self, name, digits, networks, probes):
        config = VARIANTS[name]
        compiled = networks(config)
        probe = probes[name].probe if name in probes else Probe(compiled.network, ARCHITECTURE)
        compiled.start(config)
        return probe.measure(digits.test_images[:PROBE_IMAGES], 0, None)

    def test_without_batch_norm_the_signal_vanishes_with_depth_and_images_look_alike(self, digits, networks, probes):
        told = self.at_start("none", digits, networks, probes)
        assert told.rms[0, 0] > 0.05
        assert told.rms[0, 18] < 1e-5
        assert told.cosine[1, 18] > 0.9

    def test_batch_norm_before_relu_keeps_rms_near_1_and_images_as_alike_as_independent_ones(
        self, digits, networks, probes
    ):
        told = self.at_start("before-layer", digits, networks, probes)
        assert np.allclose(told.rms[1], 1, atol=0.05)
        assert np.allclose(told.mean[1], 0, atol=1e-4)
        assert told.cosine[2, 18] == pytest.approx(1 / np.pi, abs=0.02)
        assert told.correlation[2, 18] == pytest.approx(0, abs=0.03)
        assert np.allclose(told.zeros[2], 0.5, atol=0.25)

    def test_after_batch_norm_vectors_add_up_to_0_over_the_batch(self, digits, networks, probes):
        told = self.at_start("after-layer", digits, networks, probes)
        assert told.cosine[1, 18] == pytest.approx(-1 / 63, abs=0.01)


@given(arrays(np.float32, st.tuples(st.integers(2, 6), st.integers(1, 5)), elements=st.integers(-9, 9)))
def test_the_mean_cosine_is_that_of_the_pairs(vectors):
    pairs = all_cosines(vectors)
    if pairs.size == 0:
        assert np.isnan(mean_cosine(vectors))
    else:
        assert mean_cosine(vectors) == pytest.approx(pairs.mean(), abs=1e-5)


def test_images_without_a_direction_are_left_out():
    vectors = np.array([[1, 0], [0, 0], [1, 1]], np.float32)
    assert mean_cosine(vectors) == pytest.approx(np.sqrt(0.5))
    assert np.isnan(mean_cosine(vectors[:2]))


@given(arrays(np.float32, (3, 2, 2, 4), elements=st.sampled_from([0, 0, 0, 1])))
@settings(max_examples=30)
def test_a_channel_is_dead_where_all_its_units_are(rectified):
    units = [not rectified[:, i, j, c].any() for i in range(2) for j in range(2) for c in range(4)]
    channels = [not rectified[..., c].any() for c in range(4)]
    assert dead_shares(rectified) == (np.mean(units), np.mean(channels))


def test_live_taps_are_those_through_which_a_map_can_be_seen():
    """TensorFlow's own convolution, one tap at a time, on a map of ones: what comes out is 0 where a tap meets none."""
    for layer in {(layer.size_in, layer.stride): layer for layer in ARCHITECTURE.convolutions}.values():
        ones = tf.ones((1, layer.size_in, layer.size_in, 1))
        live = np.zeros((3, 3), bool)
        for row, column in np.ndindex(3, 3):
            kernel = np.zeros((3, 3, 1, 1), np.float32)
            kernel[row, column] = 1
            live[row, column] = np.any(tf.nn.conv2d(ones, kernel, layer.stride, "SAME"))
        expected = np.zeros((3, 3), bool)
        expected[layer.live_taps] = True
        assert np.array_equal(live, expected)
        assert live.sum() == np.ones((3, 3))[layer.live_taps].size


def test_every_channel_has_one_place():
    places = np.concatenate(
        [np.arange(ARCHITECTURE.channels)[ARCHITECTURE.channels_of(number)] for number in range(1, 21)]
    )
    assert np.array_equal(places, np.arange(860))
    assert ARCHITECTURE.channels_of(20) == slice(760, 860)
    assert ARCHITECTURE.probed_channels(1) == (0, 2, 3)


def test_pages_can_read_a_probe_without_tensorflow():
    """`bins` and `layers_probed` are imported by pages."""
    compiled = (
        "import sys, bn_core.network.bins, bn_core.network.layers_probed\n"
        "sys.exit(any(module in sys.modules for module in ('tensorflow', 'keras')))"
    )
    subprocess.run([sys.executable, "-c", compiled], check=True, timeout=60)
