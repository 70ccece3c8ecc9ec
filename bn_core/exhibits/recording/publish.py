"""Makes recordings small and writes the files that come with the app."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from bn_core.data.catalogue import TITLES
from bn_core.exhibits import Member, archive, full
from bn_core.exhibits.catalogue import Exhibit
from bn_core.exhibits.curves import Curves
from bn_core.exhibits.reader import INDEX, MEMBERS, full_file
from bn_core.exhibits.recording.recording import Recording
from bn_core.network.layers_probed import LayersProbed
from bn_core.runs.history import RunHistory
from bn_core.runs.records import NOBODY, RunRecord
from bn_core.training.events import StatisticsRecorded, pack, unpack

UNFINISHED = "unfinished"
"""Below the folder of the app's files, where new ones are written until all are there."""


def publish(files: Iterable[Path], folder: Path, every: Iterable[Exhibit]) -> None:
    """Write what the app reads: the index, and a file for each full record.

    Args:
        files: recordings, as `Recording.save` wrote them.
        folder: where the app looks for them. Those that are there already and are not recorded anew stay.
        every: all exhibits there are, in the app's order; what is none of them goes.

    Raises:
        ArchiveProblem: a recording, or the index that is there, cannot be read.
        OSError: something cannot be written.
    """
    unfinished = folder / UNFINISHED
    unfinished.mkdir(parents=True, exist_ok=True)
    try:
        members, curves = _published(folder)
        for file in files:
            recording = Recording.load(file)
            run_id = recording.exhibit.run_id
            members[run_id] = asdict(member_of(recording))
            curves[run_id] = vars(Curves.of([unpack(event) for event in recording.events]))
            if recording.exhibit.full:
                archive.write(unfinished / full_file(recording.exhibit.variant), full_entries(recording))
        there = [exhibit for exhibit in every if exhibit.run_id in members]
        for exhibit in there:
            _put_in_place(members[exhibit.run_id], exhibit)
        kept = [exhibit.run_id for exhibit in there]
        index = {MEMBERS: [members[run_id] for run_id in kept]} | {run_id: curves[run_id] for run_id in kept}
        archive.write(unfinished / INDEX, index, quick=True)
        for file in sorted(unfinished.iterdir()):
            file.replace(folder / file.name)
        needed = {INDEX, *(full_file(members[run_id]["variant"]) for run_id in kept if members[run_id]["full"])}
        for file in folder.glob("*.zip"):
            if file.name not in needed:
                file.unlink()
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


def _put_in_place(member: dict[str, Any], exhibit: Exhibit) -> None:
    """Give a member the name and the group that its exhibit has now: they are no part of what was recorded."""
    member["label"], member["group"] = exhibit.label, exhibit.group
    member["record"]["name"] = _run_name(exhibit.label)


def _run_name(label: str) -> str:
    return f"Recorded: {label}"


def _published(folder: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """Members and curves of the index that is there, by run."""
    if not (folder / INDEX).exists():
        return {}, {}
    members = {entry["record"]["id"]: entry for entry in archive.read(folder / INDEX, MEMBERS)}
    return members, {run_id: archive.read(folder / INDEX, run_id) for run_id in members}


def full_entries(recording: Recording) -> dict[str, Any]:
    """What the file of a full record holds."""
    events = [unpack(event) for event in recording.events]
    statistics = [event for event in events if isinstance(event, StatisticsRecorded)]
    entries: dict[str, Any] = {
        full.PROBES: [pack(event) for event in events if isinstance(event, LayersProbed)],
        full.ANSWERS: full.answers_entry(recording.answers),
    }
    if statistics:
        entries[full.STATISTICS] = full.statistics_entry(statistics)
    for step, arrays in recording.weights.items():
        entries[full.snapshot_name(step)] = full.snapshot_entry(
            arrays, recording.bits[step], recording.exhibit.config.architecture
        )
    for step, channels in recording.captured.items():
        entries[full.captured_name(step)] = channels
    if recording.captured_batch is not None:
        entries[full.CAPTURED_BATCH] = vars(recording.captured_batch)
    return entries


def member_of(recording: Recording) -> Member:
    """The recording as the library lists it."""
    exhibit = recording.exhibit
    events = [unpack(event) for event in recording.events]
    history = RunHistory(exhibit.run_id).followed_by(events)
    failed, scored, started = history.failed, history.scored, history.started
    assert started is not None
    record = RunRecord(
        id=exhibit.run_id,
        config=exhibit.config,
        name=_run_name(exhibit.label),
        pinned=False,
        status="finished" if failed is None else "failed",
        message=None if failed is None else failed.cause,
        owner=NOBODY,
        step=max(event.step for event in events),
        created=recording.started,
        started=recording.started,
        ended=recording.ended,
        dataset_note=f"{TITLES[exhibit.config.dataset]}, {started.train_images:,} training images",
        milliseconds=sum(getattr(event, "milliseconds", 0.0) for event in events),
        test_accuracy=None if scored is None else scored.test.accuracy,
    )
    return Member(
        record=record,
        variant=exhibit.variant,
        label=exhibit.label,
        group=exhibit.group,
        full=exhibit.full,
        snapshot_steps=exhibit.snapshot_steps,
        captured=exhibit.captured,
        provenance=recording.provenance,
    )
