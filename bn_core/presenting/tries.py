"""How fast the presenter's key may be tried: slower with each wrong try from an address, and at most so fast over all.

Nobody waits here: who is too fast is told for how long, and what was tried is not looked at.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from bn_core.runs.addresses import network

FREE = 3
"""Wrong tries of an address after which nobody waits: a person mistypes."""

LONGEST_SECONDS = 30.0
"""The wait after many wrong tries; it doubles from one second on."""

FORGET_SECONDS = 600.0
"""After so long without a wrong try an address has a clean sheet."""

BURST = 20
REFILL_SECONDS = 2.0
"""All addresses together have so many wrong tries at once, and one more after each so many seconds."""

MOST_ADDRESSES = 10_000


@dataclass
class _Address:
    wrong: int
    latest: float


class Tries:
    """The wrong tries of late. Thread-safe.

    Args:
        clock: gives seconds that only ever grow.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._by_address: OrderedDict[str, _Address] = OrderedDict()
        self._left = float(BURST)
        self._refilled = clock()

    def begin(self, address: str | None) -> float:
        """Count a try of this address as a wrong one, as which it stays unless it turns out `right`.

        Counted before it is looked at: of many at once no more are looked at than of many in turn.

        Returns:
            0; or for how many seconds this address must wait until it may try, and then nothing is counted.
        """
        with self._lock:
            now, at = self._clock(), network(address)
            self._refill(now)
            tried = self._by_address.get(at)
            wrong = 0 if tried is None or now - tried.latest > FORGET_SECONDS else tried.wrong
            wait = 0.0 if self._left >= 1 else (1 - self._left) * REFILL_SECONDS
            if tried is not None and wrong >= FREE:
                wait = max(wait, tried.latest + min(LONGEST_SECONDS, 2.0 ** min(wrong - FREE, 30)) - now)
            if wait > 0:
                return wait
            self._left -= 1
            self._by_address[at] = _Address(wrong + 1, now)
            self._by_address.move_to_end(at)
            while len(self._by_address) > MOST_ADDRESSES:
                self._by_address.popitem(last=False)
            return 0.0

    def right(self, address: str | None) -> None:
        """Say that what this address tried last was right: it has a clean sheet."""
        with self._lock:
            self._left = min(float(BURST), self._left + 1)
            self._by_address.pop(network(address), None)

    def _refill(self, now: float) -> None:
        self._left = min(float(BURST), self._left + (now - self._refilled) / REFILL_SECONDS)
        self._refilled = now
