"""Field terms in a text: `[[moving mean]]`, or `[[moving mean|moving means]]` in another form."""

from __future__ import annotations

import re

TERM = re.compile(r"\[\[([^\]|]+)(?:\|([^\]]+))?\]\]")


def bare(text: str) -> str:
    """The text with its terms as words, for where they cannot be explained."""
    return TERM.sub(lambda match: match.group(2) or match.group(1), text)
