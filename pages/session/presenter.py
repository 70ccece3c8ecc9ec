"""Presenter mode (`?present=1`): for the back row of a room. Type, charts and lines are larger, and nothing starts by
itself.

How large is the presenter's own choice. It stays in the browser, beside its other notes, and in no address: a link into
a talk shows the same on a screen of any size.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import streamlit as st

from pages.session import hiding, notes, url_state
from pages.session.session import kept, widget
from pages.words.prose import prose

SIZES = (100, 150, 200)
"""How large everything can be, in percent of presenter mode's own size."""

BODY = 30
"""Pixels of the body text at 100 %, which is 16 on a desk: on a screen of 1920 by 1080 pixels the back row reads it."""

SMALLEST = 22
"""Pixels of the smallest text at 100 %, which is 11 on a desk, in charts."""

BLANK = "B"
"""The key that blanks the screen."""

_DESK_BODY, _DESK_SMALLEST = 16, 11

_SIZE, _LETTERS = "presenter-size", "presenter-letters"

_SHEET = Path(__file__).with_suffix(".css")

_WIDTH = re.compile(r"\((max|min)-width: (\d+)px\)")


@dataclass
class Aside:
    """What the scene that is shown leaves out, besides what the address does: names of `hiding.HIDEABLE`."""

    names: tuple[str, ...] = ()


def on() -> bool:
    """Whether this page is presented."""
    return url_state.here().present


def size() -> int:
    """Return how large everything is in presenter mode, one of `SIZES`."""
    chosen = notes.read(_SIZE)
    return chosen if isinstance(chosen, int) and chosen in SIZES else SIZES[0]


def choose_size(wanted: object) -> None:
    """Choose one of `SIZES`; anything else changes nothing. For callbacks."""
    if isinstance(wanted, int) and wanted in SIZES:
        notes.put(_SIZE, wanted)


def letters() -> bool:
    """Return whether single characters are keys."""
    return notes.read(_LETTERS) is not False


def choose_letters(wanted: object) -> None:
    """Choose whether single characters are keys; what is no truth value changes nothing. For callbacks."""
    if isinstance(wanted, bool):
        notes.put(_LETTERS, wanted)


def scale() -> float:
    """By what text, marks and lines in charts are to be larger."""
    return SMALLEST / _DESK_SMALLEST * size() / 100 if on() else 1.0


def sheet(common: str) -> str:
    """Return the page's style sheet as this mode has it, without the controls that the address leaves out.

    Larger type has less room on the same screen. So what the sheet says of narrow screens holds of as much wider ones.

    Args:
        common: the sheet of both modes. Its widths of screens are written `(max-width: 640px)` or `(min-width: 641px)`.
    """
    common += hiding.sheet(url_state.here().hide)
    if not on():
        return common
    larger = BODY / _DESK_BODY * size() / 100
    both = common + _SHEET.read_text(encoding="utf-8")
    fitted = _WIDTH.sub(lambda found: f"({found[1]}-width: {round(int(found[2]) * larger)}px)", both)
    return f"{fitted}html {{ font-size: {100 * larger:g}% !important; }}\n"


def put_aside(names: Sequence[str]) -> None:
    """Take note of what the scene leaves out: once a run of the app, before the page."""
    kept(Aside).names = tuple(names)


def shortcut(key: str, control: str | None = None) -> str | None:
    """Return the single character that presses a button; None where none does.

    A button that is left out has no key. Before a room `BLANK` does something else, and single characters may be
    switched off.

    Args:
        control: what the button belongs to, by its name in `hiding.HIDEABLE`; None for what cannot be left out.
    """
    left_out = control in (*url_state.here().hide, *kept(Aside).names)
    return None if left_out or (on() and (key == BLANK or not letters())) else key


def parameters() -> dict[str, str]:
    """Return the parameters of a link to another page, for that to be presented as this one is."""
    return url_state.staging(url_state.here())


def switch() -> None:
    """Draw the switch between the two modes."""
    text, shown = prose("app"), on()
    key = f"present-{shown}"
    hear = partial(_hear, key, shown=shown)
    st.toggle(text("presenter.label"), shown, key=key, on_change=hear, help=text("presenter.help"))


def _hear(key: str, *, shown: bool) -> None:
    # After a change of pages a switch that nobody used is heard again, with what it showed.
    if widget(key) is (not shown):
        url_state.present(on=not shown)
