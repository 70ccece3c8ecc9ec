"""Population statistics after the fact: closed forms, float64, and the layers' own moving statistics bit for bit."""

import subprocess
import sys

import keras
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from bn_core.batch_norm import reference
from bn_core.batch_norm.layer import BatchNormalization, moments
from bn_core.batch_norm.population import (
    MEAN_START,
    VARIANCE_START,
    debiased,
    drift_of_mean,
    drift_of_variance,
    moving_averages,
    share_of_start,
)

momenta = st.one_of(st.floats(0, 1), st.sampled_from([0.0, 0.5, 0.9, 0.99, 0.999, 1.0]))
starts = st.floats(-5, 5)


@st.composite
def recorded(draw, least_batches=0):
    shape = draw(st.tuples(st.integers(least_batches, 30), st.integers(1, 4)))
    return draw(arrays(np.float64, shape, elements=st.floats(-10, 10)))


class TestMovingAverages:
    @pytest.mark.parametrize("kind", [keras.layers.BatchNormalization, BatchNormalization])
    @pytest.mark.parametrize("shape", [(16, 5), (6, 4, 3, 5)], ids=["dense", "conv"])
    @pytest.mark.parametrize("momentum", [0.99, 0.9, 0.3, 0.987654, 0.9999])
    def test_replaying_a_compiled_layer_gives_its_bits(self, kind, shape, momentum):
        """As in training: one graph, whose momentum is a float32 variable."""
        layer = kind()
        layer.build(shape)
        layer.momentum = tf.Variable(momentum, dtype=tf.float32, trainable=False)

        @tf.function
        def step(x):
            layer(x, training=True)
            return moments(x)

        rng = np.random.default_rng(0)
        means, variances = [], []
        for _ in range(100):
            mean, variance = step(rng.normal(rng.normal(), 2 ** rng.normal(), shape).astype(np.float32))
            means.append(mean.numpy())
            variances.append(variance.numpy())
        assert np.array_equal(moving_averages(means, momentum, MEAN_START)[-1], layer.moving_mean.numpy())
        assert np.array_equal(moving_averages(variances, momentum, VARIANCE_START)[-1], layer.moving_variance.numpy())

    @given(recorded(), momenta, starts)
    def test_in_float64_it_is_the_reference_step_by_step(self, batch, momentum, start):
        moving = moving_averages(batch, momentum, start)
        assert moving.shape == (len(batch) + 1, batch.shape[1])
        assert np.all(moving[0] == start)
        for t, statistic in enumerate(batch):
            assert np.array_equal(moving[t + 1], reference.update_moving(moving[t], statistic, momentum))

    @given(recorded(), momenta, starts)
    def test_it_is_the_sum_over_all_batches(self, batch, momentum, start):
        """Written out: each update multiplies what is older by the momentum."""
        t = len(batch)
        weights = (1 - momentum) * momentum ** np.arange(t - 1, -1, -1.0)
        expected = momentum**t * start + weights @ batch
        assert np.allclose(moving_averages(batch, momentum, start)[-1], expected, atol=1e-12)

    @given(recorded(), momenta, starts)
    def test_float32_stays_close_to_float64(self, batch, momentum, start):
        single = moving_averages(batch.astype(np.float32), momentum, start)
        assert single.dtype == np.float32
        assert np.allclose(single, moving_averages(batch, momentum, start), atol=1e-4)

    @given(recorded(least_batches=1), starts)
    def test_momentum_0_keeps_the_last_batch_and_momentum_1_the_start(self, batch, start):
        assert np.array_equal(moving_averages(batch, 0.0, start)[1:], batch)
        assert np.all(moving_averages(batch, 1.0, start) == start)

    def test_whole_numbers_are_averaged_as_float64(self):
        assert np.array_equal(moving_averages([[4], [8]], 0.5, 0), [[0], [2], [5]])


