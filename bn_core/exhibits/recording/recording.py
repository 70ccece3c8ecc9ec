"""One recorded run as its own process hands it over: everything exact, before it is made small."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np

from bn_core import packing
from bn_core.exhibits import CapturedBatch, Provenance, archive
from bn_core.exhibits.catalogue import Exhibit


@dataclass(frozen=True, eq=False)
class Recording:
    """A training that ended.

    Attributes:
        started, ended: unix seconds.
        events: every event that is kept of it, packed, in order.
        weights: by step, the exact weights and moving statistics by name.
        bits: by step, how many significant bits the kernels need: see `fewest_bits`.
        answers: by question (`records.canonical_question`), packed.
        captured: by step, `full.captured_entry`; captured_batch: the images they were captured with.
    """

    exhibit: Exhibit
    provenance: Provenance
    started: float
    ended: float
    events: list[bytes]
    weights: dict[int, dict[str, np.ndarray]] = field(default_factory=dict)
    bits: dict[int, int] = field(default_factory=dict)
    answers: dict[str, bytes] = field(default_factory=dict)
    captured: dict[int, list[list[np.ndarray]]] = field(default_factory=dict)
    captured_batch: CapturedBatch | None = None

    def save(self, path: Path) -> None:
        """Write it to a file in one go. Raises OSError."""
        archive.write(path, {"recording": asdict(self)}, quick=True)

    @classmethod
    def load(cls, path: Path) -> Recording:
        """What `save` wrote. Raises ArchiveProblem."""
        return packing.made(cls, archive.read(path, "recording"))
