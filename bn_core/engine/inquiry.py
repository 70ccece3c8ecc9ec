"""What host and workers say to each other about a question."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from bn_core.questions.decay import MovingStatistics


@dataclass(frozen=True)
class Inquiry:
    """A question as the host hands it to a worker, with all that its answer needs besides the data set.

    Attributes:
        id: the question's, in the store.
        question: `Question.to_json()`.
        config: the run's, `TrainingConfig.to_json()`.
        dataset_sha256: of the data that the run was trained on; None if that is not known.
        snapshot: a packed SnapshotTaken.
        statistics: what the question goes with (`decay.statistics_after`), if anything.
    """

    id: int
    question: dict[str, Any]
    config: dict[str, Any]
    dataset_sha256: str | None
    snapshot: bytes = field(repr=False)
    statistics: MovingStatistics | None = field(repr=False)


@dataclass(frozen=True)
class Answered:
    """The answer, as `answers.pack` made it."""

    packed: bytes = field(repr=False)


@dataclass(frozen=True)
class Refused:
    """Why there is no answer: one sentence for the person who asked."""

    sentence: str


Outcome = Answered | Refused


@dataclass(frozen=True)
class NoSnapshot:
    """The run has no snapshot of this step now. One that trains may be about to have it.

    Attributes:
        sentence: what to tell who asked, if it is not.
    """

    run_id: str
    step: int
    sentence: str


Finding = Inquiry | Refused | NoSnapshot
"""What comes of looking for what an answer needs."""
