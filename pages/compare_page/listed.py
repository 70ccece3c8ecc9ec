"""Which runs the shelf lists: searched, by whose they are, sorted, a page of them at a time. Pure functions."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from bn_core.config import TrainingConfig
from bn_core.runs.records import NOBODY, RunRecord
from pages.parts.status_words import label
from pages.parts.view import is_owner
from pages.words import captions

PER_PAGE = 12
"""How many runs stand on a page of the list."""

Item = TypeVar("Item")


@dataclass(frozen=True)
class Wish:
    """What is wanted of the list.

    Attributes:
        find: words that a run has to have, each in any of its own.
        whose: all, mine, shared (by others), recorded, or live.
        sort: newest, name, test (the highest accuracy first) or pace (the fewest milliseconds a batch first).
    """

    find: str = ""
    whose: str = "all"
    sort: str = "newest"


def wanted(runs: Iterable[RunRecord], wish: Wish, browser: str | None) -> list[RunRecord]:
    """Return the runs that are wanted, pinned ones first. What has no value to sort by comes last."""
    words = wish.find.casefold().split()
    found = [run for run in runs if _is(run, wish.whose, browser) and all(word in _searched(run) for word in words)]
    key = _KEYS[wish.sort]
    return sorted(found, key=lambda run: (not run.pinned, key(run)))


def pages(count: int) -> int:
    """Return how many pages so many runs take, at least 1."""
    return max(1, math.ceil(count / PER_PAGE))


def on_page(items: Sequence[Item], page: int) -> Sequence[Item]:
    """Return what stands on a page, counted from 1."""
    return items[(page - 1) * PER_PAGE : page * PER_PAGE]


def called(run: RunRecord) -> str:
    """Return what a run is called here: of one that comes with the app, its network says enough."""
    return captions.variant(run.config) if run.owner == NOBODY else label(run)


def pace(run: RunRecord) -> float | None:
    """Return the milliseconds that a batch of a run took here, all evaluations included; None where that is not known:
    what comes with the app was trained on another machine."""
    return run.milliseconds / run.step if run.step and run.milliseconds and run.owner != NOBODY else None


def _is(run: RunRecord, whose: str, browser: str | None) -> bool:
    if whose == "mine":
        return is_owner(run, browser)
    if whose == "shared":
        return run.shared and not is_owner(run, browser)
    if whose == "recorded":
        return run.owner == NOBODY
    return run.active if whose == "live" else True


def _searched(run: RunRecord) -> str:
    return f"{label(run)} {run.id} {_of_network(run.config)}".casefold()


@functools.lru_cache(maxsize=4096)
def _of_network(config: TrainingConfig) -> str:
    """What a network and its training are called: a list of a thousand runs says it of each at every key."""
    return f"{captions.variant(config)}, {captions.training(config)}"


def _by_name(run: RunRecord) -> Any:
    return called(run).casefold(), _of_network(run.config), -run.created


def _by_test(run: RunRecord) -> Any:
    return math.inf if run.test_accuracy is None else -run.test_accuracy


def _by_pace(run: RunRecord) -> Any:
    known = pace(run)
    return math.inf if known is None else known


_KEYS: dict[str, Callable[[RunRecord], Any]] = {
    # What comes with the app has no date of its own here: it stands below one's own, in its own order.
    "newest": lambda run: (run.owner == NOBODY, 0 if run.owner == NOBODY else -run.created),
    "name": _by_name,
    "test": _by_test,
    "pace": _by_pace,
}
