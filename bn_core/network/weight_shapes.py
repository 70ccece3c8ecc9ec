"""The names and shapes of a network's weights, without the network: for who reads them and has no TensorFlow."""

from __future__ import annotations

from bn_core.architecture import CLASSES, KERNEL_SIZE
from bn_core.config import TrainingConfig

OF_NORMALIZATION = ("gamma", "beta", "moving_mean", "moving_variance")


def weight_shapes(config: TrainingConfig) -> dict[str, tuple[int, ...]]:
    """Return the shape of every weight and moving statistic by its path, as in `CompiledNetwork.weights`."""
    architecture = config.architecture
    shapes: dict[str, tuple[int, ...]] = {}
    for number, channels in zip(architecture.numbers, architecture.layer_channels, strict=True):
        name, dense = architecture.linear_name(number), architecture.is_dense(number)
        inputs = architecture.flattened if dense else architecture.convolutions[number - 1].channels_in
        shapes[f"{name}/kernel"] = (inputs, channels) if dense else (KERNEL_SIZE, KERNEL_SIZE, inputs, channels)
        if config.bias:
            shapes[f"{name}/bias"] = (channels,)
        if config.normalized:
            # Where a place of a map has statistics of its own, it has its own gamma and beta.
            places = 1 if config.effect.axes_of_channel else architecture.side(number) ** 2
            shapes |= {f"bn_{number}/{kind}": (places * channels,) for kind in OF_NORMALIZATION}
    return shapes | {"logits/kernel": (architecture.dense_units, CLASSES), "logits/bias": (CLASSES,)}
