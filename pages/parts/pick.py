"""A row of buttons of which one is pressed, without a label in sight: how a page's charts are chosen."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

import streamlit as st

Value = TypeVar("Value")


def pick(label: str, names: Mapping[Value, str], key: str, first: Value | None = None) -> Value:
    """Draw the row and return the value whose button is pressed.

    Args:
        label: what it chooses, for whoever does not see it.
        names: what the buttons say, by value.
        first: the value before anybody chose; default: the first of all.
    """
    return st.segmented_control(
        label,
        list(names),
        default=next(iter(names)) if first is None else first,
        required=True,
        format_func=names.__getitem__,
        key=key,
        label_visibility="collapsed",
    )
