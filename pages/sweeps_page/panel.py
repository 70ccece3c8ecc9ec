"""The part of the page that shows sweeps."""

from __future__ import annotations

import streamlit as st

from bn_core.runs.service import RunService
from pages.words.prose import prose

TEXT = prose("sweeps")


def sweeps_panel(service: RunService) -> None:
    """Put the part on the page."""
    st.markdown(TEXT("intro"))
