"""TrainingConfig: whatever is thrown at it, a valid configuration or sentences that say what is wrong."""

from __future__ import annotations

import datetime
import decimal
import json
import math
import urllib.parse
from dataclasses import dataclass, replace

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from bn_core.config import (
    FIELDS,
    Choice,
    ConfigError,
    Problem,
    Real,
    Switch,
    TrainingConfig,
    Whole,
    read,
    shown,
    stated,
)
from bn_core.names import PRESETS

CHOICES = {
    "placement": ("none", "before", "after"),
    "implementation": ("layer", "by-hand"),
    "initializer": ("glorot", "he", "truncated-normal"),
    "bug": (
        "none",
        "never-updated",
        "batch-at-test",
        "wrong-axes",
        "no-training-mode",
        "leaky-evaluation",
        "sorted-batches",
    ),
    "dataset": ("mnist", "mnist-5k", "fashion-mnist"),
}
WHOLE = {"batches": (1, 5000), "batch_size": (1, 512), "seed": (0, 2**31 - 1)}
REAL = {"learning_rate": (1e-5, 1.0), "momentum": (0.0, 0.9999), "epsilon": (1e-8, 1.0)}
NAMES = (*CHOICES, "bias", *WHOLE, *REAL)


def is_valid(config: TrainingConfig) -> bool:
    """The contract, written down a second time."""
    return (
        all(getattr(config, name) in values for name, values in CHOICES.items())
        and all(type(getattr(config, name)) is int for name in WHOLE)
        and all(low <= getattr(config, name) <= high for name, (low, high) in WHOLE.items())
        and all(type(getattr(config, name)) is float for name in REAL)
        and all(low <= getattr(config, name) <= high for name, (low, high) in REAL.items())
        and type(config.bias) is bool
    )


def means(given: object, value: object) -> bool:
    """Whether `value` is what `given` says, neither clamped nor rounded."""
    if isinstance(value, bool):
        return given is value or given == ("true" if value else "false")
    if isinstance(given, str) and not isinstance(value, str):
        return float(given) == value
    return given == value


class Hostile:
    def __repr__(self) -> str:
        raise RuntimeError("no")

    __str__ = __repr__


class FloatLike:
    def __float__(self) -> float:
        return 0.5

    def __int__(self) -> int:
        return 5

    __index__ = __int__


ODD_TEXT = (
    "",
    " ",
    "None",
    "nan",
    "inf",
    "-inf",
    "1e400",
    "-0.0",
    "0x10",
    "1_000",
    "٣",
    "64",
    " 64 ",
    "64.0",
    "+64",
    "--5",
    "6 4",
    "1e2",
    ".5",
    "TRUE",
    "True",
    "true",
    "1",
    "before ",
    "BEFORE",
    "before\n",
    "before\x00",
    "<script>alert(1)</script>",
    "'; DROP TABLE runs; --",
    "../../etc/passwd",
    "${jndi:ldap://x}",
    "%s%n{0}",
    "\ud800",
    "\u202eevil",
    "9" * 5000,
    "0." + "1" * 100,
)


def good_values(name: str) -> st.SearchStrategy[object]:
    if name in CHOICES:
        return st.sampled_from(CHOICES[name])
    if name == "bias":
        return st.sampled_from([True, False, "true", "false"])
    if name in WHOLE:
        whole = st.integers(*WHOLE[name])
        return whole | whole.map(str) | whole.map(float)
    real = st.floats(*REAL[name])
    return real | real.map(repr)


def near_values(name: str) -> st.SearchStrategy[object]:
    """Just inside and just outside."""
    if name in WHOLE:
        low, high = WHOLE[name]
        return st.sampled_from([low - 1, low, high, high + 1, str(low - 1), str(high + 1), low + 0.5, -low])
    if name in REAL:
        low, high = REAL[name]
        beyond = [math.nextafter(low, -1), math.nextafter(high, 2), -0.0, math.nan, math.inf, -math.inf]
        return st.sampled_from([low, high, *beyond, *map(repr, beyond)])
    return st.sampled_from([value for values in CHOICES.values() for value in values])


ANYTHING = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=20),
    st.binary(max_size=5),
    st.sampled_from(ODD_TEXT),
    st.complex_numbers(),
    st.lists(st.integers(), max_size=3),
    st.dictionaries(st.text(max_size=3), st.integers(), max_size=2),
    st.builds(Hostile),
    st.builds(FloatLike),
    st.sampled_from(
        [
            -(10**400),
            decimal.Decimal("0.5"),
            decimal.Decimal("sNaN"),
            datetime.date(2015, 2, 11),
            np.float32(0.5),
            np.int64(5),
            np.array([1, 2]),
            np.array(0.5),
            float,
            len,
            range(3),
        ]
    ),
)

