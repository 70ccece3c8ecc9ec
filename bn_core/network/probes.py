"""What is measured inside the network: signals, dead units, how alike images look, the norms of kernels and gradients.

A probe sends 64 images through the network in training mode and turns what leaves each layer into a few kilobytes of
numbers, the event `LayersProbed`. It changes nothing, neither weights nor moving statistics.

TensorFlow computes what leaves the layers, NumPy measures it. In the graph measuring would take as long, and compiling
a variant of the network would take 2 s more. Every sum is made in one order only: a probe repeats to the last bit.
"""

from __future__ import annotations

import math
import time
from collections.abc import Mapping

import keras
import numpy as np
import tensorflow as tf

from bn_core.architecture import Architecture
from bn_core.data.order import pixels
from bn_core.network import bins
from bn_core.network.graphs import IMAGES, graph
from bn_core.network.layers_probed import PERCENTILES, LayersProbed


class Probe:
    """The instruments inside one network, compiled once like its training step."""

    def __init__(self, network: keras.Model, architecture: Architecture, *, training: bool = True) -> None:
        """Build the instruments.

        Args:
            network: what `build_network` made; it may be trained on.
            architecture: of the network.
            training: whether it trains in training mode, and so is probed in it.
        """
        outputs = [point_outputs(network, number, architecture) for number in architecture.numbers]
        self._architecture = architecture
        self._network = keras.Model(network.input, outputs)
        self._points = list(outputs[0])
        relu_takes = network.get_layer("relu_1").input
        self._before_relu = next(point for point, output in outputs[0].items() if output is relu_takes)
        self._training = training
        self._trained = {variable.path: variable.value for variable in network.trainable_variables}

    def measure(self, images: np.ndarray, step: int, gradient_norms: np.ndarray | None) -> LayersProbed:
        """Probe the weights as they are now.

        Args:
            images: uint8 (n, 28, 28), the probe batch.
            step: updates done.
            gradient_norms: float32, `euclidean_norms` of the last update's gradients, one for each of the network's
                trainable variables in their order; None before the first update.
        """
        started = time.perf_counter()
        layers = self.activations(images)
        described = np.array([[describe(layer[point]) for layer in layers] for point in self._points], np.float32)
        dead = np.array([dead_shares(layer["relu"]) for layer in layers], np.float32)
        others = [point for point in self._points if point != "relu"]
        histograms = np.array([[bins.histogram(layer[point]) for layer in layers] for point in others])
        chosen = [self._architecture.probed_channels(number) for number in self._architecture.numbers]
        percentiles = np.array(
            [list(map(percentiles_of_channels, [layer[point] for layer in layers], chosen)) for point in others]
        )
        # What is true of x is known of max(x, 0): its histogram, and its percentiles, which are values that occur.
        rectified = others.index(self._before_relu)
        all_histograms = np.concatenate([histograms, bins.after_relu(histograms[rectified])[np.newaxis]])
        all_percentiles = np.concatenate([percentiles, np.maximum(percentiles[rectified], 0)[np.newaxis]])
        mean, rms, cosine, correlation = np.moveaxis(described, -1, 0)
        gradients = self._by_kind(gradient_norms)
        return LayersProbed(
            step=step,
            points=list(self._points),
            histograms=histograms,
            mean=mean,
            rms=rms,
            zeros=bins.share_of_zeros(all_histograms).astype(np.float32),
            cosine=cosine,
            correlation=correlation,
            dead_units=dead[:, 0],
            dead_channels=dead[:, 1],
            percentiles=all_percentiles,
            kernel_norms=self._kernel_norms().numpy(),
            kernel_gradients=gradients.get("kernel"),
            bias_gradients=gradients.get("bias"),
            gamma_gradients=gradients.get("gamma"),
            beta_gradients=gradients.get("beta"),
            gamma=self._per_channel("gamma"),
            beta=self._per_channel("beta"),
            milliseconds=(time.perf_counter() - started) * 1000,
        )

    def activations(self, images: np.ndarray) -> list[dict[str, np.ndarray]]:
        """What leaves each layer at each point, float32 (n, .., channels); images as in `measure`."""
        layers = self._forward(pixels(images))
        return [{point: values.numpy() for point, values in layer.items()} for layer in layers]

    @graph(IMAGES)
    def _forward(self, images: tf.Tensor) -> list[dict[str, tf.Tensor]]:
        # A stateless call returns the updated moving statistics and leaves the layers' own alone.
        layers: list[dict[str, tf.Tensor]]
        layers, _ = self._network.stateless_call(
            self._network.trainable_variables,
            self._network.non_trainable_variables,
            images,
            training=self._training,
        )
        return layers

    @graph()
    def _kernel_norms(self) -> tf.Tensor:
        kernels = {path: value for path, value in self._trained.items() if kind_of(path) == "kernel"}
        return euclidean_norms(kernels, self._architecture)

    def _by_kind(self, norms: np.ndarray | None) -> dict[str, np.ndarray]:
        """Norms of the trainable variables by kind, float32 (layers,) each; empty where there are no norms."""
        if norms is None:
            return {}
        kinds = [kind_of(path) for path in self._trained]
        return {kind: norms[[other == kind for other in kinds]] for kind in set(kinds)}

    def _per_channel(self, kind: str) -> np.ndarray | None:
        """All gammas or betas, float32 (channels,); None where there are none, or not one for each channel."""
        values = [value.numpy() for path, value in self._trained.items() if kind_of(path) == kind]
        return np.concatenate(values) if sum(map(len, values)) == self._architecture.channels else None


