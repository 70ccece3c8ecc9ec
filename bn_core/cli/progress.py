"""How far a long command is, on standard error."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, SpinnerColumn, TaskID, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar

ESTIMATE_SECONDS = 120
"""Over how long the speed is averaged: a recording works for a while on its answers without finishing a batch."""


@dataclass
class Progress:
    """Batches done of a total. A bar on a terminal; elsewhere nothing but the lines that the command prints itself."""

    on_terminal: bool
    _bar: Bar
    _done_at_start: int
    _started: float = field(default_factory=time.monotonic)

    def show(self, done: int, description: str | None = None, detail: str = "") -> None:
        """Move to this many batches. `description` (None: as it was) stands before the bar, `detail` behind it."""
        self._bar.update(TaskID(0), completed=done, description=description, detail=detail)

    def print_above(self, line: str) -> None:
        """Print a line that stays, above the bar."""
        self._bar.console.print(line)

    def seconds_left(self) -> float:
        """Estimate the rest from the batches done since the start."""
        (task,) = self._bar.tasks
        speed = (time.monotonic() - self._started) / max(1, task.completed - self._done_at_start)
        return speed * task.remaining if task.remaining else 0.0


@contextmanager
def progress(description: str, total: int, done: int = 0) -> Iterator[Progress]:
    """Show the progress of this many batches until the block is left."""
    on_terminal = sys.stderr.isatty()
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("batches, {task.fields[detail]}"),
        TimeRemainingColumn(),
        TextColumn("left"),
    )
    with Bar(
        *columns,
        console=Console(stderr=True),
        # Printed lines go above the bar where both are on the same screen; a redirected output is left alone.
        redirect_stdout=sys.stdout.isatty(),
        transient=True,
        speed_estimate_period=ESTIMATE_SECONDS,
        disable=not on_terminal,
    ) as bar:
        bar.add_task(description, total=total, completed=done, detail="")
        yield Progress(on_terminal, bar, done)
