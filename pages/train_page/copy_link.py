"""A button that copies the address of a run, for others to follow it."""

from __future__ import annotations

from pages.browser.component import component
from pages.words.prose import prose

_COMPONENT = component("copy_link", __file__)


def copy_link(run_id: str) -> None:
    """Put the button for this run on the page.

    Where the browser copies nothing (it offers no clipboard without HTTPS), the link is shown for the person to copy.
    """
    _COMPONENT(key="copy-link", data={"run": run_id, "words": prose("train").table("copy-link")}, width="content")
