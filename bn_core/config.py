"""TrainingConfig: every choice a person can make, validated once.

Each choice is stated once, as a field of `TrainingConfig`: its name, its values, its default and its help. `FIELDS` is
read from there, and the command line's options, the URL's parameters, the page's controls and every error message are
made from `FIELDS`: so they cannot disagree.
"""

from __future__ import annotations

import functools
import hashlib
import json
import math
import string
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any, Literal, get_args, get_type_hints

from bn_core.architecture import Architecture
from bn_core.bugs import Bug, Effect, effect_of
from bn_core.protocol import MOST_STEPS

Placement = Literal["none", "before", "after"]
Implementation = Literal["layer", "by-hand"]
Initializer = Literal["glorot", "he", "truncated-normal"]
DatasetName = Literal["mnist", "mnist-5k", "fashion-mnist"]


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong with one field: what it is, what was given, and what would be right."""

    field: str
    sentence: str


class ConfigError(ValueError):
    """Values that are no training configuration. `problems` has one entry for every field that is wrong."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__(" ".join(problem.sentence for problem in problems))


@dataclass(frozen=True)
class Choice:
    """A field with a fixed set of values."""

    name: str
    values: tuple[str, ...]
    default: str
    label: str
    help: str

    @property
    def domain(self) -> str:
        return "one of " + ", ".join(self.values)

    def parse(self, value: object) -> str:
        if isinstance(value, str) and value in self.values:
            return value
        raise ValueError


@dataclass(frozen=True)
class Switch:
    """A field that is true or false. Its default depends on the placement: see `default_bias`."""

    name: str
    label: str
    help: str

    @property
    def domain(self) -> str:
        return "true or false"

    def parse(self, value: object) -> bool:
        if isinstance(value, bool):
            return value
        if isinstance(value, str) and value in ("true", "false"):
            return value == "true"
        raise ValueError


@dataclass(frozen=True)
class Whole:
    """A field that is a whole number from `low` to `high`, both included. Its control goes up and down by `step`."""

    name: str
    low: int
    high: int
    default: int
    label: str
    help: str
    step: int = 1

    @property
    def domain(self) -> str:
        return f"a whole number from {self.low} to {self.high}"

    def parse(self, value: object) -> int:
        if isinstance(value, bool):
            raise ValueError
        if isinstance(value, str):
            # As float() does; str.strip() alone would also take away control characters.
            text = value.strip(string.whitespace)
            # int() would also take "1_000" and other scripts' digits: a link that a person typed should not.
            if not text.isascii() or not text.lstrip("+-").isdigit() or len(text) > 20:
                raise ValueError
            value = int(text)
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if not isinstance(value, int) or not self.low <= value <= self.high:
            raise ValueError
        return value


@dataclass(frozen=True)
class Real:
    """A field that is a finite number from `low` to `high`, both included. Its control goes up and down by `step`."""

    name: str
    low: float
    high: float
    default: float
    label: str
    help: str
    step: float

    @property
    def domain(self) -> str:
        return f"a number from {self.low:g} to {self.high:g}".replace("e-0", "e-")

    def parse(self, value: object) -> float:
        if isinstance(value, bool):
            raise ValueError
        if isinstance(value, str):
            if not value.isascii() or "_" in value or len(value) > 40:
                raise ValueError
            value = float(value)
        if not isinstance(value, int | float):
            raise ValueError
        # A huge whole number does not fit a float: comparing first keeps float() from overflowing.
        if not self.low <= value <= self.high:
            raise ValueError
        # Adding 0 turns -0.0 into 0.0: equal configurations must not differ in their text.
        number = float(value) + 0.0
        if not math.isfinite(number):
            raise ValueError
        return number


Field = Choice | Switch | Whole | Real


def stated(default: Any, label: str, help: str, **facts: Any) -> Any:
    """Return a field of the configuration with all that its name and type do not say of it.

    Args:
        default: its value where nobody chose.
        label, help: what its control and its command line option say.
        facts: `low`, `high` and `step` of a number; `added=True` for a field that came after the first runs were stored
            (see `TrainingConfig.identity`).
    """
    return field(default=default, metadata={"label": label, "help": help, "added": False} | facts)


