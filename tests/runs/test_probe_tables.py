"""Probes as tables for charts: nothing lost, nothing made up, and few bytes."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from bn_core.architecture import Architecture
from bn_core.chart_tables import layers as tables
from bn_core.network import bins
from bn_core.network.layers_probed import LayersProbed
from bn_core.runs.inside import ProbeHistory
from tests.pages.probed import STEPS, probes

PLACEMENTS = ("none", "before", "after")
POINTS = ("linear", "bn", "relu")


def history(placement: str) -> ProbeHistory:
    return ProbeHistory(placement, 1, probes(placement))


def alone(placement: str, first: int = 0) -> tables.ProbedSteps:
    return tables.probed_steps(history(placement), placement, None, "none", first)


def together(placement: str, beside: str) -> tables.ProbedSteps:
    return tables.probed_steps(history(placement), placement, history(beside), beside)


def rows(table: pa.Table, **values: int) -> pa.Table:
    keep = np.ones(len(table), bool)
    for name, value in values.items():
        keep &= table[name].to_numpy() == value
    return table.filter(pa.array(keep))


class TestSnapshots:
    def test_every_probe_is_a_snapshot(self) -> None:
        assert alone("before").steps == STEPS

    def test_the_latest_alone(self) -> None:
        assert alone("before", -1).steps == STEPS[-1:]

    def test_a_run_beside_is_at_its_latest_probe_up_to_the_same_step(self) -> None:
        late = ProbeHistory("late", 1, probes("none")[1:3])
        _, beside = tables.probed_steps(history("before"), "before", late, "none").lanes
        assert [None if probe is None else probe.step for probe in beside.probes] == [None, 1, 10, 10]

    def test_nothing_yet(self) -> None:
        empty = tables.probed_steps(ProbeHistory("new"), "before", None, "none")
        full = alone("before")
        for make in (
            lambda at: tables.histogram_table(at, "linear"),
            lambda at: tables.layer_table(at, "linear", 3),
            lambda at: tables.depth_table(at, "linear", "rms"),
            lambda at: tables.percentile_table(at, "linear", 3, 0),
            lambda at: tables.spread_table(at, "linear", 3),
        ):
            assert make(empty).num_rows == 0
            assert make(empty).schema == make(full).schema


class TestHistograms:
    @pytest.mark.parametrize("placement", PLACEMENTS)
    @pytest.mark.parametrize("point", POINTS)
    def test_all_values_of_every_layer_are_there(self, placement: str, point: tables.Point) -> None:
        snapshots = alone(placement)
        table = tables.histogram_table(snapshots, point)
        share = (table["root"].to_numpy() / tables.ROOT_OF_ALL) ** 2
        if point not in probes(placement)[0].points:
            assert len(table) == 0
            return
        for snapshot in range(len(STEPS)):
            for layer in Architecture().numbers:
                here = (table["snapshot"].to_numpy() == snapshot) & (table["layer"].to_numpy() == layer)
                assert share[here].sum() == pytest.approx(1, abs=2e-3)

    @pytest.mark.parametrize("placement", PLACEMENTS)
    @pytest.mark.parametrize("layer", [1, 14, 20])
    def test_a_layer_in_full_counts_every_value(self, placement: str, layer: int) -> None:
        probe = probes(placement)[-1]
        table = rows(tables.layer_table(alone(placement), "linear", layer), snapshot=len(STEPS) - 1)
        counts = np.zeros(bins.COUNTS, int)
        counts[table["entry"].to_numpy()] = table["values"].to_numpy()
        np.testing.assert_array_equal(counts, probe.histograms[0, layer - 1])
        assert counts.sum() % (64 * Architecture().layer_channels[layer - 1]) == 0

    @pytest.mark.parametrize(("placement", "source"), [("none", 0), ("before", 1), ("after", 0)])
    def test_after_relu_comes_from_what_the_relu_sees(self, placement: str, source: int) -> None:
        probe = probes(placement)[0]
        found = tables.counts(probe, "relu", placement)
        np.testing.assert_array_equal(found, bins.after_relu(probe.histograms[source]))
        np.testing.assert_allclose(bins.share_of_zeros(found), probe.zeros[-1], atol=1e-6)

    def test_exact_zeros_always_have_a_row_of_their_own(self) -> None:
        zeros = rows(tables.histogram_table(alone("before"), "relu"), entry=bins.ZERO)
        assert len(zeros) == len(STEPS) * Architecture().layers
        share = (rows(zeros, snapshot=0)["root"].to_numpy() / tables.ROOT_OF_ALL) ** 2
        np.testing.assert_allclose(share, probes("before")[0].zeros[-1], atol=1e-4)

    def test_the_smallest_count_is_seen(self) -> None:
        table = tables.histogram_table(alone("before"), "linear")
        probe = probes("before")[0]
        there = np.argwhere(probe.histograms[0] > 0)
        drawn = {(row["layer"] - 1, row["entry"]) for row in rows(table, snapshot=0).to_pylist() if row["root"] > 0}
        assert {(layer, entry) for layer, entry in there.tolist()} == drawn

    def test_two_runs_stand_on_the_same_bins(self) -> None:
        table = tables.histogram_table(together("before", "none"), "linear")
        for run, placement in enumerate(("before", "none")):
            own = tables.histogram_table(alone(placement), "linear")
            assert rows(table, run=run).drop(["run"]) == own.drop(["run"])

    def test_a_frame_is_a_few_kilobytes_and_a_run_under_200(self) -> None:
        assert tables.histogram_table(alone("before", -1), "linear").nbytes < 12_000
        for point in POINTS:
            assert tables.histogram_table(alone("before"), point).nbytes * 26 / len(STEPS) < 250_000


class TestByDepth:
    @pytest.mark.parametrize("placement", PLACEMENTS)
    def test_the_numbers_are_the_probes(self, placement: str) -> None:
        table = rows(tables.depth_table(alone(placement), "relu", "rms"), snapshot=2)
        np.testing.assert_array_equal(table["value"].to_numpy(), probes(placement)[2].rms[-1])
        np.testing.assert_array_equal(table["layer"].to_numpy(), np.arange(1, 21))

    def test_there_is_no_gradient_before_the_first_update(self) -> None:
        snapshots = set(tables.depth_table(alone("before"), "linear", "gradient")["snapshot"].to_pylist())
        assert snapshots == {1, 2, 3}

    def test_what_is_not_a_number_has_no_row(self) -> None:
        probe = probes("before")[0]
        cosine = probe.cosine.copy()
        cosine[0, 4] = np.nan
        broken = LayersProbed(**(vars(probe) | {"cosine": cosine}))
        snapshots = tables.probed_steps(ProbeHistory("r", 1, (broken,)), "before", None, "none")
        assert 5 not in tables.depth_table(snapshots, "linear", "cosine")["layer"].to_pylist()

    def test_a_point_that_is_not_there(self) -> None:
        assert tables.depth_table(alone("none"), "bn", "rms").num_rows == 0
        assert tables.depth_table(together("before", "none"), "bn", "rms")["run"].to_pylist().count(1) == 0


class TestOverTraining:
    def test_percentiles_are_the_probes(self) -> None:
        table = tables.percentile_table(alone("before"), "bn", 14, 2).to_pydict()
        for place, name in enumerate(("low", "middle", "high")):
            expected = [probe.percentiles[1, 13, 2, place] for probe in probes("before")]
            np.testing.assert_array_equal(np.array(table[name], np.float32), expected)
        assert table["step"] == list(STEPS)

    def test_mean_and_one_standard_deviation_to_both_sides(self) -> None:
        table = tables.spread_table(alone("before"), "bn", 14).to_pydict()
        # What batch normalization puts out before training has mean 0 and standard deviation 1.
        assert table["middle"][0] == pytest.approx(0, abs=1e-3)
        assert table["high"][0] - table["middle"][0] == pytest.approx(1, abs=0.01)
        assert table["middle"][0] - table["low"][0] == pytest.approx(1, abs=0.01)

    def test_a_run_beside_has_each_probe_once(self) -> None:
        short = ProbeHistory("short", 1, probes("none")[:2])
        snapshots = tables.probed_steps(history("before"), "before", short, "none")
        table = rows(tables.spread_table(snapshots, "linear", 3), run=1)
        assert table["step"].to_pylist() == [0, 1]

    def test_rounding_does_not_make_a_negative_variance(self) -> None:
        assert tables.standard_deviation(1.0000001, 1.0) == 0
