"""How a page is entered, and that what its tab keeps has types."""

from __future__ import annotations

from pathlib import Path

import pytest
import streamlit as st
from streamlit.runtime.pages_manager import PagesManager

from pages.session import entrance


def test_a_page_run_by_itself_starts_over_once(monkeypatch: pytest.MonkeyPatch) -> None:
    restarts: list[None] = []
    monkeypatch.setattr(st, "rerun", lambda: restarts.append(None))
    monkeypatch.setattr(PagesManager, "uses_pages_directory", True)
    entrance.through_app()
    entrance.through_app()
    assert len(restarts) == 1
    assert not PagesManager.uses_pages_directory


def test_a_page_run_by_the_app_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    restarts: list[None] = []
    monkeypatch.setattr(st, "rerun", lambda: restarts.append(None))
    monkeypatch.setattr(PagesManager, "uses_pages_directory", False)
    entrance.through_app()
    assert restarts == []


def test_only_one_module_knows_streamlits_dictionary_of_strings() -> None:
    pages = Path(__file__).parents[2] / "pages"
    users = {
        file.relative_to(pages).as_posix()
        for file in pages.rglob("*.py")
        if "st.session_state" in file.read_text(encoding="utf-8")
    }
    not_yet = {"live.py", *(f"{page}_page/panel.py" for page in ("layers", "population", "one_image"))}
    assert users - not_yet == {"session/session.py"}
