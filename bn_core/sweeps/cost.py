"""What a sweep will take, said before it is begun: from what was measured on this machine, or not at all."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from bn_core.sweeps.plan import Sweep


@dataclass(frozen=True)
class Cost:
    """What is left to do of a sweep.

    Attributes:
        members: how many trainings it has.
        trained: how many of them are trained already.
        minutes: of those left, on all workers; None where a batch size was not measured, or nothing trains.
        unmeasured: the batch sizes of which no milliseconds are known, ascending.
        megabytes: of the store, for those left; None where no run of a sweep was measured.
    """

    members: int
    trained: int
    minutes: float | None
    unmeasured: tuple[int, ...]
    megabytes: float | None


def cost(
    plan: Sweep, trained: Collection[str], paces: Mapping[int, float], bytes_per_batch: float | None, workers: int
) -> Cost:
    """Return what is left to do.

    Args:
        trained: the identities of the members that are trained already.
        paces: milliseconds a batch takes on one worker, by batch size.
        bytes_per_batch: what a batch takes in the store; None where that is not known.
        workers: how many train at once.
    """
    left = [member for member in plan.members if member.identity not in trained]
    unmeasured = tuple(sorted({member.batch_size for member in left} - paces.keys()))
    minutes = None
    if workers > 0 and not unmeasured:
        each = [member.batches * paces[member.batch_size] / 60_000 for member in left]
        # No worker does a part of a training.
        minutes = max(sum(each) / workers, max(each, default=0.0))
    megabytes = None
    if bytes_per_batch is not None:
        megabytes = sum(member.batches for member in left) * bytes_per_batch / 1e6
    return Cost(len(plan.members), len(plan.members) - len(left), minutes, unmeasured, megabytes)
