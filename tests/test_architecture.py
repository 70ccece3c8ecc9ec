"""A network of another depth and width goes all the way, from its first kernels to its charts and captions.

Whatever counts layers or channels must ask the configuration's architecture: a number of the notebook's network that is
written down anywhere on that way fails here.
"""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass

import numpy as np
import pytest

from bn_core.runtime import start_tensorflow

start_tensorflow()

from bn_core.architecture import Architecture  # noqa: E402
from bn_core.chart_tables import answers as answer_tables  # noqa: E402
from bn_core.chart_tables import layers as layer_tables  # noqa: E402
from bn_core.chart_tables import population as population_tables  # noqa: E402
from bn_core.config import TrainingConfig  # noqa: E402
from bn_core.data.files import load  # noqa: E402
from bn_core.exhibits.full import captured_entry, captured_of, snapshot_entry, snapshot_of  # noqa: E402
from bn_core.network.compiled import prepare  # noqa: E402
from bn_core.questions.examiner import Examiner  # noqa: E402
from bn_core.questions.questions import Recalibrate, ScoreOneByOne  # noqa: E402
from bn_core.runs.inside import ProbeHistory, StatisticsHistory  # noqa: E402
from bn_core.source_code import program  # noqa: E402
from bn_core.training.events import (  # noqa: E402
    LayersProbed,
    Scored,
    SnapshotTaken,
    StatisticsRecorded,
    pack,
    unpack,
)
from bn_core.training.loop import train  # noqa: E402
from pages.charts.kit import Look  # noqa: E402
from pages.layers_page import charts as layer_charts  # noqa: E402
from pages.layers_page import words as layer_words  # noqa: E402
from pages.one_batch_page import counts, sharing  # noqa: E402
from pages.one_image_page import charts as image_charts  # noqa: E402
from pages.one_image_page import words as image_words  # noqa: E402
from pages.population_page import charts as population_charts  # noqa: E402
from pages.population_page import words as population_words  # noqa: E402
from pages.race_page import findings  # noqa: E402
from pages.train_page import block_drawing  # noqa: E402
from pages.words import layer_names  # noqa: E402

SMALL = Architecture(depth=7, width=6, dense_units=30)
LAYERS = 8
CHANNELS = [6, 12, 18, 24, 30, 36, 42, 30]
SIDES = [28, 28, 14, 14, 14, 7, 7, 1]


@dataclass(frozen=True)
class SmallConfig(TrainingConfig):
    """A configuration of the smaller network."""

    @property
    def architecture(self) -> Architecture:
        return SMALL


CONFIG = SmallConfig(dataset="mnist-5k", batches=3, batch_size=16)


@pytest.fixture(scope="module")
def digits():
    dataset = load("mnist-5k")
    return dataclasses.replace(
        dataset,
        validation_images=dataset.validation_images[:64],
        validation_labels=dataset.validation_labels[:64],
        test_images=dataset.test_images[:100],
        test_labels=dataset.test_labels[:100],
    )


@pytest.fixture(scope="module")
def compiled():
    return prepare(CONFIG)


@pytest.fixture(scope="module")
def events(digits, compiled):
    """What a training says, as it comes back from where it is stored."""
    return [unpack(pack(event)) for event in train(CONFIG, digits, compiled=compiled)]


@pytest.fixture(scope="module")
def probes(events):
    return ProbeHistory("run", len(events), tuple(event for event in events if isinstance(event, LayersProbed)))


@pytest.fixture(scope="module")
def statistics(events):
    recorded = [event for event in events if isinstance(event, StatisticsRecorded)]
    steps, means, variances = zip(*((event.step, event.mean, event.variance) for event in recorded), strict=True)
    return StatisticsHistory("run", len(events), np.array(steps), np.stack(means), np.stack(variances))


@pytest.fixture(scope="module")
def last_snapshot(events):
    return next(event for event in reversed(events) if isinstance(event, SnapshotTaken))


@pytest.fixture(scope="module")
def one_by_one(digits, compiled, last_snapshot):
    return Examiner(compiled).answer(ScoreOneByOne(3), CONFIG, digits, last_snapshot.arrays)


