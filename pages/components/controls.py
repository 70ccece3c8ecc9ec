"""The controls, one for every field of a configuration, made from the fields' own table.

What they hold lives in the session under `config_<field>`; the address follows them. Nothing that a browser sends is
taken on trust: `chosen` reads it through the same check as every other value.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import streamlit as st

from bn_core import config as configuration
from bn_core.config import FIELDS, PRESETS, Choice, Field, Switch, TrainingConfig, Whole, default_bias
from bn_core.datasets import TITLES, at_hand, default_dataset
from pages.components import url_state

PREFIX = "config_"
PRESET = "preset"
_NORMALIZED = "config_was_normalized"

WORDS: dict[str, dict[str, str]] = {
    "placement": {"none": "None", "before": "Before ReLU", "after": "After ReLU"},
    "implementation": {"layer": "Layer", "by-hand": "By hand"},
    "initializer": {"glorot": "Glorot uniform", "he": "He normal", "truncated-normal": "Truncated normal, 0.05"},
    "bug": {
        "none": "None",
        "never-updated": "Moving statistics never updated",
        "batch-at-test": "Batch statistics at test",
        "wrong-axes": "Moments over the wrong axes",
        "no-training-mode": "Training mode forgotten",
        "leaky-evaluation": "Evaluation that updates",
        "sorted-batches": "Sorted batches",
    },
}
"""How a value is written on the page, where its own name would not do."""

ORDERS = {"none": "conv → ReLU", "before": "conv → BN → ReLU", "after": "conv → ReLU → BN"}

STEPS: dict[str, float] = {"batches": 100, "batch_size": 16, "learning_rate": 0.001, "momentum": 0.01, "epsilon": 0.001}
"""What one press of + or − adds; any value in the field's range can be typed."""

IDLE_WITHOUT_BN = ("implementation", "momentum", "epsilon")

GROUPS: dict[str, tuple[str, ...]] = {
    "Network": ("implementation", "initializer"),
    "Training": ("dataset", "batches", "batch_size", "learning_rate", "seed"),
    "Batch norm": ("momentum", "epsilon"),
    "On purpose": ("bug",),
}

FIELD: dict[str, Field] = {field.name: field for field in FIELDS}


def hold(config: TrainingConfig) -> None:
    """Makes the controls say this configuration. Only before they are drawn, or in a callback."""
    for name, value in config.to_json().items():
        st.session_state[PREFIX + name] = value


def chosen() -> TrainingConfig:
    """What the controls say, with the default for what is not valid."""
    return _read()[0]


def held() -> bool:
    """Whether this session's controls say anything yet."""
    return PREFIX + "placement" in st.session_state


def problems() -> tuple[str, ...]:
    """One sentence for each control whose value cannot be used."""
    return tuple(problem.sentence for problem in _read()[1])


def preset_of(config: TrainingConfig) -> str | None:
    """The preset that is this configuration, if one is."""
    return next((preset.key for preset in PRESETS if _with_data(preset.config) == config), None)


def panel() -> TrainingConfig:
    """Draws all controls where it is called and returns what they say."""
    config = chosen()
    st.session_state[PRESET] = preset_of(config)
    st.session_state[_NORMALIZED] = config.normalized
    labels = {preset.key: preset.label for preset in PRESETS}
    st.selectbox(
        "Preset",
        list(labels),
        index=None,
        key=PRESET,
        format_func=labels.__getitem__,
        placeholder="Your own choice",
        on_change=_take_preset,
        help="The notebook's three networks, its three alternates, and one without BN but with a better initializer.",
    )
    st.radio(
        FIELD["placement"].label,
        FIELD["placement"].values,
        key=PREFIX + "placement",
        format_func=WORDS["placement"].__getitem__,
        captions=[ORDERS[value] for value in FIELD["placement"].values],
        on_change=_placement_changed,
        help=FIELD["placement"].help,
    )
    _control(FIELD["bias"])
    st.space("xsmall")
    with st.expander("More choices", key="more", type="compact"):
        for group, names in GROUPS.items():
            st.caption(group)
            for name in names:
                _control(FIELD[name], disabled=name in IDLE_WITHOUT_BN and not config.normalized)
    return config


def _control(field: Field, *, disabled: bool = False) -> None:
    """The control for a field of its kind. Its range is checked again when it is read."""
    common: dict[str, Any] = {
        "key": PREFIX + field.name,
        "help": field.help,
        "on_change": _changed,
        "disabled": disabled,
        "persist_state": "session",
    }
    match field:
        case Choice() if len(field.values) == 2:
            st.segmented_control(
                field.label, field.values, required=True, format_func=_words(field), width="stretch", **common
            )
        case Choice():
            st.selectbox(field.label, field.values, format_func=_words(field), **common)
        case Switch():
            st.toggle(field.label, **common)
        case Whole():
            step = int(STEPS.get(field.name, 1))
            st.number_input(field.label, field.low, field.high, step=step, **common)
        case _:
            st.number_input(field.label, field.low, field.high, step=STEPS[field.name], format="%g", **common)


def _words(field: Choice) -> Any:
    if field.name == "dataset":
        return _dataset_words
    return lambda value: WORDS.get(field.name, {}).get(value, value)


def _dataset_words(name: str) -> str:
    title = TITLES.get(name, name)
    return title if at_hand(name) else f"{title} (will be downloaded)"


def _changed() -> None:
    """The address follows the controls."""
    url_state.go(replace(url_state.here(), config=chosen(), configured=True))


def _placement_changed() -> None:
    """Crossing between a network with BN and one without takes the bias along: each has its own default."""
    config = chosen()
    if config.normalized != st.session_state.get(_NORMALIZED):
        st.session_state[PREFIX + "bias"] = default_bias(config.placement)
    _changed()


def _take_preset() -> None:
    key = st.session_state[PRESET]
    preset = next((preset for preset in PRESETS if preset.key == key), None)
    if preset is not None:
        hold(_with_data(preset.config))
        _changed()


def _with_data(config: TrainingConfig) -> TrainingConfig:
    """A preset on the data set that is at hand, as everything is where nobody chose one."""
    return replace(config, dataset=default_dataset())


def _read() -> tuple[TrainingConfig, list[configuration.Problem]]:
    values = {field.name: st.session_state.get(PREFIX + field.name) for field in FIELDS}
    return configuration.read({name: value for name, value in values.items() if value is not None})