KEYS = st.sampled_from(NAMES) | st.text(max_size=8) | st.sampled_from([None, 3, ("a", 1), -(10**400), b"seed", "Seed"])


@st.composite
def any_values(draw: st.DrawFn) -> dict[object, object]:
    return {
        key: draw(ANYTHING | good_values(key) | near_values(key) if key in NAMES else ANYTHING)
        for key in draw(st.lists(KEYS, unique=True, max_size=6))
    }


@pytest.mark.long
@settings(max_examples=10_000, suppress_health_check=[HealthCheck.too_slow])
@given(any_values())
@example({"seed": "0\x1f"})
@example({"seed": " 7\n"})
def test_any_values_give_a_valid_configuration_or_sentences(values):
    config, problems = read(values)
    assert is_valid(config)
    for problem in problems:
        assert problem.sentence.isprintable()
        assert problem.sentence.endswith(".")
        assert len(problem.sentence) < 400
    wrong = {problem.field for problem in problems}
    defaults = TrainingConfig.of(
        {name: values[name] for name in ("placement",) if name in values and name not in wrong}
    )
    for name in NAMES:
        value = getattr(config, name)
        if name in values and name not in wrong:
            assert means(values[name], value), (name, values[name], value)
        else:
            assert value == getattr(defaults, name)
    if problems:
        with pytest.raises(ConfigError) as caught:
            TrainingConfig.of(values)
        assert len(caught.value.problems) == len(problems)
    else:
        assert TrainingConfig.of(values) == config


@pytest.mark.parametrize(
    "values", [{"batches": 10**5000}, {10**5000: 1}, {"epsilon": -(10**5000)}], ids=["0", "1", "2"]
)
def test_a_number_too_long_to_print_is_refused_like_any_other(values):
    with pytest.raises(ConfigError) as caught:
        TrainingConfig.of(values)
    assert "a value of type int" in caught.value.problems[0].sentence


def valid_configs() -> st.SearchStrategy[TrainingConfig]:
    return st.fixed_dictionaries({}, optional={name: good_values(name) for name in NAMES}).map(TrainingConfig.of)


@given(valid_configs())
def test_a_configuration_survives_json(config):
    assert TrainingConfig.of(json.loads(json.dumps(config.to_json(), allow_nan=False))) == config


@given(valid_configs())
def test_a_configuration_survives_a_url(config):
    query = urllib.parse.urlencode(config.to_url())
    assert TrainingConfig.of(
        dict(urllib.parse.parse_qsl(query, keep_blank_values=True, strict_parsing=bool(query)))
    ) == (config)


def test_the_defaults_need_no_url():
    assert TrainingConfig().to_url() == {}
    assert TrainingConfig.of({"placement": "none"}).to_url() == {"placement": "none"}


@given(valid_configs(), valid_configs())
def test_identity_is_the_same_just_where_the_training_is(one, other):
    fields = set(NAMES)
    if one.placement == other.placement == "none":
        fields -= {"implementation", "momentum", "epsilon"}
    same = all(getattr(one, name) == getattr(other, name) for name in fields)
    assert (one.identity == other.identity) == same


@pytest.mark.parametrize("changes", [{"implementation": "by-hand"}, {"momentum": 0.5}, {"epsilon": 0.1}])
def test_what_only_batch_normalization_has_does_not_count_without_it(changes):
    plain = TrainingConfig.of({"placement": "none"})
    assert plain.with_(**changes).identity == plain.identity
    assert plain.with_(**changes).compile_key == plain.compile_key
    assert TrainingConfig().with_(**changes).identity != TrainingConfig().identity


@pytest.mark.parametrize(
    "changes",
    [
        {"placement": "after"},
        {"bias": True},
        {"initializer": "he"},
        {"bug": "never-updated"},
        {"dataset": "mnist-5k"},
        {"batches": 801},
        {"batch_size": 65},
        {"learning_rate": 0.0021},
        {"seed": 1},
    ],
)
def test_everything_else_counts_towards_the_identity(changes):
    assert TrainingConfig().with_(**changes).identity != TrainingConfig().identity


def test_zero_and_minus_zero_are_one_training():
    assert TrainingConfig.of({"momentum": "-0.0"}).identity == TrainingConfig.of({"momentum": 0}).identity
    assert TrainingConfig.of({"momentum": -0.0}).to_url() == {"momentum": "0.0"}


@given(valid_configs(), st.sampled_from([*({name: high} for name, (_, high) in REAL.items()), {"seed": 9}]))
def test_numbers_do_not_need_another_program(config, changes):
    assert config.with_(**changes).compile_key == config.compile_key


