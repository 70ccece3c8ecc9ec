"""The part of a page that changes by itself: looked at, drawn, and looked at again on a timer.

Everything that moves on a page is one top-level fragment with a fixed number and order of elements, so that an update
changes charts in place. Where the store cannot be read, the last good look stays on the page: an error would remove the
charts, and the next look would draw them anew.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import streamlit as st

from bn_core.runs.store import StoreUnavailable
from pages.parts.view import SLOW
from pages.session.session import kept

Look = TypeVar("Look")


@dataclass
class Subject:
    """What the session keeps of the run that it looks at.

    Attributes:
        name: of the page, and the run's id.
        look: the last good one; None before the first.
        seconds: until the next look, as the latest drawing wanted it; None where nothing changes by itself.
    """

    name: tuple[str, str | None]
    look: Any = None
    seconds: float | None = None


@dataclass
class Live:
    """What the session looks at; None before it looked at anything."""

    subject: Subject | None = None


def live(
    page: str,
    run_id: str | None,
    look: Callable[[], Look],
    draw: Callable[[Look, str], float | None],
    first_pace: Callable[[Look], float | None],
    nothing: Look | None = None,
) -> None:
    """Draw the part of a page that changes by itself, and keep it up to date.

    Args:
        page: its name.
        run_id: of the run that is looked at.
        look: reads everything that is shown. It may raise StoreUnavailable.
        draw: draws a look, with one sentence on what is wrong with the store (an empty text where nothing is). It
            returns the seconds until the next look; None where nothing changes by itself.
        first_pace: what `draw` will return, as far as that can be told before anything is drawn.
        nothing: drawn where the store could not be read even once.

    Raises:
        StoreUnavailable: the store could not be read even once, and there is no `nothing`.
    """
    before = kept(Live).subject
    subject = before if before is not None and before.name == (page, run_id) else Subject((page, run_id))
    kept(Live).subject = subject

    def read() -> tuple[Look, str]:
        try:
            subject.look = look()
        except StoreUnavailable as problem:
            last = nothing if subject.look is None else subject.look
            if last is None:
                raise
            return last, str(problem)
        return subject.look, ""

    at_first = [read()]
    if subject is not before:
        subject.seconds = first_pace(at_first[0][0])
    seconds = subject.seconds

    def update() -> None:
        # What was read for the page is drawn with it: the run is read once.
        found, trouble = at_first.pop() if at_first else read()
        subject.seconds = draw(found, trouble)
        if trouble and subject.seconds is None:
            subject.seconds = SLOW
        if subject.seconds != seconds:
            st.rerun()

    st.fragment(update, run_every=seconds)()
