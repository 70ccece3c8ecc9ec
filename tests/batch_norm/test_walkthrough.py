"""The walk through one batch is the reference's arithmetic, one channel at a time, in either order."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bn_core.batch_norm import reference
from bn_core.batch_norm.walkthrough import (
    NORMALIZING,
    STAGES,
    Moving,
    in_inference_mode,
    in_training_mode,
    per_position,
)

ORDERS = st.sampled_from(["before", "after"])
NUMBERS = st.floats(-10, 10)
EPSILONS = st.floats(-8, 0).map(lambda exponent: 10**exponent)


@st.composite
def channels(draw):
    """Values of one channel, (images, positions), from tiny to large."""
    images, positions = draw(st.integers(1, 9)), draw(st.sampled_from([1, 4, 9]))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    return rng.normal(rng.uniform(-3, 3), 10 ** rng.uniform(-4, 2), (images, positions))


def table(values, order, bias):
    """What batch normalization is given, as the reference takes it: one channel, (m, 1)."""
    x = np.asarray(values, np.float64) + bias
    return (x if order == "before" else np.maximum(x, 0)).reshape(-1, 1)


@given(channels(), ORDERS, NUMBERS, NUMBERS, EPSILONS, NUMBERS)
def test_training_mode_is_the_reference(values, order, gamma, beta, epsilon, bias):
    walk = in_training_mode(values, order, gamma, beta, epsilon, bias)
    step = reference.forward(table(values, order, bias), gamma, beta, epsilon)
    assert (walk.m, walk.batch_mean, walk.batch_variance) == (values.size, step.mu_B[0], step.sigma2_B[0])
    assert (walk.mean, walk.variance) == (walk.batch_mean, walk.batch_variance)
    for mine, reference_s in ((walk.taken, step.x), (walk.x_hat, step.x_hat), (walk.y, step.y)):
        np.testing.assert_array_equal(mine, reference_s.reshape(values.shape))


@given(channels(), ORDERS, NUMBERS, NUMBERS, EPSILONS, NUMBERS, NUMBERS, st.floats(0, 10))
def test_inference_mode_is_the_reference(values, order, gamma, beta, epsilon, bias, mean, variance):
    walk = in_inference_mode(values, order, gamma, beta, epsilon, Moving(mean, variance), bias)
    x = table(values, order, bias)
    np.testing.assert_array_equal(
        walk.y, reference.infer(x, gamma, beta, mean, variance, epsilon).y.reshape(values.shape)
    )
    np.testing.assert_allclose(
        walk.x_hat, ((x - mean) / np.sqrt(variance + epsilon)).reshape(values.shape), rtol=1e-9, atol=1e-9
    )
    assert (walk.mean, walk.variance) == (mean, variance)
    own = reference.forward(x, gamma, beta, epsilon)
    assert (walk.batch_mean, walk.batch_variance) == (own.mu_B[0], own.sigma2_B[0])


@given(channels(), ORDERS, NUMBERS, NUMBERS, EPSILONS)
def test_the_steps_follow_one_another(values, order, gamma, beta, epsilon):
    walk = in_training_mode(values, order, gamma, beta, epsilon)
    assert walk.stages == STAGES[order]
    places = [walk.stages.index(stage) for stage in NORMALIZING]
    assert places == list(range(places[0], places[0] + 4))
    np.testing.assert_array_equal(walk.at(walk.stages[0]), values)
    np.testing.assert_array_equal(walk.at(walk.stages[-1]), walk.output)
    for stage in ("mean", "variance"):
        before = walk.stages[walk.stages.index(stage) - 1]
        np.testing.assert_array_equal(walk.at(stage), walk.at(before))
    np.testing.assert_array_equal(walk.at("relu"), np.maximum(walk.y if order == "before" else values, 0))


@given(st.floats(-100, 100), ORDERS, NUMBERS, NUMBERS, EPSILONS, NUMBERS)
def test_one_value_alone_becomes_beta_exactly(value, order, gamma, beta, epsilon, bias):
    assert in_training_mode([[value]], order, gamma, beta, epsilon, bias).y[0, 0] == beta


def change_by_bias(values, order, gamma, beta, epsilon, bias) -> float:
    """How far, at most, a bias moves an output in training mode (Ioffe and Szegedy, section 3.2)."""
    without = in_training_mode(values, order, gamma, beta, epsilon)
    return float(np.abs(in_training_mode(values, order, gamma, beta, epsilon, bias).output - without.output).max())


@given(channels(), st.floats(-3, 3), NUMBERS, st.floats(-100, 100))
def test_before_bn_a_bias_leaves_nothing_but_rounding(values, gamma, beta, bias):
    # A value of this size is rounded by about 1e-14, and a variance of epsilon or more magnifies that at most 32 times.
    largest = np.abs(values).max() + abs(bias) + abs(gamma) + abs(beta) + 1
    assert change_by_bias(values, "before", gamma, beta, 1e-3, bias) <= 1e-13 * largest**2


def test_after_relu_a_bias_decides_what_is_cut():
    values = [[-1.0], [1.0], [2.0]]
    assert change_by_bias(values, "after", 1.0, 0.0, 1e-3, -1.0) > 0.1
    # Where it cuts nothing before or after, it cancels there too.
    assert change_by_bias([[1.0], [2.0]], "after", 1.0, 0.0, 1e-3, 5.0) < 1e-12


@given(channels())
def test_the_wrong_axes_take_a_mean_for_each_position(values):
    step = per_position(values, 1.0, 0.0, 1e-3)
    assert step.m == len(values)
    np.testing.assert_allclose(step.mu_B, values.mean(0), atol=1e-12)
    assert step.x_hat.shape == values.shape


def test_no_values_are_refused():
    with pytest.raises(ValueError, match="empty"):
        in_training_mode(np.empty((0, 1)), "before", 1.0, 0.0, 1e-3)
