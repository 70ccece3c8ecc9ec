"""How charts look on a page without the app: as on the app's light theme."""

from __future__ import annotations

import streamlit as st

from bn_core.exports.pictures import Theme
from pages.charts.palette import HUES, QUIET


def light() -> Theme:
    """Return the light theme of `.streamlit/config.toml`."""
    hues = {name: _colour(f"theme.{name}Color") for name in HUES.values()}
    return Theme(
        hues | {QUIET: _colour(f"theme.light.{QUIET}Color")},
        _colour("theme.light.textColor"),
        _colour("theme.light.backgroundColor"),
        _colour("theme.light.borderColor"),
    )


def _colour(option: str) -> str:
    return str(st.get_option(option))
