"""The part of the page that shows runs: the shelf, and what is laid over each other of those that are chosen."""

from __future__ import annotations

import streamlit as st

from bn_core.runs.service import RunService
from pages.compare_page.text import TEXT


def runs_panel(service: RunService) -> None:
    """Put the part on the page."""
    st.button(TEXT("shelf.none"), disabled=bool(service.recorded()))
