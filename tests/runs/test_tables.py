"""What the charts' tables promise: the same columns always, few points, no spike lost, and no point that moves."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from bn_core.chart_tables.curves import (
    ACCURACY_SCHEMA,
    LOSS_SCHEMA,
    MAX_POINTS,
    MEAN_OVER,
    STATISTICS,
    accuracy_table,
    extremes,
    loss_table,
    strided,
    trailing_means,
)
from bn_core.protocol import is_scheduled
from bn_core.runs.history import RunHistory
from bn_core.training.events import Evaluated, Score


def history(losses: np.ndarray, *, batches: int = 5000, normalized: bool = True) -> RunHistory:
    """A run with these losses, accuracies of 1 / step, and every evaluation that such a run has."""
    count = len(losses)
    steps = np.arange(1.0, count + 1)
    evaluations = []
    for step in range(count + 1):
        three = is_scheduled(step, batches)
        if three or step % 25 == 0:
            other = Score(1.0, 0.5) if three and normalized else None
            evaluations.append(Evaluated(step, 250, Score(1.0, 0.25), other, other, 1.0))
    return RunHistory(
        "a123456789",
        count,
        steps,
        losses.astype(float),
        1 / np.maximum(steps, 1),
        np.ones(count),
        evaluations=tuple(evaluations),
    )


def curve(table: pa.Table, statistics: str) -> list[tuple[int, float]]:
    rows = table.to_pylist()
    return [(row["step"], row["accuracy"]) for row in rows if row["statistics"] == statistics]


@pytest.mark.parametrize("count", [0, 1, 2, 199, 200, 201, 5000])
@pytest.mark.parametrize("normalized", [True, False])
def test_the_columns_are_the_same_with_any_number_of_steps(count: int, normalized: bool) -> None:
    run = history(np.linspace(2, 0, count), normalized=normalized) if count else RunHistory("a123456789")
    for table, schema in ((loss_table(run), LOSS_SCHEMA), (accuracy_table(run), ACCURACY_SCHEMA)):
        assert table.schema.equals(schema)
        assert all(column.null_count == 0 for column in table.columns)
        assert (table.num_rows == 0) == (count == 0)
    assert [str(field.type) for field in LOSS_SCHEMA] == ["int32", "float"]
    assert [str(field.type) for field in ACCURACY_SCHEMA] == ["int32", "string", "float"]


@settings(deadline=None, max_examples=30)
@given(count=st.integers(0, 5000), normalized=st.booleans())
def test_no_curve_has_more_than_200_points_and_all_start_and_end_where_they_should(
    count: int, normalized: bool
) -> None:
    run = history(np.ones(count), normalized=normalized)
    table = accuracy_table(run)
    for statistics in STATISTICS:
        points = curve(table, statistics)
        assert len(points) <= MAX_POINTS
        steps = [step for step, _ in points]
        assert steps == sorted(set(steps))
    moving = [step for step, _ in curve(table, "moving")]
    three_way = [event.step for event in run.evaluations if event.batch is not None]
    assert (moving[0], moving[-1]) == (0, run.evaluations[-1].step)
    assert set(three_way) <= set(moving)
    assert [step for step, _ in curve(table, "batch")] == three_way
    assert [step for step, _ in curve(table, "recalibrated")] == three_way
    for steps in (
        [step for step, _ in curve(table, "training batch")],
        loss_table(run)["step"].to_pylist(),
    ):
        assert len(steps) <= MAX_POINTS
        assert ([steps[0], steps[-1]] if count else steps) == ([1, count] if count else [])


def test_each_curve_has_the_accuracy_under_its_statistics() -> None:
    evaluated = Evaluated(2, 250, Score(9, 0.1), Score(9, 0.2), Score(9, 0.3), 1.0)
    run = RunHistory(
        "a123456789", 3, np.array([1.0, 2.0]), np.zeros(2), np.array([0.5, 0.75]), np.ones(2), evaluations=(evaluated,)
    )
    table = accuracy_table(run)
    assert curve(table, "training batch") == [(1, 0.5), (2, 0.625)]
    assert curve(table, "moving") == [(2, pytest.approx(0.1))]
    assert curve(table, "batch") == [(2, pytest.approx(0.2))]
    assert curve(table, "recalibrated") == [(2, pytest.approx(0.3))]


@given(
    values=arrays.arrays(float, st.integers(0, 60), elements=st.floats(0, 1)),
    count=st.integers(1, 20),
)
def test_a_trailing_mean_is_the_mean_of_the_latest_values(values: np.ndarray, count: int) -> None:
    expected = [values[max(0, end - count) : end].mean() for end in range(1, len(values) + 1)]
    np.testing.assert_allclose(trailing_means(values, count), expected, atol=1e-12)


def test_the_training_curve_averages_ten_batches() -> None:
    run = history(np.ones(40))
    expected = np.mean([1 / step for step in range(40 - MEAN_OVER + 1, 41)])
    assert curve(accuracy_table(run), "training batch")[-1] == (40, pytest.approx(expected))


@settings(deadline=None, max_examples=50)
@given(losses=arrays.arrays(np.float32, st.integers(1, 3000), elements=st.floats(0, 100, width=32)))
def test_no_spike_is_lost(losses: np.ndarray) -> None:
    shown = loss_table(history(losses))
    values = np.array(shown["loss"])
    assert values.min() == losses.min()
    assert values.max() == losses.max()
    np.testing.assert_array_equal(values, losses[np.array(shown["step"]) - 1])


def test_a_single_spike_is_drawn_where_it_was() -> None:
    losses = np.ones(4000)
    losses[1234] = 50.0
    shown = loss_table(history(losses)).to_pylist()
    assert {"step": 1235, "loss": 50.0} in shown


def by_extremes(values: np.ndarray) -> set[int]:
    return set(extremes(values).tolist())


def by_stride(values: np.ndarray) -> set[int]:
    return set(strided(len(values), MAX_POINTS).tolist())


@pytest.mark.parametrize("thin", [by_extremes, by_stride])
@pytest.mark.parametrize("ties", [1, 9, 10**9])
def test_a_point_that_was_drawn_stays_or_goes_and_only_the_newest_comes(
    thin: Callable[[np.ndarray], set[int]], ties: int
) -> None:
    values = np.random.default_rng(ties).integers(0, ties, 1700).astype(float)
    before: set[int] = set()
    for count in range(1, len(values) + 1):
        now = thin(values[:count])
        assert now <= before | {count - 1}
        before = now


def test_a_doubling_leaves_enough_to_see() -> None:
    for count in (200, 201, 399, 400, 401, 800, 3000, 5000):
        values = np.random.default_rng(count).random(count)
        assert 80 <= len(extremes(values)) <= MAX_POINTS
        assert 80 <= len(strided(count, MAX_POINTS)) <= MAX_POINTS


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_a_loss_that_is_not_finite_has_no_point(bad: float) -> None:
    losses = np.array([2.0, 1.0, bad])
    assert loss_table(history(losses)).to_pylist() == [{"step": 1, "loss": 2.0}, {"step": 2, "loss": 1.0}]
    assert loss_table(history(np.array([bad]))).num_rows == 0
