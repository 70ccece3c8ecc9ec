"""Nothing overlaps, nothing is cut, nothing scrolls sideways: every page in every state on every kind of screen."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.browser.pages_served import State, come, rest, states
from tests.browser.served import Server

BOXES = (Path(__file__).parent / "boxes.js").read_text(encoding="utf-8")

# A laptop at 200 % has half its width and height, and two device pixels to each of its own, which changes no box.
WIDE = {"laptop": (1440, 900), "desk": (1920, 1080), "wall": (3840, 2160), "laptop at 200 %": (720, 450)}
NARROW = {"phone": (390, 844), "tablet": (768, 1024)}

ALLOWED = {".katex .accent": "the hat of a letter in a formula stands on it"}
"""Selectors of what may overlap or be cut, each with the reason."""


def look(page, screens: dict[str, tuple[int, int]]) -> list[str]:
    """Return what is wrong on each of these screens."""
    found = []
    for name, (width, height) in screens.items():
        page.set_viewport_size({"width": width, "height": height})
        rest(page)
        found += [f"{name}: {problem}" for problem in page.evaluate(BOXES, list(ALLOWED))]
    return found


@pytest.mark.layout
@pytest.mark.parametrize("state", states(), ids=str)
def test_on_wide_screens(tab, server: Server, state: State) -> None:
    # As a person comes to it on a laptop, test_on_a_laptop looks at it.
    screens = {name: screen for name, screen in WIDE.items() if (state.kind, name) != ("idle", "laptop")}
    page = tab(*WIDE["laptop"])
    come(page, server, state)
    assert look(page, screens) == []


@pytest.mark.layout
@pytest.mark.parametrize("state", [state for state in states() if state.kind != "present"], ids=str)
def test_on_narrow_screens(tab, server: Server, state: State) -> None:
    page = tab(*NARROW["phone"])
    come(page, server, state)
    assert look(page, NARROW) == []


@pytest.mark.browser
@pytest.mark.parametrize("state", [state for state in states() if state.kind == "idle"], ids=str)
def test_on_a_laptop(tab, server: Server, state: State) -> None:
    page = tab(*WIDE["laptop"])
    come(page, server, state)
    assert look(page, {"laptop": WIDE["laptop"]}) == []
