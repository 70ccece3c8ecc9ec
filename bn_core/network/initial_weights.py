"""Where training starts: the initial kernels, drawn in NumPy, so that a seed means the same on every machine.

Each kernel is drawn from a stream of its own, decided by the seed and the layer alone. So the same seed gives the same
initial kernels in every variant of the network.
"""

from __future__ import annotations

import math

import numpy as np

from bn_core.architecture import CLASSES, KERNEL_SIZE
from bn_core.config import Initializer, TrainingConfig

TRUNCATED_NORMAL_STDDEV = 0.05

# The standard deviation of a standard normal cut off at plus and minus 2.
_CUT_NORMAL_STDDEV = 0.87962566103423978


def initial_kernels(config: TrainingConfig) -> dict[str, np.ndarray]:
    """The kernels before the first update, float32, by layer name.

    `conv_1`, `conv_2` .. have shape (3, 3, channels in, channels out) and follow `config.initializer`; `dense` (inputs,
    units) is Glorot uniform, or He normal where the convolutions are; `logits` (units, 10) is always Glorot uniform.
    Every bias starts at 0, every gamma at 1, every beta at 0.
    """
    architecture = config.architecture
    shapes = {
        architecture.linear_name(layer.number): (KERNEL_SIZE, KERNEL_SIZE, layer.channels_in, layer.channels)
        for layer in architecture.convolutions
    }
    kernels = {
        name: draw_kernel(config.initializer, shape, np.random.default_rng([config.seed, number]))
        for number, (name, shape) in enumerate(shapes.items(), start=1)
    }
    dense: Initializer = "he" if config.initializer == "he" else "glorot"
    number, units = architecture.layers, architecture.dense_units
    stream = np.random.default_rng([config.seed, number])
    kernels["dense"] = draw_kernel(dense, (architecture.flattened, units), stream)
    kernels["logits"] = draw_kernel("glorot", (units, CLASSES), np.random.default_rng([config.seed, number + 1]))
    return kernels


def draw_kernel(initializer: Initializer, shape: tuple[int, ...], stream: np.random.Generator) -> np.ndarray:
    """One kernel, float32, of shape (.., inputs, outputs).

    - `glorot`: uniform between plus and minus sqrt(6 / (fan in + fan out)) (Glorot and Bengio 2010, equation 16).
    - `he`: normal of variance 2 / fan in (He et al. 2015, equation 10), cut off at two standard deviations as in Keras,
      with the variance restored.
    - `truncated-normal`: normal of standard deviation 0.05, cut off at 0.1, as in the notebook's `tf.nn` version.
    """
    field = math.prod(shape[:-2])
    fan_in, fan_out = field * shape[-2], field * shape[-1]
    if initializer == "glorot":
        limit = math.sqrt(6.0 / (fan_in + fan_out))
        kernel = stream.uniform(-limit, limit, shape)
    elif initializer == "he":
        kernel = _cut_normal(shape, stream) * (math.sqrt(2.0 / fan_in) / _CUT_NORMAL_STDDEV)
    else:
        kernel = _cut_normal(shape, stream) * TRUNCATED_NORMAL_STDDEV
    return kernel.astype(np.float32)


def _cut_normal(shape: tuple[int, ...], stream: np.random.Generator) -> np.ndarray:
    values = stream.standard_normal(shape)
    while (outside := np.abs(values) > 2).any():
        values[outside] = stream.standard_normal(int(outside.sum()))
    return values
