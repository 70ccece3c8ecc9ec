"""A store in a folder of its own, the key that goes with it, and the way in."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bn_core.presenting.entry import Entry
from bn_core.presenting.key import presenter_key
from bn_core.presenting.tries import Tries
from bn_core.runs.presented import Presenter
from bn_core.runs.store import Store

TEACHER, ANNA, BERT = "teacher" * 4, "anna" * 8, "bert" * 8
"""Ids of browsers."""


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    monkeypatch.setenv("BN_HOME", str(tmp_path))
    opened = Store.open(tmp_path)
    yield opened
    opened.close()


@pytest.fixture
def entry(store: Store) -> Entry:
    return Entry(store, Tries())


@pytest.fixture
def teacher(entry: Entry) -> Presenter:
    """The right of the browser TEACHER."""
    return entry.let_in(presenter_key(), TEACHER, "192.0.2.1")


def guess(store: Store, scene: str, browser: str | None, given: object, *, choices: int) -> None:
    """Guess in the talk that is given."""
    store.guess(_given(store), scene, browser, given, choices=choices)


def write(store: Store, scene: str, browser: str | None, text: str) -> None:
    """Write to the presenter of the talk that is given."""
    store.write(_given(store), scene, browser, text)


def _given(store: Store) -> str:
    now = store.presentation()
    return "none" if now is None else now.id
