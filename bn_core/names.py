"""What the networks and their choices are called: every name that a person sees of them, in one table."""

from __future__ import annotations

from dataclasses import dataclass

from bn_core.config import TrainingConfig


@dataclass(frozen=True)
class ValueNames:
    """What one value of a choice is called.

    Attributes:
        control: at the control that offers it.
        short: where a caption says what network it is about; empty for what goes without saying.
        program: in the heading of a generated program.
    """

    control: str
    short: str = ""
    program: str = ""


VALUES: dict[str, dict[str, ValueNames]] = {
    "placement": {
        "none": ValueNames("None", "no BN", "No batch norm"),
        "before": ValueNames("Before ReLU", "BN before ReLU", "Batch norm before each ReLU"),
        "after": ValueNames("After ReLU", "BN after ReLU", "Batch norm after each ReLU"),
    },
    "implementation": {
        "layer": ValueNames("Layer", "", "by the high-level layer"),
        "by-hand": ValueNames("By hand", "by hand", "by hand"),
    },
    "initializer": {
        "glorot": ValueNames("Glorot uniform", "", "Glorot uniform kernels"),
        "he": ValueNames("He normal", "He", "He normal kernels"),
        "truncated-normal": ValueNames("Truncated normal, 0.05", "truncated normal", "truncated normal kernels"),
    },
    "bug": {
        "none": ValueNames("None"),
        "never-updated": ValueNames("Moving statistics never updated"),
        "batch-at-test": ValueNames("Batch statistics at test"),
        "wrong-axes": ValueNames("Moments over the wrong axes"),
        "no-training-mode": ValueNames("Training mode forgotten"),
        "leaky-evaluation": ValueNames("Evaluation that updates"),
        "sorted-batches": ValueNames("Sorted batches"),
    },
}
"""By field and value. A field that is not here is written by its value."""

ORDERS = {"none": "conv → ReLU", "before": "conv → BN → ReLU", "after": "conv → ReLU → BN"}
"""In which order each placement has the parts of a block."""


@dataclass(frozen=True)
class Variant:
    """A configuration that is recorded over some seeds.

    Attributes:
        key: how code and addresses name it.
        label: how a person does.
        config: with seed 0.
    """

    key: str
    label: str
    config: TrainingConfig


@dataclass(frozen=True)
class Network(Variant):
    """One of the six networks that race.

    Attributes:
        line: what it is called at its line in a chart.
        spoken: what it is called in a sentence.
    """

    line: str
    spoken: str


NETWORKS: tuple[Network, ...] = (
    Network("none", "No batch norm", TrainingConfig(placement="none", bias=True), "no BN", "no BN"),
    Network(
        "none-he",
        "No batch norm, He",
        TrainingConfig(placement="none", bias=True, initializer="he"),
        "no BN, He",
        "no BN with He",
    ),
    Network("before", "BN before ReLU, no bias", TrainingConfig(), "before", "BN before ReLU"),
    Network(
        "before-bias",
        "BN before ReLU, with bias",
        TrainingConfig(bias=True),
        "before + bias",
        "BN before ReLU with a bias",
    ),
    Network("after", "BN after ReLU, no bias", TrainingConfig(placement="after"), "after", "BN after ReLU"),
    Network(
        "after-bias",
        "BN after ReLU, with bias",
        TrainingConfig(placement="after", bias=True),
        "after + bias",
        "BN after ReLU with a bias",
    ),
)

NETWORK_BY_KEY = {network.key: network for network in NETWORKS}


@dataclass(frozen=True)
class Preset:
    """A configuration that can be chosen by name."""

    key: str
    label: str
    help: str
    config: TrainingConfig


PRESETS: tuple[Preset, ...] = (
    Preset(
        "notebook-none",
        "Notebook: no batch norm",
        "The notebook's first network: 20 layers, no normalization.",
        NETWORK_BY_KEY["none"].config,
    ),
    Preset(
        "notebook-layers",
        "Notebook: tf.layers",
        "BN before the ReLU, no bias, by the high-level layer.",
        NETWORK_BY_KEY["before"].config,
    ),
    Preset(
        "notebook-nn",
        "Notebook: tf.nn",
        "BN before the ReLU, no bias, by hand, kernels from a truncated normal (0.05).",
        TrainingConfig(implementation="by-hand", initializer="truncated-normal"),
    ),
    Preset(
        "before-bias",
        "Before ReLU, with bias",
        "The notebook's first alternate: a bias that BN cancels.",
        NETWORK_BY_KEY["before-bias"].config,
    ),
    Preset(
        "after-bias",
        "After ReLU, with bias",
        "The notebook's second alternate: conv, bias, ReLU, then BN.",
        NETWORK_BY_KEY["after-bias"].config,
    ),
    Preset(
        "after",
        "After ReLU, no bias",
        "The notebook's third alternate: conv, ReLU, then BN.",
        NETWORK_BY_KEY["after"].config,
    ),
    Preset(
        "none-he",
        "No batch norm, He",
        "No normalization, but an initializer made for ReLU.",
        NETWORK_BY_KEY["none-he"].config,
    ),
)
