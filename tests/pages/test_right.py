"""The presenter's key in an address is tried once, and whatever Streamlit cuts off is tried again."""

from __future__ import annotations

import pytest

from pages.session import identity, right
from pages.session.right import Held
from tests.pages.lab import ME

TOLD = {"given": {"key": "the key", "at": 1795824753116}}


class CutOff(BaseException):
    """What ends the run of a page in its middle."""


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> Held:
    """What a tab knows, whose browser has told the key of its address."""
    held = Held()
    monkeypatch.setattr(right, "kept", lambda kind: held)
    monkeypatch.setattr(right, "widget", lambda key: TOLD)
    monkeypatch.setattr(right, "_COMPONENT", lambda **shown: None)
    monkeypatch.setattr(identity, "browser_id", lambda: ME)
    return held


@pytest.fixture
def tries(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    made: list[str] = []
    monkeypatch.setattr(right, "enter", made.append)
    return made


def test_a_key_that_is_told_again_is_tried_once(held: Held, tries: list[str]) -> None:
    for _ in range(3):
        right._by_fragment()
    assert tries == ["the key"]


def test_a_try_that_was_cut_off_is_made_again(held: Held, monkeypatch: pytest.MonkeyPatch) -> None:
    def cut_off(given: str) -> None:
        raise CutOff

    monkeypatch.setattr(right, "enter", cut_off)
    with pytest.raises(CutOff):
        right._by_fragment()
    again: list[str] = []
    monkeypatch.setattr(right, "enter", again.append)
    right._by_fragment()
    assert again == ["the key"]


def test_a_key_waits_until_the_browser_has_said_who_it_is(
    held: Held, tries: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(identity, "browser_id", lambda: None)
    right._by_fragment()
    right.listen()
    assert tries == []
    monkeypatch.setattr(identity, "browser_id", lambda: ME)
    right.listen()
    right.listen()
    assert tries == ["the key"]


@pytest.mark.parametrize(
    "told", [None, {}, {"given": "the key"}, {"given": {"key": 7, "at": 1}}, {"given": {"key": "x"}}]
)
def test_what_no_browser_of_ours_tells_is_no_key(
    held: Held, tries: list[str], monkeypatch: pytest.MonkeyPatch, told: object
) -> None:
    monkeypatch.setattr(right, "widget", lambda key: told)
    right._by_fragment()
    assert tries == []
