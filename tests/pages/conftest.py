"""The app without an engine, in a home of its own."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from bn_core.runs import service as run_service
from bn_core.runs.store import StoreUnavailable
from pages.session import startup
from tests.pages.lab import Lab


@pytest.fixture(autouse=True)
def as_in_the_app(monkeypatch: pytest.MonkeyPatch) -> None:
    """The app's process has no Keras (tests/test_imports.py), but other tests have brought it into this one. Streamlit
    then clears Keras's session after each run of a page, which takes five times as long as the run."""
    if "keras" in sys.modules:
        monkeypatch.setattr(sys.modules["keras"].backend, "clear_session", lambda: None)


@pytest.fixture
def lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Lab]:
    monkeypatch.setenv("BN_HOME", str(tmp_path))
    monkeypatch.setattr(startup, "after_page", lambda: None)
    # What the engine said once holds for as long as a test takes, on a machine that is busy too.
    monkeypatch.setattr(run_service, "READY_SECONDS", 600.0)
    monkeypatch.setattr(run_service, "LOST_SECONDS", 900.0)
    made = Lab(tmp_path)
    made.engine()
    yield made
    made.store.close()
    # The app's own connections would stay open for as long as the process that runs all tests.
    with contextlib.suppress(StoreUnavailable):
        startup._keeper(tmp_path).store().close()
