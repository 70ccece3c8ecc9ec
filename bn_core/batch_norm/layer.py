"""Batch normalization by hand: four small functions, and the Keras layer that wraps them.

The method is that of S. Ioffe and C. Szegedy, "Batch Normalization: Accelerating Deep Network
Training by Reducing Internal Covariate Shift" (2015, arXiv:1502.03167). For each channel on its own:

    training mode (Algorithm 1)                     inference mode (Algorithm 2, line 11)

    mean     = average of x over the batch          mean     = moving mean
    variance = average of (x - mean)^2              variance = moving variance

                        x_hat = (x - mean) / sqrt(variance + epsilon)
                        y     = gamma * x_hat + beta

A *channel* is one index of the feature axis. All other axes are averaged over: the batch alone in a
dense layer, whose x is (batch, channels); the batch and both directions of the picture in a
convolutional one, whose x is (batch, height, width, channels), so that a channel is normalized in
the same way wherever it looks. Mean, variance, gamma and beta hold one number per channel.
"""

import math
from typing import Any, TypeVar

import keras
import tensorflow as tf

Number = TypeVar("Number", int, float)


def moments(x: tf.Tensor, axis: int = -1) -> tuple[tf.Tensor, tf.Tensor]:
    """Mean and variance of each channel in this batch: the first two lines of Algorithm 1.

        mean     = 1/m * sum(x)
        variance = 1/m * sum((x - mean)^2)

    Both sums run over the m values of a channel. The variance is the biased one: it divides by m,
    not by m - 1.

    Args:
        x: Tensor of any rank.
        axis: The feature axis of x.

    Returns:
        mean and variance, each of shape (channels,).
    """
    mean, variance = tf.nn.moments(x, axes=_all_axes_but(axis, x))
    return mean, variance


def masked_moments(x: tf.Tensor, mask: tf.Tensor, axis: int = -1) -> tuple[tf.Tensor, tf.Tensor]:
    """The same two lines, over the values that a mask leaves in.

    Args:
        x: Tensor of any rank.
        mask: True where a value counts. It has the shape of x without its last axis.
        axis: The feature axis of x.

    Returns:
        mean and variance, each of shape (channels,); 0 for a channel with no value left in.
    """
    axes = _all_axes_but(axis, x)
    counts = tf.broadcast_to(tf.cast(mask, tf.bool)[..., tf.newaxis], tf.shape(x))
    m = tf.maximum(tf.reduce_sum(tf.cast(counts, x.dtype), axes), 1)
    mean = tf.reduce_sum(tf.where(counts, x, 0), axes) / m
    deviation = tf.where(counts, x - _beside(x, mean, axis), 0)
    variance = tf.reduce_sum(tf.square(deviation), axes) / m
    return mean, variance


def normalize(
    x: tf.Tensor,
    mean: tf.Tensor,
    variance: tf.Tensor,
    gamma: tf.Tensor | None,
    beta: tf.Tensor | None,
    epsilon: float | tf.Tensor,
    axis: int = -1,
) -> tf.Tensor:
    """Normalize, then scale and shift: the last two lines of Algorithm 1.

        x_hat = (x - mean) / sqrt(variance + epsilon)
        y     = gamma * x_hat + beta

    Args:
        x: Tensor of any rank.
        mean, variance: The statistics to normalize with, each of shape (channels,).
        gamma: Scale of each channel, of shape (channels,), or None for 1.
        beta: Offset of each channel, of shape (channels,), or None for 0.
        epsilon: Added to the variance, so that x_hat is at most 1 / sqrt(epsilon) times x - mean.
        axis: The feature axis of x.

    Returns:
        y, of the shape of x.
    """
    return tf.nn.batch_normalization(
        x,
        mean=_beside(x, mean, axis),
        variance=_beside(x, variance, axis),
        offset=None if beta is None else _beside(x, beta, axis),
        scale=None if gamma is None else _beside(x, gamma, axis),
        variance_epsilon=epsilon,
    )


def update_moving(moving: tf.Tensor, batch: tf.Tensor, momentum: float | tf.Tensor) -> tf.Tensor:
    """Let a moving statistic follow the batches.

        moving = moving * momentum + batch * (1 - momentum)

    The paper averages over many batches after training. This average is kept while training, and
    remembers about 1 / (1 - momentum) batches: 100 where momentum is 0.99.

    Args:
        moving: Moving mean or moving variance so far, of shape (channels,).
        batch: Mean or variance of this batch, of shape (channels,).
        momentum: What share of the old value is kept, 0 to 1.

    Returns:
        The new moving statistic, of shape (channels,).
    """
    return moving * momentum + batch * (1.0 - momentum)