def described(kind: type) -> tuple[Field, ...]:
    """Return what the fields of a configuration class may hold: an annotation says the kind and the values."""
    types = get_type_hints(kind)
    found: list[Field] = []
    for each in fields(kind):
        facts: dict[str, Any] = {"name": each.name, "default": each.default} | each.metadata
        del facts["added"]
        if types[each.name] is bool:
            del facts["default"]
            found.append(Switch(**facts))
        elif types[each.name] in (int, float):
            found.append((Whole if types[each.name] is int else Real)(**facts))
        else:
            found.append(Choice(values=get_args(types[each.name]), **facts))
    return tuple(found)


def default_bias(placement: str) -> bool:
    """Whether a network has biases where nobody said: beta makes one redundant, and without BN there is no beta."""
    return placement == "none"


IDLE_WITHOUT_BN = ("implementation", "momentum", "epsilon")
"""The fields that do nothing in a network without batch normalization."""


@dataclass(frozen=True)
class TrainingConfig:
    """Everything that decides a training. Make one by `TrainingConfig.of`, which checks every value.

    The defaults are the notebook's (its `tf.layers` version).
    """

    placement: Placement = stated(
        "before",
        "Batch norm",
        "Where batch normalization sits: nowhere, before the ReLU (conv, BN, ReLU) or after it (conv, ReLU, BN).",
    )
    bias: bool = stated(
        False,
        "Bias",
        "Whether the normalized convolutions and the dense 100 layer add a bias. Default: no bias with batch norm, "
        "a bias without it.",
    )
    implementation: Implementation = stated(
        "layer",
        "Written",
        "By the high-level layer (keras.layers.BatchNormalization) or by hand (tf.nn.moments, "
        "tf.nn.batch_normalization).",
    )
    initializer: Initializer = stated(
        "glorot",
        "Initializer",
        "How the convolutions' kernels start: Glorot uniform, He normal, or a truncated normal of standard "
        "deviation 0.05 (as in the notebook's version by hand).",
    )
    bug: Bug = stated("none", "Bug", "A mistake to make on purpose.")
    dataset: DatasetName = stated(
        "mnist",
        "Data set",
        "MNIST (70,000 digits), MNIST-5k (5,000 real digits that need no network) or Fashion-MNIST (70,000 garments).",
    )
    batches: int = stated(
        800, "Batches", "How many batches to train, one update each.", low=1, high=MOST_STEPS, step=100
    )
    batch_size: int = stated(
        64, "Batch size", "How many images a batch has: the images that share one mean.", low=1, high=512, step=16
    )
    learning_rate: float = stated(0.002, "Learning rate", "Adam's step size.", low=1e-5, high=1.0, step=0.001)
    momentum: float = stated(
        0.99,
        "BN momentum",
        "What share of the old moving mean and variance each update keeps: TensorFlow's decay, and one minus PyTorch's "
        "momentum. It is not the optimizer's.",
        low=0.0,
        high=0.9999,
        step=0.01,
    )
    epsilon: float = stated(
        0.001,
        "BN epsilon",
        "What is added to the variance before its square root is taken; it caps the gain.",
        low=1e-8,
        high=1.0,
        step=0.001,
    )
    seed: int = stated(0, "Seed", "Decides the initial kernels and the order of the batches.", low=0, high=2**31 - 1)

    @classmethod
    def of(cls, values: Mapping[str, object]) -> TrainingConfig:
        """The configuration with these values and the defaults for the rest.

        The only function that validates. Numbers may come as text (the command line's, a URL's) or as numbers (JSON's).

        Raises:
            ConfigError: an unknown field, a value of another type, or one out of range; it names every such field.
        """
        config, problems = read(values)
        if problems:
            raise ConfigError(problems)
        return config

    def to_json(self) -> dict[str, Any]:
        """The fields as JSON's own types; `of` takes them back."""
        return asdict(self)

    def to_url(self) -> dict[str, str]:
        """The fields that differ from the defaults, as URL parameters; `of` takes them back."""
        defaults = TrainingConfig(placement=self.placement, bias=default_bias(self.placement))
        values = {name: url_text(value) for name, value in asdict(self).items() if value != getattr(defaults, name)}
        if self.placement != TrainingConfig.placement:
            values = {"placement": self.placement} | values
        return values

    @property
    def normalized(self) -> bool:
        """Whether there is any batch normalization in the network."""
        return self.placement != "none"

    @property
    def idle(self) -> tuple[str, ...]:
        """The fields that do nothing in this network."""
        return () if self.normalized else IDLE_WITHOUT_BN

    @property
    def architecture(self) -> Architecture:
        """The network's shape: its layers, and their channels and sizes."""
        return Architecture()

    def values_behind_means(self, images: int) -> tuple[int, ...]:
        """Return how many values of so many images share one mean and one variance, for each normalized layer."""
        if not self.normalized:
            return ()
        if not self.effect.axes_of_channel:
            return (images,) * self.architecture.layers
        return tuple(self.architecture.values_behind_mean(layer, images) for layer in self.architecture.numbers)

    @property
    def effect(self) -> Effect:
        """What the bug changes of this training."""
        return effect_of(self.bug, self.normalized)

    @property
    def moving_momentum(self) -> float:
        """What share of the old value each update of the moving statistics keeps: all of it where none updates them."""
        return self.momentum if self.effect.updates_moving else 1.0

    @functools.cached_property
    def identity(self) -> str:
        """A short text, equal for two configurations just where they describe the same training.

        Where placement is `none`, implementation, momentum and epsilon do nothing and so do not count. A field that was
        added later counts only where it is not the default: so the runs of before keep their identity.
        """
        values = {
            each.name: value
            for each in fields(self)
            if each.name not in self.idle
            if (value := getattr(self, each.name)) != each.default or not each.metadata["added"]
        }
        return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()[:16]

    @property
    def compile_key(self) -> tuple[str, bool, str, str]:
        """What decides the compiled network (everything else is a tensor or plain data): placement, bias,
        implementation, and the bug where it changes the graph. Equal keys share one compiled network."""
        implementation = self.implementation if self.normalized else "layer"
        bug = "none" if self.effect.batch_statistics else self.bug
        return self.placement, self.bias, implementation, bug

    def with_(self, **changes: object) -> TrainingConfig:
        """A copy with these fields changed, checked like any other."""
        return TrainingConfig.of(asdict(self) | changes)


