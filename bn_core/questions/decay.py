"""The moving statistics that another decay would have left: what `ApplyDecay` is asked with."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bn_core.batch_norm.population import MEAN_START, VARIANCE_START, debiased, moving_averages
from bn_core.questions.questions import ApplyDecay, QuestionProblem


@dataclass(frozen=True, eq=False)
class MovingStatistics:
    """What inference mode normalizes with.

    Attributes:
        means, variances: float32 (channels,), all channels of all normalized layers, layer after layer.
    """

    means: np.ndarray
    variances: np.ndarray


def statistics_after(question: ApplyDecay, means: np.ndarray, variances: np.ndarray) -> MovingStatistics:
    """Replay the moving averages over recorded batch statistics with the decay that is asked about.

    With a run's own momentum, not debiased, these are the run's own moving statistics, to the last bit.

    Args:
        means, variances: recorded batch statistics of updates 1, 2, .. up to `question.step` at least, float32
            (updates, channels).

    Raises:
        QuestionProblem: there are none, they end before that step, or nothing is left once the start is taken out.
    """
    if len(means) == 0 < question.step:
        raise QuestionProblem("This run has no recorded batch statistics, so no other decay can be applied to it.")
    if len(means) < question.step:
        raise QuestionProblem(
            f"The batch statistics of this run are recorded up to batch {len(means)}; ask about a batch up to there, "
            f"not {question.step}."
        )
    if question.debiased and question.step == 0:
        raise QuestionProblem(
            "Before the first batch there is nothing but the start of the moving average, so debiasing leaves nothing; "
            "ask about a later batch."
        )
    return MovingStatistics(
        _after(question, means[: question.step], MEAN_START),
        # Rounding may leave less than nothing of a variance that is 0.
        np.maximum(_after(question, variances[: question.step], VARIANCE_START), 0),
    )


def _after(question: ApplyDecay, batch: np.ndarray, start: float) -> np.ndarray:
    if not question.debiased:
        last: np.ndarray = moving_averages(batch, question.momentum, start)[-1]
        return last
    # What is left of the early updates of a float32 average, less its start, is mostly rounding.
    moving = moving_averages(batch.astype(np.float64), question.momentum, start)[-1]
    return debiased(moving, question.step, question.momentum, start).astype(np.float32)
