"""How a page is entered, and that what its tab keeps has types."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlencode

import pytest
import streamlit as st
from streamlit.runtime.pages_manager import PagesManager
from streamlit.testing.v1 import AppTest

from pages.session import entrance
from pages.session.session import Session


@pytest.mark.parametrize("others_were_first", [False, True])
def test_a_page_run_by_itself_starts_over_from_the_app(
    monkeypatch: pytest.MonkeyPatch, *, others_were_first: bool
) -> None:
    restarts: list[None] = []
    monkeypatch.setattr(st, "rerun", lambda: restarts.append(None))
    monkeypatch.setattr(PagesManager, "uses_pages_directory", not others_were_first)
    monkeypatch.setattr(entrance, "session", lambda: now)
    now = Session()
    entrance.through_app()
    assert len(restarts) == 1
    assert not PagesManager.uses_pages_directory
    now.page = "layers"
    entrance.through_app()
    assert len(restarts) == 1, "app.py has named it"


@pytest.mark.parametrize("before", ["", "/lab", "/user/ada/batch-norm-lab", "/train"])
def test_an_address_names_its_page_whichever_path_a_proxy_has_put_before_it(before: str) -> None:
    known = ("race", "train", "layers")
    assert entrance.page_at(f"https://lab.example.org{before}/", known) == "race"
    assert entrance.page_at(f"https://lab.example.org{before}/layers", known) == "layers"
    assert entrance.page_at(f"https://lab.example.org{before}/nonsense", known) == "nonsense"


def test_only_one_module_knows_streamlits_dictionary_of_strings() -> None:
    pages = Path(__file__).parents[2] / "pages"
    users = {
        file.relative_to(pages).as_posix()
        for file in pages.rglob("*.py")
        if "st.session_state" in file.read_text(encoding="utf-8")
    }
    not_yet = {"live.py", *(f"{page}_page/panel.py" for page in ("layers", "population", "one_image"))}
    assert users - not_yet == {"session/session.py"}


def test_an_update_of_a_part_of_a_page_brings_no_new_address() -> None:
    """It may have been under way since before the address changed; a link or Back asks for the whole page."""

    def script() -> None:
        import streamlit as st
        from streamlit.runtime.scriptrunner_utils.script_run_context import get_script_run_ctx

        from pages.session import url_state
        from pages.session.session import session

        session().page = "layers"
        context = get_script_run_ctx()
        assert context is not None
        context.fragment_ids_this_run = ["part"] if "part" in st.session_state else None
        url_state.catch_up()
        if url_state.moved():
            url_state.confirm(url_state.read())
        st.text(url_state.here().settings.get("layer"))

    page = AppTest.from_function(script)
    page.query_params["layer"] = "3"
    assert page.run().text[0].value == "3"
    page.session_state["part"] = True
    page.query_params["layer"] = "7"
    assert page.run().text[0].value == "3"
    assert page.query_params["layer"] == "3"
    del page.session_state["part"]
    page.query_params["layer"] = "7"
    assert page.run().text[0].value == "7"


def test_an_address_of_before_is_passed_over_until_the_browser_has_heard_of_the_present_one() -> None:
    """A message that was under way while a run was opened must not close it; a link to where one was is followed."""

    def script() -> None:
        import streamlit as st

        from pages.session import setting, url_state
        from pages.session.session import session

        session().page = "layers"
        url_state.catch_up()
        if url_state.moved():
            url_state.confirm(url_state.read())
        st.button("seven", on_click=setting.put, args=("layer", 7))
        st.text(url_state.here().settings.get("layer", "none"))

    page = AppTest.from_function(script).run()
    assert page.text[0].value == "none"
    page.button[0].click().run()
    for _ in range(2):
        page.query_params.clear()
        assert page.run().text[0].value == "7"
        assert page.query_params["layer"] == "7"
    present = urlencode({name: page.query_params[name] for name in page.query_params})
    page.session_state["history"] = {"heard": f"?embed=true&{present}"}
    page.query_params.clear()
    assert page.run().text[0].value == "none"
