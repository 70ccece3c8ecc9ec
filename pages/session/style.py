"""A style sheet on the page."""

from __future__ import annotations

import time
from dataclasses import dataclass

import streamlit as st

from pages.session.session import kept

HEAD_START = 0.3
"""Seconds that a browser has to load what shows a style sheet before the page begins to come, once in a session."""


@dataclass
class _Dressed:
    """Whether this tab had its first style sheet."""

    once: bool = False


def style(sheet: str) -> None:
    """Put a style sheet on the page. It takes no room."""
    st.html(f"<style>\n{sheet}</style>")


def first_style(sheet: str) -> None:
    """Put the style sheet on the page that everything else is drawn with, before everything else.

    What shows it a browser loads when it first meets it. A page that came at the same time would be drawn as it is not
    to look, and jump. Where nobody looks, as in tests without a browser, nobody waits.
    """
    style(sheet)
    tab = kept(_Dressed)
    if not tab.once and st.context.headers.to_dict():
        time.sleep(HEAD_START)
    tab.once = True