def test_the_architecture_says_what_follows_from_depth_and_width():
    assert list(SMALL.numbers) == list(range(1, LAYERS + 1))
    assert list(SMALL.layer_channels) == CHANNELS
    assert [SMALL.side(layer) for layer in SMALL.numbers] == SIDES
    assert [SMALL.channels_of(layer).stop for layer in SMALL.numbers] == list(np.cumsum(CHANNELS))
    assert [layer for layer in SMALL.numbers if SMALL.is_dense(layer)] == [LAYERS]
    assert CONFIG.values_behind_means(16) == tuple(16 * side**2 for side in SIDES)


class TestWhatIsRecorded:
    def test_it_trains_to_its_end(self, events):
        assert isinstance(events[-1], Scored)

    def test_probes_see_its_layers(self, probes):
        for probe in probes.probes:
            assert probe.layers == LAYERS
            assert probe.histograms.shape[1] == probe.rms.shape[1] == len(probe.dead_channels) == LAYERS
            assert probe.gamma.shape == (sum(CHANNELS),)
        assert probes.probes[-1].kernel_gradients.shape == (LAYERS,)

    def test_statistics_have_its_channels(self, statistics):
        assert statistics.means.shape == statistics.variances.shape == (3, sum(CHANNELS))

    def test_what_is_shipped_of_its_weights_makes_them_again(self, last_snapshot):
        shipped = snapshot_of(3, snapshot_entry(last_snapshot.arrays, 24, SMALL), CONFIG).arrays
        assert shipped.keys() == last_snapshot.arrays.keys()
        assert all(np.array_equal(shipped[path], array) for path, array in last_snapshot.arrays.items())

    def test_channels_of_every_layer_are_captured(self, compiled, digits, last_snapshot):
        seen = compiled.probe.activations(digits.test_images[:64])
        entry = captured_entry([layer["linear"] for layer in seen], SMALL)
        captured = [captured_of(entry, last_snapshot, CONFIG, layer, 1) for layer in SMALL.numbers]
        assert [channel.channel for channel in captured] == [channels // 2 for channels in CHANNELS]
        assert [channel.side for channel in captured] == SIDES
        assert [channel.dense for channel in captured] == [False] * (LAYERS - 1) + [True]

    def test_answers_are_by_layer_and_channel(self, digits, compiled, last_snapshot, one_by_one):
        recalibrated = Examiner(compiled).answer(Recalibrate(3), CONFIG, digits, last_snapshot.arrays)
        assert recalibrated.means.shape == recalibrated.variances.shape == (sum(CHANNELS),)
        assert one_by_one.own_variance.shape == one_by_one.moving.variation.shape == (LAYERS,)


def layers_in(table) -> set[int]:
    return set(table["layer"].to_pylist())


class TestTablesAndCharts:
    def test_layers(self, probes):
        known = layer_tables.probed_steps(probes, "before", None, "none")
        assert layers_in(layer_tables.histogram_table(known, "relu")) == set(SMALL.numbers)
        assert layers_in(layer_tables.depth_table(known, "linear", "rms")) == set(SMALL.numbers)
        assert len(layer_tables.layer_table(known, "linear", LAYERS)) > 0
        shown = dataclasses.replace(Look.of(CONFIG), snapshots=4)
        for spec in (layer_charts.ridges_spec(shown), layer_charts.heat_spec(shown)):
            text = json.dumps(spec)
            assert f'"domain": [{LAYERS + 0.2}, -0.6]' in text
            assert rf"datum.value == {LAYERS} ? \"dense\"" in text
            assert json.dumps(list(SMALL.numbers)) in text
        text = json.dumps(layer_charts.depth_spec(shown, "rms"))
        assert f'"domain": [0.5, {LAYERS + 0.5}]' in text
        assert f'"values": [1, 5, {LAYERS}]' in text

    def test_population_statistics(self, statistics):
        curves = population_tables.Curves(
            population_tables.batches_drawn(statistics, CONFIG),
            population_tables.averages(statistics, CONFIG),
            population_tables.replayed(statistics, CONFIG, 0.99),
            population_tables.replayed(statistics, CONFIG, 0.9, without_start=True),
            {},
            SMALL,
        )
        assert population_tables.by_layer(curves, "variance", 3).shape == (LAYERS,)
        heat = population_tables.heat_table(curves.own, curves.truth, "variance", CONFIG, (LAYERS, 3))
        assert layers_in(heat) == set(SMALL.numbers)
        told = population_tables.statistic_table(curves, "mean", LAYERS, CHANNELS[-1] - 1).to_pydict()
        assert told["batch"] == pytest.approx(statistics.means[:, -1])
        nothing = population_tables.batches_drawn(StatisticsHistory("run"), CONFIG)
        assert nothing.means.shape == (0, sum(CHANNELS))
        text = json.dumps(population_charts.heat_spec(Look.of(CONFIG), CONFIG.values_behind_means(4), "variance"))
        assert f'"domain": [{LAYERS}, 0]' in text
        assert rf"{LAYERS - 1} ? \"dense\"" in text
        assert text.count('"words": "') == LAYERS

    def test_one_image_at_a_time(self, one_by_one):
        assert layers_in(answer_tables.variation_table(one_by_one)) == set(SMALL.numbers)
        spec = image_charts.variation_spec(Look.of(CONFIG), CONFIG.values_behind_means(1))
        text = json.dumps(spec)
        assert f"[0.5, {LAYERS + 0.5}]" in text
        assert json.dumps(list(SMALL.numbers)) in text

    def test_values_behind_each_mean(self):
        table = counts.table(CONFIG, LAYERS, 4).to_pydict()
        assert table["layer"] == list(SMALL.numbers)
        assert table["values"] == [16 * side**2 for side in SIDES]
        assert table["marked"] == [4 * side**2 for side in SIDES]
        assert table["map"] == [f"{side}×{side}" for side in SIDES]
        assert sharing.facts(SMALL) | {"channels": 6, "units": 30} == sharing.facts(SMALL)


class TestWords:
    def test_the_last_layer_is_dense(self):
        assert layer_names.layer_name(LAYERS, LAYERS) == layer_names.layer_name(20, 20)
        assert "30 units" in layer_names.layer_title(LAYERS, SMALL)
        assert "42 channels" in layer_names.layer_title(7, SMALL)
        assert "30 units" in population_words.layer_heading(LAYERS, CONFIG)
        drifts = np.where(np.arange(LAYERS) == LAYERS - 1, 3.0, 1.0)
        assert population_words.worst(drifts).startswith("the dense layer's")

    def test_the_signal_is_that_of_its_convolutions(self, probes):
        probe = probes.probes[0]
        rms = np.array(probe.rms)
        rms[probe.points.index("linear")] = [1, 1, 1, 1, 1, 1, 1e-6, 5]
        vanishing = dataclasses.replace(probe, rms=rms, dead_channels=np.zeros(LAYERS, np.float32))
        said = layer_words.what_to_see(vanishing, vanishing, CONFIG, "linear")
        assert "layer 7" in said
        assert "1,000,000" in said

    def test_variation_without_batch_normalization_ends_at_the_last_convolution(self, one_by_one):
        variation = np.arange(1, LAYERS + 1, dtype=np.float32)
        plain = dataclasses.replace(
            one_by_one,
            moving=dataclasses.replace(one_by_one.moving, variation=variation),
            batch=None,
            recalibrated=None,
            own_variance=None,
        )
        assert "7" in image_words.where_it_dies(plain)

    def test_a_signal_in_the_race_is_that_of_its_convolutions(self, probes):
        assert len(findings.signal(probes.probes[0], probes.probes[0], None).plain) == SMALL.depth

    def test_the_drawing_and_its_words(self):
        said = block_drawing.in_words(CONFIG)
        assert "7 such blocks" in said
        assert "from 28 to 7 pixels a side while the channels grow from 6 to 42, then dense 30" in said
        assert "× 7" in block_drawing.block_svg(CONFIG)
        drawn = block_drawing.stack_svg(CONFIG)
        assert "7 convolutions, 6 to 42 channels" in drawn
        assert drawn.count('class="map"') == LAYERS + 1

    def test_the_generated_program_is_of_this_network(self):
        text = program(CONFIG).text
        assert "network of 9 layers" in text
        assert "for i in range(1, 8):" in text
        assert "filters=6 * i" in text
        assert "layers.Dense(30," in text
        assert "draw(glorot, 8, dense)" in text
        assert "draw(glorot, 9, dense)" in text
