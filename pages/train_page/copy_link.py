"""A button that copies the address of a run, as others reach it, for them to follow it."""

from __future__ import annotations

from pages.browser.component import component
from pages.session.addresses import likeliest, listens_here_only
from pages.words.prose import prose

_COMPONENT = component("copy_link", __file__)


def copy_link(run_id: str) -> None:
    """Put the button for this run on the page.

    Where the browser copies nothing (it offers no clipboard without HTTPS), the link is shown for the person to copy.
    Where others do not reach the server, the link is the browser's own, and what to do stands beside it once it is
    copied.
    """
    base = likeliest("train")
    data = {
        "run": run_id,
        "base": "" if base is None else base,
        "alone": _alone() if base is None else "",
        "words": prose("train").table("copy-link"),
    }
    _COMPONENT(key="copy-link", data=data, width="content")


def _alone() -> str:
    # The component shows plain text: what is typed in a terminal has no marks there.
    return prose("giving")("join.loopback" if listens_here_only() else "join.nowhere").replace("`", "")
