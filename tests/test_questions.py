"""Questions and answers survive their travels, and what is no question gets one sentence."""

from __future__ import annotations

import dataclasses
import json
import typing

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bn_core.questions import answers, questions
from bn_core.questions.answers import (
    Alone,
    BatchSizeVaried,
    CompanyChanged,
    DecayApplied,
    DrawingClassified,
    OneByOneScored,
    Recalibrated,
    SingleClassesScored,
    sigmoid,
)
from bn_core.questions.decay import statistics_after
from bn_core.questions.questions import (
    ApplyDecay,
    ChangeCompany,
    ClassifyDrawing,
    Company,
    Question,
    QuestionProblem,
    Recalibrate,
    ScoreOneByOne,
    ScoreSingleClasses,
    VaryBatchSize,
    most_batches,
    question_of,
)
from bn_core.training.events import Score

STEPS = st.integers(0, 5000)
BLANK = bytes(784)

STRATEGIES: dict[type[Question], st.SearchStrategy[Question]] = {
    Recalibrate: st.builds(Recalibrate, STEPS, st.integers(1, 100)),
    ApplyDecay: st.builds(ApplyDecay, STEPS, st.floats(0, 0.9999), st.booleans()),
    ScoreOneByOne: st.builds(ScoreOneByOne, STEPS),
    VaryBatchSize: st.builds(VaryBatchSize, STEPS),
    ChangeCompany: st.builds(
        ChangeCompany, STEPS, st.integers(0, 9999), st.sampled_from(sorted(typing.get_args(Company)))
    ),
    ScoreSingleClasses: st.builds(ScoreSingleClasses, STEPS),
    ClassifyDrawing: st.builds(ClassifyDrawing, STEPS, st.binary(min_size=784, max_size=784)),
}


def test_every_kind_of_question_is_covered():
    assert set(STRATEGIES) == set(questions.KINDS.values())


@pytest.mark.parametrize("kind", list(STRATEGIES), ids=lambda kind: kind.__name__)
def test_a_question_survives_as_json(kind):
    @given(STRATEGIES[kind])
    def check(question: Question) -> None:
        text = json.dumps(question.to_json(), sort_keys=True, separators=(",", ":"), allow_nan=False)
        assert question_of(json.loads(text)) == question
        # The store keeps answers to short questions for ever, and refuses long ones.
        assert len(text) < (8192 if kind is ClassifyDrawing else 512)

    check()


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: ScoreOneByOne(-1), "step must be a whole number from 0 to 5000, not -1."),
        (lambda: ScoreOneByOne(5001), "step must be a whole number from 0 to 5000, not 5001."),
        (lambda: ScoreOneByOne(None), "step must be a whole number from 0 to 5000, not None."),
        (lambda: Recalibrate(1, 0), "batches must be a whole number from 1 to 100, not 0."),
        (lambda: Recalibrate(1, 101), "batches must be a whole number from 1 to 100, not 101."),
        (lambda: ApplyDecay(1, 1.0), "momentum must be a number from 0 to 0.9999, not 1.0."),
        (lambda: ApplyDecay(1, float("nan")), "momentum must be a number from 0 to 0.9999, not nan."),
        (lambda: ApplyDecay(1, 0.9, 1), "debiased must be true or false, not 1."),
        (lambda: ChangeCompany(1, -1, "mixed"), "image must be a whole number from 0 to 9999, not -1."),
        (lambda: ChangeCompany(1, 0, "good"), "company must be one of alone, same class, mixed, blank, not 'good'."),
        (lambda: ClassifyDrawing(1, b"12"), "pixels must be 784 bytes, or 784 bytes as base64 text, not b'12'."),
        (lambda: ClassifyDrawing(1, "AA"), "pixels must be 784 bytes, or 784 bytes as base64 text, not 'AA'."),
        (lambda: ClassifyDrawing(1, "\u00e9"), "pixels must be 784 bytes, or 784 bytes as base64 text, not '\u00e9'."),
    ],
)
def test_a_wrong_value_is_named_with_its_range(make, sentence):
    with pytest.raises(QuestionProblem) as problem:
        make()
    assert str(problem.value) == sentence


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        (None, "A question is a JSON object with a kind, not None."),
        ({"step": 1}, "There is no question of kind None; the kinds are Recalibrate, "),
        ({"kind": ["x"]}, "There is no question of kind ['x']; the kinds are "),
        ({"kind": "Question", "step": 1}, "There is no question of kind 'Question'; the kinds are "),
        ({"kind": "VaryBatchSize"}, "VaryBatchSize needs the field step: a whole number from 0 to 5000."),
        (
            {"kind": "Recalibrate", "step": 1, "colour": 2},
            "Recalibrate has no field 'colour'; its fields are step, batches.",
        ),
        ({"kind": "VaryBatchSize", "step": "soon"}, "step must be a whole number from 0 to 5000, not 'soon'."),
    ],
)
def test_what_is_no_question_is_told_why(values, sentence):
    with pytest.raises(QuestionProblem) as problem:
        question_of(values)
    assert str(problem.value).startswith(sentence)


PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12) | st.binary(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
FIELD_NAMES = ["step", "batches", "momentum", "debiased", "image", "company", "pixels"]


@given(st.sampled_from(list(questions.KINDS)), st.dictionaries(st.sampled_from(FIELD_NAMES), PLAIN), PLAIN)
def test_anything_is_a_question_or_gets_one_sentence(kind, values, other):
    sentence = "."
    for given_value in ({"kind": kind} | values, other):
        try:
            assert question_of(given_value).to_json()["kind"] == kind
        except QuestionProblem as problem:
            sentence = str(problem)
        assert sentence.endswith(".")
        assert sentence.isprintable()


def test_a_data_set_limits_the_batches_to_those_it_has():
    assert most_batches(55_000) == 100
    assert most_batches(6400) == 100
    assert most_batches(4000) == 62


RANDOM = np.random.default_rng(0)
ALONE = Alone(RANDOM.normal(size=(100, 10)).astype(np.float32), RANDOM.random(20, np.float32))
PICTURES = RANDOM.integers(0, 256, (100, 28, 28), np.uint8)
LABELS = np.arange(100, dtype=np.uint8) % 10
LOGITS = np.arange(10, dtype=np.float32)
COUNTS = np.arange(10)

ANSWERS = [
    Recalibrated(250, Score(0.1, 0.9), Score(0.2, 0.8), Score(0.3, 0.7), RANDOM.random(860), RANDOM.random(860)),
    Recalibrated(250, Score(0.1, 0.9), None, None, None, None),
    DecayApplied(250, Score(float("nan"), 0.5)),
    DecayApplied(250, None),
    OneByOneScored(PICTURES, LABELS, ALONE, ALONE, ALONE, np.zeros(20, np.float32)),
    OneByOneScored(PICTURES, LABELS, ALONE, None, None, None),
    BatchSizeVaried(256, RANDOM.random(9), Score(0.1, 0.9), Score(0.2, 0.8)),
    CompanyChanged(PICTURES[0], 3, PICTURES[:63], np.ones((20, 10), np.float32), np.ones((20, 10)), LOGITS),
    CompanyChanged(PICTURES[0], 3, PICTURES[:0], None, np.ones((1, 10)), None),
    SingleClassesScored(COUNTS, COUNTS, COUNTS, COUNTS, COUNTS),
    DrawingClassified(LOGITS, LOGITS, LOGITS, LOGITS),
]


def assert_same(one: object, other: object) -> None:
    assert type(one) is type(other)
    if dataclasses.is_dataclass(one):
        for field in dataclasses.fields(one):
            assert_same(getattr(one, field.name), getattr(other, field.name))
    elif isinstance(one, np.ndarray):
        assert (one.dtype, one.shape, one.tobytes()) == (other.dtype, other.shape, other.tobytes())
    else:
        assert one == other or one != one


def test_every_kind_of_answer_is_covered():
    assert {type(answer) for answer in ANSWERS} == set(answers.KINDS.values()) == set(typing.get_args(answers.Answer))


@pytest.mark.parametrize("answer", ANSWERS, ids=lambda answer: type(answer).__name__)
def test_an_answer_survives_packing_to_the_last_bit(answer):
    packed = answers.pack(answer)
    assert_same(answer, answers.unpack(packed))
    assert len(packed) < 100_000


@given(st.binary(max_size=200))
def test_garbage_is_no_answer(packed):
    with pytest.raises(ValueError, match="These bytes are not"):
        answers.unpack(packed)


def test_half_an_answer_is_no_answer():
    packed = answers.pack(ANSWERS[0])
    for cut in (0, 1, 10, len(packed) // 2, len(packed) - 1):
        with pytest.raises(ValueError, match="These bytes are not"):
            answers.unpack(packed[:cut])


def test_images_alone_say_what_was_right_and_how_far_they_are_apart():
    logits = np.zeros((4, 10), np.float32)
    logits[:, 3] = 1, 2, 3, -1
    scored = Alone(logits, np.zeros(20, np.float32))
    assert scored.predictions.tolist() == [3, 3, 3, 0]
    assert scored.accuracy(np.array([3, 3, 1, 0])) == 0.75
    assert scored.spread == 2


def test_the_sigmoid_is_that_of_the_loss():
    logits = np.array([-700.0, -2.0, 0.0, 1.5, 700.0])
    assert sigmoid(logits) == pytest.approx(1 / (1 + np.exp(-logits)), abs=1e-15)
    assert sigmoid(np.array([-1e30, 1e30])).tolist() == [0, 1]


class TestDecay:
    """What `ApplyDecay` is asked with, from recorded batch statistics."""

    means = RANDOM.normal(size=(6, 5)).astype(np.float32)
    variances = RANDOM.random((6, 5), np.float32)

    def test_it_is_the_layers_own_float32_update_up_to_the_step(self):
        momentum = np.float32(0.9)
        mean, variance = np.zeros(5, np.float32), np.ones(5, np.float32)
        for step in range(4):
            mean = mean * momentum + self.means[step] * (np.float32(1) - momentum)
            variance = variance * momentum + self.variances[step] * (np.float32(1) - momentum)
        got = statistics_after(ApplyDecay(4, 0.9), self.means, self.variances)
        assert_same(got.means, mean)
        assert_same(got.variances, variance)

    def test_debiased_after_one_batch_it_is_that_batch(self):
        got = statistics_after(ApplyDecay(1, 0.99, True), self.means, self.variances)
        assert got.means.dtype == got.variances.dtype == np.float32
        assert got.means == pytest.approx(self.means[0], rel=1e-6)
        assert got.variances == pytest.approx(self.variances[0], rel=1e-6)

    def test_debiasing_never_leaves_less_than_no_variance(self):
        for step in range(1, 7):
            got = statistics_after(ApplyDecay(step, 0.37, True), self.means, np.zeros((6, 5), np.float32))
            assert (got.variances >= 0).all()
            assert got.variances == pytest.approx(0, abs=1e-12)

    def test_before_the_first_batch_there_is_the_start_and_nothing_to_debias(self):
        got = statistics_after(ApplyDecay(0, 0.9), self.means, self.variances)
        assert (got.means.tolist(), got.variances.tolist()) == ([0] * 5, [1] * 5)
        with pytest.raises(QuestionProblem, match=r"ask about a later batch\.$"):
            statistics_after(ApplyDecay(0, 0.9, True), self.means, self.variances)

    def test_a_step_that_was_not_recorded_is_refused(self):
        with pytest.raises(QuestionProblem, match="recorded up to batch 6; ask about a batch up to there, not 7"):
            statistics_after(ApplyDecay(7, 0.9), self.means, self.variances)
        with pytest.raises(QuestionProblem, match="no recorded batch statistics"):
            statistics_after(ApplyDecay(7, 0.9), self.means[:0], self.variances[:0])
