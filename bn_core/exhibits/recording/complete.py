"""Adds to the file of a full run the answers that it lacks, without training anything again."""

from __future__ import annotations

import zipfile
from pathlib import Path

from bn_core.data.dataset import Dataset
from bn_core.exhibits import archive
from bn_core.exhibits.archive import ArchiveProblem
from bn_core.exhibits.catalogue import Exhibit
from bn_core.exhibits.full import ANSWERS, answers_entry
from bn_core.exhibits.reader import Library, full_file
from bn_core.exhibits.recording.make import answered
from bn_core.network.compiled import CompiledNetwork
from bn_core.runs.records import canonical_question


def complete(exhibit: Exhibit, dataset: Dataset, folder: Path) -> int:
    """Work out the recorded questions' answers that a full run's file lacks, and write them into it.

    They are of the weights and the batch statistics as they are shipped, which are rounded. Nothing else in the file
    changes, nor does an answer that is there already; where none is missing the file is left alone.

    Returns:
        How many answers were added.

    Raises:
        ArchiveProblem: the file cannot be read.
        OSError: it cannot be written.
    """
    library, path = Library(folder), folder / full_file(exhibit.variant)
    questions = {canonical_question(question.to_json()): question for question in exhibit.questions()}
    known = {key: packed for key in questions if (packed := library.answer(exhibit.run_id, key)) is not None}
    missing = [question for key, question in questions.items() if key not in known]
    if not missing:
        return 0
    weights = {}
    for step in exhibit.snapshot_steps:
        taken = library.weights(exhibit.run_id, step)
        if taken is None:
            raise ArchiveProblem(path, f"the weights after {step} batches are missing")
        weights[step] = taken.arrays
    statistics = library.statistics(exhibit.run_id)
    found = known | answered(
        CompiledNetwork(exhibit.config),
        exhibit.config,
        dataset,
        missing,
        weights,
        (statistics.means, statistics.variances),
    )
    with zipfile.ZipFile(path) as file:
        entries = {name: archive.read(path, name) for name in file.namelist()}
    archive.write(path, entries | {ANSWERS: answers_entry({key: found[key] for key in questions})})
    return len(missing)
