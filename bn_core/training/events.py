"""The words in which training speaks.

`train()` yields these and nothing else. The command line prints them, the engine stores them, a test compares them:
three consumers of one generator.

A *step* is the number of updates done: an event at step 100 speaks of the weights after 100 updates.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal, Self, get_args

import numpy as np

from bn_core import packing
from bn_core.network.layers_probed import LayersProbed


@dataclass(frozen=True)
class Score:
    """What one set of images scored: mean sigmoid cross-entropy over the 10 outputs, and the share that was right."""

    loss: float
    accuracy: float


@dataclass(frozen=True)
class RunStarted:
    """A training begins, or goes on from a checkpoint (then `step` is above 0)."""

    step: int
    config: dict[str, Any]
    dataset: str
    dataset_sha256: str
    train_images: int
    versions: dict[str, str]


@dataclass(frozen=True)
class Step:
    """One update: loss and accuracy on its own batch, in training mode, before the weights moved.

    `milliseconds` is the time that the update took, evaluations apart.
    """

    step: int
    loss: float
    accuracy: float
    milliseconds: float


@dataclass(frozen=True)
class StatisticsRecorded:
    """What the layers normalized this step's batch with.

    The moving statistics follow from those of all steps up to this one: `population.moving_averages`. (Not with the bug
    `leaky-evaluation`, where evaluations move them too.)

    Attributes:
        step: updates done.
        mean, variance: float32 (channels,), layer after layer: see `Architecture.channels_of`.
    """

    step: int
    mean: np.ndarray
    variance: np.ndarray


@dataclass(frozen=True)
class Evaluated:
    """The same weights scored on the same `images` validation images under up to three kinds of statistics.

    `batch` and `recalibrated` are None between two scheduled steps, and for a network without batch normalization,
    where `moving` is simply its score.
    """

    step: int
    images: int
    moving: Score
    batch: Score | None
    recalibrated: Score | None
    milliseconds: float


@dataclass(frozen=True)
class Checked:
    """What the notebook prints while it trains: a score with moving statistics.

    Attributes:
        step: updates done.
        batch: the notebook's index of the batch just used, counted from 0 (`step - 1`).
        images: `training` (the batch just used, in inference mode) or `validation` (the whole validation set).
    """

    step: int
    batch: int
    images: str
    score: Score
    milliseconds: float


@dataclass(frozen=True)
class SnapshotTaken:
    """The weights at a step of the schedule: what can be asked about it later is asked of these.

    Large (1.4 MB): consumers send it another way than the rest, or leave it out.

    Attributes:
        step: updates done.
        arrays: weights and moving statistics by name, as in `CompiledNetwork.weights`; nothing of the optimizer.
    """

    step: int
    arrays: dict[str, np.ndarray]


@dataclass(frozen=True)
class CheckpointTaken:
    """Everything that a training needs to go on: weights, moving statistics and the optimizer's state, by name.

    Large (4 MB): consumers send it another way than the rest, and keep the latest only.
    """

    step: int
    arrays: dict[str, np.ndarray]


@dataclass(frozen=True)
class Scored:
    """The three final lines, with what is needed to say what they mean.

    Attributes:
        step: updates done.
        validation, test: the whole set, with moving statistics.
        one_by_one: share right among the first 100 test images, scored one at a time with moving statistics.
        one_by_one_batch: the same with each image's own (batch) statistics; None without batch normalization.
        validation_confusion, test_confusion: int (10, 10), counts by [true class, predicted class].
        one_by_one_labels: uint8 (100,), the true classes.
        one_by_one_predictions: uint8 (100,), with moving statistics.
        one_by_one_batch_predictions: uint8 (100,), with batch statistics; None without batch normalization.
        milliseconds: how long the scoring took.
    """

    step: int
    validation: Score
    test: Score
    one_by_one: float
    one_by_one_batch: float | None
    validation_confusion: np.ndarray
    test_confusion: np.ndarray
    one_by_one_labels: np.ndarray
    one_by_one_predictions: np.ndarray
    one_by_one_batch_predictions: np.ndarray | None
    milliseconds: float


@dataclass(frozen=True)
class Stopped:
    """The run ended before its last batch because somebody asked for it."""

    step: int


@dataclass(frozen=True)
class Failed:
    """The run cannot go on. `layer` is the first layer where a number was not finite, where that is the cause."""

    step: int
    cause: str
    layer: str | None


Event = (
    RunStarted
    | Step
    | StatisticsRecorded
    | LayersProbed
    | Evaluated
    | Checked
    | SnapshotTaken
    | CheckpointTaken
    | Scored
    | Stopped
    | Failed
)

LoopCommand = Literal["go", "checkpoint", "stop"]
"""What a consumer says after each step: see `train()`."""

KINDS: dict[str, type[Event]] = {kind.__name__: kind for kind in get_args(Event)}


pack = packing.pack
"""An event as msgpack bytes; `unpack` takes them back, bit for bit."""


def unpack(packed: bytes) -> Event:
    """The event that `pack` made these bytes from.

    Raises:
        ValueError: the bytes are not a packed event, or one of a kind or form that this version does not know.
    """
    return packing.unpack(packed, KINDS)


@dataclass(frozen=True)
class RecordedEvent:
    """An event for the store, as columns of its row, so that nobody has to decode it on its way.

    Attributes:
        kind: name of the event's class.
        step: of the event.
        milliseconds: how long it took; None where the event does not say.
        packed: the event, as `pack` made it.
    """

    kind: str
    step: int
    milliseconds: float | None
    packed: bytes = field(repr=False)

    @classmethod
    def of(cls, event: Event) -> Self:
        """Return the row of this event."""
        return cls(type(event).__name__, event.step, getattr(event, "milliseconds", None), pack(event))
