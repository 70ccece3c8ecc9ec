"""The runs that come with the app: recorded by this code, shipped as files beside this module, read when asked for."""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from bn_core.exhibits import archive, full
from bn_core.exhibits.archive import ArchiveProblem
from bn_core.exhibits.catalogue import Group
from bn_core.exhibits.curves import Curves
from bn_core.exhibits.full import CapturedBatch, CapturedChannel
from bn_core.network.layers_probed import LayersProbed
from bn_core.packing import made
from bn_core.runs.history import RunHistory
from bn_core.runs.inside import ProbeHistory, StatisticsHistory
from bn_core.runs.records import RunRecord
from bn_core.training.events import SnapshotTaken, StatisticsRecorded, pack, unpack

DATA = Path(__file__).parent / "data"
INDEX = "index.zip"
"""What every page may need: who the members are, and their curves."""

MEMBERS = "members"
"""The entry of the index with the members; the curves of each are an entry with its id as the name."""

T = TypeVar("T")
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Provenance:
    """Where a recorded run comes from.

    Attributes:
        versions: of Python, TensorFlow, Keras and NumPy.
        processor: what it was trained on: the same text, the same bits.
        date: when its training ended, ISO 8601 in UTC.
        command: what records it again.
        dataset: the data set's name; dataset_sha256: of its arrays (`Dataset.sha256`).
    """

    versions: dict[str, str]
    processor: str
    date: str
    command: str
    dataset: str
    dataset_sha256: str


@dataclass(frozen=True)
class Member:
    """One recorded run.

    Attributes:
        variant: which of the variants in `bn_core.exhibits.catalogue` it is.
        label: how a person calls it.
        group: `race`, `sweep`, `bugs`, `short` or `notebook`. The race, which has seed 0, belongs to the sweep too.
        full: whether its layers, statistics, weights and answers are kept, or curves and scores only.
        snapshot_steps: the steps whose weights are kept.
        captured: whether channels were captured at these steps.
    """

    record: RunRecord
    variant: str
    label: str
    group: Group
    full: bool
    snapshot_steps: tuple[int, ...]
    captured: bool
    provenance: Provenance


