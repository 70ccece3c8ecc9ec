"""A chart on the page, with its room kept free until the browser has drawn it: what stands below does not jump then."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal

import pyarrow as pa
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages.charts.kit import Spec
from pages.session import presenter


def room(spec: Spec, name: str) -> DeltaGenerator:
    """Keep the room of a chart free that is drawn when what stands below it is known, and return it.

    Args:
        name: unique on the page. What is drawn may be a little higher, and is not scrolled then.
    """
    return st.container(height=spec["height"], border=False, key=f"room-{name}")


@contextmanager
def fitted(name: str, spec: Spec) -> Iterator[Literal["stretch"] | int]:
    """Keep the room for curves over the batches, and give the height for Streamlit's chart in it.

    Before a room they are as high as its screen has room for: what there is to see in them may lie at their foot.

    Args:
        name: unique on the page: letters of a-z and hyphens.
    """
    if not presenter.on():
        yield spec["height"]
        return
    with st.container(key=f"fitted-{name}"):
        yield "stretch"


def draw_chart(table: pa.Table, spec: Spec, alt: str, **selection: Any) -> None:
    """Put a chart on the page.

    Args:
        alt: what it shows in words. It is part of the chart, so that on a run that goes on it stays the same.
        selection: what Streamlit is to be told of a selection in it.
    """
    st.vega_lite_chart(table, spec, alt=alt, height=spec["height"], **selection)


def say_unseen(name: str, sentence: str) -> None:
    """Say what there is to see in the chart above to those who do not see it.

    Where that changes with a slider, it can be no part of the chart: the browser would draw the chart anew.

    Args:
        name: of the sentence, unique on the page.
        sentence: an empty text for nothing.
    """
    with st.container(key=f"unseen-{name}"):
        st.markdown(sentence)
