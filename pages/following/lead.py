"""How a tab comes to the scene that is shown, leaves it for something else, and comes back.

The address says all: the talk, and the scene that the page shows, or that the person looks at something else. So a
reload, a lost connection or another server changes nothing.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass

import streamlit as st

from bn_core.runs.presented import NoTalk, NotPresenting, Presenter
from bn_core.runs.store import StoreUnavailable
from pages.following.given import Given, followed
from pages.session import right, startup, url_state
from pages.session.session import kept, session

STARTS_RUNS = "train"
"""The page on which a run appears only where somebody began or opened it."""


@dataclass
class Tab:
    """What the tab keeps.

    Attributes:
        opened: the talk, scene and run that it came to last.
        returns: whether the scene that is shown is to be opened, wherever the tab is.
    """

    opened: tuple[str, str, str | None] | None = None
    returns: bool = False

    def come_back(self) -> None:
        """Return to the scene that is shown. It asks nothing of the session, where Streamlit may end a callback."""
        self.returns = True


def lead(page: str) -> Given | None:
    """Open the page of the scene that is shown, unless it is there or the person looks at something else.

    To be called before the page is drawn. All around the page is drawn for what is returned: the talk may go on while
    it is drawn, and then the whole page is drawn again.

    Args:
        page: the one that is about to be drawn, by its file.

    Returns:
        The talk that the page follows or has wandered off from; None where there is none, or it has ended.
    """
    if not session().with_store:
        return None  # the top of the page says why, and has it drawn again
    # On a page that was come to, the address counts: what was shown there before says nothing of the talk.
    place, tab = url_state.read() if session().arrived else url_state.here(), kept(Tab)
    now = None if place.notes else followed()
    if now is None or (place.scene == url_state.AWAY and not tab.returns):
        return now
    state = now.state
    if tab.returns or place.scene != state.scene or page != now.scene.page:
        _open(now)
    if tab.opened is None or tab.opened[:2] != (state.id, state.scene):
        # After a reload: the address says which run the page showed.
        tab.opened = (state.id, state.scene, now.run if place.run is None else place.run)
    before = tab.opened[2]
    other = place.run not in (None, before) and (before is not None or page == STARTS_RUNS)
    who = right.presenter()
    if other and who is not None:
        _put_on_scene(who, state.scene, place.run)
        # Noted once it is done: Streamlit may end the run of a page wherever the session is asked for something.
        tab.opened = (state.id, state.scene, place.run)
        return lead(page)
    if other:
        st.query_params["scene"] = url_state.AWAY
    elif now.run != before:
        _open(now)
    return now


@dataclass(frozen=True)
class Leading:
    """That this browser presents the talk that the page is of, and its tab."""

    who: Presenter
    tab: Tab

    def turn(self, scenes: int) -> None:
        """Go on by so many scenes. It asks nothing of the session: there Streamlit may end the run of a page.

        Raises:
            NotPresenting, NoTalk, StoreUnavailable: it cannot.
        """
        startup.room().turn(self.who, scenes)
        self.tab.returns = True


def leading() -> Leading | None:
    """Return whether this browser presents the talk that the page is of; None where it does not.

    Raises:
        StoreUnavailable: the store cannot be read.
    """
    who = None if followed() is None else right.presenter()
    return None if who is None else Leading(who, kept(Tab))


def turn(scenes: int) -> None:
    """Go on by so many scenes, where this browser presents the talk that the page is of. For callbacks."""
    # The page says what is wrong where it is drawn.
    with contextlib.suppress(NotPresenting, NoTalk, StoreUnavailable):
        leads = leading()
        if leads is not None:
            leads.turn(scenes)


def _open(now: Given) -> None:
    tab = kept(Tab)
    staged = {name: text for name, text in url_state.staging(url_state.here()).items() if name not in now.address}
    address = now.address | staged
    url_state.expect(address)
    tab.opened, tab.returns = (now.state.id, now.state.scene, now.run), False
    st.switch_page(f"pages/{now.scene.page}.py", query_params=address)


def _put_on_scene(who: Presenter, scene: str, run: str | None) -> None:
    with contextlib.suppress(NotPresenting, NoTalk):  # it ended just now
        startup.room().put_on_scene(who, scene, run)
