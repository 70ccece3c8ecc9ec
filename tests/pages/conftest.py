"""The app without an engine, in a home of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pages.components import startup
from tests.pages.lab import Lab


@pytest.fixture
def lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Lab]:
    monkeypatch.setenv("BN_HOME", str(tmp_path))
    monkeypatch.setattr(startup, "after_first_page", lambda: None)
    made = Lab(tmp_path)
    made.engine()
    yield made
    made.store.close()
