"""What a page is told of a step of a run, against direct computation with the network and against closed forms."""

from __future__ import annotations

import functools

import numpy as np
import pytest
import tensorflow as tf

from bn_core.config import TrainingConfig
from bn_core.data.dataset import Dataset
from bn_core.data.order import pixels
from bn_core.network.compiled import CompiledNetwork
from bn_core.protocol import RECALIBRATION_BATCHES
from bn_core.questions import examiner
from bn_core.questions.answers import Answer, pack
from bn_core.questions.decay import MovingStatistics, statistics_after
from bn_core.questions.examiner import Examiner, alone
from bn_core.questions.instruments import Instruments
from bn_core.questions.questions import (
    BATCH_SIZES,
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
)
from bn_core.training import evaluation
from bn_core.training.loop import training_batch

STEPS = 50
BEFORE = TrainingConfig(dataset="mnist-5k", batches=STEPS, batch_size=32, epsilon=0.002, momentum=0.95)
AFTER = BEFORE.with_(placement="after", bias=True, implementation="by-hand")
NONE = BEFORE.with_(placement="none", batches=2)

ALL_QUESTIONS = [
    Recalibrate(STEPS),
    ApplyDecay(STEPS, 0.9),
    ScoreOneByOne(STEPS),
    VaryBatchSize(STEPS),
    *(ChangeCompany(STEPS, 7, company) for company in ("alone", "same class", "mixed", "blank")),
    ScoreSingleClasses(STEPS),
    ClassifyDrawing(STEPS, bytes(784)),
]


class Moment:
    """A run after its last step, and what was recorded of its batches."""

    def __init__(self, config: TrainingConfig, dataset: Dataset, compiled: CompiledNetwork) -> None:
        self.config, self.dataset, self.examiner = config, dataset, Examiner(compiled)
        compiled.start(config)
        results = []
        for batch in range(config.batches):
            images, labels = training_batch(config, dataset, batch)
            results.append(compiled.step(pixels(images), labels.astype(np.int32)))
        if config.normalized:
            self.means = np.stack([result.batch_mean for result in results])
            self.variances = np.stack([result.batch_variance for result in results])
        self.arrays = compiled.arrays()
        self._answers: dict[Question, Answer] = {}
        # Somebody else's weights are in the program when it is asked.
        compiled.start(config.with_(seed=5, epsilon=0.5, momentum=0.5, learning_rate=0.1))

    def examine(self, question: Question) -> Answer:
        statistics = None
        if isinstance(question, ApplyDecay) and self.config.normalized:
            statistics = statistics_after(question, self.means, self.variances)
        return self.examiner.answer(question, self.config, self.dataset, self.arrays, statistics)

    def ask(self, question: Question) -> Answer:
        """The answer, worked out once."""
        if question not in self._answers:
            self._answers[question] = self.examine(question)
        return self._answers[question]


@pytest.fixture(scope="module")
def snapshots(digits, networks):
    made: dict[TrainingConfig, Moment] = {}

    def moment_of(config: TrainingConfig) -> Moment:
        if config not in made:
            made[config] = Moment(config, digits, networks(config))
        return made[config]

    return moment_of


def own_statistics(compiled):
    """The moving means and variances of all layers, one after the other."""
    return [
        np.concatenate([getattr(layer, name).numpy() for layer in compiled.normalization_layers])
        for name in ("moving_mean", "moving_variance")
    ]


@pytest.fixture
def loaded(snapshots, networks):
    """A program with the weights of `BEFORE`, for direct computation."""
    with examiner.loaded(networks(BEFORE), BEFORE, snapshots(BEFORE).arrays):
        yield networks(BEFORE)


