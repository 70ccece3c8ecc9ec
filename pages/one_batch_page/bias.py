"""The bias that cancels, and the one that does not: the same batch in both orders, with and without it, in float64."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from bn_core.batch_norm.walkthrough import Order, Stage
from bn_core.exhibits import CapturedBatch
from pages.one_batch_page import picture, words
from pages.one_batch_page.choice import Choice
from pages.one_batch_page.figures import difference, plainly
from pages.one_batch_page.scene import Scene
from pages.words.prose import prose

SEEN = 1e-3
"""A change of an output that is more than rounding."""

STAGES: dict[Order, tuple[Stage, Stage]] = {"before": ("variance", "relu"), "after": ("variance", "scale")}
"""What is shown: what batch normalization is given, and what the next layer gets."""


def draw(choice: Choice, batch: CapturedBatch) -> None:
    """Puts both orders side by side, with the size of the change that the bias makes."""
    text = prose("one-batch")
    bias = choice.bias or example(choice)
    st.markdown(text("bias.chosen" if choice.bias else "bias.example", bias=plainly(bias)))
    changes = words.bias_changes(choice, bias)
    orders: tuple[Order, Order] = ("before", "after")
    for column, order in zip(st.columns(2, gap="large"), orders, strict=True):
        with column:
            scene = Scene.of(replace(choice, order=order, inference=False, bias=bias))
            titles = text(f"bias.{order}_values"), text("bias.output")
            label = f"{text(f'bias.{order}')}: {text('bias.metric')}"
            change = difference(changes[order]) if changes[order] else text("bias.none")
            st.metric(label, change)
            picture.draw_beside(f"one-batch-bias-{order}", scene, batch, STAGES[order], titles, f"{label} {change}")
    st.markdown(" ".join([text("bias.words"), _left(changes["before"]), _cut(changes["after"]), text("bias.source")]))


def _left(change: float) -> str:
    text = prose("one-batch")
    return text("bias.rounding", change=difference(change)) if change else text("bias.exact")


def _cut(change: float) -> str:
    return prose("one-batch")("bias.cut" if change > SEEN else "bias.not_cut")


def example(choice: Choice) -> float:
    """The bias that is shown before the person has chosen one: one that moves about half of the values below 0."""
    mean = float(choice.channel.values[: choice.batch_size].mean())
    return -round(mean, 1) or 0.5
