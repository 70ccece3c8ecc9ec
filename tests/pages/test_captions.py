"""Every computed sentence is right about the numbers it was computed from."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bn_core.config import TrainingConfig
from bn_core.training.events import Evaluated, Failed, Score
from pages.charts.training import BLIND_LOSS
from pages.words import captions
from tests.pages.lab import scored

BEFORE, NONE = TrainingConfig(), TrainingConfig(placement="none", bias=True)
DIGITS = captions.class_names("mnist")

shares = st.integers(0, 250).map(lambda right: right / 250)


def evaluated(step: int, moving: float, recalibrated: float | None) -> Evaluated:
    other = None if recalibrated is None else Score(0.3, recalibrated)
    return Evaluated(step, 250, Score(0.3, moving), other, other, 1.0)


def percentages(sentence: str) -> list[int]:
    return [int(number) for number in re.findall(r"(\d+) %", sentence)]


class TestGap:
    def test_the_plateau(self) -> None:
        assert captions.gap([evaluated(100, 0.092, 0.868)], BEFORE) == (
            "The weights already classify 87 % of the 250 validation images after 100 batches, with [[recalibrated]] "
            "statistics; the [[moving statistics|moving (population) statistics]] let through 9 %."
        )

    def test_it_speaks_of_the_latest_evaluation_that_has_all_three(self) -> None:
        events = [evaluated(100, 0.1, 0.8), evaluated(150, 0.2, 0.9), evaluated(175, 0.5, None)]
        assert "after 150 batches" in captions.gap(events, BEFORE)
        assert percentages(captions.gap(events, BEFORE)) == [90, 20]

    def test_catching_up_is_said_only_where_there_was_a_gap(self) -> None:
        end = evaluated(800, 0.96, 0.97)
        assert "have caught up" in captions.gap([evaluated(100, 0.1, 0.8), end], BEFORE)
        assert percentages(captions.gap([evaluated(100, 0.1, 0.8), end], BEFORE)) == [96, 97, 80, 37, 10]
        assert "agree with" in captions.gap([end], BEFORE)

    def test_nothing_is_said_before_there_are_numbers(self) -> None:
        assert captions.gap([], BEFORE) == captions.gap([], NONE) == ""
        assert captions.gap([evaluated(25, 0.1, None)], BEFORE) == ""

    def test_without_batch_norm_there_is_one_score(self) -> None:
        sentence = captions.gap([evaluated(1, 0.112, None)], NONE)
        assert percentages(sentence) == [11]
        assert "after 1 batch." in sentence

    @given(shares, shares, st.integers(0, 5000))
    def test_it_always_quotes_both_numbers(self, moving: float, recalibrated: float, step: int) -> None:
        sentence = captions.gap([evaluated(step, moving, recalibrated)], BEFORE)
        assert sorted(percentages(sentence)) == sorted([int(f"{100 * moving:.0f}"), int(f"{100 * recalibrated:.0f}")])
        assert ("let through" in sentence) == (recalibrated - moving >= captions.APART)


class TestFinalLines:
    def test_a_constant_network_is_called_one(self) -> None:
        ended = scored(NONE)
        for sentence in (captions.of_validation(ended, DIGITS), captions.of_test(ended, DIGITS)):
            assert "answers “4” for every one of the 500" in sentence
            assert sentence.endswith("50 of 500.")
        assert captions.of_one_by_one(ended, DIGITS).endswith("10 of these 100 are that.")

    def test_garments_have_names(self) -> None:
        assert "“Coat”" in captions.of_test(scored(NONE), captions.class_names("fashion-mnist"))

    def test_one_answer_short_of_constant_is_not_constant(self) -> None:
        ended = scored(NONE)
        confusion = ended.test_confusion.copy()
        confusion[0, 4] -= 1
        confusion[0, 0] += 1
        assert "every one" not in captions.of_test(replace(ended, test_confusion=confusion), DIGITS)

    def test_a_difference_within_chance_is_called_that(self) -> None:
        ended = scored(BEFORE)
        close = replace(ended, test=Score(0.1, ended.validation.accuracy - 0.005))
        far = replace(ended, test=Score(0.1, ended.validation.accuracy - 0.05))
        assert "which chance alone explains" in captions.of_test(close, DIGITS)
        assert "5.0 points below the validation accuracy, more than chance alone explains" in captions.of_test(
            far, DIGITS
        )
        assert "harder" in captions.of_test(far, DIGITS)

    def test_no_difference_is_not_called_one(self) -> None:
        said = captions.of_test(scored(BEFORE), DIGITS)
        assert said.endswith("images that took no part in training: to a tenth of a point the validation accuracy.")
        assert "0.0" not in said

    def test_one_by_one_far_from_the_test_accuracy(self) -> None:
        assert "further from the test accuracy of 97.0 %" in captions.of_one_by_one(
            replace(scored(BEFORE), one_by_one=0.5), DIGITS
        )

    def test_own_statistics_that_still_tell_images_apart(self) -> None:
        ended = scored(BEFORE)
        varied = replace(ended, one_by_one_batch=0.4, one_by_one_batch_predictions=np.arange(100, dtype=np.uint8) % 3)
        assert captions.of_one_by_one(varied, DIGITS).endswith(
            "own [[batch statistics|(batch) statistics]] it would be 40."
        )

    def test_a_perfect_network(self) -> None:
        ended = replace(scored(BEFORE), validation_confusion=np.diag(np.full(10, 50)))
        assert captions.of_validation(ended, DIGITS) == "All 500 validation images are right."

    @given(st.lists(st.lists(st.integers(0, 30), min_size=10, max_size=10), min_size=10, max_size=10))
    def test_what_is_said_of_any_confusion_is_so(self, counts: list[list[int]]) -> None:
        confusion = np.array(counts)
        if confusion.sum() == 0:
            return
        share = float(confusion.trace() / confusion.sum())
        ended = replace(
            scored(BEFORE),
            validation=Score(1.0, share),
            test=Score(1.0, share),
            validation_confusion=confusion,
            test_confusion=confusion,
        )
        sentence = captions.of_validation(ended, DIGITS)
        used = np.count_nonzero(confusion.sum(axis=0))
        assert ("for every one" in sentence) == (used == 1)
        if used > 1 and (said := re.search(r"take “(\d)” for “(\d)”: ([\d,]+) times", sentence)):
            true, answered, times = (int(text.replace(",", "")) for text in said.groups())
            assert confusion[true, answered] == times == (confusion - np.diag(np.diag(confusion))).max()


class TestLoss:
    def test_the_plateau_without_batch_norm_is_named(self) -> None:
        assert "is 0.3255 on average" in captions.blind(np.full(60, 0.3255), BLIND_LOSS)

    @pytest.mark.parametrize(
        "losses", [np.full(60, 0.2), np.full(60, 0.5), np.full(10, BLIND_LOSS), np.full(60, np.nan)]
    )
    def test_and_nothing_else_is(self, losses: np.ndarray) -> None:
        assert captions.blind(losses, BLIND_LOSS) == ""

    def test_the_number_follows_from_its_formula(self) -> None:
        assert pytest.approx(-(0.1 * np.log(0.1) + 0.9 * np.log(0.9)), abs=1e-6) == BLIND_LOSS


class TestWords:
    def test_variants(self) -> None:
        assert captions.variant(BEFORE) == "BN before ReLU, no bias"
        assert captions.variant(NONE) == "no BN"
        assert captions.variant(TrainingConfig(placement="none", bias=False)) == "no BN, no bias"
        config = TrainingConfig(
            placement="after", bias=True, implementation="by-hand", initializer="he", bug="wrong-axes"
        )
        assert captions.variant(config) == "BN after ReLU, bias, by hand, He, bug: wrong-axes"

    def test_training(self) -> None:
        assert captions.training(BEFORE) == "MNIST, seed 0"
        config = TrainingConfig(batches=5, learning_rate=0.5, momentum=0.9, seed=3)
        assert captions.training(config) == "MNIST, seed 3, 5 batches, learning rate 0.5, momentum 0.9"
        assert "momentum" not in captions.training(TrainingConfig(placement="none", bias=True, momentum=0.9))

    def test_failures(self) -> None:
        failed = Failed(38, "The loss is not a number.", "layer 7")
        assert captions.failure(failed, TrainingConfig(learning_rate=0.5)).advice.startswith(
            "The learning rate was 0.5"
        )
        assert captions.failure(failed, BEFORE).advice == ""
        assert "first layer" not in captions.failure(Failed(1, "The data are gone.", None), BEFORE).what

    @pytest.mark.parametrize(("first", "second", "same"), [(0.97, 0.96, True), (0.97, 0.5, False), (0.0, 0.0, True)])
    def test_alike(self, first: float, second: float, same: bool) -> None:
        assert captions.alike(first, 100, second, 10_000) is same
