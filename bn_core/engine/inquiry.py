"""What host and workers exchange about a question."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from bn_core.config import TrainingConfig
from bn_core.questions.decay import MovingStatistics


@dataclass(frozen=True)
class Inquiry:
    """A question as the host hands it to a worker, with all that the answer needs but the data set.

    Attributes:
        id: of the question in the store.
        question: `Question.to_json()`.
        config: the run's.
        dataset_sha256: of the data that the run was trained on; None if unknown.
        snapshot: a packed SnapshotTaken.
        statistics: `decay.statistics_after` for a question about another decay, else None.
    """

    id: int
    question: dict[str, Any]
    config: TrainingConfig
    dataset_sha256: str | None
    snapshot: bytes = field(repr=False)
    statistics: MovingStatistics | None = field(repr=False)


@dataclass(frozen=True)
class Answered:
    """The answer, as `answers.pack` made it."""

    packed: bytes = field(repr=False)


@dataclass(frozen=True)
class Refused:
    """There is no answer, for the reason in this sentence."""

    sentence: str


Outcome = Answered | Refused


Finding = Inquiry | Refused
"""What comes of looking for what an answer needs."""
