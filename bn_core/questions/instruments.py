"""A network that is scored piece by piece, with what its layers do in between."""

from __future__ import annotations

import functools
from dataclasses import dataclass

import keras
import numpy as np
import tensorflow as tf

from bn_core.data.order import pixels
from bn_core.network.compiled import CompiledNetwork
from bn_core.network.graphs import IMAGES

_SIZE = tf.TensorSpec((), tf.int32)


@dataclass(frozen=True, eq=False)
class Scores:
    """What the network gives.

    Attributes:
        logits: float32 (images, 10).
        outputs: by layer, float32 (images, .., channels): what batch normalization gives, or, where there is none, the
            convolution or dense product.
        variances: float32 (pieces, layers): the variance that a piece has to give in a layer, mean over channels.
    """

    logits: np.ndarray
    outputs: list[tf.Tensor]
    variances: np.ndarray


class Instruments:
    """Scores images in pieces, each of which shares its statistics in training mode. Changes nothing.

    The pieces follow one another inside the compiled graph. To the last bit that gives what one call for each piece
    gives, in a third of the time where pieces are small.
    """

    def __init__(self, compiled: CompiledNetwork) -> None:
        network = compiled.network
        layers = compiled.normalization_layers or [
            layer for layer in network.layers if layer.name.startswith("conv_") or layer.name == "dense"
        ]
        self._layers = len(layers)
        self._weights = network.trainable_variables, network.non_trainable_variables
        self._network = keras.Model(
            network.input,
            [network.output, [layer.output for layer in layers], [layer.input for layer in layers]],
        )
        self._functions = {
            training: tf.function(functools.partial(self._in_pieces, training), input_signature=(IMAGES, _SIZE))
            for training in (False, True)
        }

    def with_moving_statistics(self, images: np.ndarray, size: int) -> Scores:
        """Score uint8 images (n, 28, 28) in inference mode, `size` at a time."""
        return self._scores(False, images, size)

    def with_batch_statistics(self, images: np.ndarray, size: int) -> Scores:
        """Score them in training mode, each `size` of them with their own statistics."""
        return self._scores(True, images, size)

    def _scores(self, training: bool, images: np.ndarray, size: int) -> Scores:  # noqa: FBT001 - called by its place
        logits, outputs, variances = self._functions[training](pixels(images), size)
        return Scores(logits.numpy(), outputs, variances.numpy())

    def _in_pieces(
        self,
        training: bool,  # noqa: FBT001 - TensorFlow calls it by its place
        images: tf.Tensor,
        size: tf.Tensor,
    ) -> tuple[tf.Tensor, list[tf.Tensor], tf.Tensor]:
        pieces = -(-tf.shape(images)[0] // size)
        logits_of, variances_of, *outputs_of = (
            tf.TensorArray(tf.float32, pieces, infer_shape=False) for _ in range(2 + self._layers)
        )
        for piece in tf.range(pieces):
            # A stateless call returns the updated moving statistics and leaves the layers' own alone.
            (logits, outputs, inputs), _ = self._network.stateless_call(
                *self._weights, images[piece * size : (piece + 1) * size], training=training
            )
            variances = [
                tf.reduce_mean(tf.math.reduce_variance(values, axis=tuple(range(len(values.shape) - 1))))
                for values in inputs
            ]
            logits_of = logits_of.write(piece, logits)
            variances_of = variances_of.write(piece, tf.stack(variances))
            outputs_of = [array.write(piece, output) for array, output in zip(outputs_of, outputs, strict=True)]
        return logits_of.concat(), [array.concat() for array in outputs_of], variances_of.stack()
