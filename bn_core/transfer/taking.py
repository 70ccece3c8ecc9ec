"""A file's runs into the store."""

from __future__ import annotations

import threading

from bn_core.runs.copies import Kept
from bn_core.runs.service import RunService
from bn_core.transfer import file, plausible

_one_at_a_time = threading.Lock()
"""All of a file is in memory while it is judged."""


def take(service: RunService, data: bytes | memoryview, owner: str) -> list[Kept]:
    """Make the runs of a file this browser's, all or none, and say of each in their order what became of it.

    Args:
        data: the file.
        owner: the browser's random id.

    Raises:
        TransferProblem: it is no such file, it is damaged, too large or made by a newer version, or a run in it is none
            that a lab could have recorded.
        RunProblem: the browser has no id, or there is no room.
        StoreUnavailable: nothing can be kept at present.
    """
    with _one_at_a_time:
        copies = file.read(data)
        for number, copy in enumerate(copies, 1):
            try:
                plausible.check(copy)
            except plausible.Implausible as problem:
                raise file.TransferProblem(
                    f"Run {number} of this file is not what a Batch Norm Lab records: {problem} cannot be so. Have the "
                    "file made again. Nothing was added."
                ) from problem
        if not copies or len({copy.id for copy in copies}) != len(copies):
            raise file.Damaged
        return service.keep(copies, owner)