def _all_axes_but(axis: int, x: tf.Tensor) -> list[int]:
    axes = list(range(x.shape.rank))
    del axes[axis]
    return axes


def _beside(x: tf.Tensor, per_channel: tf.Tensor, axis: int) -> tf.Tensor:
    """Shape one number per channel, (channels,), so that it meets x along its feature axis."""
    if axis in (-1, x.shape.rank - 1):
        return per_channel
    shape = [1] * x.shape.rank
    shape[axis] = -1
    return tf.reshape(per_channel, shape)


@keras.saving.register_keras_serializable(package="bn_core")
class BatchNormalization(keras.layers.Layer):  # type: ignore[misc] # Keras has no types
    """The functions above as a Keras layer. It can replace `keras.layers.BatchNormalization`.

    In training mode (`training=True`) the layer normalizes with the statistics of the batch and
    updates the moving ones. In inference mode it normalizes with the moving statistics and changes
    nothing. `trainable=False` freezes gamma and beta, and means inference mode too.

    It is no subclass of Keras's layer: a loop that freezes every batch normalization by
    `isinstance(layer, keras.layers.BatchNormalization)` passes it over. Ask for both classes, or
    set `trainable` by name.

    Weights, in this order, each of shape (channels,): gamma and beta, which are learned;
    moving_mean and moving_variance, which are not.

    Arithmetic is done in float32 at least, also where the layer's dtype is float16 or bfloat16.

    Args:
        axis: The feature axis. After a convolution with channels first it is 1.
        momentum: What share of the moving statistics each batch keeps, 0 to 1.
        epsilon: Added to the variance, 0 or more.
        center: Whether there is a beta.
        scale: Whether there is a gamma.
        beta_initializer, gamma_initializer: The offset and scale before training.
        moving_mean_initializer, moving_variance_initializer: The statistics before training.
        beta_regularizer, gamma_regularizer: Penalties that training adds to the loss.
        beta_constraint, gamma_constraint: Applied to beta and gamma after each update.
        renorm, renorm_clipping, renorm_momentum, synchronized: Only there so that the
            configuration of Keras's layer fits. Not supported: leave renorm and synchronized off.
        **kwargs: Arguments of every Keras layer, such as name and dtype.

    After construction, `momentum` and `epsilon` may be set to another number, or to a scalar
    tf.Variable of the weights' dtype: a traced program then serves every value of them.

    Raises:
        ValueError: An argument is not a number or out of its range; or, once the input is known,
            the axis is not an axis of it or has no fixed length.
    """

    def __init__(
        self,
        axis: int = -1,
        momentum: float = 0.99,
        epsilon: float = 1e-3,
        center: bool = True,
        scale: bool = True,
        beta_initializer: Any = "zeros",
        gamma_initializer: Any = "ones",
        moving_mean_initializer: Any = "zeros",
        moving_variance_initializer: Any = "ones",
        beta_regularizer: Any = None,
        gamma_regularizer: Any = None,
        beta_constraint: Any = None,
        gamma_constraint: Any = None,
        renorm: bool = False,
        renorm_clipping: dict[str, float] | None = None,
        renorm_momentum: float = 0.99,
        synchronized: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        if renorm or synchronized:
            raise ValueError(
                "renorm and synchronized are not supported here. "
                "Leave them off, or use keras.layers.BatchNormalization."
            )
        self.axis = _number(int, "axis", axis)
        self.momentum = _number(float, "momentum", momentum, low=0.0, high=1.0)
        self.epsilon = _number(float, "epsilon", epsilon, low=0.0)
        self.center = center
        self.scale = scale
        self.beta_initializer = keras.initializers.get(beta_initializer)
        self.gamma_initializer = keras.initializers.get(gamma_initializer)
        self.moving_mean_initializer = keras.initializers.get(moving_mean_initializer)
        self.moving_variance_initializer = keras.initializers.get(moving_variance_initializer)
        self.beta_regularizer = keras.regularizers.get(beta_regularizer)
        self.gamma_regularizer = keras.regularizers.get(gamma_regularizer)
        self.beta_constraint = keras.constraints.get(beta_constraint)
        self.gamma_constraint = keras.constraints.get(gamma_constraint)
        self.supports_masking = True
        self.gamma: Any = None
        self.beta: Any = None
        self.moving_mean: Any = None
        self.moving_variance: Any = None

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Create the weights for inputs of this shape."""
        _check_axis(self.axis, input_shape)
        channels = input_shape[self.axis]
        if channels is None:
            raise ValueError(
                f"Axis {self.axis} of an input of shape {tuple(input_shape)} has no fixed length, so "
                "the number of channels is unknown. Give it a length, or choose another axis."
            )
        # autocast=False: the statistics keep their precision in a float16 network.
        if self.scale:
            self.gamma = self.add_weight(
                name="gamma",
                shape=(channels,),
                initializer=self.gamma_initializer,
                regularizer=self.gamma_regularizer,
                constraint=self.gamma_constraint,
                autocast=False,
            )
        if self.center:
            self.beta = self.add_weight(
                name="beta",
                shape=(channels,),
                initializer=self.beta_initializer,
                regularizer=self.beta_regularizer,
                constraint=self.beta_constraint,
                autocast=False,
            )
        self.moving_mean = self.add_weight(
            name="moving_mean",
            shape=(channels,),
            initializer=self.moving_mean_initializer,
            trainable=False,
            autocast=False,
        )
        self.moving_variance = self.add_weight(
            name="moving_variance",
            shape=(channels,),
            initializer=self.moving_variance_initializer,
            trainable=False,
            autocast=False,
        )
        self.input_spec = keras.layers.InputSpec(ndim=len(input_shape), axes={self.axis: channels})

    def call(self, inputs: tf.Tensor, training: bool | None = None, mask: tf.Tensor | None = None) -> tf.Tensor:
        """Normalize a batch.

        Args:
            inputs: Tensor of any rank.
            training: True for training mode, otherwise inference mode.
            mask: True where a value counts towards the statistics of the batch, of the shape of
                inputs without its last axis. Every value is normalized, counted or not.

        Returns:
            Tensor of the shape of inputs.
        """
        if mask is not None and len(mask.shape) != len(inputs.shape) - 1:
            raise ValueError(
                "A mask has the shape of the inputs without their last axis. "
                f"Here the mask is {tuple(mask.shape)} and the inputs are {tuple(inputs.shape)}."
            )
        x = tf.cast(inputs, keras.backend.result_type(inputs.dtype, "float32"))
        moving_mean = tf.cast(self.moving_mean, x.dtype)
        moving_variance = tf.cast(self.moving_variance, x.dtype)

        if training and self.trainable:
            if mask is None:
                mean, variance = moments(x, self.axis)
            else:
                mean, variance = masked_moments(x, mask, self.axis)
            self.moving_mean.assign(update_moving(moving_mean, mean, self.momentum))
            self.moving_variance.assign(update_moving(moving_variance, variance, self.momentum))
        else:
            mean, variance = moving_mean, moving_variance

        gamma = tf.cast(self.gamma, x.dtype) if self.scale else None
        beta = tf.cast(self.beta, x.dtype) if self.center else None
        y = normalize(x, mean, variance, gamma, beta, self.epsilon, self.axis)
        return tf.cast(y, self.compute_dtype)

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """The shape of the inputs: normalizing changes values, not shapes."""
        _check_axis(self.axis, input_shape)
        return input_shape

    def get_config(self) -> dict[str, Any]:
        """The arguments that make this layer again."""
        return {
            **super().get_config(),
            "axis": self.axis,
            "momentum": float(self.momentum),
            "epsilon": float(self.epsilon),
            "center": self.center,
            "scale": self.scale,
            "beta_initializer": keras.initializers.serialize(self.beta_initializer),
            "gamma_initializer": keras.initializers.serialize(self.gamma_initializer),
            "moving_mean_initializer": keras.initializers.serialize(self.moving_mean_initializer),
            "moving_variance_initializer": keras.initializers.serialize(self.moving_variance_initializer),
            "beta_regularizer": keras.regularizers.serialize(self.beta_regularizer),
            "gamma_regularizer": keras.regularizers.serialize(self.gamma_regularizer),
            "beta_constraint": keras.constraints.serialize(self.beta_constraint),
            "gamma_constraint": keras.constraints.serialize(self.gamma_constraint),
        }


def _check_axis(axis: int, input_shape: tuple[int | None, ...]) -> None:
    rank = len(input_shape)
    if not -rank <= axis < rank:
        raise ValueError(
            f"axis={axis} is not an axis of an input of shape {tuple(input_shape)}. "
            f"Choose the feature axis, from {-rank} to {rank - 1}."
        )


def _number(kind: type[Number], name: str, value: Any, low: float = -math.inf, high: float = math.inf) -> Number:
    try:
        number = kind(value)
    except (TypeError, ValueError, OverflowError):
        raise ValueError(f"{name} must be a number, not {value!r}.") from None
    if not low <= number <= high:
        raise ValueError(f"{name} must be from {low:g} to {high:g}, not {value!r}.")
    return number
