"""The layer written by hand: the same as Keras's, and the same as the float64 reference.

Tolerances are relative to the largest element. Inputs are those for which float32 can be asked for
them: per channel |mean| up to 10 standard deviations, and a variance of 0 or of at least 100 epsilon.
"""

import keras
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from bn_core.batch_norm import reference
from bn_core.batch_norm.layer import BatchNormalization, masked_moments, moments, normalize, update_moving

KERAS = 1e-5
"""How far the layer may be from Keras's."""
FLOAT64 = 1e-4
"""How far it may be from the float64 reference."""

OUT_OF_SCOPE = {"renorm", "renorm_clipping", "renorm_momentum", "synchronized"}

momenta = st.one_of(st.floats(0, 1), st.sampled_from([0.9, 0.99, 0.999]))
epsilons = st.floats(-5, 0).map(lambda exponent: 10.0**exponent)


class Case:
    """A layer's arguments, weights and inputs, all from a few drawn numbers."""

    def __init__(self, shape, axis, momentum, epsilon, constant_channels, seed):
        rng = np.random.default_rng(seed)
        rank, channels = len(shape), shape[axis]
        self.axis, self.momentum, self.epsilon, self.shape = axis, momentum, epsilon, shape
        self.over = tuple(i for i in range(rank) if i != axis % rank)
        self.m = int(np.prod(shape)) // channels

        # Exactly standardized values, so that the drawn deviation and mean are those of the batch.
        z = rng.standard_normal(shape)
        deviation = np.sqrt(101 * epsilon) * 10 ** rng.uniform(0, 2, channels)
        if self.m == 1 or constant_channels:
            constant = np.ones(channels, bool) if self.m == 1 else rng.random(channels) < 0.5
        else:
            constant = np.zeros(channels, bool)
        if self.m > 1:
            z = (z - z.mean(self.over, keepdims=True)) / z.std(self.over, keepdims=True)
        mean = rng.uniform(-10, 10, channels) * np.where(constant, np.sqrt(epsilon), deviation)
        self.x = (self.along(np.where(constant, 0, deviation)) * z + self.along(mean)).astype(np.float32)

        self.gamma, self.beta = rng.uniform(-2, 2, (2, channels)).astype(np.float32)
        self.moving_mean = rng.normal(size=channels).astype(np.float32)
        self.moving_variance = (epsilon * 100 * 10 ** rng.uniform(0, 2, channels)).astype(np.float32)
        self.dl_dy = rng.standard_normal(shape).astype(np.float32)
        self.rng = rng

    def along(self, values):
        """(channels,) shaped to meet x along the feature axis."""
        shape = [1] * len(self.shape)
        shape[self.axis] = -1
        return np.reshape(values, shape)

    def layer(self, kind, **more):
        layer = kind(axis=self.axis, momentum=self.momentum, epsilon=self.epsilon, **more)
        layer.build(self.shape)
        layer.set_weights([self.gamma, self.beta, self.moving_mean, self.moving_variance])
        return layer

    def __repr__(self):
        return f"Case({self.shape}, axis={self.axis}, momentum={self.momentum}, epsilon={self.epsilon})"


