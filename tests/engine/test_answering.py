"""A question on a worker, with the fake trainer: an answer, or one sentence."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import ClassVar

import numpy as np
import pytest

from bn_core.config import TrainingConfig
from bn_core.engine.answering import answer
from bn_core.engine.holdings import EXAMINERS_KEPT, Holdings
from bn_core.engine.inquiry import Answered, Inquiry, Refused
from bn_core.questions.answers import DecayApplied, unpack
from bn_core.questions.questions import ApplyDecay, ChangeCompany
from bn_core.training.events import CheckpointTaken, SnapshotTaken, pack
from tests.engine.fake_trainer import CRASHES, FakeExaminer, FakeTrainer

CONFIG = TrainingConfig(dataset="mnist-5k")
VARIANTS = [CONFIG.with_(placement=placement, bias=True) for placement in ("before", "after", "none")] + [CONFIG]
WEIGHTS = {"state": np.array([42.0])}


class Examiner(FakeExaminer):
    """Counts what is made and warmed."""

    made: ClassVar[list[object]]
    warmed: ClassVar[list[object]]

    def __init__(self, config):
        super().__init__(config)
        self.made.append(config.compile_key)

    def warm_up(self):
        self.warmed.append(self.key)


class Trainer(FakeTrainer):
    def examiner(self, config):
        return Examiner(config)


@pytest.fixture
def holdings():
    Examiner.made, Examiner.warmed = [], []
    return Holdings(Trainer())


def inquiry(question, config=CONFIG, **changes):
    step = question.to_json()["step"]
    snapshot = pack(SnapshotTaken(step, WEIGHTS))
    made = Inquiry(1, question.to_json(), config, f"sha of {config.dataset}", snapshot, None)
    return replace(made, **changes)


def test_an_answer_speaks_of_the_weights_of_the_snapshot(holdings):
    outcome = answer(inquiry(ApplyDecay(5, 0.75)), holdings)
    assert isinstance(outcome, Answered)
    answered = unpack(outcome.packed)
    assert (type(answered), answered.images) == (DecayApplied, 5)
    assert (answered.score.loss, answered.score.accuracy) == (42.0, 0.75)


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        (inquiry(ChangeCompany(5, 99, "mixed")), "There is no image 99."),
        (inquiry(ApplyDecay(5, 0.9), CONFIG.with_(dataset="fashion-mnist")), "connect this machine to the internet."),
        (inquiry(ApplyDecay(5, 0.9), dataset_sha256="another"), "is not the one that the run was trained on"),
        (inquiry(ChangeCompany(5, CRASHES, "mixed")), "not yours (RuntimeError: the fake crashed)"),
        (inquiry(ApplyDecay(5, 0.9), snapshot=b"nonsense"), "the engine's log has the details."),
        (inquiry(ApplyDecay(5, 0.9), snapshot=pack(SnapshotTaken(6, WEIGHTS))), "of step 6"),
        (inquiry(ApplyDecay(5, 0.9), snapshot=pack(CheckpointTaken(5, WEIGHTS))), "CheckpointTaken"),
    ],
    ids=["no such image", "no data", "other data", "crash", "no snapshot", "another moment", "a checkpoint"],
)
def test_what_has_no_answer_is_refused_with_one_sentence(holdings, asked, sentence):
    outcome = answer(asked, holdings)
    assert isinstance(outcome, Refused)
    assert sentence in outcome.sentence
    assert "\n" not in outcome.sentence
    assert isinstance(answer(inquiry(ApplyDecay(5, 0.9)), holdings), Answered), "the next one is answered"


def test_data_of_which_nothing_is_known_are_taken_as_they_are(holdings):
    assert isinstance(answer(inquiry(ApplyDecay(5, 0.9), dataset_sha256=None), holdings), Answered)


def test_an_examiner_is_made_once_and_only_those_used_last_are_kept(holdings):
    assert len(VARIANTS) == EXAMINERS_KEPT + 1
    for config in (*VARIANTS, VARIANTS[-1]):
        answer(inquiry(ApplyDecay(5, 0.9), config), holdings)
    keys = [config.compile_key for config in VARIANTS]
    assert Examiner.made == keys
    answer(inquiry(ApplyDecay(5, 0.9), VARIANTS[1]), holdings)
    answer(inquiry(ApplyDecay(5, 0.9), VARIANTS[0]), holdings)
    assert Examiner.made == [*keys, keys[0]]


def test_an_examiner_is_said_to_be_ready_when_it_is_ready_for_every_question(holdings):
    answer(inquiry(ApplyDecay(5, 0.9)), holdings)
    assert holdings.inventory().examiners == frozenset()
    for _ in range(2):
        holdings.warm_examiner(CONFIG)
    assert holdings.inventory().examiners == {CONFIG.compile_key}
    assert Examiner.made == Examiner.warmed == [CONFIG.compile_key]


def test_what_is_traced_for_a_question_and_for_a_training_is_traced_one_after_the_other(holdings):
    """For a network of its own, in a process whose Keras is shared."""
    traced = threading.Thread(target=holdings.network, args=(VARIANTS[1],), daemon=True)
    with holdings.examiner(CONFIG):
        traced.start()
        traced.join(0.05)
        assert traced.is_alive()
    traced.join(30)
    holdings.warm_examiner(CONFIG)
    with holdings.examiner(CONFIG):
        holdings.network(VARIANTS[2])


def test_data_that_are_here_can_be_had_while_others_are_downloaded():
    class SlowTrainer(FakeTrainer):
        downloading, done = threading.Event(), threading.Event()

        def load(self, name):
            if name == "mnist":
                self.downloading.set()
                self.done.wait(30)
            return super().load(name)

    holdings = Holdings(SlowTrainer())
    holdings.dataset(TrainingConfig(dataset="mnist-5k"))
    download = threading.Thread(target=holdings.dataset, args=(TrainingConfig(dataset="mnist"),), daemon=True)
    download.start()
    assert SlowTrainer.downloading.wait(30)
    assert holdings.dataset(TrainingConfig(dataset="mnist-5k")).name == "mnist-5k"
    SlowTrainer.done.set()
    download.join(30)
