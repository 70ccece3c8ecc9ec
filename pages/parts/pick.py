"""A row of buttons of which one is pressed, without a label in sight: how a page's charts are chosen."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

import streamlit as st

from pages.session import setting

Value = TypeVar("Value")


def pick(label: str, names: Mapping[Value, str], name: str) -> Value:
    """Draw the row and return the value whose button is pressed.

    Args:
        label: what it chooses, for whoever does not see it.
        names: what the buttons say, by value. Where the page decides on the first value, that is the first of all.
        name: of the setting.
    """
    chosen: Value = setting.value(name, names, next(iter(names)) if setting.first(name) is None else None)
    st.segmented_control(
        label,
        list(names),
        default=chosen,
        required=True,
        format_func=names.__getitem__,
        label_visibility="collapsed",
        **setting.control(name, chosen),
    )
    return chosen
