"""How the p values of a family of comparisons are judged together: Holm's step-down."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

ROUNDING = 1e-12
"""By which share a p value may be above a level that it equals on paper: 6/120 reaches 0.05 however it is computed."""


@dataclass(frozen=True, eq=False)
class Judged:
    """What a family's p values come to.

    Attributes:
        claims: bool (.., pairs), whether a difference is claimed.
        levels: (.., pairs), the level that each p value was held against: a difference is claimed exactly where p
            reaches it.
        adjusted: (.., pairs), the smallest level of the whole family at which the pair would be claimed, at most 1.
    """

    claims: NDArray[np.bool_]
    levels: Floats
    adjusted: Floats


def reaches(p: Floats, level: Floats | float) -> NDArray[np.bool_]:
    """Whether p is at most the level."""
    return np.asarray(p <= np.asarray(level) * (1 + ROUNDING))


def judge(p: Floats, level: float) -> Judged:
    """Judge the p values of families so that each claims anything wrongly with a probability of at most `level`.

    The smallest of m p values is held against level / m, the next against level / (m - 1), and so on up to the first
    that is above; this one and all after it claim nothing (S. Holm: A Simple Sequentially Rejective Multiple Test
    Procedure, 1979). So what claims nothing was held against level / (how many claim nothing). Equal p values are held
    against the strictest level among theirs. It holds whatever the p values have in common, such as a group.

    Args:
        p: (.., pairs), a family in each row.
    """
    pairs = p.shape[-1]
    order = np.argsort(p, axis=-1, kind="stable")
    ranked = np.take_along_axis(p, order, axis=-1)
    waiting = np.arange(pairs, 0, -1)
    adjusted, claims = np.empty_like(p), np.empty(p.shape, bool)
    np.put_along_axis(
        adjusted, order, np.minimum(1, np.maximum.accumulate(waiting * ranked, axis=-1)) if pairs else ranked, axis=-1
    )
    np.put_along_axis(claims, order, np.logical_and.accumulate(reaches(ranked, level / waiting), axis=-1), axis=-1)
    held = np.where(claims, (p[..., np.newaxis, :] >= p[..., np.newaxis]).sum(-1), (~claims).sum(-1, keepdims=True))
    return Judged(claims, level / held, adjusted)
