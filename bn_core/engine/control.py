"""What is asked of one training while it runs: given by one thread, obeyed by another after each step."""

from __future__ import annotations

import threading
from typing import Literal, get_args

from bn_core.engine.items import Command
from bn_core.training.events import LoopCommand

COMMANDS: tuple[Command, ...] = get_args(Command)


class Control:
    """The commands to one training. `give` is for the thread that gives them, the rest for the training's own.

    Args:
        steps: how many steps it may do before it pauses; None for as many as there are.
    """

    def __init__(self, steps: int | None = None) -> None:
        self._changed = threading.Condition()
        self._steps_left = steps
        self._ending: Literal["stop", "leave"] | None = None

    def give(self, command: Command) -> None:
        """Give a command. After `stop` or `leave` there is no way back: later commands change nothing.

        Raises:
            ValueError: there is no such command.
        """
        with self._changed:
            match command:
                case _ if command not in COMMANDS:
                    raise ValueError(f"A training knows the commands {', '.join(COMMANDS)}, not {command!r}.")
                case "resume":
                    self._steps_left = None
                case "pause":
                    self._steps_left = 0
                case "step":
                    self._steps_left = (self._steps_left or 0) + 1
                case "stop" | "leave":
                    self._ending = self._ending or command
            self._changed.notify_all()

    @property
    def ending(self) -> Literal["stop", "leave"] | None:
        """What ends the training after this step; None while nothing does."""
        return self._ending

    @property
    def pausing(self) -> bool:
        """Whether the training should wait now."""
        return self._steps_left == 0 and self._ending is None

    @property
    def counts_steps(self) -> bool:
        """Whether the training goes on for a number of steps only."""
        return self._steps_left is not None

    def after_step(self) -> LoopCommand:
        """Return what `train()` is told after a step: a checkpoint comes before every pause and every end."""
        with self._changed:
            if self._ending is not None:
                return "stop" if self._ending == "stop" else "checkpoint"
            if self._steps_left is None:
                return "go"
            self._steps_left = max(0, self._steps_left - 1)
            return "go" if self._steps_left else "checkpoint"

    def wait(self) -> None:
        """Return when the training need not wait (any longer)."""
        with self._changed:
            self._changed.wait_for(lambda: not self.pausing)
