"""A link to another page of the app, for where somebody who has read this one goes on."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from pages.session import presenter, url_state


def to_next(page: str, label: str) -> None:
    """End a page with the link to the following one; a talk's bar leads on where a talk shows the page."""
    if not url_state.in_scene():
        onward(page, label)


def onward(page: str, label: str, parameters: Mapping[str, str] | None = None, icon: str = "arrow_forward") -> None:
    """Put a link to a page with these URL parameters on this one; where this one is presented, that one is, too.

    Args:
        page: the name of its file in pages/, without `.py`.
        icon: the name of the sign before it, among Material's.
    """
    st.page_link(
        f"pages/{page}.py",
        label=label,
        icon=f":material/{icon}:",
        query_params=dict(parameters or {}) | presenter.parameters(),
    )