def test_the_defaults_are_the_notebooks():
    assert TrainingConfig.of({}) == TrainingConfig()
    assert TrainingConfig().to_json() == {
        "placement": "before",
        "bias": False,
        "implementation": "layer",
        "initializer": "glorot",
        "bug": "none",
        "dataset": "mnist",
        "batches": 800,
        "batch_size": 64,
        "learning_rate": 0.002,
        "momentum": 0.99,
        "epsilon": 0.001,
        "seed": 0,
    }


@pytest.mark.parametrize(("placement", "bias"), [("none", True), ("before", False), ("after", False)])
def test_bias_follows_the_placement_unless_it_is_given(placement, bias):
    assert TrainingConfig.of({"placement": placement}).bias is bias
    assert TrainingConfig.of({"placement": placement, "bias": not bias}).bias is not bias


def test_the_table_is_read_from_the_class():
    assert [(field.name, getattr(field, "default", None)) for field in FIELDS] == [
        (name, None if name == "bias" else value) for name, value in TrainingConfig().to_json().items()
    ]
    assert {field.name: field.values for field in FIELDS if isinstance(field, Choice)} == CHOICES
    assert {field.name: (field.low, field.high) for field in FIELDS if isinstance(field, Whole)} == WHOLE
    assert {field.name: (field.low, field.high) for field in FIELDS if isinstance(field, Real)} == REAL
    assert [field.name for field in FIELDS if isinstance(field, Switch)] == ["bias"]
    assert all(field.help.endswith(".") for field in FIELDS)


@dataclass(frozen=True)
class WithLaterField(TrainingConfig):
    """A configuration as it may be once another field was added."""

    groups: int = stated(32, "Groups", "How many groups there are.", low=1, high=64, added=True)


def test_a_field_that_is_added_later_leaves_the_identity_of_earlier_runs_as_it_was():
    for early in (TrainingConfig(), TrainingConfig(placement="none", bias=True)):
        later = WithLaterField(**early.to_json())
        assert later.identity == early.identity
        assert replace(later, groups=8).identity != early.identity


@pytest.mark.parametrize(
    ("values", "identity"),
    [
        ({}, "12c739bef898f85e"),
        ({"placement": "none"}, "30aa554328158cdf"),
        ({"bug": "wrong-axes", "seed": 7}, "99ec7fce4c96e7be"),
    ],
)
def test_a_run_keeps_the_identity_that_it_was_stored_with(values, identity):
    assert TrainingConfig.of(values).identity == identity


def test_every_wrong_field_is_named_with_its_value_and_range():
    with pytest.raises(ConfigError) as caught:
        TrainingConfig.of({"batches": 0, "momentum": "1.0", "placement": "under", "bias": 1, "colour": "red"})
    assert caught.value.problems == (
        Problem("batches", "batches must be a whole number from 1 to 5000, not 0."),
        Problem("momentum", "momentum must be a number from 0 to 0.9999, not '1.0'."),
        Problem("placement", "placement must be one of none, before, after, not 'under'."),
        Problem("bias", "bias must be true or false, not 1."),
        Problem(
            "'colour'",
            "There is no field 'colour'; the fields are placement, bias, implementation, initializer, bug, dataset, "
            "batches, batch_size, learning_rate, momentum, epsilon, seed.",
        ),
    )
    assert str(caught.value) == " ".join(problem.sentence for problem in caught.value.problems)


@pytest.mark.parametrize("name", list(WHOLE))
@pytest.mark.parametrize("end", [0, 1])
def test_both_ends_of_a_range_are_in_it(name, end):
    value = WHOLE[name][end]
    assert getattr(TrainingConfig.of({name: value}), name) == value
    with pytest.raises(ConfigError):
        TrainingConfig.of({name: value + (1 if end else -1)})


@pytest.mark.parametrize("preset", PRESETS, ids=lambda preset: preset.key)
def test_every_preset_is_valid(preset):
    assert is_valid(preset.config)
    assert TrainingConfig.of(preset.config.to_json()) == preset.config


def test_presets_are_all_different():
    assert len({preset.key for preset in PRESETS}) == len(PRESETS)
    assert len({preset.config.identity for preset in PRESETS}) == len(PRESETS)


def test_a_change_is_checked_like_everything_else():
    assert TrainingConfig().with_(batches=5).batches == 5
    with pytest.raises(ConfigError, match="batches must be a whole number"):
        TrainingConfig().with_(batches="many")


@given(ANYTHING)
def test_a_quoted_value_is_short_and_printable(value):
    assert shown(value).isprintable()
    assert 0 < len(shown(value)) <= 60
