"""The choices that change the program most, above it; what else was chosen elsewhere is named."""

from __future__ import annotations

import streamlit as st

from bn_core import config as configuration
from bn_core.config import FIELD_BY_NAME, Choice, TrainingConfig, default_bias
from pages.code_page.signs import shown
from pages.session import controls, desk
from pages.words.prose import prose

HERE = ("placement", "bias", "initializer", "bug")
"""The fields that can be chosen on this page. `implementation` needs no control: both are shown."""


_SHOWN = "code_page_controls"


def key(name: str) -> str:
    """The key of this page's control for a field."""
    _, turn = st.session_state[_SHOWN][name]
    return f"code_{name}_{turn}"


def _bring_up_to_date(config: TrainingConfig) -> None:
    """A control whose value was changed elsewhere is replaced; the one that was used stays, and keeps the focus."""
    controls_shown = st.session_state.setdefault(_SHOWN, {})
    for name in HERE:
        value = getattr(config, name)
        said, turn = controls_shown.get(name, (value, 0))
        controls_shown[name] = (value, turn if said == value else turn + 1)


def choices(config: TrainingConfig) -> None:
    """Draws the controls. They say what the controls of the page Train say, and change it."""
    _bring_up_to_date(config)
    placement, initializer, bug = (FIELD_BY_NAME[name] for name in ("placement", "initializer", "bug"))
    assert isinstance(placement, Choice)
    st.segmented_control(
        placement.label,
        placement.values,
        default=config.placement,
        required=True,
        key=key("placement"),
        format_func=controls.WORDS["placement"].__getitem__,
        on_change=_take,
        args=("placement",),
        help=placement.help,
        width="content",
    )
    bias = FIELD_BY_NAME["bias"]
    st.toggle(
        bias.label, config.bias, key=key("bias"), on_change=_take, args=("bias",), help=bias.help, width="content"
    )
    for field in (initializer, bug):
        assert isinstance(field, Choice)
        st.selectbox(
            field.label,
            field.values,
            index=field.values.index(getattr(config, field.name)),
            key=key(field.name),
            format_func=controls.WORDS[field.name].__getitem__,
            on_change=_take,
            args=(field.name,),
            help=field.help,
            width=220,
        )


def chosen_elsewhere(config: TrainingConfig) -> str:
    """The other choices that are not the default's, as a list; an empty text where there is none."""
    default = TrainingConfig()
    others = [
        f"{FIELD_BY_NAME[name].label} {shown(config, name)}"
        for name in FIELD_BY_NAME
        if name not in (*HERE, "implementation")
        and getattr(config, name) != getattr(default, name)
        and (config.normalized or name not in controls.IDLE_WITHOUT_BN)
    ]
    return prose("code")("elsewhere", others=", ".join(others)) if others else ""


def _take(name: str) -> None:
    """The session's configuration follows a control of this page. Between BN and none the bias goes to its default."""
    before, value = controls.chosen(), st.session_state[key(name)]
    st.session_state[_SHOWN][name] = (value, st.session_state[_SHOWN][name][1])
    values = before.to_json() | {name: value}
    after = configuration.read(values)[0]
    if name == "placement" and after.normalized != before.normalized:
        after = configuration.read(values | {"bias": default_bias(after.placement)})[0]
    desk.copy_config(after)