class Library:
    """Recorded runs. What cannot be read is not there, and the log says so. Thread-safe."""

    def __init__(self, folder: Path) -> None:
        """
        Args:
            folder: with the files that `python -m bn_core record` wrote.
        """
        self._folder = folder
        # They remember what was asked for lately.
        self.curves = functools.lru_cache(maxsize=128)(self._curves)
        self.history = functools.lru_cache(maxsize=128)(self._history)
        self.probes = functools.lru_cache(maxsize=8)(self._probes)
        self.statistics = functools.lru_cache(maxsize=3)(self._statistics)
        self.weights = functools.lru_cache(maxsize=4)(self._weights)
        self._kept = functools.lru_cache(maxsize=5)(self._full)

    def members(self, group: Group | None = None) -> tuple[Member, ...]:
        """All recorded runs, or those of a group, in the order of the catalogue: the sweep seed by seed."""
        if group is None:
            return tuple(self._members.values())
        of = {"race", "sweep"} if group == "sweep" else {group}
        return tuple(member for member in self._members.values() if member.group in of)

    def member(self, run_id: str) -> Member | None:
        """The recorded run with this id; None if there is none."""
        return self._members.get(run_id)

    def find(self, variant: str, seed: int = 0) -> Member | None:
        """The recorded run of this variant (`bn_core.exhibits.catalogue`) and seed; None if there is none."""
        return next(
            (
                member
                for member in self._members.values()
                if member.variant == variant and member.record.config.seed == seed
            ),
            None,
        )

    # As the store and the service answer of any run

    def run(self, run_id: str) -> RunRecord | None:
        """The recorded run as pages see any other; None if there is none."""
        member = self.member(run_id)
        return None if member is None else member.record

    def runs(self) -> tuple[RunRecord, ...]:
        """All recorded runs as pages see any other, in the order of the catalogue."""
        return tuple(member.record for member in self._members.values())

    def _history(self, run_id: str) -> RunHistory:
        """Return everything recorded of the run but for what went on inside its network; empty for no recorded run."""
        curves = self.curves(run_id)
        return RunHistory(run_id) if curves is None else curves.history(run_id)

    def _probes(self, run_id: str) -> ProbeHistory:
        """Return every probe of the run's layers; none for a run of which curves only are kept."""
        curves = self.curves(run_id)
        if curves is None:
            return ProbeHistory(run_id)
        probes = [unpack(packed) for packed in self._full(run_id, full.PROBES) or ()]
        return ProbeHistory(
            run_id, len(curves.order), tuple(probe for probe in probes if isinstance(probe, LayersProbed))
        )

    def _statistics(self, run_id: str) -> StatisticsHistory:
        """Return the statistics of every batch of the run, each at most 0.05 % off; empty as for any run, and for one
        of which curves only are kept."""
        curves = self.curves(run_id)
        there = curves is not None and curves.holds(StatisticsRecorded)
        entry = self._full(run_id, full.STATISTICS) if there else None
        if curves is None or entry is None:
            return StatisticsHistory(run_id)
        return StatisticsHistory(run_id, len(curves.order), *full.statistics_of(entry))

    def snapshot_steps(self, run_id: str) -> tuple[int, ...]:
        """The steps of the run whose weights are kept, in ascending order."""
        member = self._members.get(run_id)
        return () if member is None else member.snapshot_steps

    def snapshot(self, run_id: str, step: int) -> bytes | None:
        """The run's weights after `step` updates, a packed SnapshotTaken; None if none are kept.

        They may be rounded as far as no prediction on the validation images of the run's evaluations changes.
        """
        taken = self.weights(run_id, step)
        return None if taken is None else pack(taken)

    def dataset_sha256(self, run_id: str) -> str | None:
        """Of the arrays of the data set that the run was trained on; None for no recorded run."""
        member = self._members.get(run_id)
        return None if member is None else member.provenance.dataset_sha256

    def answer(self, run_id: str, question: str) -> bytes | None:
        """The recorded answer, as the engine packs it; None if there is none.

        Args:
            question: `records.canonical_question` of it.
        """
        entry = self._kept(run_id, full.ANSWERS)
        return None if entry is None else full.answer_of(entry, question)

    # What only recorded runs have

    def captured_batch(self, run_id: str) -> CapturedBatch | None:
        """The images whose values were captured; None for a run without captured channels."""
        if run_id not in self._members or not self._members[run_id].captured:
            return None
        entry = self._full(run_id, full.CAPTURED_BATCH)
        return None if entry is None else CapturedBatch(**entry)

    def channel(self, run_id: str, step: int, layer: int, place: int) -> CapturedChannel | None:
        """A captured channel; None for a run without captured channels, or a step that is not in `snapshot_steps`.

        Args:
            layer: its number, from 1.
            place: 0 for the layer's first channel, 1 for one in the middle.

        Raises:
            IndexError: no such layer or place.
        """
        member = self._members.get(run_id)
        if member is None or not member.captured or step not in member.snapshot_steps:
            return None
        entry, snapshot = self._kept(run_id, full.captured_name(step)), self.weights(run_id, step)
        if entry is None or snapshot is None:
            return None
        return full.captured_of(entry, snapshot, member.record.config, layer, place)

    # Reading

    def _curves(self, run_id: str) -> Curves | None:
        if run_id not in self._members:
            return None
        return self._readable(lambda: made(Curves, archive.read(self._folder / INDEX, run_id)))

    def _weights(self, run_id: str, step: int) -> SnapshotTaken | None:
        """Return the run's weights after `step` updates; None if none are kept."""
        member = self._members.get(run_id)
        if member is None or step not in member.snapshot_steps:
            return None
        entry = self._full(run_id, full.snapshot_name(step))
        return None if entry is None else full.snapshot_of(step, entry, member.record.config)

    def _full(self, run_id: str, name: str) -> Any:
        member = self._members.get(run_id)
        if member is None or not member.full:
            return None
        return self._readable(lambda: archive.read(self._folder / full_file(member.variant), name))

    @functools.cached_property
    def _members(self) -> dict[str, Member]:
        if not (self._folder / INDEX).exists():
            return {}
        members = self._readable(lambda: [_member(entry) for entry in archive.read(self._folder / INDEX, MEMBERS)])
        return {member.record.id: member for member in members or []}

    def _readable(self, read: Callable[[], T]) -> T | None:
        try:
            return read()
        except ArchiveProblem as problem:
            _log.warning("%s", problem)
        except (LookupError, TypeError, ValueError) as error:
            _log.warning("A recorded run is left out, which another version of the lab wrote: %r", error)
        return None


def _member(entry: dict[str, Any]) -> Member:
    # A record of before schema 4 has a place in the queue, which is none.
    record = {name: value for name, value in entry["record"].items() if name != "queue_position"}
    return made(Member, entry | {"record": record})


def full_file(variant: str) -> str:
    """The name of the file with the full record of a run of the race."""
    return f"{variant}.zip"


@functools.cache
def library() -> Library:
    """The runs that come with this copy of the app, read when they are first asked for."""
    return Library(DATA)