@pytest.mark.parametrize("config", [BEFORE, NONE], ids=lambda config: config.placement)
def test_an_answer_leaves_the_program_as_it_was_and_can_be_had_again(snapshots, networks, config):
    asked, compiled = snapshots(config), networks(config)
    answers = {question: asked.ask(question) for question in ALL_QUESTIONS}
    before, constants_before = compiled.arrays(), [constant.numpy() for constant in compiled.constants]
    given = {name: array.copy() for name, array in asked.arrays.items()}
    for question, answer in answers.items():
        assert pack(asked.examine(question)) == pack(answer)
        assert [constant.numpy() for constant in compiled.constants] == constants_before
        after = compiled.arrays()
        assert all(np.array_equal(before[name], after[name]) for name in before), question
    assert all(np.array_equal(given[name], asked.arrays[name]) for name in given)


def test_a_network_without_batch_norm_has_one_kind_of_statistics(snapshots, networks, digits):
    asked = snapshots(NONE)
    with examiner.loaded(networks(NONE), NONE, asked.arrays):
        moving = evaluation.with_moving_statistics(networks(NONE), digits, STEPS).moving
    recalibrated = asked.ask(Recalibrate(STEPS))
    assert recalibrated.moving == moving
    assert [recalibrated.batch, recalibrated.recalibrated, recalibrated.means, recalibrated.variances] == [None] * 4
    assert asked.ask(ApplyDecay(STEPS, 0.9)).score is None
    scored = asked.ask(ScoreOneByOne(STEPS))
    assert [scored.batch, scored.recalibrated, scored.own_variance] == [None] * 3
    assert scored.moving.variation[0] > 0.1 > 1e-5 > scored.moving.variation[18], "the signal vanishes with depth"
    varied = asked.ask(VaryBatchSize(STEPS))
    assert [varied.batch, varied.recalibrated] == [None] * 2
    company = asked.ask(ChangeCompany(STEPS, 0, "mixed"))
    assert [company.batch, company.recalibrated] == [None] * 2
    single = asked.ask(ScoreSingleClasses(STEPS))
    assert [single.single_class, single.mixed, single.recalibrated] == [None] * 3
    assert single.moving.sum() == round(moving.accuracy * 250)
    drawing = asked.ask(ClassifyDrawing(STEPS, digits.test_images[0].tobytes()))
    assert [drawing.alone, drawing.in_company, drawing.recalibrated] == [None] * 3
    assert np.array_equal(drawing.moving, scored.moving.logits[0])


def test_a_snapshot_of_another_network_is_refused(snapshots, digits):
    asked = snapshots(BEFORE)
    bad_shape = asked.arrays | {"logits/bias": np.zeros(9, np.float32)}
    missing = {name: array for name, array in asked.arrays.items() if name != "logits/bias"}
    for config, arrays in ((BEFORE, bad_shape), (BEFORE, missing), (AFTER, asked.arrays)):
        with pytest.raises(ValueError, match="another network"):
            asked.examiner.answer(ScoreOneByOne(STEPS), config, digits, arrays)
    with pytest.raises(ValueError, match="another network"):
        apply_decay(asked, MovingStatistics(np.zeros(859), np.ones(859)))
    with pytest.raises(ValueError, match="comes with the statistics"):
        apply_decay(asked, None)


def apply_decay(asked, statistics):
    return asked.examiner.answer(ApplyDecay(STEPS, 0.9), asked.config, asked.dataset, asked.arrays, statistics)


def test_a_snapshot_needs_no_optimizer(snapshots, networks, digits):
    asked, question = snapshots(BEFORE), ClassifyDrawing(STEPS, bytes(784))
    weights = {name: asked.arrays[name] for name in networks(BEFORE).weights}
    assert pack(asked.examiner.answer(question, BEFORE, digits, weights)) == pack(asked.ask(question))


