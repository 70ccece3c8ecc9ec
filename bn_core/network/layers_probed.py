"""What a probe of the network tells: the event `LayersProbed`, and how to read it.

It needs no TensorFlow, so that a page can read what `bn_core.network.probes` measured.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

PERCENTILES = (15, 50, 85)
"""Those of figure 1 in Ioffe and Szegedy (2015)."""


@dataclass(frozen=True)
class LayersProbed:
    """What goes on inside the network: its normalized layers, seen with the probe batch in training mode.

    A layer is seen at up to three points: `linear`, the output of its convolution or dense product; `bn`, the output of
    its batch normalization; `relu`, the output of its ReLU. What comes before batch normalization is `linear` where the
    placement is `before`, and `relu` where it is `after`. Where a network has no `bn`, nothing is said of it.

    In the shapes below, P is the number of points, in the order of `points`, L the number of layers (20 in the
    notebook's network), which count from 0 (layer 1) to L - 1 (dense), and C the number of all their channels. An array
    that is None does not exist in this network.

    Attributes:
        step: updates done; the weights are those after them.
        points: ["linear", "bn", "relu"], or without "bn".
        histograms: int32 (P - 1, L, bins.COUNTS), of every point but `relu`, which comes last: its histogram is
            `bins.after_relu` of the point that it is taken from, `bn` where the placement is `before`, else `linear`.
        mean, rms: float32 (P, L); mean and root mean square of all values.
        zeros: float32 (P, L); share of the values that are exactly 0, 0 to 1.
        cosine: float32 (P, L), -1 to 1; the mean over all pairs of different images of the cosine of the angle between
            their values, an image's values in a layer as one vector of height * width * channels numbers. 1: the layer
            says the same of every image, but for its strength. Independent outputs of ReLU give 1 / pi. Images whose
            values are all 0 have no direction and are left out; NaN where fewer than two are left.
        correlation: float32 (P, L); the same, centred: each image's vector less the mean of its own numbers. Values
            that are independent give 0. (Vectors that add up to 0 over the batch, as after batch normalization, give
            -1 / 63 in both.)
        dead_units: float32 (L,); share of the units (channel and place) that are 0 after ReLU for every image.
        dead_channels: float32 (L,); share of the channels that are 0 after ReLU for every image in every place.
        percentiles: float32 (P, L, 3, 3), by [point, layer, channel of `Architecture.probed_channels`, percentile of
            `PERCENTILES`] of a channel's values over images and places: the smallest value that this share of the
            values does not exceed (NumPy's method `inverted_cdf`).
        kernel_norms: float32 (L,); Euclidean norms. Taps of a kernel that no input reaches are left out.
        kernel_gradients, bias_gradients, gamma_gradients, beta_gradients: float32 (L,); Euclidean norms of the
            gradients in the update that led to these weights, number `step`: at step 1, the gradients of the initial
            weights. None at step 0.
        gamma, beta: float32 (C,), layer after layer: see `Architecture.channels_of`. None also where they do not belong
            to channels (the bug `wrong-axes`).
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

    @property
    def layers(self) -> int:
        """How many layers were seen."""
        return len(self.kernel_norms)
