"""What this browser tab is looking at: a run and a configuration, in step with the address.

The address wins where it changed from outside (a link, the Back button, a new session). Where the person came by the
navigation, which drops every parameter, the session wins and the address is written again.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Literal

import streamlit as st

from bn_core.config import TrainingConfig
from bn_core.runs.records import RunProblem, RunRecord
from bn_core.runs.service import RunService
from bn_core.runs.store import StoreUnavailable
from pages.session import controls, identity, url_state

RUN = "run"
NOTICE = "notice"
_PROBLEMS = "address_problems"
_PAGE = "page"
_ARRIVED = "arrived"
_WAITING = "waiting_to_train"
_STARTED = "latest_start"

DOUBLE_CLICK_SECONDS = 1.0
"""Two clicks on Train within this time are one wish."""


def note_page(name: str) -> None:
    """Says which page is about to be shown, for `settle` to know whether the person came from another one."""
    st.session_state[_ARRIVED] = st.session_state.get(_PAGE) not in (None, name)
    st.session_state[_PAGE] = name


def settle(service: RunService) -> None:
    """Brings session and address together. To be called before anything is drawn."""
    location = url_state.here()
    if controls.held() and st.session_state.get(_ARRIVED) and not location.configured and location.run is None:
        url_state.go(replace(location, config=controls.chosen(), configured=True, run=st.session_state.get(RUN)))
    elif url_state.moved() or not controls.held():
        run = None if location.run is None else service.run(location.run)
        controls.hold(location.config if run is None or location.configured else run.config)
        st.session_state[RUN] = location.run
        st.session_state[_PROBLEMS] = location.problems
        st.session_state[NOTICE] = ""
        url_state.confirm()


def problems() -> tuple[str, ...]:
    """One sentence for each value of the address, or of a control, that cannot be used."""
    return (*st.session_state.get(_PROBLEMS, ()), *controls.problems())


def run_id() -> str | None:
    """The id of the run on the page, as given; it may be no run's."""
    return st.session_state.get(RUN)


def notice() -> str:
    """What went wrong with the latest action; an empty text where nothing did."""
    return st.session_state.get(NOTICE, "")


def open_run(run: RunRecord) -> None:
    """Puts a run on the page and its configuration into the controls. For callbacks."""
    _show(run.id, run.config)


def copy_config(config: TrainingConfig) -> None:
    """Puts a configuration into the controls, and leaves the run on the page. For callbacks."""
    controls.hold(config)
    url_state.go(replace(url_state.here(), config=config, configured=True))


def train(service: RunService) -> None:
    """Starts a training as the controls say and puts it on the page. For callbacks.

    A browser that has not said who it is yet, in the first moments of a page, is waited for: see `train_what_waits`.
    """
    config = controls.chosen()
    if wrong := controls.problems():
        st.session_state[NOTICE] = " ".join(wrong)
    elif identity.browser_id() is None:
        st.session_state[_WAITING] = config
    elif not _just_started(config):
        _start(service, config)


def train_what_waits(service: RunService) -> None:
    """Starts what was asked for before the browser had said who it is, if it has said so now."""
    config = st.session_state.get(_WAITING)
    if config is not None and identity.browser_id() is not None:
        st.session_state[_WAITING] = None
        _start(service, config)


def act(service: RunService, action: Literal["stop", "pause", "resume", "step"], run: str) -> None:
    """Pauses, resumes, steps or stops a run. For callbacks."""
    attempt(lambda browser: getattr(service, action)(run, browser))


def attempt(change: Callable[[str], object]) -> None:
    """Does something in this browser's name; what stands against it becomes the notice. For callbacks."""
    st.session_state[NOTICE] = ""
    try:
        change(identity.browser_id() or "")
    except (RunProblem, StoreUnavailable) as problem:
        st.session_state[NOTICE] = str(problem)


def _just_started(config: TrainingConfig) -> bool:
    """Whether this is the second half of a double click."""
    before, when = st.session_state.get(_STARTED, (None, 0.0))
    st.session_state[_STARTED] = (config, time.monotonic())
    return before == config and time.monotonic() - when < DOUBLE_CLICK_SECONDS


def _start(service: RunService, config: TrainingConfig) -> None:
    attempt(lambda browser: _show(service.start(config, browser), config))


def _show(run: str, config: TrainingConfig) -> None:
    controls.hold(config)
    st.session_state[RUN] = run
    st.session_state[NOTICE] = ""
    st.session_state[_PROBLEMS] = ()
    url_state.go(replace(url_state.here(), config=config, configured=False, run=run, step=None))
