"""Who is asking: the first id that a session hears of stays, and nothing else is one."""

from __future__ import annotations

import pytest

from pages.session import identity
from pages.session.session import Session

ANN, BEN = "the-browser-of-ann", "the-browser-of-ben"


class Tab:
    """A session, and what its browser says."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.session = Session()
        self.said: object = None
        monkeypatch.setattr(identity, "session", lambda: self.session)
        monkeypatch.setattr(identity, "widget", lambda key: self.said if key == identity.KEY else None)


@pytest.fixture
def tab(monkeypatch: pytest.MonkeyPatch) -> Tab:
    return Tab(monkeypatch)


def test_a_session_takes_no_second_id(tab: Tab) -> None:
    assert identity.browser_id() is None
    tab.said = {"id": ANN}
    assert identity.browser_id() == ANN
    tab.said = {"id": BEN}
    assert identity.browser_id() == ANN
    identity.make_do()
    assert (identity.browser_id(), identity.kept()) == (ANN, True)


@pytest.mark.parametrize("told", [None, 7, "", "short", "x" * 65, "the browser of ann", ["the-browser-of-ann"]])
def test_what_is_no_id_is_not_taken(tab: Tab, told: object) -> None:
    tab.said = {"id": told}
    assert identity.browser_id() is None


def test_an_id_for_this_tab_alone_stays_whatever_the_browser_says(tab: Tab) -> None:
    identity.make_do()
    own = identity.browser_id()
    tab.said = {"id": BEN}
    assert (identity.browser_id(), identity.kept()) == (own, False)


def test_a_browser_that_keeps_nothing_is_told_so(tab: Tab) -> None:
    tab.said = {"id": ANN, "blocked": True}
    assert (identity.browser_id(), identity.kept()) == (ANN, False)