FIELDS = described(TrainingConfig)

FIELD_BY_NAME: dict[str, Field] = {each.name: each for each in FIELDS}


def read(values: Mapping[str, object]) -> tuple[TrainingConfig, list[Problem]]:
    """The configuration that these values give, with the default in place of each wrong one, and what was wrong.

    For a page's URL, where a bad value gets a sentence and the default; everything else calls `TrainingConfig.of`.
    """
    problems: list[Problem] = []
    good: dict[str, Any] = {}
    for name, value in values.items():
        known = FIELD_BY_NAME.get(name)
        if known is None:
            names = ", ".join(FIELD_BY_NAME)
            problems.append(Problem(shown(name), f"There is no field {shown(name)}; the fields are {names}."))
            continue
        try:
            good[name] = known.parse(value)
        except (ValueError, TypeError, OverflowError):
            problems.append(Problem(name, f"{name} must be {known.domain}, not {shown(value)}."))
    good.setdefault("bias", default_bias(good.get("placement", TrainingConfig.placement)))
    return TrainingConfig(**good), problems


def shown(value: object) -> str:
    """A value as an error message may quote it: short, on one line, without control characters."""
    try:
        text = repr(value)
    except Exception:  # a hostile __repr__, or a whole number of more digits than Python will print
        text = f"a value of type {type(value).__name__}"
    text = "".join(character if character.isprintable() else "?" for character in text)
    return text if len(text) <= 60 else text[:57] + "..."


def url_text(value: object) -> str:
    """A field's value as a URL parameter writes it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return repr(value) if isinstance(value, float) else str(value)
