"""The notebook's network as plain numbers: how many layers, how wide, and how large their maps are.

It needs nothing but Python, so that a page can draw the network without TensorFlow.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

IMAGE_SIZE = 28
CLASSES = 10
DENSE_UNITS = 100
CONV_LAYERS = 19
KERNEL_SIZE = 3


@dataclass(frozen=True)
class ConvLayer:
    """One 3x3 'same' convolution.

    Attributes:
        number: 1 to 19.
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

    def values_per_channel(self, batch_size: int) -> int:
        """How many values share one mean and variance in a batch of this many images."""
        return batch_size * self.size * self.size

    @property
    def live_taps(self) -> int:
        """How many of the kernel's 3x3 taps can meet the map at all; the others only ever see the padding.

        A 1x1 map meets the centre tap alone. A 2x2 map read with stride 2 is met by 4 of the 9 (TensorFlow pads it
        below and to the right).
        """
        if self.size_in == 1:
            return 1
        if self.size_in == 2 and self.stride == 2:
            return 4
        return KERNEL_SIZE * KERNEL_SIZE


def conv_layers() -> tuple[ConvLayer, ...]:
    """The 19 convolutions: layer i has 4i filters, and stride 2 where i is a multiple of 3."""
    layers = []
    channels, size = 1, IMAGE_SIZE
    for number in range(1, CONV_LAYERS + 1):
        stride = 2 if number % 3 == 0 else 1
        layer = ConvLayer(number, channels, 4 * number, stride, size, -(-size // stride))
        layers.append(layer)
        channels, size = layer.channels, layer.size
    return tuple(layers)


def live_taps(layer: ConvLayer) -> tuple[slice, slice]:
    """Which of a kernel's 3x3 taps, by row and column, ever meet the map rather than the padding around it.

    For a 1x1 map it is the one in the centre. For a 2x2 map read with stride 2 it is the upper left four: TensorFlow's
    'same' padding then adds one row below, one column on the right, and none on the other sides.
    """
    side = math.isqrt(layer.live_taps)
    first = 1 if side == 1 else 0
    return slice(first, first + side), slice(first, first + side)
