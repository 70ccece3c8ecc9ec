"""How a page is entered: through app.py, and with session and address in step.

The address wins where it changed from outside (a link, the Back button, a new session). Where the person came by the
navigation, which drops every parameter, the session wins: its run, its configuration, and what was set on the page when
it was shown last; and the address is written again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from urllib.parse import urlsplit

import streamlit as st
from streamlit.runtime.pages_manager import PagesManager
from streamlit.runtime.scriptrunner_utils.script_run_context import get_script_run_ctx

from bn_core.runs.service import RunService
from pages.session import controls, settings, url_state
from pages.session.location import Location
from pages.session.session import session


def note_page(name: str) -> None:
    """Say which page is about to be shown, for `settle` to know whether the person came from another one."""
    now = session()
    now.arrived = now.page not in (None, name)
    before = now.places.get(now.page)
    url_state.arrive(name)
    if _by_navigation() and before is not None:
        url_state.take_along(before)


def gone_to(page: str, known: Sequence[str]) -> str | None:
    """Return the page that the person went to by Back or Forward, where this run is to draw another one.

    A part of a page that moves asks for its update by a timer. Where it asks at the moment in which the person goes
    Back, Streamlit makes one request of both: the page that was left, at the address of the other.

    Args:
        page: the one that is about to be drawn, by its file.
        known: all pages, by their files; the first is the home page.
    """
    there = _named_by_address(known)
    return there if url_state.by_history() and there != page and there in known else None


def first_page(known: Sequence[str]) -> str | None:
    """Return the page that a new session's address names, by its file; None once a page was shown."""
    return _named_by_address(known) if session().page is None else None


def _named_by_address(known: Sequence[str]) -> str | None:
    # Not st.context.url: it names the page that is about to be drawn, wherever the browser is.
    context = get_script_run_ctx()
    if context is None or context.context_info is None or not context.context_info.HasField("url"):
        return None
    return page_at(context.context_info.url, known)


def page_at(address: str, known: Sequence[str]) -> str:
    """Return the name that an address of the app has for its page: what follows the last slash, whichever path a proxy
    has put before it; the first of the known pages, home, where nothing follows."""
    return urlsplit(address).path.rpartition("/")[2] or known[0]


def through_app() -> None:
    """Start over from app.py where a page was run without it. To be called before anything else on a page.

    Until app.py has run once, Streamlit takes the folder pages/ for its older kind of app, and runs the script that an
    address names by itself: without navigation, wide layout, and app.py's answer to a store that cannot be opened.
    When a class comes back to a server that was started again, several of its sessions are run so at once, and the
    first of them has app.py run for all that follow: so each looks whether app.py has named its own page.
    """
    if PagesManager.uses_pages_directory or session().page is None:
        PagesManager.uses_pages_directory = False
        st.rerun()


def settle(service: RunService) -> None:
    """Bring session and address together. To be called before anything is drawn."""
    now = session()
    url_state.catch_up()
    location = url_state.read()
    if now.controls is not None and _by_navigation() and _leaves_it_open(location):
        place = replace(location, config=controls.chosen(), configured=True, run=now.run_id)
        now.address_problems = location.problems
        url_state.go(_as_it_was_left(place))
    elif url_state.moved() or now.arrived or now.controls is None:
        run = None if location.run is None else service.run(location.run)
        controls.hold(location.config if run is None or location.configured else run.config)
        now.run_id, now.notice, now.address_problems = location.run, "", location.problems
        url_state.confirm(location)


def settle_alone() -> None:
    """Bring session and address together on a page that shows neither a run nor a configuration."""
    url_state.catch_up()
    location = url_state.read()
    if _by_navigation() and location.silent:
        session().address_problems = ()
        url_state.go(_as_it_was_left(location))
    elif url_state.moved() or session().arrived or session().page not in session().places:
        session().address_problems = location.problems
        url_state.confirm(location)


def _leaves_it_open(location: Location) -> bool:
    """Whether an address says neither a run nor a configuration, nor a scene, which leaves nothing open."""
    return not location.configured and location.run is None and location.scene is None


def _by_navigation() -> bool:
    """Whether the person came from another page by a link of the app, which may have dropped every parameter."""
    return session().arrived and not url_state.by_history()


def _as_it_was_left(place: Location) -> Location:
    """A place whose address sets nothing of its own, as the page was when the person left it, if ever."""
    page = session().page
    before = session().places.get(page)
    if before is None or place.settings or place.step is not None:
        return place
    run = before.run if place.run is None and page in settings.CHOOSE_A_RUN else place.run
    step = before.step if before.run == run else None
    return replace(place, run=run, settings=before.settings, step=step)


def problems() -> tuple[str, ...]:
    """Return one sentence for each value of the address, or of a control, that cannot be used."""
    wrong = session().address_problems
    return wrong if session().controls is None else (*wrong, *controls.problems())
