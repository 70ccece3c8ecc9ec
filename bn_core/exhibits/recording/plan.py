"""Which exhibits are to be recorded, which of them are already, and where."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from bn_core.exhibits.archive import ArchiveProblem
from bn_core.exhibits.catalogue import Exhibit, exhibits
from bn_core.exhibits.recording.jobs import Job
from bn_core.exhibits.recording.recording import Recording

FOLDER = "recording"
"""Below the home folder, what is recorded is kept here until it is published."""


class UnknownExhibit(LookupError):  # noqa: N818 - named for what it tells
    """No exhibit has this name. Its text is one sentence with the names there are."""


def named(names: Sequence[str]) -> tuple[Exhibit, ...]:
    """The exhibits that are called this way: by key (`before-seed-3`) or by group (`race`). Without names, all.

    Raises:
        UnknownExhibit: there is no such key and no such group.
    """
    every = exhibits()
    groups = {exhibit.group for exhibit in every}
    for name in names:
        if name not in groups and all(exhibit.key != name for exhibit in every):
            keys = ", ".join([*sorted(groups), *(exhibit.key for exhibit in every)])
            raise UnknownExhibit(f"Nothing called {name!r} is recorded; give one of {keys}.")
    return tuple(exhibit for exhibit in every if not names or exhibit.key in names or exhibit.group in names)


def job(exhibit: Exhibit, home: Path) -> Job:
    """Where the exhibit goes to."""
    return Job(exhibit, home / FOLDER / f"{exhibit.key}.zip")


def is_recorded(job: Job) -> bool:
    """Whether its file holds this very exhibit."""
    try:
        return Recording.load(job.file).exhibit == job.exhibit
    except ArchiveProblem:
        return False
