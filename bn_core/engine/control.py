"""What is asked of one training while it runs: said by one thread, heeded by another after each step."""

from __future__ import annotations

import threading
from typing import Literal, get_args

Word = Literal["go", "hold", "step", "stop", "leave"]
"""go on · wait after this step · one more step, then wait · end here · keep a checkpoint and free the worker."""

WORDS: tuple[Word, ...] = get_args(Word)
Wish = Literal["go", "checkpoint", "stop"]


class Control:
    """The orders to one training. `say` is for the thread that gives them, the rest for the training's own.

    Args:
        steps: how many steps it may do before it waits; None for as many as there are.
    """

    def __init__(self, steps: int | None = None) -> None:
        self._changed = threading.Condition()
        self._steps_left = steps
        self._ending: Literal["stop", "leave"] | None = None

    def say(self, word: Word) -> None:
        """Gives an order. After `stop` or `leave` there is no way back: later orders change nothing.

        Raises:
            ValueError: there is no such order.
        """
        with self._changed:
            match word:
                case _ if word not in WORDS:
                    raise ValueError(f"A training knows the orders {', '.join(WORDS)}, not {word!r}.")
                case "go":
                    self._steps_left = None
                case "hold":
                    self._steps_left = 0
                case "step":
                    self._steps_left = (self._steps_left or 0) + 1
                case "stop" | "leave":
                    self._ending = self._ending or word
            self._changed.notify_all()

    @property
    def ending(self) -> Literal["stop", "leave"] | None:
        """What ends the training after this step; None while nothing does."""
        return self._ending

    @property
    def holds(self) -> bool:
        """Whether the training should wait now."""
        return self._steps_left == 0 and self._ending is None

    @property
    def counts_steps(self) -> bool:
        """Whether the training goes on for a number of steps only."""
        return self._steps_left is not None

    def after_step(self) -> Wish:
        """What `train()` is told after a step: a checkpoint comes before every wait and every end."""
        with self._changed:
            if self._ending is not None:
                return "stop" if self._ending == "stop" else "checkpoint"
            if self._steps_left is None:
                return "go"
            self._steps_left = max(0, self._steps_left - 1)
            return "go" if self._steps_left else "checkpoint"

    def wait(self) -> None:
        """Returns when the training need not wait (any longer)."""
        with self._changed:
            self._changed.wait_for(lambda: not self.holds)
