"""The notebook's network as plain numbers: how many layers, how wide, and how large their maps are.

It needs nothing but Python, so that a page can draw the network without TensorFlow. Nothing else knows these numbers:
`TrainingConfig.architecture` says which network a configuration is of, and everything asks that.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass

IMAGE_SIZE = 28
CLASSES = 10
KERNEL_SIZE = 3

HALVED_EVERY = 3
"""Each convolution whose number is a multiple of this halves the map."""


@dataclass(frozen=True)
class ConvLayer:
    """One 3x3 'same' convolution.

    Attributes:
        number: 1 for the first.
        channels_in, channels: feature maps in and out.
        stride: 1, or 2 where the map is halved.
        size_in, size: side of the square map in and out, in pixels.
    """

    number: int
    channels_in: int
    channels: int
    stride: int
    size_in: int
    size: int

    @property
    def live_taps(self) -> tuple[slice, slice]:
        """Which of the kernel's 3x3 taps, by row and column, ever meet the map rather than the padding around it.

        For a 1x1 map it is the one in the centre. For a 2x2 map read with stride 2 it is the upper left four:
        TensorFlow's 'same' padding then adds one row below, one column on the right, and none on the other sides.
        """
        if self.size_in == 1:
            return slice(1, 2), slice(1, 2)
        side = 2 if self.size_in == self.stride == 2 else KERNEL_SIZE
        return slice(0, side), slice(0, side)


@dataclass(frozen=True)
class Architecture:
    """A network's shape, whatever its normalization; the defaults are the notebook's.

    Its *layers* are those that can be normalized, numbered from 1: the convolutions, then the dense layer. The layer of
    the logits after them is never normalized and has no number.

    Attributes:
        depth: how many convolutions there are.
        width: convolution i has i times as many channels.
        dense_units: units of the dense layer.
    """

    depth: int = 19
    width: int = 4
    dense_units: int = 100

    @functools.cached_property
    def convolutions(self) -> tuple[ConvLayer, ...]:
        """The convolutions: number i has `width` * i filters, and stride 2 where i is a multiple of `HALVED_EVERY`."""
        layers = []
        channels, size = 1, IMAGE_SIZE
        for number in range(1, self.depth + 1):
            stride = 2 if number % HALVED_EVERY == 0 else 1
            layer = ConvLayer(number, channels, self.width * number, stride, size, -(-size // stride))
            layers.append(layer)
            channels, size = layer.channels, layer.size
        return tuple(layers)

    @property
    def layers(self) -> int:
        """How many layers there are, which is also the number of the dense one."""
        return self.depth + 1

    @property
    def numbers(self) -> range:
        """The numbers of the layers: 1 to `layers`."""
        return range(1, self.layers + 1)

    @functools.cached_property
    def layer_channels(self) -> tuple[int, ...]:
        """How many channels each layer has."""
        return (*(layer.channels for layer in self.convolutions), self.dense_units)

    @property
    def channels(self) -> int:
        """All channels of all layers."""
        return sum(self.layer_channels)

    @property
    def flattened(self) -> int:
        """How many inputs the dense layer has."""
        last = self.convolutions[-1]
        return last.size * last.size * last.channels

    def is_dense(self, layer: int) -> bool:
        """Return whether this is the number of the dense layer."""
        return layer == self.layers

    def linear_name(self, layer: int) -> str:
        """Return what a layer's convolution or dense product is called in the network: `conv_1` .., `dense`."""
        return "dense" if self.is_dense(layer) else f"conv_{layer}"

    def channels_of(self, layer: int) -> slice:
        """Return where the channels of a layer stand in an array over all `channels`, layer after layer."""
        start = sum(self.layer_channels[: layer - 1])
        return slice(start, start + self.layer_channels[layer - 1])

    def probed_channels(self, layer: int) -> tuple[int, int, int]:
        """Return the channels, counted from 0, whose percentiles are taken in a layer: first, middle and last."""
        channels = self.layer_channels[layer - 1]
        return 0, channels // 2, channels - 1

    def side(self, layer: int) -> int:
        """Return how many pixels a side the maps of a layer have; a unit of the dense layer has one value."""
        return 1 if self.is_dense(layer) else self.convolutions[layer - 1].size

    def values_behind_mean(self, layer: int, images: int) -> int:
        """Return how many values of one channel so many images have in a layer: they share a mean and a variance."""
        return images * self.side(layer) ** 2

    def reached(self, path: str) -> tuple[slice, ...]:
        """Return which part of the variable at this path ever meets an input, as an index: of a convolution's kernel
        its live taps; the empty index, which stands for all, for anything else."""
        layer, kind = path.split("/")[-2:]
        if kind != "kernel" or not layer.startswith("conv_"):
            return ()
        return self.convolutions[int(layer.removeprefix("conv_")) - 1].live_taps