class TestInstruments:
    @pytest.fixture
    def instruments(self, snapshots):
        return snapshots(BEFORE).examiner.instruments

    def test_pieces_score_as_calls_of_their_own_to_the_last_bit(self, loaded, digits, instruments):
        images_of_any_number = tf.TensorSpec((None, 28, 28, 1))
        for training in (False, True):
            network = tf.function(
                functools.partial(loaded.network, training=training), input_signature=(images_of_any_number,)
            )
            score = instruments.with_batch_statistics if training else instruments.with_moving_statistics
            for size in (1, 3, 8):
                images = digits.test_images[: 3 * size]
                with loaded.borrowed_statistics():
                    pieces = [network(pixels(piece)).numpy() for piece in np.split(images, 3)]
                assert np.array_equal(score(images, size).logits, np.concatenate(pieces))

    def test_the_last_piece_may_be_short(self, loaded, digits, instruments):
        scores = instruments.with_batch_statistics(digits.test_images[:10], 4)
        two = instruments.with_batch_statistics(digits.test_images[8:10], 2)
        assert scores.logits.shape == (10, 10)
        assert scores.variances.shape == (3, 20)
        assert np.array_equal(scores.logits[8:], two.logits)

    def test_they_see_what_the_layers_see(self, loaded, digits, instruments):
        scores = instruments.with_batch_statistics(digits.test_images[:12], 6)
        for number, layer in enumerate(loaded.normalization_layers):
            output = scores.outputs[number].numpy().astype(np.float64)
            assert output.shape == (12, *layer.output.shape[1:])
            # Each piece is normalized on its own, so that its mean is beta.
            for piece in (output[:6], output[6:]):
                mean = piece.reshape(-1, piece.shape[-1]).mean(axis=0)
                assert mean == pytest.approx(layer.beta.numpy(), abs=1e-4)


class TestRecalibrate:
    @pytest.mark.parametrize("config", [BEFORE, AFTER], ids=lambda config: config.placement)
    def test_ten_batches_are_what_the_run_itself_evaluates(self, snapshots, networks, digits, config):
        answer = snapshots(config).ask(Recalibrate(STEPS, 10))
        with examiner.loaded(networks(config), config, snapshots(config).arrays):
            evaluated = evaluation.with_all_statistics(networks(config), digits, STEPS)
        assert answer.images == evaluated.images
        assert answer.moving == evaluated.moving
        assert answer.batch == evaluated.batch
        assert answer.recalibrated == evaluated.recalibrated
        assert answer.recalibrated.accuracy > answer.moving.accuracy

    def test_the_truth_is_the_plain_average_over_the_batches(self, snapshots, loaded, digits):
        batches = []
        for k in range(3):
            images = pixels(digits.train_images[k * 64 : (k + 1) * 64])
            with loaded.borrowed_statistics():
                # Moving statistics that keep nothing of the old are those of the batch.
                loaded.momentum.assign(0)
                loaded.in_training_mode(images, np.zeros(64, np.int32))
                batches.append(own_statistics(loaded))
        answer = snapshots(BEFORE).ask(Recalibrate(STEPS, 3))
        for got, expected in zip((answer.means, answer.variances), np.mean(batches, axis=0), strict=True):
            assert got.shape == (860,)
            assert got == pytest.approx(expected, rel=1e-5, abs=1e-6)

    def test_more_batches_than_the_data_set_has_are_refused(self, snapshots):
        assert snapshots(BEFORE).ask(Recalibrate(STEPS, 62)).recalibrated is not None
        with pytest.raises(QuestionProblem, match="MNIST-5k has 4,000 training images, enough for 62 batches of 64"):
            snapshots(BEFORE).ask(Recalibrate(STEPS, 63))


class TestDecay:
    @pytest.mark.parametrize("config", [BEFORE, AFTER], ids=lambda config: config.placement)
    def test_at_the_runs_own_momentum_it_is_the_runs_own_score(self, snapshots, networks, config):
        asked, question = snapshots(config), ApplyDecay(STEPS, config.momentum)
        assert asked.ask(question).score == asked.ask(Recalibrate(STEPS)).moving
        statistics = statistics_after(question, asked.means, asked.variances)
        with examiner.loaded(networks(config), config, asked.arrays):
            means, variances = own_statistics(networks(config))
        assert np.array_equal(means, statistics.means), "to the last bit"
        assert np.array_equal(variances, statistics.variances), "to the last bit"

    def test_given_the_truth_it_scores_as_recalibrated(self, snapshots):
        truth = snapshots(BEFORE).ask(Recalibrate(STEPS))
        answer = apply_decay(snapshots(BEFORE), MovingStatistics(truth.means, truth.variances))
        assert answer.score == truth.recalibrated
        assert answer.images == truth.images

    def test_early_on_a_fresher_or_a_debiased_average_scores_better(self, snapshots):
        stale = snapshots(BEFORE).ask(ApplyDecay(STEPS, 0.99)).score
        for better in (ApplyDecay(STEPS, 0.9), ApplyDecay(STEPS, 0.99, debiased=True)):
            assert snapshots(BEFORE).ask(better).score.accuracy > stale.accuracy


