"""What the app's process has one of: the engine's host, the keeper of the store, and the service that pages call."""

from __future__ import annotations

import contextlib
import functools
import gc
import logging
import threading
import time
from pathlib import Path

import streamlit as st

from bn_core.engine.host_process import HEAD_START_SECONDS, HostProcess
from bn_core.environment import EnvironmentProblem, home, live, read_environment
from bn_core.exhibits import library
from bn_core.presenting.entry import Entry
from bn_core.presenting.key import KeyProblem, kept_key
from bn_core.presenting.tries import Tries
from bn_core.runs.classroom import Classroom
from bn_core.runs.keeper import StoreKeeper
from bn_core.runs.records import EngineStatus
from bn_core.runs.service import RunService
from bn_core.runs.store import Store, StoreUnavailable
from pages.session.connections import send_at_once
from pages.session.server_log import leave_out_late_requests
from pages.session.session import session

NOT_LIVE = "Nothing is trained on this server (BN_LIVE=off)."

LOOK_FOR_OLD_SECONDS = 600.0
"""How often it is looked for a talk of more than a day ago."""

_log = logging.getLogger(__name__)

_hosts: dict[Path, HostProcess] = {}


class NoEngine:
    """Stands in for the engine's host where no run can be stored, so that none can be trained."""

    def status(self) -> EngineStatus:
        return EngineStatus("unavailable", "No run can be stored at present; the top of the page says why.")


def _folder() -> Path:
    # With a bad variable nothing can be trained, but all that needs neither store nor engine works.
    try:
        return home()
    except EnvironmentProblem as problem:
        raise StoreUnavailable(str(problem)) from problem


def engine() -> HostProcess:
    """Return the host process of this process and its home folder (BN_HOME). It starts nothing by itself.

    Raises:
        StoreUnavailable: an environment variable that cannot be used.
    """
    folder = _folder()
    _hosts[folder] = _host(folder)
    return _hosts[folder]


@st.cache_resource(show_spinner=False)
def _host(folder: Path) -> HostProcess:
    # The cache outlives this module, which Streamlit loads anew where a file was edited; the module outlives the cache,
    # which any browser can have cleared. One of them always knows the host that runs.
    return _hosts.get(folder) or HostProcess(folder, head_start_seconds=HEAD_START_SECONDS)


def service() -> RunService:
    """Return the service of this process and its home folder. Where the store cannot be used, it has no stored runs.

    Raises:
        StoreUnavailable: the page began with a store, and says nothing of one that cannot be used.
    """
    try:
        store, environment = _keeper(_folder()).store(), read_environment()
        return _service(store, engine(), "" if environment.live else NOT_LIVE, environment.store_mb)
    except StoreUnavailable:
        if session().with_store:
            raise
        return _service_without_store()


def stored() -> Store:
    """Return the store of this process and its home folder; an empty one where that cannot be used.

    Raises:
        StoreUnavailable: as `service`.
    """
    try:
        return _keeper(_folder()).store()
    except StoreUnavailable:
        if session().with_store:
            raise
        return _no_store()


def room() -> Classroom:
    """Return what is kept of the talk that is given.

    Raises:
        StoreUnavailable: nothing can be kept at present.
    """
    return _keeper(_folder()).store()


def entry() -> Entry:
    """Return who lets browsers present.

    Raises:
        StoreUnavailable: nothing can be kept at present.
    """
    return Entry(_keeper(_folder()).store(), _tries())


def store_trouble() -> str:
    """Return in one sentence why no run is stored at present; an empty text where runs are."""
    try:
        _keeper(_folder()).store()
    except StoreUnavailable as problem:
        return str(problem)
    return ""


def store_note() -> str:
    """Return in one sentence what is special about the store; an empty text where nothing is."""
    return _keeper(_folder()).note


def lose_store(problem: StoreUnavailable) -> None:
    """Take note that the store failed while a page was drawn: the next pages do without it for some seconds."""
    _keeper(_folder()).leave_alone(problem)


def after_page() -> None:
    """Start the training engine unless it was started, or none is to train here (BN_LIVE), and make updates quick.

    Called after every page: the first one has the machine to itself.
    """
    if not store_trouble():
        if live():
            engine().ensure()
        _say_key(_folder())
        _forget_in_time(_folder())
    leave_out_late_requests()
    _quicken()


@functools.cache
def _keeper(folder: Path) -> StoreKeeper:
    return StoreKeeper(folder, lambda: engine().stopped())


@functools.lru_cache(maxsize=4)
def _service(store: Store, host: HostProcess, closed: str, store_mb: int) -> RunService:
    return RunService(store, [library()], host, closed=closed, budget_bytes=store_mb * 1_000_000)


@functools.cache
def _service_without_store() -> RunService:
    return RunService(_no_store(), [library()], NoEngine())


@functools.cache
def _no_store() -> Store:
    return Store.empty()


@functools.cache
def _say_key(folder: Path) -> None:
    """Print the presenter's key where whoever started the server sees it, once; one that they chose they know."""
    try:
        if read_environment().presenter_key is None:
            print(f"  To present to a class, open the page Teach with this key: {kept_key(folder)}", flush=True)
    except (KeyProblem, EnvironmentProblem, OSError) as problem:
        _log.warning("The presenter's key is not printed: %s", problem)


@functools.cache
def _forget_in_time(folder: Path) -> None:
    """Look from time to time for a talk that nobody has ended within a day, also while nobody opens a page."""

    def look() -> None:
        while True:
            with contextlib.suppress(StoreUnavailable):
                _keeper(folder).store().drop_old_talk()
            time.sleep(LOOK_FOR_OLD_SECONDS)

    threading.Thread(target=look, name="old talks", daemon=True).start()


@functools.cache
def _tries() -> Tries:
    return Tries()


@functools.cache
def _quicken() -> None:
    """Have messages sent at once, and take what was loaded by now out of the garbage collector's rounds.

    Tens of thousands of objects of the libraries live as long as the process: without this, each collection would look
    at all of them again.
    """
    send_at_once()
    gc.collect()
    gc.freeze()
