"""The sweeps that come with the app: a file each, and what it came to where that was recorded."""

from __future__ import annotations

import functools
import json
from dataclasses import dataclass
from pathlib import Path

from bn_core.sweeps.plan import Sweep
from bn_core.sweeps.reading import of_file
from bn_core.sweeps.results import Results

FOLDER = Path(__file__).parent / "ready"

ORDER = ("before-or-after", "learning-rate", "batch-size", "initializer", "bias")
"""The most asked question first; others follow by name."""


@dataclass(frozen=True)
class ReadyMade:
    """A sweep that comes with the app.

    Attributes:
        key: its file's name without the ending; addresses name it so.
        plan: what it trains.
        results: what it came to; None where that was not recorded.
    """

    key: str
    plan: Sweep
    results: Results | None


def ready_made(folder: Path = FOLDER) -> tuple[ReadyMade, ...]:
    """Return the sweeps of a folder, in their order: each is `KEY.toml`, and `KEY.json` has its results.

    Raises:
        SweepProblem: a file says none.
    """
    return _read(folder)


@functools.cache
def _read(folder: Path) -> tuple[ReadyMade, ...]:
    files = sorted(
        folder.glob("*.toml"), key=lambda file: (ORDER.index(file.stem) if file.stem in ORDER else len(ORDER), file)
    )
    return tuple(map(_one, files))


def _one(file: Path) -> ReadyMade:
    recorded = file.with_suffix(".json")
    results = Results.of_json(json.loads(recorded.read_text(encoding="utf-8"))) if recorded.is_file() else None
    return ReadyMade(file.stem, of_file(file) if results is None else results.plan, results)
