"""The bias that cancels, and the one that does not: the same batch in both orders, with and without it, in float64."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from bn_core.batch_norm.walkthrough import STAGES
from bn_core.exhibits import CapturedBatch
from pages.one_batch_page import picture
from pages.one_batch_page.figures import difference, plainly
from pages.one_batch_page.scene import Scene
from pages.one_batch_page.text import TEXT
from pages.one_batch_page.words import ROUNDING


def draw(scene: Scene, batch: CapturedBatch) -> None:
    """Put both orders side by side, with the size of the change that the bias makes."""
    bias = scene.bias or example(scene)
    st.markdown(TEXT("bias.chosen" if scene.bias else "bias.example", bias=plainly(bias)))
    before, after = (replace(scene, order=order, inference=False, bias=bias) for order in STAGES)
    for column, shown in zip(st.columns(2, gap="large"), (before, after), strict=True):
        with column:
            _order(shown, batch)
    left = TEXT("bias.rounding", change=difference(before.change)) if before.change else TEXT("bias.exact")
    cut = TEXT("bias.cut" if after.change > ROUNDING else "bias.not_cut")
    st.markdown(" ".join([TEXT("bias.words"), left, cut, TEXT("bias.source")]))


def _order(scene: Scene, batch: CapturedBatch) -> None:
    """What batch normalization is given in one order, what the next layer gets, and how far the bias moves that."""
    order = scene.order
    label = f"{TEXT(f'bias.{order}')}: {TEXT('bias.metric')}"
    change = difference(scene.change) if scene.change else TEXT("bias.none")
    st.metric(label, change)
    titles = {"variance": TEXT(f"bias.{order}_values"), scene.walk.stages[-1]: TEXT("bias.output")}
    shown = picture.side_by_side(scene, batch, titles, f"{label} {change}")
    picture.draw(f"one-batch-bias-{order}", shown)


def example(scene: Scene) -> float:
    """The bias that is shown before the person has chosen one: one that moves about half of the values below 0."""
    mean = float(scene.channel.values[: scene.images].mean())
    return -round(mean, 1) or 0.5
