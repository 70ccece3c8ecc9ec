"""The notebook's network: convolutions, a dense layer, and 10 outputs, in every variant of the lab."""

from __future__ import annotations

import keras

from bn_core.architecture import CLASSES, IMAGE_SIZE, KERNEL_SIZE
from bn_core.batch_norm.layer import BatchNormalization
from bn_core.config import TrainingConfig


def build_network(config: TrainingConfig) -> keras.Model:
    """The network that a configuration describes, with Keras's own initial weights.

    Images float32 (batch, 28, 28, 1) in, logits float32 (batch, 10) out. The layers are named `conv_1`, `bn_1`,
    `relu_1` .. `flatten`, `dense`, `bn_20`, `relu_20`, `logits`: numbered as the layers of the architecture.
    """
    images = keras.Input((IMAGE_SIZE, IMAGE_SIZE, 1), name="images")
    architecture, x = config.architecture, images
    for layer in architecture.convolutions:
        x = keras.layers.Conv2D(
            layer.channels,
            KERNEL_SIZE,
            strides=layer.stride,
            padding="same",
            use_bias=config.bias,
            name=f"conv_{layer.number}",
        )(x)
        x = normalized_relu(x, layer.number, config)
    x = keras.layers.Flatten(name="flatten")(x)
    x = keras.layers.Dense(architecture.dense_units, use_bias=config.bias, name="dense")(x)
    x = normalized_relu(x, architecture.layers, config)
    logits = keras.layers.Dense(CLASSES, name="logits")(x)
    return keras.Model(images, logits, name="batch_norm_lab")


def normalized_relu(x: keras.KerasTensor, number: int, config: TrainingConfig) -> keras.KerasTensor:
    """ReLU with batch normalization where the configuration wants it: before, after, or nowhere."""
    relu = keras.layers.ReLU(name=f"relu_{number}")
    if config.placement == "before":
        return relu(batch_norm(x, number, config))
    if config.placement == "after":
        return batch_norm(relu(x), number, config)
    return relu(x)


def batch_norm(x: keras.KerasTensor, number: int, config: TrainingConfig) -> keras.KerasTensor:
    """Batch normalization by the high-level layer or by hand.

    With the bug `wrong-axes` every pixel of a map has a mean, a variance, a gamma and a beta of its own: see
    `Effect.axes_of_channel`.
    """
    layers = {"layer": keras.layers.BatchNormalization, "by-hand": BatchNormalization}
    layer = layers[config.implementation](momentum=config.momentum, epsilon=config.epsilon, name=f"bn_{number}")
    if not config.effect.axes_of_channel and len(x.shape) == 4:
        shape = x.shape[1:]
        flat = keras.layers.Flatten(name=f"pixels_{number}")(x)
        return keras.layers.Reshape(shape, name=f"maps_{number}")(layer(flat))
    return layer(x)
