"""The sweeps that come with the app, a file each."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from pathlib import Path

from bn_core.sweeps.plan import Sweep
from bn_core.sweeps.reading import of_file

FOLDER = Path(__file__).parent / "ready"

ORDER = ("before-or-after", "learning-rate", "batch-size", "initializer", "bias")
"""The most asked question first."""


@dataclass(frozen=True)
class ReadyMade:
    """A sweep that comes with the app.

    Attributes:
        key: its file's name without the ending; addresses name it so.
        plan: what it trains.
    """

    key: str
    plan: Sweep


@functools.cache
def ready_made() -> tuple[ReadyMade, ...]:
    """Return them all, in their order."""
    return tuple(ReadyMade(key, of_file(FOLDER / f"{key}.toml")) for key in ORDER)
