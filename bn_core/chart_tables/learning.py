"""How soon a network learns, in one number."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bn_core.chart_tables.curves import MEAN_OVER, trailing_means

LEARNED = 0.9
"""From which accuracy a network counts as having learned."""


def batches_to_learn(steps: NDArray[np.float64], accuracies: NDArray[np.float64]) -> int | None:
    """Return after how many batches the accuracy on the training batches, in training mode, first reached 90 %.

    It is the mean over ten batches, which scatters a third as much as that of one, and is counted from the tenth on.

    Args:
        steps, accuracies: (n,), of each batch: updates done, and the share that was right, 0 to 1.

    Returns:
        The step of the tenth of these batches; None where it was never reached.
    """
    means = trailing_means(accuracies, MEAN_OVER)[MEAN_OVER - 1 :]
    reached = np.flatnonzero(means >= LEARNED)
    return int(steps[MEAN_OVER - 1 + reached[0]]) if len(reached) else None
