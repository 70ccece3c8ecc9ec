"""Comparing what a resumed training says again with what is recorded of it already."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Literal

from bn_core.events import Checked, Evaluated, Event, RunStarted, Scored, Step, pack, unpack

Verdict = Literal["new", "known", "contradicts"]

_Key = tuple[type[Event], int, str | None]


class Recollection:
    """The events that a run's earlier attempts recorded.

    A resumed training goes on from its checkpoint, so it repeats the steps between that and where it was cut short.
    They must come out the same to the last bit, times apart, and are not recorded twice.

    Args:
        recorded: packed events, in any order.
    """

    def __init__(self, recorded: Iterable[bytes] = ()) -> None:
        self._known: dict[_Key, bytes] = {}
        self._beginning: RunStarted | None = None
        for packed in recorded:
            event = unpack(packed)
            self._known[_key(event)] = _essence(event)
            if isinstance(event, RunStarted) and self._beginning is None:
                self._beginning = event

    def judge(self, event: Event) -> Verdict:
        """Whether this event is to be recorded, is recorded already, or contradicts what is."""
        if isinstance(event, RunStarted) and self._beginning is not None:
            begun = self._beginning
            if (event.config, event.dataset_sha256) != (begun.config, begun.dataset_sha256):
                return "contradicts"
        known = self._known.get(_key(event))
        if known is None:
            return "new"
        return "known" if known == _essence(event) else "contradicts"


def _key(event: Event) -> _Key:
    return type(event), event.step, event.images if isinstance(event, Checked) else None


def _essence(event: Event) -> bytes:
    """What of an event must repeat: not how long it took, nor which versions did it. Packed, so that bits decide."""
    if isinstance(event, Step | Evaluated | Checked | Scored):
        event = replace(event, milliseconds=0.0)
    elif isinstance(event, RunStarted):
        event = replace(event, versions={})
    return pack(event)
