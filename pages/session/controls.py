"""The controls, one for every field of a configuration, made from the fields' own table.

What they say lives in the session, and the address follows it. A control is told its value when it is first drawn, and
is replaced by a new one (another key) when the page changes the value under it: a value that is sent to a control on
the page can be lost when two updates come close together, as they do while a page loads.

Nothing that a browser sends is taken on trust: `chosen` reads it through the same check as every other value.
"""

from __future__ import annotations

import dataclasses
from collections import Counter
from dataclasses import dataclass, replace
from typing import Any

import streamlit as st

from bn_core import config as configuration
from bn_core.config import FIELDS, PRESETS, Choice, Field, Switch, TrainingConfig, Whole, default_bias
from bn_core.data.catalogue import TITLES, at_hand, default_dataset
from pages.session import url_state

_STATE = "controls"

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


@dataclass
class _Held:
    """What a session's controls say.

    Attributes:
        values: by the field's name, as they came: maybe of another type or out of range.
        turns: how often the page replaced a control, by name.
        preset: what the choice of presets shows.
    """

    values: dict[str, Any]
    turns: Counter[str] = dataclasses.field(default_factory=Counter)
    preset: str | None = None

    def put(self, name: str, value: object) -> None:
        if self.values.get(name) != value:
            self.values[name] = value
            self.turns[name] += 1


def key(name: str) -> str:
    """The key of the control for a field (or of `preset`) that is on the page now."""
    held = st.session_state[_STATE]
    return f"config_{name}_{held.turns[name]}"


def held() -> bool:
    """Whether this session's controls say anything yet."""
    return _STATE in st.session_state


def hold(config: TrainingConfig) -> None:
    """Makes the controls say this configuration. Only before they are drawn, or in a callback."""
    if not held():
        st.session_state[_STATE] = _Held(config.to_json())
    for name, value in config.to_json().items():
        st.session_state[_STATE].put(name, value)


def chosen() -> TrainingConfig:
    """What the controls say, with the default for what is not valid."""
    return configuration.read(st.session_state[_STATE].values)[0]


def problems() -> tuple[str, ...]:
    """One sentence for each control whose value cannot be used."""
    return tuple(problem.sentence for problem in configuration.read(st.session_state[_STATE].values)[1])


def preset_of(config: TrainingConfig) -> str | None:
    """The preset that is this configuration, if one is."""
    return next((preset.key for preset in PRESETS if _with_data(preset.config) == config), None)


def panel() -> TrainingConfig:
    """Draws all controls where it is called and returns what they say."""
    config = chosen()
    _presets(config)
    placement = FIELD["placement"]
    assert isinstance(placement, Choice)
    st.radio(
        placement.label,
        placement.values,
        index=placement.values.index(config.placement),
        key=key("placement"),
        format_func=WORDS["placement"].__getitem__,
        captions=[ORDERS[value] for value in placement.values],
        on_change=_placement_changed,
        help=placement.help,
    )
    _control(FIELD["bias"], config.bias)
    with st.expander("More choices", key="more", type="compact"):
        for group, names in GROUPS.items():
            st.caption(group)
            for name in names:
                idle = name in IDLE_WITHOUT_BN and not config.normalized
                _control(FIELD[name], getattr(config, name), disabled=idle)
    return config


def _presets(config: TrainingConfig) -> None:
    held = st.session_state[_STATE]
    current = preset_of(config)
    if held.preset != current:
        held.preset = current
        held.turns["preset"] += 1
    labels = {preset.key: preset.label for preset in PRESETS}
    st.selectbox(
        "Preset",
        list(labels),
        index=None if current is None else list(labels).index(current),
        key=key("preset"),
        format_func=labels.__getitem__,
        placeholder="Your own choice",
        on_change=_take_preset,
        help="The notebook's three networks, its three alternates, and one without BN but with a better initializer.",
    )


def _control(field: Field, value: Any, *, disabled: bool = False) -> None:
    """The control for a field of its kind, at this value. Its range is checked again when it is read."""
    common: dict[str, Any] = {
        "key": key(field.name),
        "help": field.help,
        "on_change": _changed,
        "args": (field.name,),
        "disabled": disabled,
    }
    match field:
        case Choice() if len(field.values) == 2:
            words = _words(field)
            st.segmented_control(
                field.label, field.values, default=value, required=True, format_func=words, width="stretch", **common
            )
        case Choice():
            at = field.values.index(value)
            st.selectbox(field.label, field.values, index=at, format_func=_words(field), **common)
        case Switch():
            st.toggle(field.label, value, **common)
        case Whole():
            step = int(STEPS.get(field.name, 1))
            st.number_input(field.label, field.low, field.high, value, step=step, **common)
        case _:
            st.number_input(field.label, field.low, field.high, value, step=STEPS[field.name], format="%g", **common)


def _words(field: Choice) -> Any:
    if field.name == "dataset":
        return _dataset_words
    return lambda value: WORDS.get(field.name, {}).get(value, value)


def _dataset_words(name: str) -> str:
    title = TITLES.get(name, name)
    return title if at_hand(name) else f"{title} (will be downloaded)"


def _changed(name: str) -> None:
    """What was said and the address follow the control that the person changed."""
    st.session_state[_STATE].values[name] = st.session_state[key(name)]
    _write_address()


def _placement_changed() -> None:
    """Crossing between a network with BN and one without takes the bias along: each has its own default."""
    held, before = st.session_state[_STATE], chosen()
    held.values["placement"] = st.session_state[key("placement")]
    after = chosen()
    if after.normalized != before.normalized:
        held.put("bias", default_bias(after.placement))
    _write_address()


def _take_preset() -> None:
    held = st.session_state[_STATE]
    held.preset = st.session_state[key("preset")]
    preset = next((preset for preset in PRESETS if preset.key == held.preset), None)
    if preset is not None:
        hold(_with_data(preset.config))
        _write_address()


def _write_address() -> None:
    url_state.go(replace(url_state.here(), config=chosen(), configured=True))


def _with_data(config: TrainingConfig) -> TrainingConfig:
    """A preset on the data set that is at hand, as everything is where nobody chose one."""
    return replace(config, dataset=default_dataset())
