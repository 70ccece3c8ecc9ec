"""A page that Streamlit ran without app.py starts over from app.py, once."""

from __future__ import annotations

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
