"""One look at a run: everything that the page shows of it, read at once."""

from __future__ import annotations

import time
from dataclasses import dataclass

from bn_core.runs.records import EngineStatus, Progress, QueuePlace, RunRecord, owner_hash
from bn_core.runs.service import RunService

YOUNG_SECONDS = 5.0
"""A run this young is looked at more often: that is when most happens, and when somebody waits for it."""

HASTY, QUICK, STEADY, SLOW = 0.1, 0.25, 0.5, 1.0
"""Seconds between two looks."""


@dataclass(frozen=True)
class View:
    """A run as it is now.

    Attributes:
        run: None where there is no run on the page.
        engine: what can train here.
        mine: whether this browser started the run.
        place: where it stands in the queue; None if it does not wait.
        progress: how far it is; None without a run.
        seconds_compiling: how long its program has been traced by now; None while it is not.
    """

    run: RunRecord | None
    engine: EngineStatus
    mine: bool = False
    place: QueuePlace | None = None
    progress: Progress | None = None
    seconds_compiling: float | None = None


def look(service: RunService, run_id: str | None, browser: str | None) -> View:
    """Read the run; a view without one where there is no such run.

    Raises:
        StoreUnavailable: the store cannot be read.
    """
    engine = service.engine()
    run = None if run_id is None else service.run(run_id)
    if run is None:
        return View(None, engine)
    compiling = None if run.compiling_since is None else max(0.0, time.time() - run.compiling_since)
    return View(
        run,
        engine,
        mine=is_owner(run, browser),
        place=service.queue(run.id) if run.status == "queued" else None,
        progress=service.progress(run),
        seconds_compiling=compiling,
    )


def is_owner(run: RunRecord, browser: str | None) -> bool:
    """Whether this browser started the run."""
    return browser is not None and run.owner == owner_hash(browser)


def just_begun(run: RunRecord) -> bool:
    """Whether somebody has just pressed Train, and looks for the first point."""
    waits = run.status in ("queued", "compiling", "running") and run.step == 0
    return waits and time.time() - run.created < YOUNG_SECONDS


def pace(view: View) -> float | None:
    """Seconds until the page should look again; None where nothing can change by itself."""
    run = view.run
    if run is not None and run.active:
        if run.status == "paused":
            return SLOW
        since = run.created if run.started is None else run.started
        if just_begun(run):
            return HASTY
        young = run.status == "compiling" or time.time() - since < YOUNG_SECONDS
        return QUICK if young else STEADY
    if view.engine.state in ("off", "starting") or (run is not None and run.presumed):
        return SLOW
    return None
