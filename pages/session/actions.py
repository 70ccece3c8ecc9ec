"""What a person can do to runs, and to what the controls say. All of it is for callbacks."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Literal

from bn_core.config import TrainingConfig
from bn_core.runs.records import RunProblem, RunRecord
from bn_core.runs.service import RunService
from bn_core.runs.store import StoreUnavailable
from pages.session import controls, identity, url_state
from pages.session.session import Waiting, session
from pages.words.prose import prose

DOUBLE_CLICK_SECONDS = 1.0
"""Two clicks on Train within this time are one wish."""

SILENT_SECONDS = 3.0
"""A browser that has not said for so long who it is will hardly do so; it takes a fraction of a second."""


def open_run(run: RunRecord) -> None:
    """Put a run on the page and its configuration into the controls."""
    _show(run.id, run.config)


def copy_config(config: TrainingConfig) -> None:
    """Put a configuration into the controls, and leave the run on the page."""
    controls.hold(config)
    url_state.go(replace(url_state.here(), config=config, configured=True))


def train(service: RunService) -> None:
    """Start a training as the controls say and put it on the page.

    A browser that has not said who it is yet, in the first seconds of a page, is waited for: see `train_what_waits`.
    """
    config = controls.chosen()
    if wrong := controls.problems():
        session().notice = " ".join(wrong)
    elif identity.browser_id() is None:
        session().waiting = Waiting(config, time.monotonic())
    elif not _just_started(config):
        _start(service, config)


def something_waits() -> bool:
    """Return whether a training is to be started as soon as the browser says who it is, which it still may."""
    waiting = session().waiting
    return waiting is not None and not _silent_since(waiting)


def notice() -> str:
    """Return what went wrong with the latest action; an empty text where nothing did."""
    return prose("train")("remarks.silent") if silent() else session().notice


def silent() -> bool:
    """Return whether a training waits in vain: the browser does not say who it is."""
    waiting = session().waiting
    return waiting is not None and _silent_since(waiting)


def train_for_this_tab(service: RunService) -> None:
    """Start what waits all the same; the run belongs to this tab, as long as it lives."""
    identity.make_do()
    train_what_waits(service)


def train_what_waits(service: RunService) -> None:
    """Start what was asked for before the browser had said who it is, if it has said so now."""
    waiting = session().waiting
    if waiting is not None and identity.browser_id() is not None:
        session().waiting = None
        _start(service, waiting.config)


Steering = Literal["stop", "pause", "resume", "step"]
"""What a run's owner can do with it: the names of the service's methods."""


def act(service: RunService, action: Steering, run: str) -> None:
    """Pause, resume, step or stop a run."""
    if action == "resume":
        attempt(lambda browser: service.resume(run, browser, identity.address()))
    else:
        attempt(lambda browser: getattr(service, action)(run, browser))


def attempt(change: Callable[[str], object]) -> None:
    """Do something in this browser's name; what stands against it becomes the notice."""
    try_to(change, identity.browser_id() or "")


def try_to(act: Callable[..., object], *args: object) -> None:
    """Do something; what stands against it becomes the notice."""
    session().notice = ""
    try:
        act(*args)
    except (RunProblem, StoreUnavailable) as problem:
        session().notice = str(problem)


def _silent_since(waiting: Waiting) -> bool:
    return time.monotonic() - waiting.since >= SILENT_SECONDS


def _just_started(config: TrainingConfig) -> bool:
    """Whether this is the second half of a double click."""
    before, now = session().latest_start, time.monotonic()
    session().latest_start = (config, now)
    return before is not None and before[0] == config and now - before[1] < DOUBLE_CLICK_SECONDS


def _start(service: RunService, config: TrainingConfig) -> None:
    attempt(lambda browser: _show(service.start(config, browser, identity.address()), config))


def _show(run_id: str, config: TrainingConfig) -> None:
    controls.hold(config)
    now = session()
    now.run_id, now.notice, now.address_problems = run_id, "", ()
    url_state.go(replace(url_state.here(), config=config, configured=False, run=run_id, step=None))