class TestDebiased:
    @given(recorded(), st.floats(0, 0.9999), starts)
    def test_it_is_the_same_from_any_start(self, batch, momentum, start):
        updates = np.arange(len(batch) + 1)
        one = debiased(moving_averages(batch, momentum, start), updates, momentum, start)
        other = debiased(moving_averages(batch, momentum, 0), updates, momentum, 0)
        # What rounding can do to the difference of the moving statistic and its start's share.
        remains = share_of_start(momentum, updates)[1:, np.newaxis]
        slack = 1e-11 / (1 - remains)
        assert np.all(np.isnan(one[0]))
        assert np.all(np.abs(one - other)[1:] <= slack)

    @given(recorded(least_batches=1), st.floats(0, 0.99))
    def test_it_is_an_average_of_batches_with_weights_that_add_up_to_1(self, batch, momentum):
        t = len(batch)
        weights = momentum ** np.arange(t - 1, -1, -1.0)
        expected = weights @ batch / weights.sum()
        moving = moving_averages(batch, momentum, VARIANCE_START)[-1]
        assert np.allclose(debiased(moving, t, momentum, VARIANCE_START), expected, atol=1e-10)

    @given(st.floats(0.001, 10), st.floats(0, 0.999), st.integers(1, 300))
    def test_a_statistic_that_stands_still_is_found_at_once(self, value, momentum, updates):
        batch = np.full((updates, 1), value)
        for start in (MEAN_START, VARIANCE_START):
            moving = moving_averages(batch, momentum, start)[-1]
            assert debiased(moving, updates, momentum, start) == pytest.approx(value, rel=1e-9)

    def test_dividing_alone_would_not_do_for_a_variance(self):
        moving = moving_averages(np.full((10, 1), 0.3), 0.99, VARIANCE_START)[-1]
        assert moving / (1 - 0.99**10) > 9
        assert debiased(moving, 10, 0.99, VARIANCE_START) == pytest.approx(0.3)

    def test_where_nothing_but_the_start_is_left_there_is_no_answer(self):
        assert np.all(np.isnan(debiased(np.ones((3, 2)), [0, 5, 9], 1.0, 1.0)))
        assert np.all(np.isnan(debiased(np.ones(2), 0, 0.5, 1.0)))


class TestShareOfStart:
    def test_it_is_what_a_start_of_1_becomes_when_batches_are_0(self):
        moving = moving_averages(np.zeros((500, 1)), 0.99, 1)
        assert np.allclose(share_of_start(0.99, np.arange(501)), moving[:, 0])

    def test_the_figures_in_its_docstring(self):
        assert np.allclose(share_of_start(0.99, [69, 100, 250, 459]), [0.5, 0.37, 0.08, 0.01], atol=0.005)

    def test_before_the_first_update_it_is_all_whatever_the_momentum(self):
        assert [share_of_start(momentum, 0) for momentum in (0, 0.5, 1)] == [1, 1, 1]


class TestDrift:
    @given(
        arrays(np.float64, 4, elements=st.floats(-5, 5)),
        arrays(np.float64, 4, elements=st.floats(0.01, 5)),
        st.floats(-3, 3),
        st.floats(0.01, 100),
    )
    def test_it_is_measured_in_true_deviations_and_as_a_ratio(self, mean, variance, deviations, ratio):
        shifted = mean + deviations * np.sqrt(variance)
        assert np.allclose(drift_of_mean(shifted, mean, variance), abs(deviations), atol=1e-9)
        assert np.allclose(drift_of_variance(ratio * variance, variance), ratio)

    def test_a_whole_history_is_measured_at_once(self):
        history = np.arange(12.0).reshape(4, 3)
        assert drift_of_mean(history, history[-1], np.ones(3)).shape == (4, 3)
        assert np.all(drift_of_mean(history, history[-1], np.ones(3))[-1] == 0)
        assert np.all(drift_of_variance(history, 2.0) == history / 2)

    def test_a_channel_without_variance_has_no_scale_of_its_own(self):
        assert np.array_equal(drift_of_mean([0.0, 1.0], [0.0, 0.0], [0.0, 0.0]), [np.nan, np.inf], equal_nan=True)
        assert np.array_equal(drift_of_variance([0.0, 1.0], [0.0, 0.0]), [np.nan, np.inf], equal_nan=True)


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: moving_averages(np.ones(3), 0.9, 0), r"shape \(batches, channels\), not \(3,\)"),
        (lambda: moving_averages(np.ones((2, 2)), 1.1, 0), "momentum must be from 0 to 1, not 1.1"),
        (lambda: debiased(np.ones(2), 1, -0.1, 0), "momentum must be from 0 to 1, not -0.1"),
        (lambda: share_of_start(float("nan"), 1), "momentum must be from 0 to 1, not nan"),
        (lambda: share_of_start(0.9, [1, -1]), "must be 0 or more"),
    ],
)
def test_what_cannot_be_computed_is_refused_in_one_sentence(call, sentence):
    with pytest.raises(ValueError, match=sentence):
        call()


def test_it_needs_neither_tensorflow_nor_keras():
    program = (
        "import sys, bn_core.batch_norm.population; sys.exit(any(m in sys.modules for m in ('tensorflow', 'keras')))"
    )
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)