class TestOneByOne:
    @pytest.mark.parametrize("config", [BEFORE, AFTER], ids=lambda config: config.placement)
    def test_the_predictions_are_those_of_the_final_lines(self, snapshots, networks, digits, config):
        answer = snapshots(config).ask(ScoreOneByOne(STEPS))
        with examiner.loaded(networks(config), config, snapshots(config).arrays):
            scored = evaluation.final_scores(networks(config), config, digits, STEPS)
        assert np.array_equal(answer.labels, scored.one_by_one_labels)
        assert np.array_equal(answer.pictures, digits.test_images[:100])
        assert np.array_equal(answer.moving.predictions, scored.one_by_one_predictions)
        assert np.array_equal(answer.batch.predictions, scored.one_by_one_batch_predictions)
        assert answer.moving.accuracy(answer.labels) == scored.one_by_one
        assert answer.batch.accuracy(answer.labels) == scored.one_by_one_batch

    def test_recalibrated_predictions_are_those_of_the_recalibrated_network(self, snapshots, loaded, digits):
        answer = snapshots(BEFORE).ask(ScoreOneByOne(STEPS))
        with loaded.borrowed_statistics():
            evaluation.recalibrate(loaded, digits, RECALIBRATION_BATCHES)
            _, predictions = evaluation.score(
                loaded.in_inference_mode, digits.test_images[:100], digits.test_labels[:100], 1
            )
        assert np.array_equal(answer.recalibrated.predictions, predictions)

    @pytest.mark.parametrize("config", [BEFORE, AFTER], ids=lambda config: config.placement)
    def test_the_signal_of_a_lone_image_dies_in_layer_15(self, snapshots, config):
        answer = snapshots(config).ask(ScoreOneByOne(STEPS))
        assert (answer.own_variance[:14] > 0).all()
        assert (answer.own_variance[14:] == 0).all(), "exactly"
        assert (answer.batch.variation[:14] > 0.01).all()
        assert (answer.batch.variation[14:] < 1e-5).all(), "but for rounding"
        assert (answer.recalibrated.variation > 0.1).all()
        assert answer.batch.spread < 1e-5 < answer.moving.spread < answer.recalibrated.spread

    def test_alone_the_network_says_what_beta_says(self, snapshots):
        """Closed form: the last normalized layer gives beta, so the logits are those of max(beta, 0)."""
        asked = snapshots(BEFORE)
        beta = next(array for name, array in asked.arrays.items() if name.endswith("bn_20/beta"))
        kernel, bias = (
            next(array for name, array in asked.arrays.items() if name.endswith(f"logits/{kind}"))
            for kind in ("kernel", "bias")
        )
        logits = np.maximum(beta, 0) @ kernel + bias
        assert np.abs(asked.ask(ScoreOneByOne(STEPS)).batch.logits - logits).max() < 1e-5

    def test_variation_is_that_of_the_layers_outputs(self, snapshots, loaded, digits):
        answer = snapshots(BEFORE).ask(ScoreOneByOne(STEPS))
        x = pixels(digits.test_images[:100])
        for layer in loaded.network.layers[1:]:
            x = layer(x, training=False) if layer.name.startswith("bn_") else layer(x)
            if layer.name in ("bn_1", "bn_9", "bn_20"):
                expected = np.sqrt(x.numpy().astype(np.float64).var(axis=0).mean())
                assert answer.moving.variation[int(layer.name[3:]) - 1] == pytest.approx(expected, rel=1e-4)

    def test_with_the_wrong_axes_it_dies_at_once(self, digits):
        """Every pixel has a mean of its own: of one image, each is taken over a single value from layer 1 on."""
        config = BEFORE.with_(bug="wrong-axes")
        compiled = CompiledNetwork(config)
        compiled.start(config)
        scores = Instruments(compiled).with_batch_statistics(digits.test_images[:30], 1)
        assert (scores.variances == 0).all()
        assert (alone(scores).variation < 1e-5).all()


