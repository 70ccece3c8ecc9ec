"""Finds the answers: a network with the weights of one step of a run, scored in every way that a page may ask for.

All is deterministic: the same question about the same weights has the same answer, and the companions of an image are
drawn by its number.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

import numpy as np

from bn_core.architecture import CLASSES, IMAGE_SIZE
from bn_core.config import TrainingConfig
from bn_core.data.dataset import Dataset
from bn_core.network.compiled import CompiledNetwork
from bn_core.protocol import INFERENCE_CHUNK, ONE_BY_ONE_IMAGES, RECALIBRATION_BATCHES, SCORING_BATCH
from bn_core.questions import answers
from bn_core.questions.answers import Alone
from bn_core.questions.decay import MovingStatistics
from bn_core.questions.instruments import Instruments, Scores
from bn_core.questions.questions import (
    BATCH_SIZES,
    COMPANION_SETS,
    COMPANIONS,
    ApplyDecay,
    ChangeCompany,
    ClassifyDrawing,
    Question,
    QuestionProblem,
    Recalibrate,
    ScoreOneByOne,
    ScoreSingleClasses,
    VaryBatchSize,
    most_batches,
)
from bn_core.training.evaluation import recalibrate, score, validation

BATCH_SIZE_IMAGES = 256
"""The first so many validation images are scored in batches of every size."""

MIXED_SIZE = 25
"""About as many images as a class has among the validation images that are scored."""

ScoreWith = Callable[[np.ndarray, int], Scores]
"""One of the methods of `Instruments`."""


class Examiner:
    """Answers questions about the weights at any step of any run that shares a compiled network.

    It is for one thread at a time. Between two answers the network is as its owner left it.

    Attributes:
        instruments: what scores images with the weights that are in the network.
    """

    def __init__(self, compiled: CompiledNetwork) -> None:
        """Cheap: what an answer needs is compiled when it is first asked for, or by `warm_up`."""
        self._compiled = compiled
        self.instruments = Instruments(compiled)

    def warm_up(self) -> None:
        """Compile all that any answer needs: 2 to 3 s, which the first answers would take longer otherwise."""
        blank, labels = np.zeros((2, IMAGE_SIZE, IMAGE_SIZE), np.uint8), np.zeros(2, np.uint8)
        score(self._compiled.in_inference_mode, blank, labels, 2)
        self.instruments.with_moving_statistics(blank, 2)
        if self._compiled.normalization_layers:
            with self._compiled.borrowed_statistics():
                score(self._compiled.in_training_mode, blank, labels, 2)
            self.instruments.with_batch_statistics(blank, 2)

    def answer(
        self,
        question: Question,
        config: TrainingConfig,
        dataset: Dataset,
        arrays: Mapping[str, np.ndarray],
        statistics: MovingStatistics | None = None,
    ) -> answers.Answer:
        """The answer to a question about the weights and moving statistics in `arrays`.

        Args:
            question: what is asked. Its `step` only says which snapshot `arrays` is.
            config: the run's.
            dataset: the run's.
            arrays: weights and moving statistics by name, as in `CompiledNetwork.weights`; more names do no harm.
            statistics: what `decay.statistics_after` gives for this question; for `ApplyDecay` alone.

        Raises:
            QuestionProblem: what the question names does not exist in this data set.
            ValueError: network, configuration, arrays and statistics do not belong together.
        """
        with loaded(self._compiled, config, arrays):
            match question:
                case Recalibrate():
                    return self._recalibrate(question, dataset)
                case ApplyDecay():
                    return self._apply_decay(dataset, statistics)
                case ScoreOneByOne():
                    return self._score_one_by_one(dataset)
                case VaryBatchSize():
                    return self._vary_batch_size(dataset)
                case ChangeCompany():
                    return self._change_company(question, dataset)
                case ScoreSingleClasses():
                    return self._score_single_classes(dataset)
                case ClassifyDrawing():
                    return self._classify_drawing(question, dataset)
                case _:
                    raise ValueError(f"There is no answer to a {type(question).__name__}.")

    @property
    def _normalized(self) -> bool:
        return bool(self._compiled.normalization_layers)

    # Statistics ----------------------------------------------------------------------------------------------------

    def _recalibrate(self, question: Recalibrate, dataset: Dataset) -> answers.Recalibrated:
        most = most_batches(len(dataset.train_labels))
        if question.batches > most:
            raise QuestionProblem(
                f"{dataset.title} has {len(dataset.train_labels):,} training images, enough for {most} batches of "
                f"{SCORING_BATCH}: batches must be a whole number from 1 to {most}, not {question.batches}."
            )
        images, labels = validation(dataset)
        moving, _ = score(self._compiled.in_inference_mode, images, labels, INFERENCE_CHUNK)
        if not self._normalized:
            return answers.Recalibrated(len(labels), moving, None, None, None, None)
        with self._compiled.borrowed_statistics():
            batch, _ = score(self._compiled.in_training_mode, images, labels, SCORING_BATCH)
        with self._recalibrated(dataset, question.batches):
            recalibrated, _ = score(self._compiled.in_inference_mode, images, labels, INFERENCE_CHUNK)
            layers = self._compiled.normalization_layers
            means = np.concatenate([layer.moving_mean.numpy() for layer in layers])
            variances = np.concatenate([layer.moving_variance.numpy() for layer in layers])
        return answers.Recalibrated(len(labels), moving, batch, recalibrated, means, variances)

    def _apply_decay(self, dataset: Dataset, statistics: MovingStatistics | None) -> answers.DecayApplied:
        images, labels = validation(dataset)
        if not self._normalized:
            return answers.DecayApplied(len(labels), None)
        if statistics is None:
            raise ValueError("ApplyDecay comes with the statistics that the decay gives.")
        with self._compiled.borrowed_statistics():
            self._set_statistics(statistics)
            result, _ = score(self._compiled.in_inference_mode, images, labels, INFERENCE_CHUNK)
        return answers.DecayApplied(len(labels), result)

    def _set_statistics(self, statistics: MovingStatistics) -> None:
        layers = self._compiled.normalization_layers
        ends = np.cumsum([layer.moving_mean.shape[0] for layer in layers])
        if statistics.means.shape != (ends[-1],) or statistics.variances.shape != (ends[-1],):
            raise ValueError("These statistics belong to another network.")
        means, variances = np.split(statistics.means, ends[:-1]), np.split(statistics.variances, ends[:-1])
        for layer, mean, variance in zip(layers, means, variances, strict=True):
            layer.moving_mean.assign(mean)
            layer.moving_variance.assign(variance)

    @contextmanager
    def _recalibrated(self, dataset: Dataset, batches: int = RECALIBRATION_BATCHES) -> Iterator[None]:
        """Inside, the moving statistics are the recalibrated ones."""
        with self._compiled.borrowed_statistics():
            recalibrate(self._compiled, dataset, batches)
            yield

    # Batches -------------------------------------------------------------------------------------------------------

    def _score_one_by_one(self, dataset: Dataset) -> answers.OneByOneScored:
        images, labels = dataset.test_images[:ONE_BY_ONE_IMAGES], dataset.test_labels[:ONE_BY_ONE_IMAGES]
        moving = alone(self.instruments.with_moving_statistics(images, 1))
        if not self._normalized:
            return answers.OneByOneScored(images, labels, moving, None, None, None)
        own = self.instruments.with_batch_statistics(images, 1)
        with self._recalibrated(dataset):
            recalibrated = alone(self.instruments.with_moving_statistics(images, 1))
        return answers.OneByOneScored(images, labels, moving, alone(own), recalibrated, own.variances.mean(axis=0))

    def _vary_batch_size(self, dataset: Dataset) -> answers.BatchSizeVaried:
        images, labels = dataset.validation_images[:BATCH_SIZE_IMAGES], dataset.validation_labels[:BATCH_SIZE_IMAGES]
        moving, _ = score(self._compiled.in_inference_mode, images, labels, INFERENCE_CHUNK)
        if not self._normalized:
            return answers.BatchSizeVaried(len(labels), None, moving, None)
        predictions = [predicted(self.instruments.with_batch_statistics(images, size)) for size in BATCH_SIZES]
        with self._recalibrated(dataset):
            recalibrated, _ = score(self._compiled.in_inference_mode, images, labels, INFERENCE_CHUNK)
        return answers.BatchSizeVaried(len(labels), np.mean(predictions == labels, axis=1), moving, recalibrated)

    def _score_single_classes(self, dataset: Dataset) -> answers.SingleClassesScored:
        images, labels = validation(dataset)

        def by_class(predictions: np.ndarray) -> np.ndarray:
            return np.bincount(labels[predictions == labels], minlength=CLASSES)

        counts = np.bincount(labels, minlength=CLASSES)
        moving = by_class(score(self._compiled.in_inference_mode, images, labels, INFERENCE_CHUNK)[1])
        if not self._normalized:
            return answers.SingleClassesScored(counts, None, None, moving, None)
        single = np.empty_like(labels)
        for label in np.unique(labels):
            members = labels == label
            single[members] = predicted(self.instruments.with_batch_statistics(images[members], int(counts[label])))
        mixed = predicted(self.instruments.with_batch_statistics(images, MIXED_SIZE))
        with self._recalibrated(dataset):
            recalibrated = by_class(score(self._compiled.in_inference_mode, images, labels, INFERENCE_CHUNK)[1])
        return answers.SingleClassesScored(counts, by_class(single), by_class(mixed), moving, recalibrated)

    # One image -----------------------------------------------------------------------------------------------------

    def _change_company(self, question: ChangeCompany, dataset: Dataset) -> answers.CompanyChanged:
        last = len(dataset.test_labels) - 1
        if question.image > last:
            raise QuestionProblem(
                f"{dataset.title} has {last + 1:,} test images: image must be a whole number from 0 to {last}, not "
                f"{question.image}."
            )
        picture, label = dataset.test_images[question.image], int(dataset.test_labels[question.image])
        company = companions(question, label, dataset)
        batches = [np.concatenate([picture[np.newaxis], others]) for others in company]
        size = len(batches[0])

        def first(score_with: ScoreWith) -> np.ndarray:
            return np.stack([score_with(batch, size).logits[0] for batch in batches])

        moving = first(self.instruments.with_moving_statistics)
        if not self._normalized:
            return answers.CompanyChanged(picture, label, company[0], None, moving, None)
        batch = first(self.instruments.with_batch_statistics)
        with self._recalibrated(dataset):
            recalibrated = self.instruments.with_moving_statistics(batches[0], size).logits[0]
        return answers.CompanyChanged(picture, label, company[0], batch, moving, recalibrated)

    def _classify_drawing(self, question: ClassifyDrawing, dataset: Dataset) -> answers.DrawingClassified:
        drawing = np.frombuffer(question.pixels, np.uint8).reshape(1, IMAGE_SIZE, IMAGE_SIZE)
        moving = self.instruments.with_moving_statistics(drawing, 1).logits[0]
        if not self._normalized:
            return answers.DrawingClassified(moving, None, None, None)
        alone = self.instruments.with_batch_statistics(drawing, 1).logits[0]
        batch = np.concatenate([drawing, dataset.train_images[:COMPANIONS]])
        in_company = self.instruments.with_batch_statistics(batch, len(batch)).logits[0]
        with self._recalibrated(dataset):
            recalibrated = self.instruments.with_moving_statistics(drawing, 1).logits[0]
        return answers.DrawingClassified(moving, alone, in_company, recalibrated)


@contextmanager
def loaded(compiled: CompiledNetwork, config: TrainingConfig, arrays: Mapping[str, np.ndarray]) -> Iterator[None]:
    """Inside, the compiled network has these weights and this configuration's constants; afterwards its own again.

    Raises:
        ValueError: the configuration or the arrays are of another network.
    """
    weights = compiled.weights
    if compiled.key != config.compile_key or any(
        name not in arrays or arrays[name].shape != variable.shape for name, variable in weights.items()
    ):
        raise ValueError("This snapshot belongs to another network.")
    variables = [*weights.values(), *compiled.constants]
    own = [variable.numpy() for variable in variables]
    try:
        for name, variable in weights.items():
            variable.assign(arrays[name])
        compiled.set_constants(config)
        yield
    finally:
        for variable, value in zip(variables, own, strict=True):
            variable.assign(value)


def companions(question: ChangeCompany, label: int, dataset: Dataset) -> np.ndarray:
    """The sets of companions of an image with this label, uint8 (sets, companions, 28, 28): see `CompanyChanged`."""
    if question.company == "alone":
        return np.zeros((1, 0, IMAGE_SIZE, IMAGE_SIZE), np.uint8)
    if question.company == "blank":
        return np.zeros((1, COMPANIONS, IMAGE_SIZE, IMAGE_SIZE), np.uint8)
    labels = dataset.train_labels
    candidates = np.flatnonzero(labels == label) if question.company == "same class" else np.arange(len(labels))
    # A generator's raw numbers are the same in every version of NumPy; what it makes of them need not be.
    order = np.argsort(
        np.random.PCG64(np.random.SeedSequence(question.image)).random_raw(len(candidates)), kind="stable"
    )
    return dataset.train_images[np.resize(candidates[order], (COMPANION_SETS, COMPANIONS))]


def alone(scores: Scores) -> Alone:
    """Scores of lone images, with how much of their difference each layer keeps."""
    return Alone(scores.logits, np.array([variation(np.asarray(output)) for output in scores.outputs], np.float32))


def variation(values: np.ndarray) -> float:
    """Root mean square, over units, of a unit's standard deviation over images: float32 (images, ..) in."""
    return float(np.sqrt(np.var(values, axis=0, dtype=np.float64).mean()))


def predicted(scores: Scores) -> np.ndarray:
    """The predicted classes, int64 (images,)."""
    classes: np.ndarray = scores.logits.argmax(axis=1)
    return classes
