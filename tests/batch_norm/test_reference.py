"""The float64 reference is Ioffe & Szegedy (2015): checked by finite differences, closed forms and by hand."""

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bn_core.batch_norm import reference


@st.composite
def batches(draw, least_values=2):
    """x with its feature axis, gamma, beta, epsilon and the gradient of a loss by y."""
    axis = draw(st.integers(-4, 3))
    rank = draw(st.integers(max(2, axis + 1, -axis), 4))
    shape = draw(st.lists(st.integers(1, 4), min_size=rank, max_size=rank))
    channels = shape[axis]
    if np.prod(shape) // channels < least_values:
        shape[(axis - 1) % rank] = least_values
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    per_channel = [1] * rank
    per_channel[axis] = channels
    deviation, mean = 10 ** rng.uniform(-1, 1, per_channel), rng.uniform(-5, 5, per_channel)
    return {
        "x": (rng.standard_normal(shape) + mean) * deviation,
        "gamma": rng.uniform(-2, 2, channels),
        "beta": rng.uniform(-2, 2, channels),
        "epsilon": 10 ** draw(st.floats(-5, 0)),
        "axis": axis,
    }, rng.standard_normal(shape)


def other_axes(x, axis):
    return tuple(i for i in range(x.ndim) if i != axis % x.ndim)


def along(values, x, axis):
    """(channels,) shaped to meet x along the feature axis."""
    shape = [1] * x.ndim
    shape[axis] = -1
    return np.reshape(values, shape)


def finite_differences(loss, at, scale=1.0):
    """The gradient of a scalar loss by every element of `at`, by central differences.

    `scale` tells over which distance the loss bends; steps are 1e-5 of it.
    """
    at = np.array(at, np.float64)
    steps = 1e-5 * np.broadcast_to(scale, at.shape)
    gradient = np.empty_like(at)
    for i in np.ndindex(at.shape):
        above, below = at.copy(), at.copy()
        above[i] += steps[i]
        below[i] -= steps[i]
        gradient[i] = (loss(above) - loss(below)) / (above[i] - below[i])
    return gradient


def assert_gradient(actual, expected, floor):
    """Equal to 1e-5 of the largest element, or of `floor`: the size of the terms that cancel in it."""
    np.testing.assert_allclose(actual, expected, rtol=0, atol=1e-5 * max(np.abs(expected).max(), np.max(floor)))


def test_algorithm_1_by_hand():
    step = reference.forward([[1.0, 5.0], [3.0, 5.0]], gamma=[2.0, 3.0], beta=[10.0, 20.0], epsilon=1.0)

    assert step.m == 2
    np.testing.assert_array_equal(step.mu_B, [2, 5])
    np.testing.assert_array_equal(step.sigma2_B, [1, 0])
    np.testing.assert_allclose(step.x_hat, [[-np.sqrt(0.5), 0], [np.sqrt(0.5), 0]])
    np.testing.assert_allclose(step.y, [[10 - np.sqrt(2), 20], [10 + np.sqrt(2), 20]])


def test_the_variance_is_the_biased_one():
    assert reference.forward([[0.0], [2.0]], 1, 0, 0.0).sigma2_B == 1  # and not 2


@pytest.mark.parametrize(
    ("shape", "axis", "m"),
    [
        ((64, 10), -1, 64),
        ((64, 28, 28, 4), -1, 50_176),
        ((64, 4, 28, 28), 1, 50_176),
        ((64, 1, 1, 76), 3, 64),
        ((5,), 0, 1),
    ],
)
def test_m_counts_the_values_behind_each_mean(shape, axis, m):
    step = reference.forward(np.zeros(shape), 1, 0, 1e-3, axis)
    assert step.m == m
    assert step.mu_B.shape == step.sigma2_B.shape == (shape[axis],)
    assert step.x_hat.shape == step.y.shape == shape