class TestBatches:
    def test_accuracy_by_batch_size_is_that_of_batches_scored_one_by_one(self, snapshots, loaded, digits):
        answer = snapshots(BEFORE).ask(VaryBatchSize(STEPS))
        images, labels = digits.validation_images[:256], digits.validation_labels[:256]
        with loaded.borrowed_statistics():
            expected = [
                evaluation.score(loaded.in_training_mode, images, labels, size)[0].accuracy for size in BATCH_SIZES
            ]
        assert answer.images == 256
        assert answer.batch.tolist() == expected
        assert answer.moving == evaluation.score(loaded.in_inference_mode, images, labels, 250)[0]
        # Alone, every image gets the same answer: the share of one class.
        assert answer.batch[0] in np.bincount(labels) / 256
        assert answer.batch[-1] > 2 * answer.batch[0]

    def test_single_classes_are_scored_in_batches_of_their_own(self, snapshots, loaded, digits):
        answer = snapshots(BEFORE).ask(ScoreSingleClasses(STEPS))
        images, labels = digits.validation_images[:250], digits.validation_labels[:250]
        assert answer.images.tolist() == np.bincount(labels).tolist()
        with loaded.borrowed_statistics():
            for label in range(10):
                members = images[labels == label], labels[labels == label]
                score, _ = evaluation.score(loaded.in_training_mode, *members, len(members[1]))
                assert answer.single_class[label] == round(score.accuracy * len(members[1]))
            mixed, _ = evaluation.score(loaded.in_training_mode, images, labels, 25)
        assert answer.mixed.sum() == round(mixed.accuracy * 250)
        evaluated = snapshots(BEFORE).ask(Recalibrate(STEPS))
        assert answer.moving.sum() == round(evaluated.moving.accuracy * 250)
        assert answer.recalibrated.sum() == round(evaluated.recalibrated.accuracy * 250)
        assert answer.single_class.sum() < answer.mixed.sum()


