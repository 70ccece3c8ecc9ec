"""How a page is entered: through app.py, and with session and address in step.

The address wins where it changed from outside (a link, the Back button, a new session). Where the person came by the
navigation, which drops every parameter, the session wins and the address is written again.
"""

from __future__ import annotations

from dataclasses import replace

import streamlit as st
from streamlit.runtime.pages_manager import PagesManager

from bn_core.runs.service import RunService
from pages.session import controls, url_state
from pages.session.session import session


def note_page(name: str) -> None:
    """Say which page is about to be shown, for `settle` to know whether the person came from another one."""
    now = session()
    now.arrived, now.page = now.page not in (None, name), name


def through_app() -> None:
    """Start over from app.py where a page was run without it. To be called before anything else on a page.

    Until app.py has run once, Streamlit takes the folder pages/ for its older kind of app, and runs the script that an
    address names by itself: without navigation, wide layout, and app.py's answer to a store that cannot be opened.
    """
    if PagesManager.uses_pages_directory:
        PagesManager.uses_pages_directory = False
        st.rerun()


def settle(service: RunService) -> None:
    """Bring session and address together. To be called before anything is drawn."""
    now, location = session(), url_state.here()
    if now.controls is not None and now.arrived and not location.configured and location.run is None:
        url_state.go(replace(location, config=controls.chosen(), configured=True, run=now.run_id))
    elif url_state.moved() or now.controls is None:
        run = None if location.run is None else service.run(location.run)
        controls.hold(location.config if run is None or location.configured else run.config)
        now.run_id, now.notice, now.address_problems = location.run, "", location.problems
        url_state.confirm()


def problems() -> tuple[str, ...]:
    """Return one sentence for each value of the address, or of a control, that cannot be used."""
    return (*session().address_problems, *controls.problems())