@given(batches(least_values=1))
@settings(deadline=None)
def test_every_quantity_is_what_its_name_says(case):
    given_, _ = case
    step = reference.forward(**given_)
    x, axis = step.x, step.axis
    over = other_axes(x, axis)

    np.testing.assert_allclose(step.mu_B, x.mean(over), rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(step.sigma2_B, x.var(over), rtol=1e-9, atol=1e-20)
    np.testing.assert_allclose(
        x, along(step.mu_B, x, axis) + step.x_hat * np.sqrt(along(step.sigma2_B + step.epsilon, x, axis)), atol=1e-9
    )
    np.testing.assert_allclose(step.y, along(step.gamma, x, axis) * step.x_hat + along(step.beta, x, axis))


@given(batches())
@settings(deadline=None)
def test_normalized_values_have_mean_0_and_a_variance_just_below_1(case):
    step = reference.forward(**case[0])
    over = other_axes(step.x, step.axis)

    np.testing.assert_allclose(step.x_hat.mean(over), 0, atol=1e-10)
    np.testing.assert_allclose(step.x_hat.var(over), step.sigma2_B / (step.sigma2_B + step.epsilon), rtol=1e-9)
    np.testing.assert_allclose(step.y.mean(over), step.beta, atol=1e-10)


@given(batches(), st.integers(0, 3))
@settings(deadline=None)
def test_where_the_feature_axis_stands_does_not_matter(case, to):
    given_, dl_dy = case
    axis = given_["axis"]
    to = min(to, dl_dy.ndim - 1)
    step = reference.forward(**given_)
    moved = reference.forward(**{**given_, "x": np.moveaxis(given_["x"], axis, to), "axis": to})
    back = reference.backward(step, dl_dy)
    moved_back = reference.backward(moved, np.moveaxis(dl_dy, axis, to))

    np.testing.assert_allclose(np.moveaxis(moved.y, to, axis), step.y, atol=1e-12)
    np.testing.assert_allclose(np.moveaxis(moved_back.dl_dx, to, axis), back.dl_dx, atol=1e-10)
    np.testing.assert_allclose(moved_back.dl_dgamma, back.dl_dgamma, atol=1e-12)


@given(batches())
@settings(max_examples=50, deadline=None)
def test_backward_agrees_with_finite_differences(case):
    given_, dl_dy = case
    step = reference.forward(**given_)
    back = reference.backward(step, dl_dy)
    over = other_axes(step.x, step.axis)

    def loss(**changed):
        return np.sum(dl_dy * reference.forward(**{**given_, **changed}).y)

    deviation = np.sqrt(along(step.sigma2_B + step.epsilon, step.x, step.axis))
    direct = np.abs(back.dl_dx_hat) / deviation
    assert_gradient(back.dl_dx, finite_differences(lambda x: loss(x=x), step.x, deviation), direct)
    assert_gradient(
        back.dl_dgamma, finite_differences(lambda gamma: loss(gamma=gamma), step.gamma), np.abs(dl_dy).sum(over)
    )
    assert_gradient(back.dl_dbeta, finite_differences(lambda beta: loss(beta=beta), step.beta), np.abs(dl_dy).sum(over))


@given(batches())
@settings(max_examples=50, deadline=None)
def test_the_inner_gradients_agree_with_finite_differences(case):
    """By x_hat, by the variance with the mean held, and by the mean with its effect on the variance."""
    given_, dl_dy = case
    step = reference.forward(**given_)
    back = reference.backward(step, dl_dy)
    x, axis = step.x, step.axis
    over = other_axes(x, axis)
    deviation = np.sqrt(step.sigma2_B + step.epsilon)

    def loss(x_hat):
        return np.sum(dl_dy * (along(step.gamma, x, axis) * x_hat + along(step.beta, x, axis)))

    def loss_of_variance(variance, mean=step.mu_B):
        return loss((x - along(mean, x, axis)) / np.sqrt(along(variance + step.epsilon, x, axis)))

    def loss_of_mean(mean):
        return loss_of_variance(((x - along(mean, x, axis)) ** 2).mean(over), mean)

    summed = np.abs(back.dl_dx_hat).sum(over)
    assert_gradient(back.dl_dx_hat, finite_differences(loss, step.x_hat), 0)
    assert_gradient(
        back.dl_dsigma2_B, finite_differences(loss_of_variance, step.sigma2_B, deviation**2), summed / deviation**2
    )
    assert_gradient(back.dl_dmu_B, finite_differences(loss_of_mean, step.mu_B, deviation), summed / deviation)


@given(batches())
@settings(deadline=None)
def test_backward_agrees_with_closed_forms(case):
    given_, dl_dy = case
    step = reference.forward(**given_)
    back = reference.backward(step, dl_dy)
    x, axis = step.x, step.axis
    over = other_axes(x, axis)
    deviation = np.sqrt(step.sigma2_B + step.epsilon)
    direct = back.dl_dx_hat / along(deviation, x, axis)
    tiny = 1e-9 * np.abs(direct).max() * step.m

    # A constant added to a channel changes nothing, so nothing flows back to it.
    np.testing.assert_allclose(back.dl_dx.sum(over), 0, atol=tiny)
    # Nor does its scale, but for epsilon.
    np.testing.assert_allclose(
        (back.dl_dx * step.x_hat).sum(over), (direct * step.x_hat).sum(over) * step.epsilon / deviation**2, atol=tiny
    )
    # The three paths to x in one formula: the gradient without its mean and without its part along x_hat.
    mean, along_x_hat = direct.mean(over), (direct * step.x_hat).mean(over)
    np.testing.assert_allclose(
        back.dl_dx, direct - along(mean, x, axis) - step.x_hat * along(along_x_hat, x, axis), atol=tiny
    )
    np.testing.assert_allclose(back.dl_dbeta, dl_dy.sum(over))


@given(batches(), st.floats(-100, 100))
@settings(deadline=None)
def test_a_bias_before_batch_norm_cancels(case, bias):
    given_, dl_dy = case
    step = reference.forward(**given_)
    shifted = reference.forward(**{**given_, "x": given_["x"] + bias})

    np.testing.assert_allclose(shifted.y, step.y, atol=1e-9)
    np.testing.assert_allclose(
        reference.backward(shifted, dl_dy).dl_dx,
        reference.backward(step, dl_dy).dl_dx,
        atol=1e-9 * max(1, np.abs(reference.backward(step, dl_dy).dl_dx).max()),
    )


def test_a_bias_before_relu_does_not_cancel():
    x = np.array([[-1.0], [0.5], [2.0]])
    without = reference.forward(np.maximum(x, 0), 1, 0, 1e-3)
    with_bias = reference.forward(np.maximum(x + 1, 0), 1, 0, 1e-3)
    assert np.abs(with_bias.y - without.y).max() > 0.1


@given(batches(), st.floats(0.01, 100))
@settings(deadline=None)
def test_without_epsilon_the_scale_of_the_input_cancels(case, scale):
    given_, dl_dy = case
    given_["epsilon"] = 0.0
    step = reference.forward(**given_)
    scaled = reference.forward(**{**given_, "x": given_["x"] * scale})
    back = reference.backward(step, dl_dy)
    direct = np.abs(back.dl_dx_hat) / np.sqrt(along(step.sigma2_B, step.x, step.axis))

    np.testing.assert_allclose(scaled.y, step.y, atol=1e-9)
    np.testing.assert_allclose(
        reference.backward(scaled, dl_dy).dl_dx * scale, back.dl_dx, atol=1e-9 * max(1, direct.max())
    )


def test_a_lone_value_is_normalized_to_beta_and_passes_no_gradient():
    step = reference.forward(np.array([[7.0, -2.0]]), [3.0, 4.0], [0.5, 0.25], 1e-3)
    back = reference.backward(step, [[1.0, 1.0]])

    np.testing.assert_array_equal(step.y, [[0.5, 0.25]])
    np.testing.assert_array_equal(back.dl_dx, 0)
    np.testing.assert_array_equal(back.dl_dgamma, 0)
    np.testing.assert_array_equal(back.dl_dbeta, 1)


@given(batches())
@settings(deadline=None)
def test_inference_with_the_statistics_of_the_batch_is_algorithm_1(case):
    given_, _ = case
    step = reference.forward(**given_)
    inference = reference.infer(**given_, moving_mean=step.mu_B, moving_variance=step.sigma2_B)

    np.testing.assert_allclose(inference.y, step.y, atol=1e-9)
    np.testing.assert_allclose(inference.slope, step.gamma / np.sqrt(step.sigma2_B + step.epsilon))
    np.testing.assert_allclose(inference.intercept, step.beta - inference.slope * step.mu_B)


@given(batches(least_values=1), st.floats(-3, 3), st.floats(0.01, 10))
@settings(max_examples=50, deadline=None)
def test_inference_treats_each_value_alone_and_agrees_with_finite_differences(case, mean, variance):
    given_, dl_dy = case
    statistics = {"moving_mean": mean, "moving_variance": variance}
    step = reference.infer(**given_, **statistics)
    back = reference.infer_backward(step, dl_dy)
    over = other_axes(step.x, step.axis)

    def loss(**changed):
        return np.sum(dl_dy * reference.infer(**{**given_, **statistics, **changed}).y)

    half = np.where(np.arange(step.x.size).reshape(step.x.shape) % 2, step.x, 0)
    alone = reference.infer(**{**given_, **statistics, "x": half})
    np.testing.assert_array_equal(alone.y[half == step.x], step.y[half == step.x])

    x_hat = (step.x - mean) / np.sqrt(variance + step.epsilon)
    assert_gradient(back.dl_dx, finite_differences(lambda x: loss(x=x), step.x), np.abs(step.y).max())
    assert_gradient(
        back.dl_dgamma, finite_differences(lambda gamma: loss(gamma=gamma), step.gamma), np.abs(dl_dy * x_hat).sum(over)
    )
    assert_gradient(back.dl_dbeta, finite_differences(lambda beta: loss(beta=beta), step.beta), np.abs(step.y).sum())


@given(st.floats(0, 1), st.integers(1, 50), st.floats(-10, 10), st.floats(-10, 10))
@settings(deadline=None)
def test_a_moving_statistic_forgets_its_start_by_the_power_of_momentum(momentum, batches_seen, start, batch):
    moving = np.array([start])
    for _ in range(batches_seen):
        moving = reference.update_moving(moving, [batch], momentum)

    share_of_start = momentum**batches_seen
    np.testing.assert_allclose(moving, start * share_of_start + batch * (1 - share_of_start), atol=1e-12)


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"axis": 2}, "axis=2 is not an axis of x"),
        ({"axis": -3}, "axis=-3 is not an axis of x"),
        ({"x": np.zeros((0, 3))}, "x is empty"),
        ({"gamma": [1.0, 2.0]}, r"gamma has shape \(2,\), but x has 3 channels"),
        ({"beta": np.zeros((3, 1))}, r"beta has shape \(3, 1\), but x has 3 channels"),
        ({"epsilon": -1.0}, "epsilon must be 0 or more"),
        ({"epsilon": float("nan")}, "epsilon must be 0 or more"),
        ({"epsilon": 0.0}, "give a larger epsilon"),
    ],
)
def test_what_cannot_be_computed_is_refused_in_one_sentence(changed, sentence):
    given_ = {"x": np.ones((2, 3)), "gamma": 1.0, "beta": 0.0, "epsilon": 1e-3, **changed}
    with pytest.raises(ValueError, match=sentence):
        reference.forward(**given_)
    with pytest.raises(ValueError, match=sentence):
        reference.infer(**given_, moving_mean=0.0, moving_variance=0.0)


def test_a_gradient_of_another_shape_is_refused():
    x = np.ones((2, 3))
    with pytest.raises(ValueError, match=r"dl_dy has shape \(3, 2\) and x has \(2, 3\)"):
        reference.backward(reference.forward(x, 1, 0, 1e-3), np.ones((3, 2)))
    with pytest.raises(ValueError, match=r"dl_dy has shape \(3,\) and x has \(2, 3\)"):
        reference.infer_backward(reference.infer(x, 1, 0, 0, 1, 1e-3), np.ones(3))


def test_it_needs_neither_tensorflow_nor_keras():
    program = (
        "import sys, bn_core.batch_norm.reference; sys.exit(any(m in sys.modules for m in ('tensorflow', 'keras')))"
    )
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)
