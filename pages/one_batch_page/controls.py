"""The controls in the sidebar, and experiments: settings to start from, each at one press.

A control is told its value when it is first drawn. Where the page changes the value under it, a new control (another
key) takes its place: a value that is sent to a control on the page can be lost when two updates come close together.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import streamlit as st

from bn_core.architecture import Architecture
from bn_core.batch_norm.walkthrough import Order
from bn_core.exhibits import CapturedChannel
from bn_core.exhibits.full import captured_channels
from pages.one_batch_page.captured import Shelf
from pages.one_batch_page.choice import Choice
from pages.one_batch_page.figures import epsilon_text
from pages.session.session import kept
from pages.words.prose import prose

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
    batch_size: int = 8
    order: Order = "before"
    inference: bool = False
    epsilon: float | None = None
    bias: float = 0.0


EXPERIMENTS: dict[str, Start] = {
    "start": Start(),
    "alone": Start(batch_size=1),
    "map": Start(layer=4, batch_size=64),
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
    text = prose("one-batch")
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="one-batch-experiments"):
        st.caption(text("experiments.try"), width="content")
        for name in EXPERIMENTS:
            st.button(
                text(f"experiments.{name}"),
                key=f"one-batch-try-{name}",
                type="tertiary",
                on_click=_begin,
                args=(name,),
                help=text(f"experiments.{name}_help"),
            )


def choose(shelf: Shelf) -> Choice | None:
    """Draws the controls; None where the channel cannot be read."""
    text, begun = prose("one-batch"), kept(_Begun)
    start, turn = EXPERIMENTS[begun.name], begun.turns
    architecture = shelf.architecture
    st.subheader(text("controls.batch"), anchor=False)
    layer = int(
        st.select_slider(
            text("controls.layer"),
            architecture.numbers,
            value=start.layer,
            format_func=lambda layer: _layer_name(layer, architecture),
            key=f"one-batch-layer-{turn}",
        )
    )
    left, right = st.columns(2)
    numbers = captured_channels(layer, architecture)
    place = left.selectbox(
        text("controls.channel"),
        range(len(numbers)),
        index=start.place,
        format_func=lambda place: str(numbers[place] + 1),
        key=f"one-batch-channel-{turn}",
        help=text("controls.channel_help", channels=architecture.layer_channels[layer - 1]),
    )
    step = right.selectbox(
        text("controls.step"),
        shelf.steps,
        index=min(range(len(shelf.steps)), key=lambda index: abs(shelf.steps[index] - start.step)),
        format_func=lambda step: f"{step:,}",
        key=f"one-batch-step-{turn}",
        help=text("controls.step_help"),
    )
    batch_size = st.slider(
        text("controls.batch_size"),
        1,
        len(shelf.batch.labels),
        start.batch_size,
        key=f"one-batch-size-{turn}",
        help=text("controls.size_help"),
    )
    m, pixels = architecture.values_behind_mean(layer, batch_size), architecture.side(layer)
    st.caption(text("controls.count" if m > 1 else "controls.count_one", images=batch_size, side=pixels, m=m))
    channel = shelf.channel(step, layer, place)
    return None if channel is None else _arithmetic(channel, batch_size, start, turn)


def _arithmetic(channel: CapturedChannel, batch_size: int, start: Start, turn: int) -> Choice:
    text = prose("one-batch")
    st.subheader(text("controls.arithmetic"), anchor=False)
    orders: dict[Order, str] = {"before": text("controls.before"), "after": text("controls.after")}
    order = st.segmented_control(
        text("controls.order"),
        list(orders),
        default=start.order,
        required=True,
        format_func=orders.__getitem__,
        key=f"one-batch-order-{turn}",
    )
    order = order or start.order
    modes = {False: text("controls.training"), True: text("controls.inference")}
    inference = st.segmented_control(
        text("controls.mode"),
        list(modes),
        default=start.inference,
        required=True,
        format_func=modes.__getitem__,
        key=f"one-batch-mode-{order}-{turn}",
        disabled=order == "after",
        help=text("controls.mode_help"),
    )
    # The moving statistics are those of what this run normalized: the values before ReLU.
    inference = bool(inference) and order == "before"
    resets = kept(_Begun).resets
    this = f"{channel.step}-{channel.layer}-{channel.channel}-{turn}-{resets}"
    gamma = _slider("gamma", channel.gamma, GAMMA_REACH, this)
    beta = _slider("beta", channel.beta, BETA_REACH, this)
    epsilon = st.select_slider(
        text("controls.epsilon"),
        sorted({*EPSILONS, channel.epsilon}),
        value=channel.epsilon if start.epsilon is None or resets else start.epsilon,
        format_func=epsilon_text,
        key=f"one-batch-epsilon-{this}",
    )
    bias = st.number_input(
        text("controls.bias"),
        -LARGEST_BIAS,
        LARGEST_BIAS,
        0.0 if resets else start.bias,
        step=0.5,
        format="%g",
        key=f"one-batch-bias-{turn}-{resets}",
        help=text("controls.bias_help"),
    )
    changed = (gamma, beta, epsilon, bias) != (channel.gamma, channel.beta, channel.epsilon, 0.0)
    st.button(
        text("controls.reset"),
        key="one-batch-reset",
        disabled=not changed,
        on_click=_reset,
        help=text("controls.reset_help"),
    )
    return Choice(channel, batch_size, order, inference, gamma, beta, float(epsilon), float(bias))


def _slider(name: str, learned: float, reach: float, this: str) -> float:
    """A slider that starts at what was learned, to its last digit, and reaches that in any case."""
    reach = max(reach, math.ceil(abs(learned)))
    return float(
        st.slider(
            prose("one-batch")(f"controls.{name}"),
            -reach,
            reach,
            learned,
            step=0.01,
            format="%.3f",
            key=f"one-batch-{name}-{this}",
        )
    )


def _layer_name(layer: int, architecture: Architecture) -> str:
    text = prose("one-batch")
    if architecture.is_dense(layer):
        return text("controls.layer_dense", layer=layer)
    return text("controls.layer_name", layer=layer, side=architecture.side(layer))


def _begin(name: str) -> None:
    begun = kept(_Begun)
    begun.name, begun.turns, begun.resets = name, begun.turns + 1, 0


def _reset() -> None:
    kept(_Begun).resets += 1
