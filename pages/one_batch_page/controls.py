"""The controls beside the picture, and experiments: settings to start from, each at one press.

A control is told its value when it is first drawn. Where the page changes the value under it, a new control (another
key) takes its place: a value that is sent to a control on the page can be lost when two updates come close together.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
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
from pages.session.session import kept

EPSILONS = tuple(sorted({float(f"{digit}e{exponent}") for exponent in range(-8, 0) for digit in (1, 3)} | {1.0}))
GAMMA_REACH, BETA_REACH = 3.0, 5.0
LARGEST_BIAS = 1e6


@dataclass(frozen=True)
class Start:
    """What the controls say before anybody touches them.

    The first layer is one whose maps are one pixel, with eight images: eight values are all there is behind a mean.

    Attributes:
        step: the nearest one that was captured.
        epsilon: None for the layer's own.
    """

    layer: int = 15
    place: int = 0
    step: int = 250
    images: int = 8
    order: Order = "before"
    inference: bool = False
    epsilon: float | None = None
    bias: float = 0.0


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


@dataclass
class _Begun:
    """What the controls were last set to.

    Attributes:
        name: of the experiment.
        turns: how often one was begun.
        resets: how often the arithmetic was reset since.
    """

    name: str = "start"
    turns: int = 0
    resets: int = 0


def experiments() -> None:
    """Draws a button for each experiment."""
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


def choose(shelf: Shelf) -> Scene | None:
    """Draws the controls; None where the channel cannot be read."""
    begun, architecture = kept(_Begun), shelf.architecture
    start, turn = EXPERIMENTS[begun.name], begun.turns
    st.header(TEXT("controls.batch"), anchor=False)
    layer = st.select_slider(
        options=architecture.numbers,
        value=start.layer,
        format_func=lambda layer: _layer_name(layer, architecture),
        **_named("layer", turn),
    )
    left, right = st.columns(2)
    numbers = captured_channels(layer, architecture)
    place = left.selectbox(
        options=range(len(numbers)),
        index=start.place,
        format_func=lambda place: str(numbers[place] + 1),
        **_named("channel", turn, channels=architecture.layer_channels[layer - 1]),
    )
    step = right.selectbox(
        options=shelf.steps,
        index=min(range(len(shelf.steps)), key=lambda index: abs(shelf.steps[index] - start.step)),
        format_func=lambda step: f"{step:,}",
        **_named("step", turn),
    )
    images = st.slider(
        min_value=1,
        max_value=len(shelf.batch.labels),
        value=start.images,
        **_named("size", turn),
    )
    m, pixels = architecture.values_behind_mean(layer, images), architecture.side(layer)
    st.caption(TEXT("controls.count" if m > 1 else "controls.count_one", images=images, side=pixels, m=m))
    channel = shelf.channel(step, layer, place)
    return None if channel is None else _arithmetic(channel, images, begun)


def _arithmetic(channel: CapturedChannel, images: int, begun: _Begun) -> Scene:
    start, turn, resets = EXPERIMENTS[begun.name], begun.turns, begun.resets
    st.header(TEXT("controls.arithmetic"), anchor=False)
    order = st.segmented_control(
        options=list(STAGES),
        default=start.order,
        required=True,
        format_func=lambda order: TEXT(f"controls.{order}"),
        **_named("order", turn),
    )
    order = order or start.order
    inference = st.segmented_control(
        options=[False, True],
        default=start.inference,
        required=True,
        format_func=lambda inference: TEXT("controls.inference" if inference else "controls.training"),
        disabled=order == "after",
        **_named("mode", f"{order}-{turn}"),
    )
    # The moving statistics are those of what this run normalized: the values before ReLU.
    inference = bool(inference) and order == "before"
    this = f"{channel.step}-{channel.layer}-{channel.channel}-{turn}-{resets}"
    gamma = _slider("gamma", channel.gamma, GAMMA_REACH, this)
    beta = _slider("beta", channel.beta, BETA_REACH, this)
    epsilon = st.select_slider(
        options=sorted({*EPSILONS, channel.epsilon}),
        value=channel.epsilon if start.epsilon is None or resets else start.epsilon,
        format_func=epsilon_text,
        **_named("epsilon", this),
    )
    bias = st.number_input(
        min_value=-LARGEST_BIAS,
        max_value=LARGEST_BIAS,
        value=0.0 if resets else start.bias,
        step=0.5,
        format="%g",
        **_named("bias", f"{turn}-{resets}"),
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


def _named(name: str, this: object, **values: object) -> dict[str, Any]:
    """The label, the key and the help of a control, which is another one where `this` is another."""
    explained = f"controls.{name}_help"
    return {
        "label": TEXT(f"controls.{name}"),
        "key": f"one-batch-{name}-{this}",
        "help": TEXT(explained, **values) if explained in TEXT else None,
    }


def _slider(name: str, learned: float, reach: float, this: str) -> float:
    """A slider that starts at what was learned, to its last digit, and reaches that in any case."""
    reach = max(reach, math.ceil(abs(learned)))
    return st.slider(min_value=-reach, max_value=reach, value=learned, step=0.01, format="%.3f", **_named(name, this))


def _layer_name(layer: int, architecture: Architecture) -> str:
    kind = "layer_dense" if architecture.is_dense(layer) else "layer_name"
    return TEXT(f"controls.{kind}", layer=layer, side=architecture.side(layer))


def _begin(name: str) -> None:
    begun = kept(_Begun)
    begun.name, begun.turns, begun.resets = name, begun.turns + 1, 0


def _reset() -> None:
    kept(_Begun).resets += 1
