"""Makes the sentence below the curves a part of what is read aloud of each chart."""

from __future__ import annotations

from pages.browser.component import component

_COMPONENT = component("described", __file__)


def describe_charts() -> None:
    """Put the invisible component on the page that points each chart at the sentence, also one that comes later.

    A chart's own text alternative cannot follow the run: Streamlit draws a chart anew where that changes.
    """
    _COMPONENT(key="described", data={"charts": "curves", "sentence": "finding"})
