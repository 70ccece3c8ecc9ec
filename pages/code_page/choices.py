"""The choices that change the program most, above it; what else was chosen elsewhere is named."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from functools import partial

import streamlit as st

from bn_core import config as configuration
from bn_core.config import FIELD_BY_NAME, Choice, TrainingConfig, default_bias
from pages.code_page.signs import shown
from pages.session import actions, controls
from pages.session.session import kept, widget
from pages.words.prose import prose

HERE = ("placement", "bias", "initializer", "bug")
"""The fields that can be chosen on this page. `implementation` needs no control: both are shown."""


@dataclass
class _Drawn:
    """What this page's controls say, and how often each was replaced, by the field's name."""

    values: dict[str, object] = field(default_factory=dict)
    turns: Counter[str] = field(default_factory=Counter)


def key(name: str) -> str:
    """Return the key of this page's control for a field."""
    return f"code_{name}_{kept(_Drawn).turns[name]}"


def _bring_up_to_date(config: TrainingConfig) -> None:
    """A control whose value was changed elsewhere is replaced; the one that was used stays, and keeps the focus."""
    drawn = kept(_Drawn)
    for name in HERE:
        value = getattr(config, name)
        if drawn.values.setdefault(name, value) != value:
            drawn.values[name] = value
            drawn.turns[name] += 1


def choices(config: TrainingConfig) -> None:
    """Draw the controls, and the way to all others. They say what those of the page Train say, and change it."""
    _bring_up_to_date(config)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium", key="choices"):
        _controls(config)
        st.space("stretch")
        st.page_link("pages/train.py", label=prose("code")("all-choices"), icon=":material/tune:")


def _controls(config: TrainingConfig) -> None:
    placement, initializer, bug = (FIELD_BY_NAME[name] for name in ("placement", "initializer", "bug"))
    assert isinstance(placement, Choice)
    st.segmented_control(
        placement.label,
        placement.values,
        default=config.placement,
        required=True,
        key=key("placement"),
        format_func=partial(controls.written, "placement"),
        on_change=_take,
        args=("placement",),
        help=placement.help,
        width="content",
    )
    bias = FIELD_BY_NAME["bias"]
    st.toggle(
        bias.label, config.bias, key=key("bias"), on_change=_take, args=("bias",), help=bias.help, width="content"
    )
    for choice in (initializer, bug):
        assert isinstance(choice, Choice)
        st.selectbox(
            choice.label,
            choice.values,
            index=choice.values.index(getattr(config, choice.name)),
            key=key(choice.name),
            format_func=partial(controls.written, choice.name),
            on_change=_take,
            args=(choice.name,),
            help=choice.help,
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
    before, value = controls.chosen(), widget(key(name))
    kept(_Drawn).values[name] = value
    values = before.to_json() | {name: value}
    after = configuration.read(values)[0]
    if name == "placement" and after.normalized != before.normalized:
        after = configuration.read(values | {"bias": default_bias(after.placement)})[0]
    actions.copy_config(after)
