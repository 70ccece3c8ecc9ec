"""The rules by which an answer is right, on plain numbers and arrays: NumPy and nothing else.

The take-home notebook has these functions as they stand here: app and notebook grade alike.
"""

from __future__ import annotations

import numpy as np


def standard_error(share: float, images: int) -> float:
    """Return by how much a share of so many images scatters, one standard deviation: from 0 to 0.5."""
    return float(np.sqrt(share * (1 - share) / images))


def tolerance_of_share(share: float, images: int) -> float:
    """Return within what a share of so many images counts as read right: two standard errors, 0.05 points at least."""
    return max(2 * standard_error(share, images), 0.0005)


def catch_up(
    steps: list[int], moving: list[float], batch: list[float], images: int, within: float = 0.05
) -> tuple[int | None, tuple[int | None, ...]]:
    """Tell when the moving statistics caught up with the batch statistics.

    Args:
        steps: updates done at each measurement, ascending.
        moving, batch: the accuracy with each kind of statistics, 0 to 1.
        images: how many images each accuracy is measured on.
        within: how close is caught up.

    Returns:
        (step, accepted): the first measured step, from the widest gap on, at which the moving statistics score no more
        than `within` below the batch statistics; None where there is none. Accepted are all the steps that it would be
        if the gap were one standard error wider or narrower.
    """
    gaps = np.asarray(batch, float) - np.asarray(moving, float)
    worst = int(gaps.argmax())
    scatter = standard_error(batch[-1], images) + standard_error(moving[-1], images)

    def first(limit: float) -> int | None:
        caught = np.flatnonzero(gaps[worst:] <= limit)
        return None if len(caught) == 0 else worst + int(caught[0])

    at, early, late = first(within), first(within + scatter), first(within - scatter)
    if early is None:
        return None, (None,)
    accepted = [int(step) for step in steps[early : None if late is None else late + 1]]
    return None if at is None else int(steps[at]), tuple(accepted) if late is not None else (*accepted, None)


def first_below(
    values: np.ndarray, share: float = 0.01, reading: float = 0.1
) -> tuple[int | None, tuple[int | None, ...]]:
    """Tell in which layer the values are first smaller than a share of those in layer 1.

    Args:
        values: typical size (root mean square) by layer, layer 1 first.
        share: of the first value.
        reading: how far two figures read from a chart may be off, together, as a share.

    Returns:
        (layer, accepted): the layer's number, from 1; None where there is none. Accepted are all the layers that it
        would be if the figures were read that far off.
    """
    ratios = np.asarray(values, float) / values[0]

    def first(limit: float) -> int | None:
        below = np.flatnonzero(ratios < limit)
        return None if len(below) == 0 else int(below[0]) + 1

    limits = (share * (1 + reading), share, share / (1 + reading))
    accepted = dict.fromkeys(first(limit) for limit in limits)
    return first(share), tuple(accepted)


def same_answer(predictions: np.ndarray) -> bool:
    """Return whether all images get the same answer."""
    return len(np.unique(predictions)) == 1