def point_outputs(network: keras.Model, number: int, architecture: Architecture) -> dict[str, keras.KerasTensor]:
    """What leaves a layer, by its number, at each of the points of `LayersProbed`, in their order."""
    names = {layer.name for layer in network.layers}
    candidates = {
        "linear": (architecture.linear_name(number),),
        # The bug `wrong-axes` normalizes pixels as a flat row, and then makes maps of them again.
        "bn": (f"maps_{number}", f"bn_{number}"),
        "relu": (f"relu_{number}",),
    }
    found = {point: [name for name in tried if name in names] for point, tried in candidates.items()}
    return {point: network.get_layer(there[0]).output for point, there in found.items() if there}


def kind_of(path: str) -> str:
    """`kernel`, `bias`, `gamma` or `beta` of a variable in the numbered layers; `logits` in the last layer."""
    layer, kind = path.split("/")[-2:]
    return "logits" if layer == "logits" else kind


def describe(values: np.ndarray) -> tuple[float, float, float, float]:
    """Mean, rms, cosine and correlation of what leaves a layer, as `LayersProbed` defines them.

    Args:
        values: float32 (n, .., channels), n images.
    """
    vectors = values.reshape(len(values), -1)
    # The last probe of a run that fails may meet numbers whose squares are too large: its rms is then infinite.
    with np.errstate(over="ignore", invalid="ignore"):
        own_mean = vectors.mean(axis=1, keepdims=True)
        rms = math.sqrt(np.mean(np.square(vectors)))
        return own_mean.mean(), rms, mean_cosine(vectors), mean_cosine(vectors - own_mean)


def mean_cosine(vectors: np.ndarray) -> float:
    """Mean cosine over all pairs of different rows, those of length 0 left out; NaN where fewer than two are left.

    The square of the sum of n vectors of length 1 is the sum of all n^2 cosines, n of them those of a vector with
    itself. So no pair has to be looked at.

    Args:
        vectors: float32 (rows, numbers).
    """
    # einsum, not @: how a BLAS library orders its sums depends on the number of its threads.
    lengths = np.sqrt(np.einsum("ij,ij->i", vectors, vectors))
    n = np.count_nonzero(lengths)
    if n < 2:
        return math.nan
    weights = np.divide(1, lengths, out=np.zeros_like(lengths), where=lengths > 0)
    summed = np.einsum("i,ij->j", weights, vectors)
    return float((np.square(summed).sum(dtype=np.float64) - n) / (n * (n - 1)))


def dead_shares(rectified: np.ndarray) -> tuple[float, float]:
    """Share of units, and share of channels, that are 0 for every image.

    Args:
        rectified: what leaves a ReLU, float32 (n, .., channels).
    """
    dead = rectified.max(axis=0) == 0
    return dead.mean(), dead.reshape(-1, dead.shape[-1]).all(axis=0).mean()


def percentiles_of_channels(values: np.ndarray, channels: tuple[int, ...]) -> np.ndarray:
    """`PERCENTILES` of some channels: float32 (.., channels) in, (chosen channels, percentiles) out.

    The smallest value that so many per cent of the values do not exceed: NumPy's method `inverted_cdf`, which for three
    percentiles of 50,000 values is slower than sorting them.
    """
    ascending = np.sort(np.stack([values[..., channel].ravel() for channel in channels]), axis=1)
    count = ascending.shape[1]
    return ascending[:, [math.ceil(percent * count / 100) - 1 for percent in PERCENTILES]]


def euclidean_norms(tensors: Mapping[str, tf.Tensor], architecture: Architecture) -> tf.Tensor:
    """The norm of each variable, or of its gradient, float32 (variables,), in their order. For use in a graph.

    Of a kernel only the taps that ever meet an input count.

    Args:
        tensors: by the path of the variable.
    """
    reached = {path: architecture.reached(path) for path in tensors}
    halved_squares = [
        tf.nn.l2_loss(tensor[reached[path]] if reached[path] else tensor) for path, tensor in tensors.items()
    ]
    return tf.sqrt(2.0 * tf.stack(halved_squares))
