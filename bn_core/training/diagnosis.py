"""Where a training broke: the first layer in which a number was not finite."""

from __future__ import annotations

import numpy as np
import tensorflow as tf

from bn_core.network.compiled import CompiledNetwork, cross_entropy
from bn_core.training import causes


def first_layer_not_finite(compiled: CompiledNetwork, images: np.ndarray, labels: np.ndarray) -> tuple[str | None, str]:
    """Go through the network layer by layer with the batch that broke it.

    The step that broke has updated no weight, so the same numbers appear again.

    Args:
        images: float32 (batch, 28, 28, 1).
        labels: int32 (batch,).

    Returns:
        The layer's name (None where only the loss itself is not finite) and the cause in one sentence.
    """
    with compiled.borrowed_statistics(), tf.GradientTape() as tape:
        x = tf.constant(images)
        for layer in compiled.network.layers[1:]:
            x = layer(x, training=compiled.trains_in_training_mode) if layer.name.startswith("bn_") else layer(x)
            if not _finite(x):
                return layer.name, causes.OUTPUT.format(layer=layer.name)
        loss = cross_entropy(x, labels)
    if not _finite(loss):
        return None, causes.LOSS
    weights = compiled.network.trainable_variables
    gradients = tape.gradient(loss, [weight.value for weight in weights])
    # Gradients flow backwards, so the first one to break is the last in the network.
    for weight, gradient in reversed(list(zip(weights, gradients, strict=True))):
        if not _finite(tf.nn.l2_loss(gradient)):
            layer = weight.path.split("/")[-2]
            return layer, causes.GRADIENT.format(layer=layer)
    return None, causes.UNKNOWN


def _finite(tensor: tf.Tensor) -> bool:
    return bool(tf.reduce_all(tf.math.is_finite(tensor)))
