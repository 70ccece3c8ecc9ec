"""The browser's history: one entry for each page, run, exercise and link followed (`history.js` says how)."""

from __future__ import annotations

from pages.browser.component import component

_COMPONENT = component("history", __file__)


def keep() -> None:
    """Mount the invisible component that keeps the history short. Without it, Back goes setting by setting."""
    _COMPONENT(key="history", data={})
