"""Runs of the store as a file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from bn_core.runs.copies import RunCopy
from bn_core.runs.service import RunService
from bn_core.training import causes
from bn_core.training.events import Failed, pack, unpack
from bn_core.transfer import file, plausible


def give(service: RunService, run_ids: Sequence[str]) -> bytes:
    """Return runs as a file that another Batch Norm Lab takes: for equal runs, equal bytes.

    Of who started a run, where and on which machine it was trained, nothing is in it. So of a run that failed by an
    error of the machine the words of that error are left out.

    Args:
        run_ids: of runs that have finished, failed or were stopped.

    Raises:
        TransferProblem: more than fit, or one that was recorded in another way than today.
        RunProblem: one of them is no run, has not ended, comes with the app or is damaged.
        StoreUnavailable: they cannot be read.
    """
    chosen = list(dict.fromkeys(run_ids))
    if not fits(service, chosen):
        raise file.too_large()
    return file.written(_copies(service, chosen))


def fits(service: RunService, run_ids: Sequence[str]) -> bool:
    """Return whether a file can have so many runs of such a size. Cheap.

    Raises:
        StoreUnavailable: they cannot be read.
    """
    return len(run_ids) <= file.MOST_RUNS and service.bytes_of(run_ids) <= file.MOST_BYTES


def _copies(service: RunService, run_ids: Sequence[str]) -> Iterator[RunCopy]:
    for run_id in run_ids:
        copy = without_the_machine(service.copy(run_id))
        try:
            # What is given can be taken.
            plausible.check(copy)
        except plausible.Implausible as problem:
            raise file.TransferProblem(
                f"Run {run_id} was recorded in another way than today ({problem} differs): start the same run again, "
                "and take that."
            ) from problem
        yield copy


def without_the_machine(copy: RunCopy) -> RunCopy:
    """Return the copy without what an error of the machine said."""
    events, message = [], None
    for kind, packed in copy.events:
        if kind == Failed.__name__:
            failed = unpack(packed)
            assert isinstance(failed, Failed)
            if not causes.is_of_numbers(failed.cause, failed.layer):
                failed = Failed(failed.step, causes.OTHER, None)
                packed = pack(failed)
            message = failed.cause
        events.append((kind, packed))
    return replace(copy, events=tuple(events), message=message)
