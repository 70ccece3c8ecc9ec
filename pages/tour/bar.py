"""The tour's bar at the bottom of every page, while the tour is on, and the button that starts it."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from pages.session import notes, presenter, url_state
from pages.session.session import kept
from pages.tour.stops import stops
from pages.words.prose import prose

TEXT = prose("tour")

NOTE = "tour"
"""What the browser's note of the stop is called."""

WORDS = 620
"""How wide the words are, in pixels: beside the buttons where there is room, above them on a phone."""


@dataclass
class Tour:
    """What the tab keeps of the tour.

    Attributes:
        leads: whether the stop's page is still to be opened.
    """

    leads: bool = False


def stop_of_person() -> int | None:
    """Return the stop, counted from 0, as the browser notes it, so that a reload does not end the tour; None where the
    person is not on it."""
    at = notes.read(NOTE)
    if isinstance(at, bool) or not isinstance(at, int):
        return None
    return at if 0 <= at < len(stops()) else None


def invite() -> None:
    """Draw the button that starts the tour; nothing while it is on, in a talk, and before a room."""
    if stop_of_person() is None and not presenter.on() and url_state.here().talk is None:
        st.button(
            TEXT("start"),
            key="tour-start",
            type="tertiary",
            icon=":material/tour:",
            help=TEXT("help"),
            on_click=_go,
            args=(0,),
        )


def bar(page: str) -> None:
    """Draw the bar where the tour is on, and open the page of a stop that was just chosen. A talk has a bar of its own.

    To be called before the page is drawn.

    Args:
        page: the one that is about to be drawn, by its file.
    """
    tour, at = kept(Tour), stop_of_person()
    if at is None or presenter.on() or url_state.here().talk is not None:
        return
    stop, count = stops()[at], len(stops())
    if tour.leads:
        tour.leads = False
        st.switch_page(f"pages/{stop.page}.py", query_params=dict(stop.address))
    words = f"**{TEXT('at', number=at + 1, count=count)}.** {stop.say} *{TEXT('look', what=stop.look)}*"
    with st.bottom, st.container(key="tour", horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(words, width=WORDS)
        st.button(TEXT("previous"), key="tour-previous", disabled=at == 0, on_click=_go, args=(at - 1,))
        if page != stop.page:
            st.button(TEXT("return"), key="tour-return", on_click=_go, args=(at,))
        if at + 1 < count:
            st.button(TEXT("next"), key="tour-next", type="primary", on_click=_go, args=(at + 1,))
        else:
            st.button(TEXT("finish"), key="tour-next", type="primary", on_click=_leave)
        st.button(TEXT("leave"), key="tour-leave", type="tertiary", on_click=_leave)


def _go(to: int) -> None:
    notes.put(NOTE, to)
    kept(Tour).leads = True


def _leave() -> None:
    notes.put(NOTE, None)
