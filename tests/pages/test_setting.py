"""A setting that a control makes and something else can make too: neither takes back what the other made."""

from __future__ import annotations

from streamlit.testing.v1 import AppTest

from pages.session import setting
from pages.session.session import Session


def script() -> None:
    import streamlit as st

    from pages.session import setting, url_state
    from pages.session.session import session

    session().page = "layers"
    if url_state.moved():
        url_state.confirm(url_state.read())
    layer = setting.value("layer")
    st.select_slider("Layer", range(1, 21), value=layer, **setting.control("layer", layer))
    for picked in (7, 9):
        st.button(f"pick {picked}", on_click=setting.put, args=("layer", picked))
    st.text(f"{layer}")


def page() -> AppTest:
    return AppTest.from_function(script).run()


def shown(page: AppTest) -> tuple[str, object]:
    return page.text[0].value, page.select_slider[0].value


def test_the_control_says_what_something_else_chose() -> None:
    shown_by = page()
    shown_by.button[0].click().run()
    assert shown(shown_by) == ("7", 7)


def test_a_message_that_was_under_way_does_not_take_it_back() -> None:
    shown_by = page()
    under_way = shown_by._tree.get_widget_states()
    shown_by.button[0].click().run()
    for _ in range(2):
        shown_by._run(under_way)
        assert shown(shown_by) == ("7", 7)


def test_the_control_goes_on_from_there() -> None:
    shown_by = page()
    shown_by.button[0].click().run()
    shown_by.select_slider[0].set_value(12).run()
    assert shown(shown_by) == ("12", 12)
    shown_by.button[0].click().run()
    assert shown(shown_by) == ("7", 7)


def test_a_control_that_was_used_before_its_successor_came_is_heard() -> None:
    shown_by = page()
    shown_by.select_slider[0].set_value(12)
    late = shown_by._tree.get_widget_states()
    shown_by.select_slider[0].set_value(1)
    shown_by.button[1].click().run()
    shown_by._run(late)
    assert shown(shown_by) == ("12", 12)


def test_what_a_control_said_before_something_else_was_chosen_is_heard_once() -> None:
    shown_by = page()
    # Both in one message: the control is not drawn with what it says.
    shown_by.select_slider[0].set_value(12)
    under_way = shown_by._tree.get_widget_states()
    shown_by.button[0].click().run()
    assert shown(shown_by) == ("7", 7)
    for _ in range(2):
        shown_by._run(under_way)
        assert shown(shown_by) == ("7", 7)


def test_what_a_browser_says_late_of_a_page_that_was_left_changes_nothing(monkeypatch):
    shown, said = Session(page="one_batch"), []
    monkeypatch.setattr(setting, "session", lambda: shown)
    hears = setting.while_shown(said.append)
    hears(1)
    shown.page = "race"
    hears(2)
    assert said == [1]
