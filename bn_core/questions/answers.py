"""What a page is told of the weights at one step of a run: frozen dataclasses of numbers and NumPy arrays.

Everywhere, *moving* means with the run's moving statistics of that step; *batch*, with the statistics of the batch
itself; *recalibrated*, with the plain average of the batch statistics over the same 10 batches of 64 training images.
What is None does not exist in a network without batch normalization; what is called moving is then simply its score.

A *logit* is what one of the ten outputs gives, before the sigmoid. The network is trained by sigmoid cross-entropy:
each output says for itself how sure it is of its class (`sigmoid`), and the ten need not add up to 1. The prediction is
the class of the largest logit.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import get_args

import numpy as np

from bn_core import packing
from bn_core.training.events import Score


@dataclass(frozen=True, eq=False)
class Recalibrated:
    """Answers `Recalibrate`: all scores are of the same weights on the same images.

    Attributes:
        images: how many: the first so many validation images, those of a run's `Evaluated` events.
        moving: with the moving statistics: before.
        batch: with the statistics of each batch of 64.
        recalibrated: with the plain average over as many batches as were asked for: after.
        means, variances: that average, the truth as far as so many batches tell it: float32 (channels,), layer after
            layer. Variances are the biased ones, which divide by the number of values, averaged as they are.
    """

    images: int
    moving: Score
    batch: Score | None
    recalibrated: Score | None
    means: np.ndarray | None
    variances: np.ndarray | None


@dataclass(frozen=True, eq=False)
class DecayApplied:
    """Answers `ApplyDecay`: the score on the images of `Recalibrated`, with the statistics that the decay gives."""

    images: int
    score: Score | None


@dataclass(frozen=True, eq=False)
class Alone:
    """Images scored one at a time with one kind of statistics.

    Attributes:
        logits: float32 (images, 10).
        variation: float32 (layers,): how different the images still are in each layer. It is the standard deviation
            over the images of what batch normalization gives in each unit (channel and place), and of these the root
            mean square over all units. Without batch normalization, of what the convolution or the dense product gives.
    """

    logits: np.ndarray
    variation: np.ndarray

    @property
    def predictions(self) -> np.ndarray:
        """The predicted classes, int64 (images,)."""
        classes: np.ndarray = self.logits.argmax(axis=1)
        return classes

    @property
    def spread(self) -> float:
        """The largest difference, in any output, between the logits of any image and those of the first."""
        return float(np.abs(self.logits - self.logits[0]).max())

    def accuracy(self, labels: np.ndarray) -> float:
        """The share of images, 0 to 1, whose prediction is their label."""
        return float(np.mean(self.predictions == labels))


@dataclass(frozen=True, eq=False)
class OneByOneScored:
    """Answers `ScoreOneByOne`: the first 100 test images, each in a batch of its own.

    Attributes:
        pictures: uint8 (100, 28, 28).
        labels: uint8 (100,), the true classes.
        moving, batch, recalibrated: the images alone under each kind of statistics.
        own_variance: float32 (layers,), by layer, with batch statistics: the variance that a lone image has to give,
            averaged over channels and images. Where every mean is taken over a single value it is exactly 0, and what
            batch normalization gives is beta whatever the image, but for float32's rounding, which is what is left of
            the variation. That is so from the first 1x1 map on, layer 15.
    """

    pictures: np.ndarray
    labels: np.ndarray
    moving: Alone
    batch: Alone | None
    recalibrated: Alone | None
    own_variance: np.ndarray | None


@dataclass(frozen=True, eq=False)
class BatchSizeVaried:
    """Answers `VaryBatchSize`.

    Attributes:
        images: how many are scored: the first 256 of the validation set, in their order.
        batch: float64 (9,): the accuracy, 0 to 1, in batches of each size of `questions.BATCH_SIZES`, with the
            statistics of each batch.
        moving, recalibrated: the same images with these statistics, which no batch size changes.
    """

    images: int
    batch: np.ndarray | None
    moving: Score
    recalibrated: Score | None


@dataclass(frozen=True, eq=False)
class CompanyChanged:
    """Answers `ChangeCompany`: one test image, first in a batch, among companions that are drawn again and again.

    The companions come from the training set in a shuffled order that the image's number decides, 63 for each set, and
    no image twice before all have had their turn. `alone` and `blank` have one set only: there is nothing to draw.

    Attributes:
        picture: uint8 (28, 28), the image.
        label: its true class.
        companions: uint8 (63, 28, 28), those of the first set; (0, 28, 28) where it is alone.
        batch: float32 (sets, 10), its logits in each set's company with batch statistics.
        moving: float32 (sets, 10), the same with moving statistics, where company can change nothing.
        recalibrated: float32 (10,), with recalibrated statistics, in the first set's company, which changes nothing.
    """

    picture: np.ndarray
    label: int
    companions: np.ndarray
    batch: np.ndarray | None
    moving: np.ndarray
    recalibrated: np.ndarray | None


@dataclass(frozen=True, eq=False)
class SingleClassesScored:
    """Answers `ScoreSingleClasses`: of the images of `Recalibrated`, how many are right: int64 (10,), by true class.

    Attributes:
        images: how many there are: the sizes of the single-class batches.
        single_class: all images of a class in one batch, with its statistics.
        mixed: the same images in their own order, 25 to a batch, with batch statistics: batches as small, but mixed.
        moving, recalibrated: with these statistics, which no company changes.
    """

    images: np.ndarray
    single_class: np.ndarray | None
    mixed: np.ndarray | None
    moving: np.ndarray
    recalibrated: np.ndarray | None


@dataclass(frozen=True, eq=False)
class DrawingClassified:
    """Answers `ClassifyDrawing`: the drawing's logits, float32 (10,) each.

    Attributes:
        moving: with moving statistics.
        alone: with batch statistics, as a batch of one: the same for every drawing.
        in_company: with batch statistics, among the first 63 training images.
        recalibrated: with recalibrated statistics.
    """

    moving: np.ndarray
    alone: np.ndarray | None
    in_company: np.ndarray | None
    recalibrated: np.ndarray | None


Answer = (
    Recalibrated
    | DecayApplied
    | OneByOneScored
    | BatchSizeVaried
    | CompanyChanged
    | SingleClassesScored
    | DrawingClassified
)

MOST_BYTES = 1_000_000
"""Of an answer before it is compressed: ten times what any has."""

KINDS: dict[str, type[Answer]] = {kind.__name__: kind for kind in get_args(Answer)}


def pack(answer: Answer) -> bytes:
    """An answer as bytes, under 100,000; `unpack` takes it back, bit for bit."""
    # Pictures are mostly background.
    return zlib.compress(packing.pack(answer))


def unpack(packed: bytes) -> Answer:
    """The answer that `pack` made these bytes from.

    Raises:
        ValueError: the bytes are not an answer that this version knows.
    """
    inflating = zlib.decompressobj()
    try:
        plain = inflating.decompress(packed, MOST_BYTES)
    except zlib.error as error:
        raise ValueError("These bytes are not an answer: they are damaged.") from error
    if not inflating.eof or inflating.unused_data:
        raise ValueError("These bytes are not an answer: they are cut off, too many, or followed by others.")
    return packing.unpack(plain, KINDS)


def sigmoid(logits: np.ndarray) -> np.ndarray:
    """How sure each output is of its class, 0 to 1, of the shape of logits: 1 / (1 + exp(-logit))."""
    # The same by another name, which does not overflow.
    return (1 + np.tanh(np.asarray(logits) / 2)) / 2
