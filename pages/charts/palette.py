"""Colour tells placement and dash tells bias, on every page.

The colours themselves are the theme's (`.streamlit/config.toml`, light and dark): charts name them, and Streamlit puts
the active theme's colour in place of the name. The hues are Okabe and Ito's, which people with any colour vision can
tell apart.
"""

from __future__ import annotations

HUES: dict[str, str] = {"none": "orange", "before": "blue", "after": "green"}
"""The theme's name of the colour of each placement."""

QUIET = "gray"
"""The theme's name of the colour of what stands beside: labels, the training batches, reference lines."""

SOLID = (1, 0)
DASHED = (6, 3)


def dash(bias: bool) -> tuple[int, int]:  # noqa: FBT001 - a value of the network, not a switch
    """Lengths of stroke and gap: solid without bias, dashed with."""
    return DASHED if bias else SOLID
