"""What a probe of the network tells: the event `LayersProbed`, and how to read it.

It needs no TensorFlow, so that a page can read what `bn_core.network.probes` measured.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bn_core.network.architecture import DENSE_UNITS, conv_layers

PERCENTILES = (15, 50, 85)
"""Those of figure 1 in Ioffe and Szegedy (2015)."""

LAYER_CHANNELS = (*(layer.channels for layer in conv_layers()), DENSE_UNITS)
"""How many channels each of the 20 normalized layers has: 19 convolutions, then the dense layer of 100."""

CHANNELS = sum(LAYER_CHANNELS)
"""All channels of all normalized layers: 860."""


def channels_of(layer: int) -> slice:
    """Where the channels of a layer, 1 to 20, stand in an array over all `CHANNELS`."""
    start = sum(LAYER_CHANNELS[: layer - 1])
    return slice(start, start + LAYER_CHANNELS[layer - 1])


def probed_channels(layer: int) -> tuple[int, int, int]:
    """The three channels, counted from 0, whose percentiles are taken in a layer, 1 to 20: first, middle and last."""
    channels = LAYER_CHANNELS[layer - 1]
    return 0, channels // 2, channels - 1


@dataclass(frozen=True)
class LayersProbed:
    """What goes on inside the network: the 20 normalized layers, seen with the probe batch in training mode.

    A layer is seen at up to three points: `linear`, the output of its convolution or dense product; `bn`, the output of
    its batch normalization; `relu`, the output of its ReLU. What comes before batch normalization is `linear` where the
    placement is `before`, and `relu` where it is `after`. Where a network has no `bn`, nothing is said of it.

    In the shapes below, P is the number of points, in the order of `points`, and layers count from 0 (layer 1) to 19
    (dense). An array that is None does not exist in this network.

    Attributes:
        step: updates done; the weights are those after them.
        points: ["linear", "bn", "relu"], or without "bn".
        histograms: int32 (P - 1, 20, bins.COUNTS), of every point but `relu`, which comes last: its histogram is
            `bins.after_relu` of the point that it is taken from, `bn` where the placement is `before`, else `linear`.
        mean, rms: float32 (P, 20); mean and root mean square of all values.
        zeros: float32 (P, 20); share of the values that are exactly 0, 0 to 1.
        cosine: float32 (P, 20), -1 to 1; the mean over all pairs of different images of the cosine of the angle between
            their values, an image's values in a layer as one vector of height * width * channels numbers. 1: the layer
            says the same of every image, but for its strength. Independent outputs of ReLU give 1 / pi. Images whose
            values are all 0 have no direction and are left out; NaN where fewer than two are left.
        correlation: float32 (P, 20); the same, centred: each image's vector less the mean of its own numbers. Values
            that are independent give 0. (Vectors that add up to 0 over the batch, as after batch normalization, give
            -1 / 63 in both.)
        dead_units: float32 (20,); share of the units (channel and place) that are 0 after ReLU for every image.
        dead_channels: float32 (20,); share of the channels that are 0 after ReLU for every image in every place.
        percentiles: float32 (P, 20, 3, 3), by [point, layer, channel of `probed_channels`, percentile of `PERCENTILES`]
            of a channel's values over images and places: the smallest value that this share of the values does not
            exceed (NumPy's method `inverted_cdf`).
        kernel_norms: float32 (20,); Euclidean norms. Taps of a kernel that no input reaches are left out.
        kernel_gradients, bias_gradients, gamma_gradients, beta_gradients: float32 (20,); Euclidean norms of the
            gradients in the update that led to these weights, number `step`: at step 1, the gradients of the initial
            weights. None at step 0.
        gamma, beta: float32 (CHANNELS,), layer after layer: see `channels_of`. None also where they do not belong to
            channels (the bug `wrong-axes`).
        milliseconds: how long the probe took.
    """

    step: int
    points: list[str]
    histograms: np.ndarray
    mean: np.ndarray
    rms: np.ndarray
    zeros: np.ndarray
    cosine: np.ndarray
    correlation: np.ndarray
    dead_units: np.ndarray
    dead_channels: np.ndarray
    percentiles: np.ndarray
    kernel_norms: np.ndarray
    kernel_gradients: np.ndarray | None
    bias_gradients: np.ndarray | None
    gamma_gradients: np.ndarray | None
    beta_gradients: np.ndarray | None
    gamma: np.ndarray | None
    beta: np.ndarray | None
    milliseconds: float
