"""The service of sweeps of this process."""

from __future__ import annotations

import functools

from bn_core.runs.service import RunService
from bn_core.runs.store import Store
from bn_core.sweeps.service import SweepService
from pages.session import startup


def sweep_service() -> SweepService:
    """Return it. Where the store cannot be used, it has no sweeps.

    Raises:
        StoreUnavailable: the page began with a store, and says nothing of one that cannot be used.
    """
    return _service(startup.stored(), startup.service())


@functools.lru_cache(maxsize=4)
def _service(store: Store, runs: RunService) -> SweepService:
    return SweepService(store, runs)
