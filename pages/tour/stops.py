"""The stops of the tour, as their file says them."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass

from bn_core.exhibits import library
from pages.words.prose import prose


@dataclass(frozen=True)
class Stop:
    """One stop.

    Attributes:
        page: by its file; address: the parameters that set what it shows.
        say: one sentence; look: what to look at.
    """

    page: str
    address: Mapping[str, str]
    say: str
    look: str


@functools.cache
def stops() -> tuple[Stop, ...]:
    """All stops, in order. A recorded run that is missing is left out of the address, and the page shows another."""
    return tuple(_stop(dict(entry)) for entry in prose("tour").tables("stops"))


def _stop(entry: dict[str, str]) -> Stop:
    page, say, look, variant = entry.pop("page"), entry.pop("say"), entry.pop("look"), entry.pop("run", None)
    member = None if variant is None else library().find(variant)
    if variant is not None and member is None:
        return Stop(page, {}, say, look)
    run = {} if member is None else {"run": member.record.id}
    return Stop(page, run | entry, say, look)
