"""Words about a talk that is given."""

from __future__ import annotations

from pages.following.given import Given
from pages.words.plain_text import plain
from pages.words.prose import prose

TEXT = prose("talk")


def title(now: Given) -> str:
    """Return the title of the scene that is shown, as Markdown."""
    return plain(now.scene.title)


def clock(seconds: float) -> str:
    """Return a time as minutes and seconds; one that is over has a minus."""
    whole = int(abs(seconds))
    return f"{'−' if seconds < 0 else ''}{whole // 60}:{whole % 60:02}"
