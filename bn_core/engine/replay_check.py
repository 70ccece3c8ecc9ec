"""Comparing what a resumed training reports again with what is recorded of it already."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from typing import Any, Literal, cast

from bn_core.training.events import Event, RecordedEvent, RunStarted, pack, unpack

Verdict = Literal["new", "known", "contradicts"]

_Place = tuple[str, int, int]
"""An event's kind, its step, and which of that kind and step it is."""


class ReplayCheck:
    """Tells what of a training is new, given the events that earlier attempts recorded.

    A resumed training goes on from its checkpoint, so it repeats the steps between that and where it was cut short.
    They must come out the same to the last bit, times apart, and are not recorded twice. An event is decoded only where
    one of its place is recorded.

    Args:
        recorded: packed events in their order.
    """

    def __init__(self, recorded: Iterable[bytes] = ()) -> None:
        self._known: dict[_Place, bytes] = {}
        self._beginning: RunStarted | None = None
        self._seen: Counter[tuple[str, int]] = Counter()
        counts: Counter[tuple[str, int]] = Counter()
        for packed in recorded:
            event = unpack(packed)
            place = type(event).__name__, event.step
            counts[place] += 1
            self._known[*place, counts[place]] = _without_times(event)
            if isinstance(event, RunStarted) and self._beginning is None:
                self._beginning = event

    def judge(self, item: RecordedEvent) -> Verdict:
        """Return whether the training's next event is to be recorded, is recorded already, or contradicts what is.

        Raises:
            ValueError: bytes that are no event.
        """
        place = item.kind, item.step
        known = self._known.get((*place, self._seen[place] + 1))
        verdict: Verdict = "new"
        if known is not None:
            verdict = "known" if known == _without_times(unpack(item.packed)) else "contradicts"
        if item.kind == RunStarted.__name__ and self._beginning is not None:
            started = cast(RunStarted, unpack(item.packed))
            begun = self._beginning
            if (started.config, started.dataset_sha256) != (begun.config, begun.dataset_sha256):
                verdict = "contradicts"
        self._seen[place] += 1
        return verdict


def _without_times(event: Event) -> bytes:
    """Pack what of an event must repeat: not how long it took, nor which versions did it."""
    changing: dict[str, Any] = {"milliseconds": 0.0} if hasattr(event, "milliseconds") else {}
    if isinstance(event, RunStarted):
        changing["versions"] = {}
    return pack(cast(Event, cast(Any, replace)(event, **changing)))