@st.composite
def cases(draw, least_values=1, last_axis=False):
    rank = draw(st.integers(1 if least_values == 1 else 2, 5))
    axis = draw(st.sampled_from([-1, rank - 1])) if last_axis else draw(st.integers(-rank, rank - 1))
    shape = draw(st.lists(st.integers(1, 6), min_size=rank, max_size=rank))
    assume(np.prod(shape) // shape[axis] >= least_values)
    assume(shape != [1])  # Keras's own layer fails there
    return Case(tuple(shape), axis, draw(momenta), draw(epsilons), draw(st.booleans()), draw(st.integers(0, 2**32 - 1)))


def run(layer, case, **arguments):
    """Everything that a call yields: y, the gradients, and the moving statistics after it."""
    x = tf.constant(case.x, layer.compute_dtype)
    weights = [weight.value for weight in (layer.gamma, layer.beta) if weight is not None]
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = layer(x, **arguments)
    gradients = tape.gradient(y, [x, *weights], output_gradients=tf.constant(case.dl_dy, y.dtype))
    return {
        "y": np.asarray(y),
        **dict(zip(["dl_dx", "dl_dgamma", "dl_dbeta"], map(np.asarray, gradients), strict=False)),
        "moving_mean": np.asarray(layer.moving_mean),
        "moving_variance": np.asarray(layer.moving_variance),
    }


def expected(case, training, mask=None):
    """The same by the float64 reference, and how large the terms are of which each result is a sum."""
    if training:
        step = reference.forward(case.x, case.gamma, case.beta, case.epsilon, case.axis)
        back = reference.backward(step, case.dl_dy)
        mean = reference.update_moving(case.moving_mean, step.mu_B, case.momentum)
        variance = reference.update_moving(case.moving_variance, step.sigma2_B, case.momentum)
        deviation = np.sqrt(step.sigma2_B + case.epsilon)
        kept, new = np.abs(case.moving_mean), np.abs(case.x).mean(case.over)
        moved = reference.update_moving(kept, new, case.momentum).max()
    else:
        step = reference.infer(
            case.x, case.gamma, case.beta, case.moving_mean, case.moving_variance, case.epsilon, case.axis
        )
        back = reference.infer_backward(step, case.dl_dy)
        mean, variance = case.moving_mean, case.moving_variance
        deviation = np.sqrt(case.moving_variance + case.epsilon)
        moved = 0.0
    results = {
        "y": step.y,
        "dl_dx": back.dl_dx,
        "dl_dgamma": back.dl_dgamma,
        "dl_dbeta": back.dl_dbeta,
        "moving_mean": mean,
        "moving_variance": variance,
    }
    terms = {
        "dl_dx": np.abs(case.dl_dy * case.along(case.gamma / deviation)).max(),
        "dl_dgamma": np.abs(case.dl_dy * case.x / case.along(deviation)).sum(case.over).max(),
        "dl_dbeta": np.abs(case.dl_dy).sum(case.over).max(),
        "moving_mean": moved,
        "moving_variance": case.epsilon,
    }
    return results, terms


def assert_close(actual, wanted, tolerance, terms=None):
    """Each result within the tolerance of its largest element, or of the terms of its sum where given."""
    assert actual.keys() == wanted.keys()
    for name in wanted:
        scale = max(np.abs(wanted[name]).max(), (terms or {}).get(name, 0))
        np.testing.assert_allclose(actual[name], wanted[name], rtol=0, atol=tolerance * scale, err_msg=name)


# The arithmetic


@given(cases())
@settings(max_examples=30, deadline=None)
def test_moments_are_the_mean_and_the_biased_variance(case):
    mean, variance = moments(tf.constant(case.x, tf.float64), case.axis)
    assert mean.shape == variance.shape
    np.testing.assert_allclose(mean, case.x.mean(case.over, dtype=np.float64).reshape(mean.shape), rtol=1e-6, atol=1e-9)
    wanted = case.x.astype(np.float64).var(case.over).reshape(mean.shape)
    np.testing.assert_allclose(variance, wanted, rtol=1e-6, atol=1e-9 * case.epsilon)


@given(cases(least_values=2))
@settings(max_examples=30, deadline=None)
def test_masked_moments_are_those_of_the_values_left_in(case):
    mask = case.rng.random(case.shape[:-1]) < 0.5
    x = tf.constant(case.x, tf.float64)
    mean, variance = masked_moments(x, mask, case.axis)

    left_in = np.ma.array(case.x.astype(np.float64), mask=np.broadcast_to(~mask[..., np.newaxis], case.shape))
    np.testing.assert_allclose(mean, left_in.mean(case.over).filled(0), rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(variance, left_in.var(case.over).filled(0), rtol=1e-9, atol=1e-12)


def test_normalize_without_gamma_and_beta_is_x_hat():
    y = normalize(tf.constant([[1.0], [3.0]]), tf.constant([2.0]), tf.constant([3.0]), None, None, 1.0)
    np.testing.assert_allclose(y, [[-0.5], [0.5]])


def test_update_moving_keeps_the_share_momentum():
    np.testing.assert_allclose(update_moving(tf.constant([8.0]), tf.constant([4.0]), 0.75), [7.0])


# Agreement with Keras's layer


@given(cases(), st.booleans())
@settings(max_examples=60, deadline=None)
def test_it_agrees_with_keras(case, training):
    """Also where float32 leaves little of a gradient (two values per channel): the operations are the same."""
    ours = run(case.layer(BatchNormalization), case, training=training)
    theirs = run(case.layer(keras.layers.BatchNormalization), case, training=training)
    assert_close(ours, theirs, KERAS)


@given(cases(), st.booleans(), st.booleans(), st.booleans())
@settings(max_examples=30, deadline=None)
def test_it_agrees_with_keras_without_gamma_or_beta(case, center, scale, training):
    def made(kind):
        layer = kind(axis=case.axis, momentum=case.momentum, epsilon=case.epsilon, center=center, scale=scale)
        layer.build(case.shape)
        return layer

    ours, theirs = made(BatchNormalization), made(keras.layers.BatchNormalization)
    assert [weight.name for weight in ours.weights] == [weight.name for weight in theirs.weights]
    assert_close(run(ours, case, training=training), run(theirs, case, training=training), KERAS)


@given(cases(least_values=4), st.sampled_from(["some", "one", "all", "none"]), st.booleans())
@settings(max_examples=50, deadline=None)
def test_it_agrees_with_keras_under_a_mask(case, left_in, training):
    assume(case.axis == -1 or case.shape[case.axis] > 1)  # Keras's own layer fails there
    assume(np.ptp(case.x, axis=case.over).max() > 0)  # else gamma's gradient is 0, and rounding noise in both
    mask = np.full(case.shape[:-1], left_in == "all")
    if left_in == "some":
        mask = case.rng.random(mask.shape) < 0.6
    elif left_in == "one":
        mask.flat[case.rng.integers(mask.size)] = True
    ours = run(case.layer(BatchNormalization), case, training=training, mask=tf.constant(mask))
    theirs = run(case.layer(keras.layers.BatchNormalization), case, training=training, mask=tf.constant(mask))
    mean, variance = masked_moments(tf.constant(case.x, tf.float64), mask, case.axis)
    x_hat = (case.x - case.along(mean.numpy())) / case.along(np.sqrt(variance.numpy() + case.epsilon))
    terms = {
        # The variance of one value is 0 here, and rounding noise in Keras's layer: nothing beside epsilon.
        "moving_variance": case.epsilon,
        # Values that the mask leaves out may be far from the mean: the sum is small beside its terms.
        "dl_dgamma": np.abs(case.dl_dy * x_hat).sum(case.over).max(),
    }
    assert_close(ours, theirs, KERAS, terms)


@given(cases(), st.sampled_from(["float16", "bfloat16", "float64", "mixed_float16", "mixed_bfloat16"]), st.booleans())
@settings(max_examples=40, deadline=None)
def test_it_agrees_with_keras_in_every_precision(case, dtype, training):
    ours, theirs = (case.layer(kind, dtype=dtype) for kind in (BatchNormalization, keras.layers.BatchNormalization))
    actual, wanted = run(ours, case, training=training), run(theirs, case, training=training)
    assert [weight.dtype for weight in ours.weights] == [weight.dtype for weight in theirs.weights]
    for name in wanted:
        assert actual[name].dtype == wanted[name].dtype
        np.testing.assert_array_equal(actual[name], wanted[name], err_msg=name)


def test_integers_are_normalized_in_float32():
    x = tf.constant([[1], [3]])
    ours, theirs = BatchNormalization(), keras.layers.BatchNormalization()
    assert ours(x, training=True).dtype == theirs(x, training=True).dtype == tf.float32
    np.testing.assert_array_equal(ours(x, training=True), theirs(x, training=True))


def test_a_float16_network_does_not_overflow():
    x = np.float16(300) * np.random.default_rng(0).standard_normal((64, 3)).astype(np.float16)  # squares above 65504
    y = BatchNormalization(dtype="mixed_float16")(x, training=True)
    assert y.dtype == tf.float16
    np.testing.assert_allclose(np.std(np.asarray(y, np.float32), axis=0), 1, atol=1e-2)


# Agreement with the float64 reference


@given(cases(), st.booleans())
@settings(max_examples=60, deadline=None)
def test_it_agrees_with_the_reference(case, training):
    """A gradient is a sum whose terms may cancel, whatever computes it: it is held to the size of the terms."""
    wanted, terms = expected(case, training)
    assert_close(run(case.layer(BatchNormalization), case, training=training), wanted, FLOAT64, terms)


@given(cases(least_values=8), st.booleans())
@settings(max_examples=40, deadline=None)
def test_gradients_that_do_not_cancel_agree_with_the_reference_to_their_largest_element(case, training):
    """A loss that pulls at each channel's mean and at its spread."""
    step = reference.forward(case.x, case.gamma, case.beta, case.epsilon, case.axis)
    assume(np.abs(step.x_hat).max() > 0.5)  # some channel varies, or gamma has no gradient
    case.dl_dy = (0.5 * case.dl_dy + step.x_hat + 1).astype(np.float32)
    wanted, _ = expected(case, training)
    assert_close(run(case.layer(BatchNormalization), case, training=training), wanted, FLOAT64)


@given(cases(), st.booleans())
@settings(max_examples=40, deadline=None)
def test_in_float64_it_is_the_reference(case, training):
    wanted, terms = expected(case, training)
    actual = run(case.layer(BatchNormalization, dtype="float64"), case, training=training)
    assert_close(actual, wanted, 1e-10, terms)


@given(cases(least_values=4, last_axis=True))
@settings(max_examples=40, deadline=None)
def test_under_a_mask_it_is_the_reference_of_the_values_left_in(case):
    mask = case.rng.random(case.shape[:-1]) < 0.6
    assume(mask.any())
    actual = run(case.layer(BatchNormalization, dtype="float64"), case, training=True, mask=tf.constant(mask))

    step = reference.forward(case.x[mask], case.gamma, case.beta, case.epsilon)
    everywhere = reference.infer(case.x, case.gamma, case.beta, step.mu_B, step.sigma2_B, case.epsilon)
    assert_close(
        {name: actual[name] for name in ("y", "moving_mean", "moving_variance")},
        {
            "y": everywhere.y,
            "moving_mean": reference.update_moving(case.moving_mean, step.mu_B, case.momentum),
            "moving_variance": reference.update_moving(case.moving_variance, step.sigma2_B, case.momentum),
        },
        1e-10,
        {"moving_variance": case.epsilon},
    )


# The two modes


@given(cases(), st.sampled_from([{}, {"training": None}, {"training": False}]))
@settings(max_examples=20, deadline=None)
def test_inference_leaves_the_moving_statistics_alone(case, arguments):
    layer = case.layer(BatchNormalization)
    result = run(layer, case, **arguments)
    np.testing.assert_array_equal(result["moving_mean"], case.moving_mean)
    np.testing.assert_array_equal(result["moving_variance"], case.moving_variance)


@given(cases())
@settings(max_examples=20, deadline=None)
def test_not_trainable_means_inference_mode(case):
    inference = run(case.layer(BatchNormalization), case, training=False)
    layer = case.layer(BatchNormalization)
    layer.trainable = False
    assert layer.trainable_weights == []
    for name, frozen in run(layer, case, training=True).items():
        np.testing.assert_array_equal(frozen, inference[name])

    layer.trainable = True
    assert [weight.name for weight in layer.trainable_weights] == ["gamma", "beta"]
    assert_close(
        run(layer, case, training=True),
        run(case.layer(keras.layers.BatchNormalization), case, training=True),
        KERAS,
    )


@given(cases(least_values=2), st.floats(-100, 100))
@settings(max_examples=30, deadline=None)
def test_a_bias_before_it_cancels_in_float64(case, bias):
    layer = case.layer(BatchNormalization, dtype="float64")
    offset = tf.Variable(case.along(np.full(case.shape[case.axis], bias)))
    with tf.GradientTape() as tape:
        y = layer(tf.constant(case.x, tf.float64) + offset, training=True)
    gradient = tape.gradient(y, offset, output_gradients=tf.constant(case.dl_dy, tf.float64))

    wanted, terms = expected(case, training=True)
    np.testing.assert_allclose(y, wanted["y"], atol=1e-8)
    np.testing.assert_allclose(gradient, 0, atol=1e-8 * terms["dl_dx"] * case.m)


def test_a_lone_value_per_channel_becomes_beta():
    layer = BatchNormalization(beta_initializer=keras.initializers.Constant(0.25))
    np.testing.assert_allclose(layer(tf.constant([[[[7.0, -3.0]]]]), training=True), [[[[0.25, 0.25]]]], atol=1e-4)


# Inside a traced program


def test_one_traced_program_serves_every_momentum_and_epsilon():
    case = Case((16, 3, 3, 4), -1, 0.9, 1e-3, False, seed=0)
    layer = case.layer(BatchNormalization)
    layer.momentum, layer.epsilon = tf.Variable(0.0), tf.Variable(1.0)
    program = tf.function(lambda x: layer(x, training=True))

    for case.momentum, case.epsilon in [(0.9, 1e-3), (0.99, 1e-5), (0.0, 0.5), (1.0, 1e-2), (0.9999, 1e-8)]:
        layer.set_weights([case.gamma, case.beta, case.moving_mean, case.moving_variance])
        layer.momentum.assign(case.momentum)
        layer.epsilon.assign(case.epsilon)
        theirs = case.layer(keras.layers.BatchNormalization)
        assert_close(
            {
                "y": program(case.x).numpy(),
                "mean": layer.moving_mean.numpy(),
                "variance": layer.moving_variance.numpy(),
            },
            {
                "y": theirs(case.x, training=True).numpy(),
                "mean": theirs.moving_mean.numpy(),
                "variance": theirs.moving_variance.numpy(),
            },
            KERAS,
        )
        assert layer.get_config()["momentum"] == np.float32(case.momentum)
        assert layer.get_config()["epsilon"] == np.float32(case.epsilon)
    assert program.experimental_get_tracing_count() == 1
    assert [weight.name for weight in layer.weights] == ["gamma", "beta", "moving_mean", "moving_variance"]


@pytest.mark.parametrize("as_variable", [False, True])
def test_the_moving_statistics_can_be_replayed_from_those_of_the_batches_to_the_last_bit(as_variable):
    layer = BatchNormalization()
    layer.build((None, 5))
    if as_variable:
        layer.momentum = tf.Variable(layer.momentum)
    program = tf.function(lambda x: (layer(x, training=True), *moments(x))[1:])
    rng = np.random.default_rng(0)

    mean, variance = np.zeros(5, np.float32), np.ones(5, np.float32)
    keep = np.float32(0.99)
    take = np.float32(1) - keep if as_variable else np.float32(1 - 0.99)
    for _ in range(50):
        batch_mean, batch_variance = program(rng.normal(3, 2, (16, 5)).astype(np.float32))
        mean = mean * keep + batch_mean.numpy() * take
        variance = variance * keep + batch_variance.numpy() * take
        np.testing.assert_array_equal(layer.moving_mean, mean)
        np.testing.assert_array_equal(layer.moving_variance, variance)


def test_the_batch_size_may_be_open_and_xla_may_compile_it():
    case = Case((8, 5, 5, 3), -1, 0.9, 1e-3, False, seed=1)
    wanted = run(case.layer(keras.layers.BatchNormalization), case, training=True)
    layer = BatchNormalization(momentum=0.9, epsilon=1e-3)
    layer.build((None, None, None, 3))
    for compile_ in (False, True):
        layer.set_weights([case.gamma, case.beta, case.moving_mean, case.moving_variance])
        spec = [tf.TensorSpec((None, None, None, 3))]
        program = tf.function(lambda x: layer(x, training=True), input_signature=spec, jit_compile=compile_)
        actual = {"y": program(case.x).numpy(), "moving_mean": layer.moving_mean.numpy()}
        assert_close(actual, {name: wanted[name] for name in actual}, KERAS)


# A Keras layer like any other


def network(kind):
    return keras.Sequential(
        [
            keras.Input((8, 8, 2)),
            keras.layers.Conv2D(4, 3, use_bias=False, kernel_initializer=keras.initializers.GlorotUniform(1)),
            kind(momentum=0.9, gamma_constraint="unit_norm", beta_regularizer="l2"),
            keras.layers.ReLU(),
            keras.layers.Flatten(),
            keras.layers.Dense(5, kernel_initializer=keras.initializers.GlorotUniform(2)),
            kind(axis=1, scale=False, beta_regularizer=keras.regularizers.L1(0.01)),
            keras.layers.Dense(3, kernel_initializer=keras.initializers.GlorotUniform(3)),
        ]
    )


def data(seed=0):
    rng = np.random.default_rng(seed)
    return rng.standard_normal((48, 8, 8, 2)).astype(np.float32), rng.integers(0, 3, 48)


def test_a_network_trains_as_with_keras():
    """Regularizers and constraints included: losses, and all weights in the end."""
    x, labels = data()
    results = []
    for kind in (BatchNormalization, keras.layers.BatchNormalization):
        model = network(kind)
        loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        model.compile(keras.optimizers.SGD(0.1), loss, jit_compile=False)
        history = model.fit(x, labels, batch_size=16, epochs=3, shuffle=False, verbose=0)
        results.append((history.history["loss"], model.get_weights(), model.predict(x, verbose=0), model.losses))
    (losses, weights, answers, penalties), (their_losses, their_weights, their_answers, their_penalties) = results

    assert losses[-1] < losses[0]
    np.testing.assert_allclose(losses, their_losses, rtol=1e-5)
    np.testing.assert_allclose(penalties, their_penalties, rtol=1e-4)
    np.testing.assert_allclose(answers, their_answers, atol=1e-4)
    for ours, theirs in zip(weights, their_weights, strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-4)
    assert np.linalg.norm(weights[1]) == pytest.approx(1, abs=1e-5)


def test_a_saved_network_comes_back(tmp_path):
    x, _ = data()
    model = network(BatchNormalization)
    model(x, training=True)
    model.save(tmp_path / "network.keras")
    again = keras.models.load_model(tmp_path / "network.keras")

    assert isinstance(again.layers[1], BatchNormalization)
    assert again.layers[1].get_config() == model.layers[1].get_config()
    np.testing.assert_array_equal(again.predict(x, verbose=0), model.predict(x, verbose=0))


def test_a_layer_that_follows_variables_can_be_saved(tmp_path):
    model = keras.Sequential([keras.Input((3,)), BatchNormalization()])
    model.layers[0].momentum, model.layers[0].epsilon = tf.Variable(0.5), tf.Variable(0.25)
    model.save(tmp_path / "network.keras")
    again = keras.models.load_model(tmp_path / "network.keras").layers[0]
    assert (again.momentum, again.epsilon) == (0.5, 0.25)


ARGUMENTS = {
    "axis": 1,
    "momentum": 0.75,
    "epsilon": 0.125,
    "center": True,
    "scale": True,
    "beta_initializer": keras.initializers.Constant(0.5),
    "gamma_initializer": "random_uniform",
    "moving_mean_initializer": "ones",
    "moving_variance_initializer": keras.initializers.Constant(4.0),
    "beta_regularizer": keras.regularizers.L2(0.125),
    "gamma_regularizer": "l1",
    "beta_constraint": keras.constraints.MaxNorm(2.0),
    "gamma_constraint": "non_neg",
    "name": "norm",
    "dtype": "mixed_bfloat16",
    "trainable": False,
}


@pytest.mark.parametrize("arguments", [{"name": "norm"}, ARGUMENTS], ids=["defaults", "everything"])
def test_its_configuration_is_that_of_keras(arguments):
    ours, theirs = BatchNormalization(**arguments), keras.layers.BatchNormalization(**arguments)
    config, their_config = ours.get_config(), theirs.get_config()

    assert config.keys() == their_config.keys() - OUT_OF_SCOPE
    assert config == {name: their_config[name] for name in config}
    assert BatchNormalization.from_config(config).get_config() == config
    assert BatchNormalization.from_config(their_config).get_config() == config
    assert keras.layers.BatchNormalization.from_config(config).get_config() == their_config
    assert keras.layers.deserialize(keras.layers.serialize(ours)).get_config() == config


def test_initializers_give_the_first_weights():
    layer = BatchNormalization(**{**ARGUMENTS, "dtype": "float32"})
    layer.build((None, 3, 4))
    _, beta, mean, variance = layer.get_weights()
    np.testing.assert_array_equal([beta, mean, variance], [[0.5] * 3, [1.0] * 3, [4.0] * 3])


@given(cases())
@settings(max_examples=20, deadline=None)
def test_weights_go_to_and_fro_between_it_and_keras(case):
    theirs = case.layer(keras.layers.BatchNormalization)
    ours = BatchNormalization(axis=case.axis, momentum=case.momentum, epsilon=case.epsilon)
    ours.build(case.shape)
    ours.set_weights(theirs.get_weights())

    names = ["gamma", "beta", "moving_mean", "moving_variance"]
    assert [weight.name for weight in ours.weights] == [weight.name for weight in theirs.weights] == names
    assert [weight.name for weight in ours.trainable_weights] == names[:2]
    assert [weight.name for weight in ours.non_trainable_weights] == names[2:]
    assert_close(run(ours, case), run(theirs, case), KERAS)


def test_a_mask_passes_through_a_model():
    x = np.array([[[1.0, 2.0], [3.0, 5.0], [0.0, 0.0]], [[2.0, 1.0], [0.0, 0.0], [0.0, 0.0]]], np.float32)
    answers = []
    for kind in (BatchNormalization, keras.layers.BatchNormalization):
        layer = kind(momentum=0.0)
        model = keras.Sequential([keras.Input((3, 2)), keras.layers.Masking(), layer, keras.layers.Masking(99.0)])
        answers.append([np.asarray(model(x, training=True)), *layer.get_weights()])
    for ours, theirs in zip(*answers, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-5)
    np.testing.assert_allclose(answers[0][3], x[[0, 0, 1], [0, 1, 0]].mean(axis=0))


@given(cases())
@settings(max_examples=20, deadline=None)
def test_shapes_are_kept(case):
    layer = BatchNormalization(axis=case.axis)
    assert layer.compute_output_shape(case.shape) == case.shape
    assert layer(case.x, training=True).shape == case.shape


def test_inputs_of_another_shape_than_it_was_built_for_are_refused():
    layer = BatchNormalization()
    layer.build((None, 8, 3))
    with pytest.raises(ValueError, match="expected ndim=3"):
        layer(np.zeros((2, 3), np.float32))
    with pytest.raises(ValueError, match="axis -1"):
        layer(np.zeros((2, 8, 4), np.float32))


# Bad arguments


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"momentum": 1.5}, "momentum must be from 0 to 1, not 1.5"),
        ({"momentum": -0.1}, "momentum must be from 0 to 1"),
        ({"momentum": float("nan")}, "momentum must be from 0 to 1"),
        ({"momentum": "much"}, "momentum must be a number, not 'much'"),
        ({"momentum": None}, "momentum must be a number"),
        ({"epsilon": -1e-3}, "epsilon must be from 0 to inf"),
        ({"epsilon": float("nan")}, "epsilon must be from 0 to inf"),
        ({"epsilon": [1e-3]}, "epsilon must be a number"),
        ({"axis": None}, "axis must be a number"),
        ({"axis": [3]}, "axis must be a number"),
        ({"axis": float("inf")}, "axis must be a number"),
        ({"renorm": True}, "renorm and synchronized are not supported"),
        ({"synchronized": True}, "renorm and synchronized are not supported"),
        ({"colour": "red"}, "colour"),
        ({"gamma_initializer": "no such"}, "no such"),
    ],
)
def test_a_bad_argument_is_refused_in_one_sentence(arguments, sentence):
    with pytest.raises(ValueError, match=sentence):
        BatchNormalization(**arguments)


