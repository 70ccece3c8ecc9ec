"""The service of sweeps of this process, and what a sweep is called."""

from __future__ import annotations

import functools

from bn_core.runs.records import SweepRecord
from bn_core.runs.service import RunService
from bn_core.runs.store import Store
from bn_core.sweeps.plan import SweepProblem
from bn_core.sweeps.service import SweepService, plan_of
from pages.session import startup
from pages.sweeps_page.text import TEXT


def sweep_service() -> SweepService:
    """Return it. Where the store cannot be used, it has no sweeps.

    Raises:
        StoreUnavailable: the page began with a store, and says nothing of one that cannot be used.
    """
    return _service(startup.stored(), startup.service())


def title_of(sweep: SweepRecord) -> str:
    """Return what a sweep is called; of one that another version wrote, that it is such a one."""
    try:
        return plan_of(sweep).title
    except SweepProblem:
        return TEXT("choice.unreadable")


@functools.lru_cache(maxsize=4)
def _service(store: Store, runs: RunService) -> SweepService:
    return SweepService(store, runs)
