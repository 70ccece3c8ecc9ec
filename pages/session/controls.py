"""The controls, one for every field of a configuration, made from the fields' own table; some are on two pages.

What they say lives in the session, and the address follows it. Each is a control as any other: see `setting`.

Nothing that a browser sends is taken on trust: `chosen` reads it through the same check as every other value.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

import streamlit as st

from bn_core import config as configuration
from bn_core.config import FIELD_BY_NAME, Choice, Field, Switch, TrainingConfig, Whole, default_bias
from bn_core.data.catalogue import TITLES, at_hand, default_dataset
from bn_core.names import ORDERS, PRESETS, VALUES
from pages.session import setting, url_state
from pages.session.session import session
from pages.words.prose import prose

TEXT = prose("controls")

GROUPS: dict[str, tuple[str, ...]] = {
    "network": ("implementation", "initializer"),
    "training": ("dataset", "batches", "batch_size", "learning_rate", "seed"),
    "batch_norm": ("momentum", "epsilon"),
    "on_purpose": ("bug",),
}


def written(field: str, value: str) -> str:
    """Return how a field's value is written on the page."""
    names = VALUES.get(field, {})
    return names[value].control if value in names else value


def hold(config: TrainingConfig) -> None:
    """Make the controls say this configuration. Only before they are drawn, or in a callback."""
    session().controls = config.to_json()


def chosen() -> TrainingConfig:
    """Return what the controls say, with the default for what is not valid."""
    return configuration.read(_said())[0]


def problems() -> tuple[str, ...]:
    """Return one sentence for each control whose value cannot be used."""
    return tuple(problem.sentence for problem in configuration.read(_said())[1])


def preset_of(config: TrainingConfig) -> str | None:
    """Return the preset that is this configuration, if one is."""
    dataset = default_dataset()
    return next((preset.key for preset in PRESETS if replace(preset.config, dataset=dataset) == config), None)


def panel() -> TrainingConfig:
    """Draw all controls where it is called and return what they say."""
    config = chosen()
    _presets(config)
    placement = FIELD_BY_NAME["placement"]
    st.radio(
        placement.label,
        list(ORDERS),
        index=list(ORDERS).index(config.placement),
        format_func=partial(written, "placement"),
        captions=list(ORDERS.values()),
        **common(placement),
    )
    control("bias", config)
    with st.expander(TEXT("more"), key="more", type="compact"):
        for group, names in GROUPS.items():
            st.caption(TEXT(f"groups.{group}"))
            for name in names:
                control(name, config, disabled=name in config.idle)
    return config


def control(name: str, config: TrainingConfig, **look: Any) -> None:
    """Draw the control for a field of its kind, at its value. Its range is checked again when it is read.

    Args:
        look: what else Streamlit's function is to be given: `disabled`, `width`.
    """
    field, value = FIELD_BY_NAME[name], getattr(config, name)
    words, more = partial(_offered, name), common(field) | look
    match field:
        case Choice() if len(field.values) == 2:
            more = {"width": "stretch"} | more
            st.segmented_control(field.label, field.values, default=value, required=True, format_func=words, **more)
        case Choice():
            at = field.values.index(value)
            st.selectbox(field.label, field.values, index=at, format_func=words, **more)
        case Switch():
            st.toggle(field.label, value, **more)
        case Whole():
            st.number_input(field.label, field.low, field.high, value, step=field.step, **more)
        case _:
            st.number_input(field.label, field.low, field.high, value, step=field.step, format="%g", **more)


def common(field: Field) -> dict[str, Any]:
    """Return what Streamlit's function for a field's control is given whichever it is."""
    said = _said()[field.name]
    return {"help": field.help} | setting.control(f"config-{field.name}", said, change=partial(choose, field.name))


def _presets(config: TrainingConfig) -> None:
    current = preset_of(config)
    known = {preset.key: preset for preset in PRESETS}
    st.selectbox(
        TEXT("preset.label"),
        list(known),
        index=None if current is None else list(known).index(current),
        format_func=lambda preset: known[preset].label,
        placeholder=TEXT("preset.own"),
        help=TEXT("preset.help"),
        **setting.control("config-preset", current, change=_take_preset),
    )
    st.caption(" ".join(filter(None, ["" if current is None else known[current].help, TEXT("preset.notebook")])))


def _offered(field: str, value: str) -> str:
    """Return how a field's control writes a value that it offers."""
    if field != "dataset":
        return written(field, value)
    title = next(title for name, title in TITLES.items() if name == value)
    return title if at_hand(value) else TEXT("download", title=title)


def choose(name: str, value: object) -> None:
    """Choose a field's value; the address follows. For callbacks.

    Crossing between a network with BN and one without takes the bias along: each has its own default.
    """
    before = chosen()
    _said()[name] = value
    after = chosen()
    if after.normalized != before.normalized:
        _said()["bias"] = default_bias(after.placement)
    _write_address()


def _take_preset(key: str | None) -> None:
    preset = next((preset for preset in PRESETS if preset.key == key), None)
    if preset is not None:
        # On the data set that is at hand, as everything is where nobody chose one.
        hold(replace(preset.config, dataset=default_dataset()))
        _write_address()


def _said() -> dict[str, Any]:
    said = session().controls
    assert said is not None, "a page is settled before its controls are read"
    return said


def _write_address() -> None:
    url_state.go(replace(url_state.here(), config=chosen(), configured=True))
