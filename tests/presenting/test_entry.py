"""Who is let in to present, and for how long."""

from __future__ import annotations

import dataclasses
import time
from pathlib import Path

import pytest

from bn_core.presenting.entry import Entry, NotLetIn
from bn_core.presenting.key import new_key, presenter_key
from bn_core.presenting.tries import FREE
from bn_core.runs.presented import NotPresenting, Presenter
from bn_core.runs.store import Store
from tests.presenting.conftest import ANNA, BERT, TEACHER


def test_the_key_lets_a_browser_present(entry: Entry, store: Store, teacher: Presenter) -> None:
    assert store.presents(teacher)
    assert entry.known(teacher.token, TEACHER) == teacher
    assert presenter_key() not in repr(teacher)
    assert teacher.token not in repr(teacher)


@pytest.mark.parametrize("given", ["", "wrong", "x" * 10_000, "\ud800", "'; DROP TABLE presenters; --"])
def test_nothing_else_does(entry: Entry, given: str) -> None:
    with pytest.raises(NotLetIn, match=r"not the presenter's key"):
        entry.let_in(given, ANNA, "192.0.2.1")


@pytest.mark.parametrize("browser", [None, "", "short", "with space in it 123", "ü" * 20])
def test_a_browser_without_an_id_is_not_let_in(entry: Entry, browser: str | None) -> None:
    with pytest.raises(NotLetIn, match="reload"):
        entry.let_in(presenter_key(), browser, "192.0.2.1")


def test_the_right_is_that_of_one_browser(entry: Entry, store: Store, teacher: Presenter) -> None:
    assert entry.known(teacher.token, ANNA) is None
    assert not store.presents(dataclasses.replace(teacher, browser="0" * 64))
    for token in (None, 7, "", "x" * 43, teacher.token[:-1], {"token": teacher.token}):
        assert entry.known(token, TEACHER) is None


def test_wrong_tries_are_slowed_and_a_chosen_key_is_not_looked_at(
    entry: Entry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BN_PRESENTER_KEY", "a key that somebody chose")
    for _ in range(FREE):
        with pytest.raises(NotLetIn, match="not the presenter's key"):
            entry.let_in("wrong", ANNA, "192.0.2.1")
    for given in ("wrong", presenter_key()):
        with pytest.raises(NotLetIn, match=r"try again in \d+ s"):
            entry.let_in(given, ANNA, "192.0.2.1")
    assert entry.let_in(presenter_key(), TEACHER, "192.0.2.2")


def test_nobodys_wrong_tries_keep_out_who_has_the_key_that_was_made(entry: Entry) -> None:
    for _ in range(FREE):
        with pytest.raises(NotLetIn, match="not the presenter's key"):
            entry.let_in("wrong", ANNA, "192.0.2.1")
    with pytest.raises(NotLetIn, match=r"try again in \d+ s"):
        entry.let_in("wrong", ANNA, "192.0.2.1")
    assert entry.let_in(presenter_key(), TEACHER, "192.0.2.1")


def test_a_new_key_takes_the_right(entry: Entry, store: Store, teacher: Presenter, tmp_path: Path) -> None:
    new_key(tmp_path)
    assert entry.known(teacher.token, TEACHER) is None
    assert not store.presents(teacher)
    with pytest.raises(NotPresenting):
        store.begin_talk(teacher, "talk", ["one"])


def test_the_right_outlives_the_server(entry: Entry, store: Store, teacher: Presenter, tmp_path: Path) -> None:
    store.close()
    assert Store.open(tmp_path).presents(teacher)


def test_the_right_ends_after_a_day(store: Store, teacher: Presenter, monkeypatch: pytest.MonkeyPatch) -> None:
    later = time.time() + 25 * 3600
    monkeypatch.setattr(time, "time", lambda: later)
    assert not store.presents(teacher)


def test_a_code_lets_in_one_browser_once(entry: Entry, store: Store, teacher: Presenter) -> None:
    store.begin_talk(teacher, "talk", ["one"])
    code = entry.hand_over(teacher)
    assert code.replace("-", "") not in presenter_key().replace("-", "")
    anna = entry.let_in(f" {code.upper()} ", ANNA, "192.0.2.7")
    assert store.presents(anna)
    with pytest.raises(NotLetIn):
        entry.let_in(code, BERT, "192.0.2.8")
    store.end_talk(anna)
    assert not store.presents(anna), "what was handed over ends with the talk"
    assert store.presents(teacher)


def test_a_newer_code_takes_the_place_of_one_before(entry: Entry, teacher: Presenter) -> None:
    first, second = entry.hand_over(teacher), entry.hand_over(teacher)
    with pytest.raises(NotLetIn):
        entry.let_in(first, ANNA, "192.0.2.7")
    assert entry.let_in(second, ANNA, "192.0.2.7")


def test_a_code_is_good_for_minutes(entry: Entry, teacher: Presenter, monkeypatch: pytest.MonkeyPatch) -> None:
    code = entry.hand_over(teacher)
    later = time.time() + 301
    monkeypatch.setattr(time, "time", lambda: later)
    with pytest.raises(NotLetIn):
        entry.let_in(code, ANNA, "192.0.2.7")


def test_who_does_not_present_hands_nothing_over(entry: Entry, teacher: Presenter) -> None:
    with pytest.raises(NotPresenting):
        entry.hand_over(Presenter("x" * 43, teacher.browser))


def test_who_leaves_presents_no_more(store: Store, entry: Entry, teacher: Presenter) -> None:
    store.leave(teacher)
    assert entry.known(teacher.token, TEACHER) is None


def test_nothing_secret_is_in_the_store(entry: Entry, store: Store, teacher: Presenter) -> None:
    code = entry.hand_over(teacher)
    rows = [tuple(row) for table in ("presenters", "hand_over") for row in store._rows(f"SELECT * FROM {table}")]
    for secret in (teacher.token, presenter_key(), code, code.replace("-", ""), TEACHER):
        assert secret not in str(rows)
