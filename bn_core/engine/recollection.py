"""Comparing what a resumed training says again with what is recorded of it already."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from typing import Any, Literal, cast

from bn_core.training.events import Event, RunStarted, pack, unpack

Verdict = Literal["new", "known", "contradicts"]

_Key = tuple[type[Event], int, int]
"""An event's kind, its step, and which of that kind and step it is."""


class Recollection:
    """The events that a run's earlier attempts recorded.

    A resumed training goes on from its checkpoint, so it repeats the steps between that and where it was cut short.
    They must come out the same to the last bit, times apart, and are not recorded twice.

    Args:
        recorded: packed events in their order.
    """

    def __init__(self, recorded: Iterable[bytes] = ()) -> None:
        self._known: dict[_Key, bytes] = {}
        self._beginning: RunStarted | None = None
        self._said: Counter[tuple[type[Event], int]] = Counter()
        counts: Counter[tuple[type[Event], int]] = Counter()
        for packed in recorded:
            event = unpack(packed)
            self._known[_key(event, counts)] = _essence(event)
            if isinstance(event, RunStarted) and self._beginning is None:
                self._beginning = event

    def judge(self, event: Event) -> Verdict:
        """Whether the training's next event is to be recorded, is recorded already, or contradicts what is."""
        known = self._known.get(_key(event, self._said))
        if isinstance(event, RunStarted) and self._beginning is not None:
            begun = self._beginning
            if (event.config, event.dataset_sha256) != (begun.config, begun.dataset_sha256):
                return "contradicts"
        if known is None:
            return "new"
        return "known" if known == _essence(event) else "contradicts"


def _key(event: Event, counts: Counter[tuple[type[Event], int]]) -> _Key:
    kind = type(event), event.step
    counts[kind] += 1
    return *kind, counts[kind]


def _essence(event: Event) -> bytes:
    """What of an event must repeat: not how long it took, nor which versions did it. Packed, so that bits decide."""
    changing: dict[str, Any] = {"milliseconds": 0.0} if hasattr(event, "milliseconds") else {}
    if isinstance(event, RunStarted):
        changing["versions"] = {}
    return pack(cast(Event, cast(Any, replace)(event, **changing)))