@pytest.mark.parametrize("arguments", [{"momentum": 1.0}, {"momentum": 0}, {"epsilon": 0}, {"axis": np.int64(1)}])
def test_what_keras_accepts_at_the_edge_is_accepted(arguments):
    x = np.array([[1.0, 2.0], [3.0, 5.0]], np.float32)
    ours, theirs = BatchNormalization(**arguments), keras.layers.BatchNormalization(**arguments)
    np.testing.assert_array_equal(ours(x, training=True), theirs(x, training=True))
    np.testing.assert_array_equal(ours.moving_variance, theirs.moving_variance)


@pytest.mark.parametrize(("axis", "shape"), [(2, (4, 3)), (-3, (4, 3)), (4, (None, 8, 8, 3)), (0, ())])
def test_an_axis_that_the_input_does_not_have_is_refused(axis, shape):
    layer = BatchNormalization(axis=axis)
    for method in (layer.build, layer.compute_output_shape):
        with pytest.raises(ValueError, match=f"axis={axis} is not an axis of an input of shape"):
            method(shape)


@pytest.mark.parametrize(("axis", "shape"), [(-1, (4, None)), (0, (None, 3)), (1, (None, None, 3))])
def test_a_feature_axis_without_a_length_is_refused(axis, shape):
    with pytest.raises(ValueError, match="has no fixed length, so the number of channels is unknown"):
        BatchNormalization(axis=axis).build(shape)


def test_a_mask_of_the_wrong_rank_is_refused():
    with pytest.raises(ValueError, match="A mask has the shape of the inputs without their last axis"):
        BatchNormalization()(np.zeros((2, 3, 4), np.float32), training=True, mask=np.ones((2, 3, 4), bool))
