"""Looking after the app's store: opened when it can be; one that is damaged as a whole makes way for a new one."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

from filelock import FileLock, Timeout

from bn_core.runs import damage
from bn_core.runs.database import LOCK_FILE, StoreDamaged, StoreUnavailable
from bn_core.runs.store import Store

TRY_AGAIN_SECONDS = 5.0
"""How long a store that could not be used is left alone."""

DAMAGED_SECONDS = 60.0
"""The same for a damaged one that could not be set aside: each attempt ends the engine."""

TURN_SECONDS = 1.0
"""How long a page waits while another one opens the store."""

LOCK_SECONDS = 10.0
"""How long the engine of another app may take to let go of a damaged store."""


class StoreKeeper:
    """The one store of an app process. Thread-safe.

    Args:
        home: the folder of the store.
        engine_stopped: has no engine of this process within its block.
    """

    def __init__(self, home: Path, engine_stopped: Callable[[], AbstractContextManager[None]]) -> None:
        self._home = home
        self._engine_stopped = engine_stopped
        self._lock = threading.Lock()
        self._store: Store | None = None
        self._problem = ""
        self._not_before = float("-inf")
        self._set_aside_note = ""

    def store(self) -> Store:
        """Return the store, which could be read just now.

        Raises:
            StoreUnavailable: it cannot be used; the next calls within some seconds say so again without a look.
        """
        # A room full of browsers opens its pages at once: only opening and setting aside are done by one at a time.
        known = self._store
        if known is not None and time.monotonic() >= self._not_before:
            with contextlib.suppress(StoreUnavailable):
                if known.in_place:
                    known.look()
                    return known
        if not self._lock.acquire(timeout=TURN_SECONDS):
            raise StoreUnavailable("The database of runs is being opened: try again in a few seconds.")
        try:
            if time.monotonic() < self._not_before:
                raise StoreUnavailable(self._problem)
            try:
                return self._usable()
            except StoreUnavailable as problem:
                self._put_off(problem)
                raise
        finally:
            self._lock.release()

    @property
    def note(self) -> str:
        """What is special about the store, in sentences; empty where nothing is."""
        store = self._store
        return " ".join(filter(None, (self._set_aside_note, "" if store is None else store.note)))

    def leave_alone(self, problem: StoreUnavailable) -> None:
        """Take note that the store failed under way, so that pages do without it for some seconds."""
        # One that is noted as damaged is set aside at the next look.
        told = time.monotonic() < self._not_before
        if not told and (not isinstance(problem, StoreDamaged) or not damage.noted(problem.path)):
            self._put_off(problem)

    def _put_off(self, problem: StoreUnavailable) -> None:
        self._problem = str(problem)
        seconds = DAMAGED_SECONDS if isinstance(problem, StoreDamaged) else TRY_AGAIN_SECONDS
        self._not_before = time.monotonic() + seconds

    def _usable(self) -> Store:
        try:
            return self._looked_at()
        except StoreDamaged as problem:
            if not damage.noted(problem.path):
                raise
            self._set_aside(problem.path)
            return self._looked_at()

    def _looked_at(self) -> Store:
        if self._store is not None and not self._store.in_place:
            self._store.close()
            self._store = None
        if self._store is None:
            self._store = Store.open(self._home)
        self._store.look()
        return self._store

    def _set_aside(self, path: Path) -> None:
        with self._engine_stopped():
            if self._store is not None:
                self._store.close()
                self._store = None
            try:
                with FileLock(self._home / LOCK_FILE, timeout=LOCK_SECONDS):
                    # Another app may have done it meanwhile.
                    if damage.still_there(path):
                        aside = damage.set_aside(path)
                        self._set_aside_note = (
                            f"The database of runs was damaged. It is kept as {aside}, and a new one was begun: "
                            "earlier runs are not shown."
                        )
            except Timeout as error:
                raise StoreUnavailable(
                    f"The database of runs, {path}, is damaged, and another program uses it: end every other Batch "
                    "Norm Lab that works in this folder."
                ) from error
            except OSError as error:
                raise StoreDamaged(path) from error
