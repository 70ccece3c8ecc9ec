"""The part of a page that changes by itself: read once, drawn again, and kept where the store fails."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from pages.live import Live
from pages.session.session import key_of


def page(session: dict[str, object]) -> AppTest:
    """A page whose looks and paces are what the session says."""

    def script() -> None:
        import streamlit as st

        from bn_core.runs.store import StoreUnavailable
        from pages.live import Still, live

        state = st.session_state
        state.setdefault("reads", 0)
        state.setdefault("drawings", 0)

        def look() -> str:
            state.reads += 1
            if state.trouble:
                raise StoreUnavailable(state.trouble)
            return f"{state.run} in look {state.reads}"

        def news() -> None:
            state.waits = state.get("waits", 0) + 1

        def draw(found: str, trouble: str) -> float | None:
            state.drawings += 1
            st.text(found)
            st.text(trouble)
            return state.pace

        def key(found: str) -> object:
            state.setdefault("asked", 0)
            state.asked += 1
            return state.asked if state.asked <= state.unsettled else "the same"

        still = Still(lambda found: st.text(f"above: {found}"), lambda found: st.text(f"below: {found}"), key)
        try:
            live(
                "here",
                state.run,
                look,
                draw,
                lambda found: state.first_pace,
                state.nothing,
                still if state.still else None,
                news,
            )
        except StoreUnavailable as problem:
            st.text(f"not caught: {problem}")

    made = AppTest.from_function(script)
    for name, value in (
        {"run": "one", "trouble": "", "pace": None, "first_pace": None, "nothing": None, "still": False, "unsettled": 0}
        | session
    ).items():
        made.session_state[name] = value
    return made.run()


def said(shown: AppTest) -> list[str]:
    return [text.value for text in shown.text]


def test_the_run_is_read_once_for_the_page_and_what_moves_on_it() -> None:
    shown = page({})
    assert said(shown) == ["one in look 1", ""]
    assert shown.session_state["reads"] == shown.session_state["drawings"] == 1


def test_a_look_for_the_page_waits_for_nothing() -> None:
    shown = page({"pace": 0.25})
    shown.run()
    assert shown.session_state["drawings"] == 3
    assert "waits" not in shown.session_state


def test_an_update_waits_until_there_is_something_to_see(monkeypatch: pytest.MonkeyPatch) -> None:
    def with_one_update(update: Callable[[], None], run_every: float | None) -> Callable[[], None]:
        def twice() -> None:
            update()
            update()

        return twice

    monkeypatch.setattr("pages.live.st.fragment", with_one_update)
    shown = page({})
    assert shown.session_state["drawings"] == shown.session_state["reads"] == 2
    assert shown.session_state["waits"] == 1


def test_a_pace_that_only_drawing_tells_is_taken_over_at_once_and_kept() -> None:
    shown = page({"pace": 0.25})
    assert shown.session_state["drawings"] == 2
    shown.run()
    assert shown.session_state["drawings"] == 3
    assert shown.session_state[key_of(Live)].seconds == 0.25


def test_another_run_begins_with_a_pace_of_its_own() -> None:
    shown = page({"pace": 0.25})
    shown.session_state["run"] = "two"
    shown.session_state["pace"] = None
    drawings = shown.session_state["drawings"]
    shown.run()
    assert shown.session_state["drawings"] == drawings + 1
    assert shown.session_state[key_of(Live)].seconds is None


def test_the_last_good_look_stays_and_the_store_is_tried_again() -> None:
    shown = page({})
    shown.session_state["trouble"] = "The disk is full."
    shown.run()
    assert said(shown) == ["one in look 1", "The disk is full."]
    assert shown.session_state[key_of(Live)].seconds is not None
    shown.session_state["trouble"] = ""
    shown.run()
    assert said(shown)[1] == ""


def test_what_stands_around_is_drawn_with_the_page_from_the_same_look() -> None:
    shown = page({"still": True})
    assert said(shown) == ["above: one in look 1", "one in look 1", "", "below: one in look 1"]
    assert shown.session_state["drawings"] == 1


def test_a_look_that_has_to_change_it_is_drawn_and_then_the_page_anew() -> None:
    shown = page({"still": True, "unsettled": 2})
    assert said(shown) == ["above: one in look 2", "one in look 2", "", "below: one in look 2"]
    assert shown.session_state["drawings"] == 2


def test_no_run_is_shown_in_place_of_another() -> None:
    shown = page({"nothing": "no run"})
    shown.session_state["run"] = "two"
    shown.session_state["trouble"] = "The disk is full."
    shown.run()
    assert said(shown) == ["no run", "The disk is full."]


def test_where_nothing_was_ever_read_and_nothing_stands_for_it_the_problem_is_the_pages() -> None:
    shown = page({"trouble": "The disk is full."})
    assert said(shown) == ["not caught: The disk is full."]
