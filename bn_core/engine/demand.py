"""What an adaptive cluster sees of this host's trainings.

Dask gives a cluster the workers that its tasks need, and sends those away that have none. Trainings are no tasks: so
one that only sleeps stands for each of them, on the worker that has it, and one anywhere for each that waits.
"""

from __future__ import annotations

import time
from collections.abc import Collection
from typing import Any

SECONDS = 5.0
"""How long such a task sleeps before the next takes its place: as far ahead as an adaptive cluster looks."""

MOST_WAITING = 100
"""A cluster that was given as many workers is asked for more then."""


class Demand:
    """The sleeping tasks of one host, for the event loop's thread.

    Args:
        client: Dask's, connected.
    """

    def __init__(self, client: Any) -> None:
        self._client = client
        self._at_work: dict[str, Any] = {}
        self._waiting: list[Any] = []

    def show(self, at_work: Collection[str], waiting: int) -> None:
        """Have a task on each worker that has a training, and as many elsewhere as trainings wait."""
        self._at_work = {
            address: self._asleep(self._at_work.get(address), workers=[address], allow_other_workers=False)
            for address in at_work
        }
        wanted = min(waiting, MOST_WAITING)
        known = [task for task in self._waiting if not task.done()][:wanted]
        self._waiting = known + [self._asleep(None) for _ in range(wanted - len(known))]

    def _asleep(self, task: Any, **where: Any) -> Any:
        """Return this task while it lasts, else a new one. Dask forgets a task as soon as nobody refers to it."""
        if task is not None and not task.done():
            return task
        # A function of Python's: nothing of this project is imported there.
        return self._client.submit(time.sleep, SECONDS, pure=False, **where)
