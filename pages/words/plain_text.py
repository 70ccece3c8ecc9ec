"""Text from outside (a URL, a run's name, an error) made safe to stand in Markdown."""

from __future__ import annotations

import re

_PUNCTUATION = re.compile(r"([!-/:-@\[-`{-~])")


def plain(text: str) -> str:
    """The text with every character that Markdown could act on escaped: it is shown as it is, on one line.

    That covers Streamlit's own directives (`:red[...]`, emoji names), formulas, links, images and HTML.
    """
    return _PUNCTUATION.sub(r"\\\1", " ".join(text.split()))
