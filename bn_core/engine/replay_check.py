"""Comparing what a resumed training reports again with what is recorded of it already."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Literal, cast

from bn_core.config import TrainingConfig
from bn_core.packing import attributes
from bn_core.training.events import RecordedEvent, RunStarted, unpack

Verdict = Literal["new", "known", "contradicts"]

_Place = tuple[str, int, int]
"""An event's kind, its step, and which of that kind and step it is."""

_VARYING = {"milliseconds", "versions", "config"}
"""The attributes that need not repeat: how long it took, which versions did it, and what is compared by its meaning."""


class ReplayCheck:
    """Tells what of a training is new, given the events that earlier attempts recorded.

    A resumed training goes on from its checkpoint, so it repeats the steps between that and where it was cut short.
    They must come out the same to the last bit, times apart, and are not recorded twice. An attribute or a field of the
    configuration that an earlier version did not record yet is no contradiction. An event is decoded only where one of
    its place is recorded.

    Args:
        recorded: packed events in their order.
    """

    def __init__(self, recorded: Iterable[bytes] = ()) -> None:
        self._known: dict[_Place, dict[str, bytes]] = {}
        self._beginning: tuple[TrainingConfig, str] | None = None
        self._seen: Counter[tuple[str, int]] = Counter()
        counts: Counter[tuple[str, int]] = Counter()
        for packed in recorded:
            event = unpack(packed)
            place = type(event).__name__, event.step
            counts[place] += 1
            self._known[*place, counts[place]] = _repeating(packed)
            if isinstance(event, RunStarted) and self._beginning is None:
                self._beginning = _training(event)

    def judge(self, item: RecordedEvent) -> Verdict:
        """Return whether the training's next event is to be recorded, is recorded already, or contradicts what is."""
        place = item.kind, item.step
        known = self._known.get((*place, self._seen[place] + 1))
        verdict: Verdict = "new"
        if known is not None:
            verdict = "known" if known.items() <= _repeating(item.packed).items() else "contradicts"
        if item.kind == RunStarted.__name__ and self._beginning is not None:
            started = cast(RunStarted, unpack(item.packed))
            verdict = verdict if _training(started) == self._beginning else "contradicts"
        self._seen[place] += 1
        return verdict


def _repeating(packed: bytes) -> dict[str, bytes]:
    """Return what of a packed event must repeat, as bytes by attribute."""
    return {name: value for name, value in attributes(packed).items() if name not in _VARYING}


def _training(started: RunStarted) -> tuple[TrainingConfig, str]:
    """Return the configuration, with the default of each field that its version did not have, and the data's hash."""
    return TrainingConfig.of(started.config), started.dataset_sha256
