"""An address that is no page's: it gets a page that says so and offers those that there are.

Streamlit by itself opens the home page and a window of its own before it. So the name that was asked for becomes a page
that the navigation does not show, for as long as the tab lives: the person may come back to it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import streamlit as st
from streamlit.navigation.page import StreamlitPage
from streamlit.runtime.scriptrunner_utils.script_run_context import get_script_run_ctx

from pages.session.session import kept

MOST = 5
"""How many wrong names are remembered; a person who tries more of them means no page."""


@dataclass
class Wrong:
    """The names that were asked for and that no page has, and the names of the pages."""

    names: list[str] = field(default_factory=list)
    pages: tuple[str, ...] = ()


def pages(known: Sequence[str]) -> list[StreamlitPage]:
    """Return a hidden page for every name that was asked for in vain.

    Args:
        known: the pages that there are, by their files.
    """
    wrong, asked = kept(Wrong), _asked()
    wrong.pages = tuple(known)
    # The home page has no name in its address; with one it is meant all the same.
    if asked and asked not in {*known[1:], *wrong.names} and "/" not in asked:
        wrong.names = [*wrong.names, asked][-MOST:]
    return [st.Page("pages/nowhere.py", title=name, url_path=name, visibility="hidden") for name in wrong.names]


def _asked() -> str:
    context = get_script_run_ctx()
    name = "" if context is None else context.pages_manager.intended_page_name
    return (name or "").strip().strip("/")
