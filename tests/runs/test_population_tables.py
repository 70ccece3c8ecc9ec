"""Moving statistics after the fact and their drift, against NumPy and closed forms."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from bn_core.batch_norm.population import moving_averages
from bn_core.chart_tables import population as tables
from bn_core.config import TrainingConfig
from bn_core.protocol import is_scheduled
from bn_core.runs.inside import StatisticsHistory

BATCHES = 120
CONFIG = TrainingConfig(batches=BATCHES)


def history(recorded: int, seed: int = 0) -> StatisticsHistory:
    """Statistics of so many batches: means that scatter, variances far below the start of their moving average."""
    numbers = np.random.default_rng(seed)
    means = numbers.normal(0.3, 0.1, (recorded, CONFIG.architecture.channels)).astype(np.float32)
    variances = numbers.uniform(0.01, 0.02, (recorded, CONFIG.architecture.channels)).astype(np.float32)
    return StatisticsHistory("run", recorded, np.arange(1, recorded + 1), means, variances)


def curves(recorded: StatisticsHistory, decay: float = 0.9, debiased: bool = False, **recalibrated) -> tables.Curves:
    return tables.Curves(
        tables.batches_drawn(recorded, CONFIG),
        tables.averages(recorded, CONFIG),
        tables.replayed(recorded, CONFIG, 0.99),
        tables.replayed(recorded, CONFIG, decay, without_start=debiased),
        recalibrated.get("truth", {}),
        CONFIG.architecture,
    )


class TestSteps:
    @given(st.integers(1, 5000), st.floats(0, 1))
    def test_few_in_order_and_with_every_moment_of_a_snapshot(self, batches: int, part: float) -> None:
        recorded = round(part * batches)
        steps = tables.drawn_steps(batches, recorded)
        assert len(steps) <= 200
        assert (np.diff(steps) > 0).all()
        if recorded:
            assert steps[0] == 1
            assert steps[-1] == recorded
        wanted = {step for step in range(1, recorded + 1) if is_scheduled(step, batches)}
        assert wanted <= set(steps.tolist())

    @given(st.integers(1, 5000), st.floats(0, 1), st.floats(0, 1))
    def test_a_point_stays_where_it_is(self, batches: int, first: float, second: float) -> None:
        earlier, later = sorted((round(first * batches), round(second * batches)))
        kept = tables.drawn_steps(batches, earlier)[:-1]
        assert set(kept.tolist()) <= set(tables.drawn_steps(batches, later).tolist())

    @given(st.integers(1, 5000), st.floats(0, 1))
    def test_columns_are_even_on_an_axis_of_square_roots(self, batches: int, part: float) -> None:
        recorded = max(1, round(part * batches))
        ends = tables.column_ends(batches, recorded)
        assert len(ends) <= tables.COLUMNS
        assert set(ends.tolist()) <= set(tables.drawn_steps(batches, recorded).tolist())
        assert ends[-1] == recorded
        # None is wider than two stretches, or else than one step and its rounding.
        widths = np.diff(np.sqrt(ends / batches))
        steps = np.diff(ends)
        assert ((widths <= 2.01 / tables.COLUMNS) | (steps <= 2)).all()


class TestStatistics:
    @pytest.mark.parametrize("momentum", [0.0, 0.9, 0.99, 1.0])
    def test_replaying_is_what_the_layer_does(self, momentum: float) -> None:
        recorded = history(BATCHES)
        course = tables.replayed(recorded, CONFIG, momentum)
        assert (course.means == moving_averages(recorded.means, momentum, 0)[course.steps]).all()
        assert (course.variances == moving_averages(recorded.variances, momentum, 1)[course.steps]).all()

    def test_without_its_start_an_average_of_equal_batches_is_right_at_once(self) -> None:
        constant = StatisticsHistory(
            "run",
            30,
            np.arange(1, 31),
            np.full((30, CONFIG.architecture.channels), 0.5, np.float32),
            np.full((30, CONFIG.architecture.channels), 0.02, np.float32),
        )
        course = tables.replayed(constant, CONFIG, 0.99, without_start=True)
        np.testing.assert_allclose(course.means, 0.5, rtol=1e-6)
        np.testing.assert_allclose(course.variances, 0.02, rtol=1e-6)

    def test_what_stands_for_the_truth(self) -> None:
        recorded = history(40)
        course = tables.averages(recorded, CONFIG)
        for row, step in enumerate(course.steps):
            rows = slice(max(0, step - tables.TRUTH_OVER), step)
            np.testing.assert_allclose(course.means[row], recorded.means[rows].mean(axis=0), rtol=1e-6)
            np.testing.assert_allclose(course.variances[row], recorded.variances[rows].mean(axis=0), rtol=1e-6)

    def test_single_batches_are_as_recorded(self) -> None:
        recorded = history(40)
        course = tables.batches_drawn(recorded, CONFIG)
        assert (course.means == recorded.means[course.steps - 1]).all()

    def test_before_the_first_batch(self) -> None:
        known = curves(StatisticsHistory("run"))
        heat = tables.heat_table(known.own, known.truth, "variance", CONFIG, (1, None))
        assert heat["since"].to_pylist() == [tables.MARK]
        assert tables.statistic_table(known, "mean", 1, None).num_rows == 0
        assert tables.drift_table(known, "mean", 20, 3).num_rows == 0
        assert tables.by_layer(known, "variance", 0) is None

    def test_never_updated_keeps_its_start(self) -> None:
        config = TrainingConfig.of({"bug": "never-updated"})
        course = tables.replayed(history(20), CONFIG, config.moving_momentum)
        assert (course.means == 0).all()
        assert (course.variances == 1).all()


class TestOverChannels:
    @given(
        arrays.arrays(
            np.float64,
            st.tuples(st.integers(1, 5), st.integers(1, 30)),
            elements=st.floats(-1e6, 1e6) | st.sampled_from([np.nan, np.inf]),
        )
    )
    def test_as_numpy_has_it(self, values: np.ndarray) -> None:
        for row, found in zip(values, tables.over_channels(values), strict=True):
            finite = row[np.isfinite(row)]
            if len(finite):
                np.testing.assert_allclose(found, np.quantile(finite, tables.BAND), rtol=1e-9, atol=1e-6)
            else:
                assert np.isnan(found).all()


class TestHeat:
    @pytest.mark.parametrize("statistic", ["variance", "mean"])
    def test_a_row_is_the_median_over_a_layers_channels(self, statistic) -> None:
        recorded = history(BATCHES)
        known = curves(recorded)
        heat = tables.heat_table(known.own, known.truth, statistic, CONFIG, (3, 50)).to_pandas()
        cells = heat[heat.since != tables.MARK]
        assert len(cells) <= CONFIG.architecture.layers * tables.COLUMNS
        assert sorted(cells.layer.unique()) == list(range(1, 21))
        cell = cells[cells.layer == 15].iloc[10]
        step = int(cell.step)
        moving = [
            moving_averages(values, 0.99, start)[step]
            for values, start in ((recorded.means, 0), (recorded.variances, 1))
        ]
        rows = slice(max(0, step - tables.TRUTH_OVER), step)
        mean, variance = recorded.means[rows].mean(axis=0), recorded.variances[rows].mean(axis=0)
        drift = moving[1] / variance if statistic == "variance" else np.abs(moving[0] - mean) / np.sqrt(variance)
        assert cell.value == pytest.approx(float(np.median(drift[CONFIG.architecture.channels_of(15)])), rel=1e-5)

    def test_what_is_looked_at_is_one_row_more(self) -> None:
        known = curves(history(30))
        for step, told in ((None, -1), (20, 20)):
            heat = tables.heat_table(known.own, known.truth, "mean", CONFIG, (7, step)).to_pandas()
            (mark,) = heat[heat.since == tables.MARK].to_dict("records")
            assert (mark["layer"], mark["step"]) == (7, told)

    def test_it_is_small(self) -> None:
        known = curves(history(BATCHES))
        assert tables.heat_table(known.own, known.truth, "variance", CONFIG, (1, 5)).nbytes < 12_000

    def test_a_dead_channel_has_no_say(self) -> None:
        recorded = history(30)
        variances = recorded.variances.copy()
        variances[:, CONFIG.architecture.channels_of(1).start] = 0
        dead = StatisticsHistory("run", 30, recorded.steps, recorded.means, variances)
        known = curves(dead)
        heat = tables.heat_table(known.own, known.truth, "variance", CONFIG, (1, 5))
        assert 1 in heat["layer"].to_pylist()[:-1]
        assert np.isfinite(heat["value"].to_numpy()).all()
        drifts = known.own.variances[-1, 1:4] / known.truth.variances[-1, 1:4]
        assert tables.by_layer(known, "variance", 30)[0] == pytest.approx(float(np.median(drifts)))


class TestCurves:
    def test_of_one_channel(self) -> None:
        recorded = history(BATCHES)
        known = curves(recorded)
        told = tables.statistic_table(known, "variance", 2, 3).to_pydict()
        channel = CONFIG.architecture.channels_of(2).start + 3
        steps = np.array(told["step"])
        np.testing.assert_allclose(told["batch"], recorded.variances[steps - 1, channel], rtol=1e-6)
        np.testing.assert_allclose(told["own"], known.own.variances[:, channel], rtol=1e-6)
        np.testing.assert_allclose(told["chosen"], known.chosen.variances[:, channel], rtol=1e-6)
        assert set(told["own_low"]) == {None}

    def test_of_all_channels(self) -> None:
        known = curves(history(BATCHES))
        told = tables.statistic_table(known, "mean", 5, None).to_pydict()
        for row in (0, 40):
            expected = np.quantile(known.truth.means[row, CONFIG.architecture.channels_of(5)], tables.BAND)
            found = [told[name][row] for name in ("truth_low", "truth", "truth_high")]
            np.testing.assert_allclose(found, expected, rtol=1e-5)

    def test_recalibrated_moments_stand_at_their_steps(self) -> None:
        truth = {
            20: (
                np.full(CONFIG.architecture.channels, 0.3, np.float32),
                np.full(CONFIG.architecture.channels, 0.015, np.float32),
            )
        }
        known = curves(history(BATCHES), truth=truth)
        told = tables.statistic_table(known, "variance", 1, None).to_pydict()
        where = {
            step: value for step, value in zip(told["step"], told["recalibrated"], strict=True) if value is not None
        }
        assert where == {20: pytest.approx(0.015)}
        drifts = tables.drift_table(known, "variance", 1, 0).to_pydict()
        row = drifts["step"].index(20)
        own = known.own.variances[row, 0]
        assert drifts["recalibrated"][row] == pytest.approx(own / 0.015, rel=1e-5)
        assert tables.by_layer(known, "variance", 20)[0] == pytest.approx(
            float(np.median(known.own.variances[row, :4] / 0.015)), rel=1e-5
        )

    def test_nothing_that_a_logarithmic_axis_could_not_show(self) -> None:
        recorded = history(20)
        zero = StatisticsHistory("run", 20, recorded.steps, recorded.means, np.zeros_like(recorded.variances))
        told = tables.statistic_table(curves(zero), "variance", 1, 0)
        assert told["batch"].null_count == told.num_rows
        assert told["own"].null_count == 0

    @pytest.mark.parametrize("batches", [1, 40, 5000])
    def test_types_and_size_are_the_same_whatever_the_run(self, batches: int) -> None:
        recorded, config = history(min(batches, 300)), CONFIG.with_(batches=batches)
        known = tables.Curves(
            tables.batches_drawn(recorded, config),
            tables.averages(recorded, config),
            tables.replayed(recorded, config, 0.99),
            tables.replayed(recorded, config, 0.9, without_start=True),
            {},
            config.architecture,
        )
        told = tables.statistic_table(known, "variance", 20, None)
        assert told.num_rows <= 200
        assert told.schema.field("step").type == pa.int16()
        assert {told.schema.field(name).type for name in told.schema.names if name != "step"} == {pa.float32()}


class TestValuesBehind:
    def test_from_50_176_down_to_64(self) -> None:
        assert TrainingConfig().values_behind_means(64) == (
            *[50_176] * 2, *[12_544] * 3, *[3_136] * 3, *[1_024] * 3, *[256] * 3, *[64] * 6,
        )  # fmt: skip
