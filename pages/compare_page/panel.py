"""The part of the page that shows runs: those that are laid over each other, and beside them the shelf of all."""

from __future__ import annotations

import streamlit as st

from bn_core.exhibits import Library
from bn_core.runs.service import RunService
from pages import frame
from pages.compare_page.chosen import choose, chosen, race
from pages.compare_page.laid_over import laid_over
from pages.compare_page.shelf import shelf
from pages.compare_page.text import TEXT
from pages.parts.stacks import beside
from pages.session import presenter


def runs_panel(service: RunService, library: Library) -> None:
    """Put the part on the page."""
    now = chosen(service, library)
    frame.warn(now.passed_over)
    controls, content = beside("compare")
    # As wide as the page, and on a phone below the list: it is long.
    rest = st.container()
    with controls:
        shelf(service, now)
    with content:
        if now.runs:
            laid_over(service, now.runs, rest, presenter.scale())
        else:
            _nothing(library)


def _nothing(library: Library) -> None:
    """Say what to do where nothing is chosen, and offer what comes with the app."""
    recorded = race(library)
    st.info(TEXT("nothing.chosen"))
    if recorded:
        st.button(TEXT("nothing.race", count=len(recorded)), key="compare-race", on_click=choose, args=(recorded,))
