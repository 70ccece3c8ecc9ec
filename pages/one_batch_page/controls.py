"""The controls beside the picture, and experiments: settings to start from, each at one press."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import streamlit as st

from bn_core.architecture import Architecture
from bn_core.batch_norm.walkthrough import STAGES, Order
from bn_core.exhibits import CapturedChannel
from bn_core.exhibits.full import captured_channels
from pages.one_batch_page.captured import Shelf
from pages.one_batch_page.figures import epsilon_text
from pages.one_batch_page.scene import Scene
from pages.one_batch_page.text import TEXT
from pages.parts import passed_over as passed
from pages.session import setting, settings, url_state
from pages.session.settings import LARGEST_BIAS, NETWORK

EPSILONS = tuple(sorted({float(f"{digit}e{exponent}") for exponent in range(-8, 0) for digit in (1, 3)} | {1.0}))
GAMMA_REACH, BETA_REACH = 3.0, 5.0

FIRST = {name: each.default for name, each in settings.of("one_batch").items()}
"""What the controls say before anybody touches them; None for what the channel decides."""


@dataclass(frozen=True)
class Start:
    """What the controls say before anybody touches them.

    The first layer is one whose maps are one pixel, with eight images: eight values are all there is behind a mean.

    Attributes:
        step: the nearest one that was captured.
        epsilon: None for the layer's own.
    """

    layer: int = FIRST["layer"]
    place: int = 0
    step: int = 250
    images: int = FIRST["images"]
    order: Order = FIRST["order"]
    inference: bool = False
    epsilon: float | None = FIRST["add_epsilon"]
    bias: float = FIRST["add_bias"]


EXPERIMENTS: dict[str, Start] = {
    "start": Start(),
    "alone": Start(images=1),
    "map": Start(layer=4, images=64),
    "relu": Start(place=1, order="after"),
    "bias": Start(bias=10.0),
    "moving": Start(step=100, inference=True),
    "epsilon": Start(epsilon=1.0),
}
"""By name: what to try. The first is what the page begins with."""


def experiments() -> None:
    """Draw a button for each experiment."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="one-batch-experiments"):
        st.caption(TEXT("experiments.try"), width="content")
        for name in EXPERIMENTS:
            st.button(
                TEXT(f"experiments.{name}"),
                key=f"one-batch-try-{name}",
                type="tertiary",
                on_click=_begin,
                args=(name,),
                help=TEXT(f"experiments.{name}_help"),
            )


def passed_over(shelf: Shelf) -> tuple[str, ...]:
    """Return one sentence each for a step and a channel that the address names and of which nothing was captured; empty
    texts where it was."""
    layer, step = setting.value("layer", shelf.architecture.numbers), url_state.here().step
    numbers = _channels(layer, shelf.architecture)
    return (
        "" if step is None else passed.step_instead(step, _step(shelf)),
        passed.channel(layer, numbers, numbers[EXPERIMENTS["start"].place]),
    )


def choose(shelf: Shelf) -> Scene | None:
    """Draw the controls; None where the channel cannot be read."""
    architecture = shelf.architecture
    st.header(TEXT("controls.batch"), anchor=False)
    layer = setting.value("layer", architecture.numbers)
    st.select_slider(
        options=architecture.numbers,
        value=layer,
        format_func=lambda layer: _layer_name(layer, architecture),
        **_named("layer", layer, change=partial(_change_layer, architecture)),
    )
    left, right = st.columns(2)
    numbers = _channels(layer, architecture)
    number = setting.value("channel", numbers, numbers[EXPERIMENTS["start"].place])
    left.selectbox(
        options=numbers,
        index=numbers.index(number),
        **_named("channel", number, layer, _change_channel, channels=architecture.layer_channels[layer - 1]),
    )
    step = _step(shelf)
    right.selectbox(
        options=shelf.steps,
        index=shelf.steps.index(step),
        format_func=lambda step: f"{step:,}",
        **_named("step", step, change=_change_step),
    )
    most = len(shelf.batch.labels)
    images = setting.value("images", range(1, most + 1))
    st.slider(
        min_value=1, max_value=most, value=images, **_named("size", images, change=partial(setting.put, "images"))
    )
    m, pixels = architecture.values_behind_mean(layer, images), architecture.side(layer)
    st.caption(TEXT("controls.count" if m > 1 else "controls.count_one", images=images, side=pixels, m=m))
    channel = shelf.channel(step, layer, numbers.index(number))
    return None if channel is None else _arithmetic(channel, images)


def _channels(layer: int, architecture: Architecture) -> list[int]:
    """The numbers of those channels of a layer that were captured."""
    return [place + 1 for place in captured_channels(layer, architecture)]


