"""Fingerprints: what enters an inequality, what it says, that it holds where the mistake was made, and only there."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bn_core.config import TrainingConfig
from bn_core.exhibits import library
from bn_core.exhibits.catalogue import BUG_SEEDS, BUGS, HEALTHY, RACE
from bn_core.exhibits.fingerprints import (
    FINGERPRINTS,
    SOUND,
    Condition,
    Fingerprint,
    Measure,
    accuracy,
    best_training_accuracy,
    commonest,
    final,
    fingerprint,
    highest_training_loss,
    loss,
    lowest_loss,
    mistake_of,
    training_accuracy,
    training_loss,
)
from bn_core.runs.history import RunHistory
from bn_core.training.events import Evaluated, Score, Scored

SHARES = st.floats(0, 1)
NUMBERS = st.floats(allow_nan=False, allow_infinity=False, width=32)


def constant(value: float | None, key: str = "x") -> Measure:
    return Measure(key, lambda history: value)


def history(
    losses: list[float] | None = None,
    accuracies: list[float] | None = None,
    evaluations: tuple[Evaluated, ...] = (),
    scored: Scored | None = None,
) -> RunHistory:
    """A run that reported this."""
    count = max(len(losses or []), len(accuracies or []))
    return RunHistory(
        "run",
        steps=np.arange(1, count + 1, dtype=float),
        losses=np.array(losses or [0.3] * count, dtype=float),
        accuracies=np.array(accuracies or [0.1] * count, dtype=float),
        milliseconds=np.ones(count),
        evaluations=evaluations,
        scored=scored,
    )


def scores(answers: np.ndarray, labels: np.ndarray) -> Scored:
    """The final lines of a network that gave these answers, to all images as to the 100 samples."""
    confusion = np.zeros((10, 10), np.int64)
    np.add.at(confusion, (labels, answers), 1)
    score = Score(0.3, float(np.mean(answers == labels)))
    one_by_one = float(np.mean(answers == labels))
    return Scored(800, score, score, one_by_one, None, confusion, confusion, labels, answers, None, 1.0)


class TestConditions:
    @given(value=NUMBERS, bound=NUMBERS)
    def test_a_bound_admits_its_own_side_and_itself(self, value: float, bound: float) -> None:
        assert constant(value).at_least(bound).admits(value) == (value >= bound)
        assert constant(value).at_most(bound).admits(value) == (value <= bound)

    @pytest.mark.parametrize("value", [None, math.nan])
    def test_what_was_not_measured_is_on_no_side(self, value: float | None) -> None:
        assert not constant(value).at_least(-1e9).admits(value)
        assert not constant(value).at_most(1e9).admits(value)

    @given(first=NUMBERS, second=NUMBERS.filter(lambda value: value != 0))
    def test_measures_can_be_compared(self, first: float, second: float) -> None:
        one, other = constant(first, "a"), constant(second, "b")
        assert (one - other).of(history()) == first - second
        assert (one / other).of(history()) == pytest.approx(first / second)
        assert (one - other).key == "a − b"

    @pytest.mark.parametrize(("first", "second"), [(None, 1.0), (1.0, None), (None, None)])
    def test_a_comparison_needs_both(self, first: float | None, second: float | None) -> None:
        assert (constant(first) - constant(second)).of(history()) is None

    def test_nothing_over_nothing_holds_nowhere(self) -> None:
        ratio = constant(0.0) / constant(0.0)
        assert not ratio.at_least(0).admits(ratio.of(history()))

    @given(st.lists(st.tuples(NUMBERS, NUMBERS), min_size=1, max_size=5))
    def test_an_inequality_holds_where_all_of_it_does(self, pairs: list[tuple[float, float]]) -> None:
        conditions = tuple(constant(value).at_least(bound) for value, bound in pairs)
        reading = Fingerprint("any", conditions).read(history())
        assert reading.holds == all(value >= bound for value, bound in pairs)
        assert [finding.value for finding in reading.findings] == [value for value, _ in pairs]


class TestMeasures:
    @given(labels=st.lists(st.integers(0, 9), min_size=1, max_size=100), data=st.data())
    def test_the_commonest_answer_has_at_least_a_tenth(self, labels: list[int], data: st.DataObject) -> None:
        answers = data.draw(st.lists(st.integers(0, 9), min_size=len(labels), max_size=len(labels)))
        run = history(scored=scores(np.array(answers, np.uint8), np.array(labels, np.uint8)))
        most = max(answers.count(answer) for answer in range(10)) / len(answers)
        for what in ("validation", "test", "one_by_one"):
            assert commonest(what).of(run) == pytest.approx(most)
            assert final(what).of(run) == pytest.approx(np.mean(np.array(answers) == np.array(labels)))
        assert most >= 0.1

    @given(label=st.integers(0, 9))
    def test_one_answer_for_all_is_one_class_share(self, label: int) -> None:
        labels = np.arange(100, dtype=np.uint8) % 10
        run = history(scored=scores(np.full(100, label, np.uint8), labels))
        assert commonest("one_by_one").of(run) == 1
        assert final("one_by_one").of(run) == 0.1

    @given(st.lists(SHARES, min_size=1, max_size=140))
    def test_the_best_batches_in_a_row(self, accuracies: list[float]) -> None:
        count = min(50, len(accuracies))
        windows = [accuracies[at : at + count] for at in range(len(accuracies) - count + 1)]
        run = history(accuracies=accuracies)
        assert best_training_accuracy().of(run) == pytest.approx(max(np.mean(window) for window in windows))
        assert training_accuracy().of(run) == pytest.approx(np.mean(accuracies[-50:]))

    @given(st.lists(st.floats(0, 100), min_size=1, max_size=140))
    def test_losses(self, losses: list[float]) -> None:
        run = history(losses=losses)
        assert highest_training_loss().of(run) == max(losses)
        assert training_loss().of(run) == pytest.approx(np.mean(losses[-50:]))

    def test_evaluations_by_step_and_the_last(self) -> None:
        early = Evaluated(100, 250, Score(0.4, 0.1), Score(0.1, 0.8), Score(0.2, 0.9), 1.0)
        late = Evaluated(800, 250, Score(0.05, 0.97), None, None, 1.0)
        run = history(evaluations=(early, late))
        assert accuracy("moving", 100).of(run) == 0.1
        assert loss("recalibrated", 100).of(run) == 0.2
        assert accuracy("moving").of(run) == 0.97
        assert accuracy("batch").of(run) is None
        assert accuracy("moving", 150).of(run) is None
        assert lowest_loss("moving").of(run) == 0.05
        assert lowest_loss("batch").of(run) == 0.1

    def test_a_run_that_has_not_begun_has_no_numbers(self) -> None:
        measures = [condition.measure for known in (SOUND, *FINGERPRINTS) for condition in known.conditions]
        assert [measure.of(RunHistory("new")) for measure in measures] == [None] * len(measures)


class TestInequalities:
    def test_there_is_one_for_each_mistake_in_the_order_of_the_list(self) -> None:
        assert [known.key for known in FINGERPRINTS] == [bug.key for bug in BUGS]
        assert SOUND.key == HEALTHY
        assert all(fingerprint(known.key) is known for known in (SOUND, *FINGERPRINTS))
        with pytest.raises(KeyError):
            fingerprint("nothing")

    @pytest.mark.parametrize("known", [SOUND, *FINGERPRINTS], ids=lambda known: known.key)
    def test_it_is_written_down_with_its_numbers(self, known: Fingerprint) -> None:
        assert known.conditions
        for condition in known.conditions:
            assert isinstance(condition, Condition)
            assert f"{condition.measure.key} {condition.sign} {condition.bound:g}" in known.inequality

    @pytest.mark.parametrize("known", [SOUND, *FINGERPRINTS], ids=lambda known: known.key)
    def test_it_holds_for_no_run_that_has_not_begun(self, known: Fingerprint) -> None:
        assert not known.read(RunHistory("new")).holds

    @given(losses=st.lists(st.floats(0, 1e9), max_size=60))
    def test_training_batches_alone_prove_nothing(self, losses: list[float]) -> None:
        run = history(losses=losses)
        assert not any(known.read(run).holds for known in (SOUND, *FINGERPRINTS))


class TestWhichMistake:
    @pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.key)
    @given(
        seed=st.integers(0, 2**31 - 1),
        dataset=st.sampled_from(("mnist", "mnist-5k", "fashion-mnist")),
        implementation=st.sampled_from(("layer", "by-hand")),
    )
    def test_a_configuration_tells_its_mistake(self, bug, seed: int, dataset: str, implementation: str) -> None:
        made = bug.config.with_(seed=seed, dataset=dataset, implementation=implementation)
        assert mistake_of(made) == bug.key

    @pytest.mark.parametrize("variant", RACE, ids=lambda variant: variant.key)
    def test_the_race_makes_none(self, variant) -> None:
        assert mistake_of(variant.config) is None

    def test_another_length_or_two_mistakes_are_none_of_them(self) -> None:
        assert mistake_of(TrainingConfig(bug="never-updated", batches=100)) is None
        assert mistake_of(TrainingConfig(bug="never-updated", momentum=0.999)) is None


class TestRecordedRuns:
    """On the runs that come with the app, whose numbers the page shows."""

    @staticmethod
    def history(key: str, seed: int) -> RunHistory:
        member = library().find(key, seed)
        if member is None:
            pytest.skip(f"{key} with seed {seed} has not been recorded: python -m bn_core record")
        return library().history(member.record.id)

    @pytest.mark.parametrize("seed", BUG_SEEDS)
    @pytest.mark.parametrize("known", FINGERPRINTS, ids=lambda known: known.key)
    def test_it_holds_with_the_mistake_and_fails_without(self, known: Fingerprint, seed: int) -> None:
        assert known.read(self.history(known.key, seed)).holds
        assert not known.read(self.history(HEALTHY, seed)).holds

    @pytest.mark.parametrize("seed", BUG_SEEDS)
    @pytest.mark.parametrize("key", [HEALTHY, *(bug.key for bug in BUGS)])
    def test_each_run_has_one_mark_only(self, key: str, seed: int) -> None:
        run = self.history(key, seed)
        assert [known.key for known in (SOUND, *FINGERPRINTS) if known.read(run).holds] == [key]

    def test_without_its_end_a_run_with_a_mark_in_the_final_lines_has_none(self) -> None:
        unfinished = replace(self.history("batch-at-test", 0), scored=None)
        assert not fingerprint("batch-at-test").read(unfinished).holds
