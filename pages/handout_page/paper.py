"""What is printed of the page: the sheets alone, without the app around them."""

from __future__ import annotations

from pathlib import Path

from pages.browser.component import style_sheet
from pages.session.style import style


def alone() -> None:
    """Let the browser print the sheets alone."""
    style(style_sheet(Path(__file__).with_suffix(".css")))
