"""Whose turn it is, and who finds a place to wait: the order of the queue. Pure.

Addresses take turns, and behind each address its browsers, and each browser's runs come in their order: who invents a
hundred browsers behind one address takes no turn from another address, and who queues eight runs none from who queues
one. Who had the latest turn comes last. A newcomer counts as one who had a turn just before it came, so that no stream
of newcomers keeps anybody waiting for ever.

Whoever presents to a class comes before everybody else.
"""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Waiting:
    """What waits for its turn.

    Attributes:
        id: of the run.
        browser, address: whose it is; opaque texts.
        number: what came before has a lower one.
        turns_before: the number of the latest turn when it came; 0 before the first.
        presents: whether the browser presents to a class.
    """

    id: str
    browser: str
    address: str
    number: int
    turns_before: int
    presents: bool = False


@dataclass(frozen=True)
class Turn:
    """A turn that was taken: they are numbered from 1 on."""

    number: int
    browser: str
    address: str


class Turns:
    """Who had a turn, and when.

    Args:
        taken: in their order. Who is not among them never had one.
    """

    def __init__(self, taken: Iterable[Turn] = ()) -> None:
        self.latest = 0
        self._of_address: dict[str, int] = {}
        self._of_browser: dict[tuple[str, str], int] = {}
        for turn in taken:
            self._note(turn)

    def take(self, browser: str, address: str) -> None:
        """Note that this browser has a turn now."""
        self._note(Turn(self.latest + 1, browser, address))

    def in_order(self, waiting: Iterable[Waiting]) -> list[Waiting]:
        """Return all of them, the next first, as if each took its turn as soon as it came to it."""
        behind: dict[str, dict[str, deque[Waiting]]] = {}
        for one in sorted(waiting, key=lambda one: one.number):
            behind.setdefault(one.address, {}).setdefault(one.browser, deque()).append(one)
        addresses = []
        for address, lines in behind.items():
            browsers = [
                (*_key(self._of_browser.get((address, browser), 0), line), browser, line)
                for browser, line in lines.items()
            ]
            heapq.heapify(browsers)
            everybody = [one for line in lines.values() for one in line]
            addresses.append((*_key(self._of_address.get(address, 0), everybody), address, browsers))
        heapq.heapify(addresses)
        order: list[Waiting] = []
        turn = self.latest
        while addresses:
            turn += 1
            *_, address, browsers = heapq.heappop(addresses)
            *_, browser, line = heapq.heappop(browsers)
            order.append(line.popleft())
            if line:
                heapq.heappush(browsers, (turn, turn, 0, browser, line))
            if browsers:
                heapq.heappush(addresses, (turn, turn, 0, address, browsers))
        return sorted(order, key=lambda one: not one.presents)

    def _note(self, turn: Turn) -> None:
        self.latest = turn.number
        self._of_address[turn.address] = self._of_browser[turn.address, turn.browser] = turn.number


def _key(last: int, line: Iterable[Waiting]) -> tuple[int, int, int]:
    """The key of who had a turn last: the lowest is next."""
    line = list(line)
    return max(last, min(one.turns_before for one in line)), last, min(one.number for one in line)


@dataclass(frozen=True)
class Places:
    """How many may wait at once.

    Attributes:
        all: in all.
        of_browser: of one browser, where there is room.
        parts: a browser waits in at most one of so many parts of what is free behind its address.
    """

    all: int
    of_browser: int
    parts: int

    def lacking(self, elsewhere: int, here: int, own: int) -> Literal["place", "share", None]:
        """Return why a browser finds no place for one more; None where it does.

        One address has at most half of the places that the others leave; where they leave none, an address behind which
        nothing waits finds a place all the same, up to twice as many in all. A browser has fewer places the fuller it
        is, and always one where one is free: so a few that take what they get leave room for those who come later.

        Args:
            elsewhere: how many wait behind other addresses.
            here: how many wait behind this browser's address, its own included.
            own: how many of its own wait.

        Returns:
            place: too many wait; share: this browser has its share.
        """
        free = (self.all - elsewhere + 1) // 2 - here
        if free < 1:
            return None if not here and elsewhere < 2 * self.all else "place"
        return "share" if own >= max(1, min(self.of_browser, free // self.parts)) else None