class TestCompany:
    @pytest.mark.parametrize(("company", "sets"), [("alone", 1), ("blank", 1), ("same class", 20), ("mixed", 20)])
    def test_company_changes_the_batchs_word_and_no_other(self, snapshots, company, sets):
        answer = snapshots(BEFORE).ask(ChangeCompany(STEPS, 7, company))
        assert answer.batch.shape == answer.moving.shape == (sets, 10)
        assert np.ptp(answer.moving, axis=0).max() == 0, "not by a single bit"
        if sets > 1:
            assert np.ptp(answer.batch[:, answer.label]) > 0.05

    def test_with_moving_and_recalibrated_statistics_the_kind_of_company_does_not_matter(self, snapshots):
        companies = [snapshots(BEFORE).ask(ChangeCompany(STEPS, 7, name)) for name in ("blank", "same class", "mixed")]
        one_by_one = snapshots(BEFORE).ask(ScoreOneByOne(STEPS))
        for answer in companies:
            assert np.array_equal(answer.moving[0], companies[0].moving[0])
            assert np.array_equal(answer.recalibrated, companies[0].recalibrated)
            assert np.abs(answer.moving[0] - one_by_one.moving.logits[7]).max() < 1e-5
            assert np.abs(answer.recalibrated - one_by_one.recalibrated.logits[7]).max() < 1e-4

    def test_alone_it_is_the_image_scored_by_itself(self, snapshots):
        answer = snapshots(BEFORE).ask(ChangeCompany(STEPS, 7, "alone"))
        one_by_one = snapshots(BEFORE).ask(ScoreOneByOne(STEPS))
        assert np.array_equal(answer.batch[0], one_by_one.batch.logits[7])
        assert np.array_equal(answer.moving[0], one_by_one.moving.logits[7])
        assert np.array_equal(answer.recalibrated, one_by_one.recalibrated.logits[7])
        assert answer.companions.shape == (0, 28, 28)

    def test_a_batch_in_company_is_scored_directly(self, snapshots, loaded, digits):
        answer = snapshots(BEFORE).ask(ChangeCompany(STEPS, 3, "mixed"))
        assert np.array_equal(answer.picture, digits.test_images[3])
        assert answer.label == digits.test_labels[3]
        batch = pixels(np.concatenate([answer.picture[np.newaxis], answer.companions]))
        with loaded.borrowed_statistics():
            logits = loaded.network(batch, training=True).numpy()[0]
        assert answer.batch[0] == pytest.approx(logits, rel=1e-4, abs=1e-4)

    def test_companions_are_who_they_are_said_to_be(self, snapshots, digits):
        training = {
            image.tobytes(): label for image, label in zip(digits.train_images, digits.train_labels, strict=True)
        }
        for company in ("same class", "mixed"):
            answer = snapshots(BEFORE).ask(ChangeCompany(STEPS, 7, company))
            found = [training[image.tobytes()] for image in answer.companions]
            assert len({image.tobytes() for image in answer.companions}) == len(found) == COMPANIONS
            assert set(found) == {answer.label} if company == "same class" else len(set(found)) > 5
        other = snapshots(BEFORE).ask(ChangeCompany(STEPS, 8, "mixed"))
        assert not np.array_equal(other.companions, answer.companions), "each image has its own"
        assert not snapshots(BEFORE).ask(ChangeCompany(STEPS, 7, "blank")).companions.any()

    def test_an_image_that_the_test_set_has_not_is_refused(self, snapshots):
        with pytest.raises(
            QuestionProblem, match=r"MNIST-5k has 120 test images: image must be .* from 0 to 119, not 120"
        ):
            snapshots(BEFORE).ask(ChangeCompany(STEPS, 120, "mixed"))


class TestDrawing:
    def test_a_drawing_that_is_a_test_image_is_scored_as_that_image(self, snapshots, digits):
        answer = snapshots(BEFORE).ask(ClassifyDrawing(STEPS, digits.test_images[5].tobytes()))
        one_by_one = snapshots(BEFORE).ask(ScoreOneByOne(STEPS))
        assert np.array_equal(answer.moving, one_by_one.moving.logits[5])
        assert np.array_equal(answer.alone, one_by_one.batch.logits[5])
        assert np.array_equal(answer.recalibrated, one_by_one.recalibrated.logits[5])

    def test_in_company_it_is_first_of_a_batch_of_64(self, snapshots, loaded, digits):
        answer = snapshots(BEFORE).ask(ClassifyDrawing(STEPS, digits.test_images[5].tobytes()))
        batch = np.concatenate([digits.test_images[5:6], digits.train_images[:63]])
        with loaded.borrowed_statistics():
            logits = loaded.network(pixels(batch), training=True).numpy()[0]
        assert answer.in_company == pytest.approx(logits, rel=1e-4, abs=1e-4)

    def test_alone_all_drawings_are_the_same(self, snapshots, digits):
        blank = snapshots(BEFORE).ask(ClassifyDrawing(STEPS, bytes(784)))
        digit = snapshots(BEFORE).ask(ClassifyDrawing(STEPS, digits.test_images[5].tobytes()))
        assert np.abs(blank.alone - digit.alone).max() < 1e-5
        assert np.abs(blank.recalibrated - digit.recalibrated).max() > 0.1


@pytest.mark.parametrize("config", [BEFORE, NONE], ids=lambda config: config.placement)
def test_warming_up_changes_nothing(snapshots, networks, config):
    before = networks(config).arrays()
    snapshots(config).examiner.warm_up()
    after = networks(config).arrays()
    assert all(np.array_equal(before[name], after[name]) for name in before)
