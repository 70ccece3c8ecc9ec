"""The part of a page that changes by itself: looked at, drawn, and looked at again on a timer.

Everything that moves on a page is one top-level fragment with a fixed number and order of elements, so that an update
changes charts in place. Where the store cannot be read, the last good look stays on the page: an error would remove the
charts, and the next look would draw them anew.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import streamlit as st

from bn_core.runs.records import RunDamaged
from bn_core.runs.store import StoreUnavailable
from pages.parts.often import often
from pages.parts.view import SLOW
from pages.session import url_state
from pages.session.session import kept

Look = TypeVar("Look")


@dataclass
class Live:
    """What the session keeps of the run that it looks at.

    Attributes:
        subject: the name of the page, and the run's id; None before anything was looked at.
        look: the last good one; None before the first.
        seconds: until the next look, as the latest drawing wanted it; None where nothing changes by itself.
    """

    subject: tuple[str, str | None] | None = None
    look: Any = None
    seconds: float | None = None


@dataclass(frozen=True)
class Still(Generic[Look]):
    """What stands around the part that moves. It is no part of an update, so that an update is small.

    Attributes:
        above, below: draw what stands above and below it.
        key: what these two depend on: the whole page is drawn again as soon as a look gives another.
    """

    above: Callable[[Look], None]
    below: Callable[[Look], None]
    key: Callable[[Look], Hashable]


def live(
    page: str,
    run_id: str | None,
    look: Callable[[], Look],
    draw: Callable[[Look, str], float | None],
    first_pace: Callable[[Look], float | None],
    nothing: Look | None = None,
    still: Still[Look] | None = None,
    news: Callable[[], None] | None = None,
) -> None:
    """Draw the part of a page that changes by itself, and keep it up to date.

    Args:
        page: its name.
        run_id: of the run that is looked at.
        look: reads everything that is shown. It may raise StoreUnavailable, and RunDamaged once: the page is drawn
            again then, and says so.
        draw: draws a look, with one sentence on what is wrong with the store (an empty text where nothing is). It
            returns the seconds until the next look; None where nothing changes by itself.
        first_pace: what `draw` will return, as far as that can be told before anything is drawn.
        nothing: drawn where the store could not be read even once.
        still: what stands around it and moves seldom; None for nothing.
        news: returns when it is worth to look again; None where that is whenever the time has come. It may raise
            StoreUnavailable.

    Raises:
        StoreUnavailable: the store could not be read even once, and there is no `nothing`.
    """
    now = kept(Live)
    begins = now.subject != (page, run_id)
    if begins:
        now.subject, now.look = (page, run_id), None

    def read(ready: Callable[[], None] | None) -> tuple[Look, str]:
        try:
            if ready is not None:
                ready()
            now.look = look()
        except RunDamaged:
            st.rerun()
        except StoreUnavailable as problem:
            last = nothing if now.look is None else now.look
            if last is None:
                raise
            return last, str(problem)
        return now.look, ""

    first = read(None)
    at_first = [first]
    stands_for = None if still is None else still.key(first[0])
    if still is not None:
        still.above(first[0])
    if begins:
        now.seconds = first_pace(first[0])
    seconds = now.seconds

    def update() -> None:
        # What was read for the page is drawn with it: the run is read once.
        found, trouble = at_first.pop() if at_first else read(news)
        now.seconds = draw(found, trouble)
        if trouble and now.seconds is None:
            now.seconds = SLOW
        # What was drawn is on its way already: nobody waits for the rest of the page to see it.
        if now.seconds != seconds or (still is not None and still.key(found) != stands_for):
            # The whole page is drawn at the address that came with this update.
            url_state.catch_up()
            st.rerun()

    often(update, "live", seconds)
    if still is not None:
        still.below(first[0])