def _step(shelf: Shelf) -> int:
    """The captured step that is nearest to the one that was chosen."""
    chosen = url_state.here().step
    wanted = EXPERIMENTS["start"].step if chosen is None else chosen
    return min(shelf.steps, key=lambda step: abs(step - wanted))


def _arithmetic(channel: CapturedChannel, images: int) -> Scene:
    st.header(TEXT("controls.arithmetic"), anchor=False)
    order: Order = setting.value("order")
    st.segmented_control(
        options=list(STAGES),
        default=order,
        required=True,
        format_func=lambda order: TEXT(f"controls.{order}"),
        **_named("order", order),
    )
    # The moving statistics are those of what this run normalized: the values before ReLU.
    inference = setting.value("normalize") == "moving" and order == "before"
    st.segmented_control(
        options=[False, True],
        default=inference,
        required=True,
        format_func=lambda inference: TEXT("controls.inference" if inference else "controls.training"),
        disabled=order == "after",
        **_named("mode", inference, order, _change_mode),
    )
    gamma = _slider("gamma", channel.gamma, GAMMA_REACH)
    beta = _slider("beta", channel.beta, BETA_REACH)
    epsilons = sorted({*EPSILONS, channel.epsilon})
    epsilon = setting.value("add_epsilon", epsilons, channel.epsilon)
    st.select_slider(
        options=epsilons,
        value=epsilon,
        format_func=epsilon_text,
        **_named("epsilon", epsilon, change=partial(setting.put, "add_epsilon")),
    )
    bias = setting.value("add_bias")
    st.number_input(
        min_value=-LARGEST_BIAS,
        max_value=LARGEST_BIAS,
        value=bias,
        step=0.5,
        format="%g",
        **_named("bias", bias, change=partial(setting.put, "add_bias")),
    )
    learned = channel.gamma, channel.beta, channel.epsilon, 0.0
    st.button(
        TEXT("controls.reset"),
        key="one-batch-reset",
        disabled=(gamma, beta, epsilon, bias) == learned,
        on_click=_reset,
        help=TEXT("controls.reset_help"),
    )
    return Scene(channel, images, order, inference, gamma, beta, epsilon, bias)


def _named(
    name: str, shown: object, of: object = "", change: Callable[[Any], None] | None = None, **values: object
) -> dict[str, Any]:
    """The label, the help and all else of a control that `setting.control` decides, with the same arguments."""
    explained = f"controls.{name}_help"
    return {
        "label": TEXT(f"controls.{name}"),
        "help": TEXT(explained, **values) if explained in TEXT else None,
    } | setting.control(name, shown, of=of, change=change)


def _slider(name: str, learned: float, reach: float) -> float:
    """A slider that starts at what was learned, to its last digit, and reaches that in any case."""
    reach = max(reach, math.ceil(abs(learned)))
    chosen = setting.value(name, default=learned)
    shown = chosen if abs(chosen) <= reach else learned
    of = f"{reach:g}"
    st.slider(min_value=-reach, max_value=reach, value=shown, step=0.01, format="%.3f", **_named(name, shown, of))
    return shown


def _layer_name(layer: int, architecture: Architecture) -> str:
    kind = "layer_dense" if architecture.is_dense(layer) else "layer_name"
    return TEXT(f"controls.{kind}", layer=layer, side=architecture.side(layer))


def _change_layer(architecture: Architecture, layer: object) -> None:
    """Another layer has other channels: the one at the same place of those that were captured is shown."""
    before, channel = setting.value("layer"), setting.value("channel")
    setting.put("layer", layer)
    known = captured_channels(before, architecture)
    place = known.index(channel - 1) if channel is not None and channel - 1 in known else 0
    now = captured_channels(setting.value("layer"), architecture)
    setting.put("channel", now[place] + 1 if place else None)
    _learned()


def _change_channel(number: object) -> None:
    setting.put("channel", number)
    _learned()


def _change_step(step: int) -> None:
    setting.put_step(step)
    _learned()


def _change_mode(inference: object) -> None:
    setting.put("normalize", "moving" if inference else "batch")


def _learned() -> None:
    """Another channel has learned other numbers: those that were chosen were for the one before."""
    for name in ("gamma", "beta", "add_epsilon"):
        setting.put(name, None)


def _begin(name: str) -> None:
    start = EXPERIMENTS[name]
    first = EXPERIMENTS["start"]
    numbers = captured_channels(start.layer, NETWORK)
    setting.put_step(None if start.step == first.step else start.step)
    _learned()
    for key, value in {
        "layer": start.layer,
        "channel": None if start.place == first.place else numbers[start.place] + 1,
        "images": start.images,
        "order": start.order,
        "normalize": "moving" if start.inference else "batch",
        "add_epsilon": start.epsilon,
        "add_bias": start.bias,
    }.items():
        setting.put(key, value)


def _reset() -> None:
    _learned()
    setting.put("add_bias", FIRST["add_bias"])
