"""Every computed sentence is right about the numbers it was computed from."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bn_core.config import FIELDS, Choice, Field, Switch, TrainingConfig
from bn_core.names import VALUES
from bn_core.training.events import Evaluated, Failed, Score
from pages.charts.training import BLIND_LOSS
from pages.words import captions
from pages.words.prose import prose
from tests.pages.lab import scored

BEFORE, NONE = TrainingConfig(), TrainingConfig(placement="none", bias=True)
TEXT, RUNS = prose("train"), prose("runs")

shares = st.integers(0, 250).map(lambda right: right / 250)


def evaluated(step: int, moving: float, recalibrated: float | None) -> Evaluated:
    other = None if recalibrated is None else Score(0.3, recalibrated)
    return Evaluated(step, 250, Score(0.3, moving), other, other, 1.0)


def percentages(sentence: str) -> list[int]:
    return [int(number) for number in re.findall(r"(\d+) %", sentence)]


def start_of(key: str) -> str:
    """A text up to the first number in it: what tells it from the others."""
    table, _, name = key.rpartition(".")
    start = str(prose("train").table(table)[name]).partition("{")[0]
    assert start, f"{key} begins with a number"
    return start


class TestGap:
    def test_the_plateau(self) -> None:
        said = captions.gap([evaluated(100, 0.092, 0.868)], BEFORE)
        assert said == TEXT("gap.behind", recalibrated="87 %", moving="9 %", images=250, when=captions.when(100))

    def test_it_speaks_of_the_latest_evaluation_that_has_all_three(self) -> None:
        events = [evaluated(100, 0.1, 0.8), evaluated(150, 0.2, 0.9), evaluated(175, 0.5, None)]
        assert TEXT("batches", count=150) in captions.gap(events, BEFORE)
        assert percentages(captions.gap(events, BEFORE)) == [90, 20]

    def test_catching_up_is_said_only_where_there_was_a_gap(self) -> None:
        end = evaluated(800, 0.96, 0.97)
        assert start_of("gap.caught_up") in captions.gap([evaluated(100, 0.1, 0.8), end], BEFORE)
        assert percentages(captions.gap([evaluated(100, 0.1, 0.8), end], BEFORE)) == [96, 97, 80, 10, 37]
        assert start_of("gap.agree") in captions.gap([end], BEFORE)

    def test_nothing_is_said_before_there_are_numbers(self) -> None:
        assert captions.gap([], BEFORE) == captions.gap([], NONE) == ""
        assert captions.gap([evaluated(25, 0.1, None)], BEFORE) == ""

    def test_without_batch_norm_there_is_one_score(self) -> None:
        sentence = captions.gap([evaluated(1, 0.112, None)], NONE)
        assert percentages(sentence) == [11]
        assert captions.when(1) in sentence

    @given(shares, shares, st.integers(0, 5000))
    def test_it_always_quotes_both_numbers(self, moving: float, recalibrated: float, step: int) -> None:
        sentence = captions.gap([evaluated(step, moving, recalibrated)], BEFORE)
        known = [int(f"{100 * moving:.0f}"), int(f"{100 * recalibrated:.0f}")]
        little = max(moving, recalibrated) < captions.LITTLE
        assert sorted(percentages(sentence)) == sorted([*known, 10] if little else known)
        apart = not captions.alike(recalibrated, 250, moving, 250)
        assert sentence.startswith(start_of("gap.behind")) == (not little and apart and recalibrated > moving)

    def test_what_chance_explains_is_no_gap(self) -> None:
        early = captions.gap([evaluated(10, 0.1, 0.16)], BEFORE)
        values = {"moving": "10 %", "recalibrated": "16 %", "images": 250, "when": captions.when(10)}
        assert early == TEXT("gap.little", **values)
        assert start_of("gap.agree") in captions.gap([evaluated(400, 0.932, 0.96)], BEFORE)

    def test_what_evaluations_did_to_the_start_counts(self) -> None:
        leaky = TrainingConfig(bug="leaky-evaluation")
        said = captions.gap([evaluated(100, 0.1, 0.8), evaluated(800, 0.96, 0.97)], leaky)
        assert TEXT("gap.held", share="16 %") in said


class TestFinalLines:
    def test_a_constant_network_is_called_one(self) -> None:
        ended = scored(NONE)
        for kind, sentence in (
            ("validation", captions.of_validation(ended, NONE)),
            ("test", captions.of_test(ended, NONE)),
        ):
            assert sentence == TEXT(f"ending.{kind}.constant", answer=4, images=500, members=50)
        how = TEXT("ending.one_by_one.plain")
        alone = TEXT("ending.one_by_one.constant", how=how, answer=4, right=10, images=100)
        assert captions.of_one_by_one(ended, NONE) == alone

    def test_garments_have_names(self) -> None:
        assert "Coat" in captions.of_test(scored(NONE), NONE.with_(dataset="fashion-mnist"))

    def test_one_answer_short_of_constant_is_not_constant(self) -> None:
        ended = scored(NONE)
        confusion = ended.test_confusion.copy()
        confusion[0, 4] -= 1
        confusion[0, 0] += 1
        said = captions.of_test(replace(ended, test_confusion=confusion), NONE)
        assert not said.startswith(start_of("ending.test.constant"))

    def test_a_difference_within_chance_is_called_that(self) -> None:
        ended = scored(BEFORE)
        close = replace(ended, test=Score(0.1, ended.validation.accuracy - 0.005))
        worse = ended.test_confusion - np.diag(np.full(10, 5)) + np.roll(np.diag(np.full(10, 5)), 1, axis=1)
        far = replace(ended, test=Score(0.1, ended.validation.accuracy - 0.05), test_confusion=worse)
        for ended, key, points in ((close, "alike", 0.5), (far, "harder", 5.0)):
            values = {
                "right": int(ended.test_confusion.trace()),
                "images": int(ended.test_confusion.sum()),
                "comparison": TEXT("ending.test.below", points=points),
            }
            assert captions.of_test(ended, BEFORE) == TEXT(f"ending.test.{key}", **values)

    def test_no_difference_is_not_called_one(self) -> None:
        said = captions.of_test(scored(BEFORE), BEFORE)
        assert said == TEXT("ending.test.equal", right=970, images=1000)

    def test_one_by_one_far_from_the_test_accuracy(self) -> None:
        how = TEXT("ending.one_by_one.moving")
        far = TEXT("ending.one_by_one.far", how=how, right=50, images=100, test="97.0 %")
        assert captions.of_one_by_one(replace(scored(BEFORE), one_by_one=0.5), BEFORE).startswith(far)

    def test_statistics_of_a_lone_image_that_still_tell_images_apart(self) -> None:
        ended = scored(BEFORE)
        varied = replace(ended, one_by_one_batch=0.4, one_by_one_batch_predictions=np.arange(100, dtype=np.uint8) % 3)
        assert captions.of_one_by_one(varied, BEFORE).endswith(TEXT("ending.one_by_one.batch_varied", right=40))

    @pytest.mark.parametrize("bug", ["batch-at-test", "leaky-evaluation"])
    def test_lines_made_with_batch_statistics_are_not_said_to_be_of_moving_ones(self, bug: str) -> None:
        config = TrainingConfig(bug=bug)
        ended = replace(scored(config), one_by_one=0.1, one_by_one_predictions=np.ones(100, np.uint8))
        values = {"how": TEXT("ending.one_by_one.batch"), "answer": 1, "right": 10, "images": 100}
        said = f"{TEXT('ending.one_by_one.constant', **values)} {TEXT('ending.one_by_one.same_values')}"
        assert captions.of_one_by_one(ended, config) == said
        assert captions.how_scored(config).startswith(TEXT("ending.how.batch", bug=bug, size=64, alone=100))
        assert (TEXT("ending.how.leaks") in captions.how_scored(config)) == (bug == "leaky-evaluation")

    @pytest.mark.parametrize("bug", ["never-updated", "no-training-mode"])
    def test_statistics_that_nothing_updated_are_called_that(self, bug: str) -> None:
        assert captions.how_scored(TrainingConfig(bug=bug)) == TEXT("ending.how.start", bug=bug)

    def test_otherwise_the_moving_ones_made_them(self) -> None:
        assert captions.how_scored(BEFORE) == TEXT("ending.how.moving")
        assert captions.how_scored(NONE) == ""

    def test_what_the_shares_of_the_classes_could_explain_is_no_ease_of_the_images(self) -> None:
        """A network that gets nothing but 4s right, of which one set has more."""
        counts = np.zeros((10, 10), dtype=np.int64)
        counts[:, 4] = 500
        counts[0] = [499, 0, 0, 0, 1, *[0] * 5]
        fewer = counts.copy()
        fewer[4] //= 2
        test, validation = (float(each.trace() / each.sum()) for each in (counts, fewer))
        ended = replace(
            scored(BEFORE),
            test=Score(1.0, test),
            validation=Score(1.0, validation),
            test_confusion=counts,
            validation_confusion=fewer,
        )
        assert not captions.alike(test, 5000, validation, 4750)
        comparison = TEXT("ending.test.above", points=100 * (test - validation))
        values = {"right": 999, "images": 5000, "comparison": comparison}
        assert captions.of_test(ended, BEFORE) == TEXT("ending.test.shares", **values)

    def test_a_perfect_network(self) -> None:
        ended = replace(scored(BEFORE), validation_confusion=np.diag(np.full(10, 50)))
        assert captions.of_validation(ended, BEFORE) == TEXT("ending.validation.all", images=500)

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
        sentence = captions.of_validation(ended, BEFORE)
        used = np.count_nonzero(confusion.sum(axis=0))
        assert sentence.startswith(start_of("ending.validation.constant")) == (used == 1)
        mistakes = confusion - np.diag(np.diag(confusion))
        if used > 1 and mistakes.any():
            right, images, times = int(confusion.trace()), int(confusion.sum()), int(mistakes.max())
            places = list(zip(*np.nonzero(mistakes == times), strict=True))
            key = "commonest" if len(places) == 1 else "one_of_the_commonest"
            often = {1: "once", 2: "twice"}.get(times, f"{times} times")
            said = [
                TEXT(f"ending.validation.{key}", true=int(true), answered=int(answered), times=often)
                for true, answered in places
            ]
            assert sentence in [
                f"{TEXT('ending.validation.right', right=right, images=images)} {each}" for each in said
            ]


class TestLoss:
    def test_the_plateau_without_batch_norm_is_named(self) -> None:
        said = TEXT("loss.blind", over=captions.BLIND_OVER, mean=0.3255, blind=BLIND_LOSS)
        assert captions.blind(np.full(60, 0.3255), BLIND_LOSS) == said

    @pytest.mark.parametrize(
        "losses", [np.full(60, 0.2), np.full(60, 0.5), np.full(10, BLIND_LOSS), np.full(60, np.nan)]
    )
    def test_and_nothing_else_is(self, losses: np.ndarray) -> None:
        assert captions.blind(losses, BLIND_LOSS) == ""

    def test_the_number_follows_from_its_formula(self) -> None:
        assert pytest.approx(-(0.1 * np.log(0.1) + 0.9 * np.log(0.9)), abs=1e-6) == BLIND_LOSS


class TestAbsurdLosses:
    def said(self, losses: list[float], moving: float, **fields: object) -> str:
        events = [replace(evaluated(len(losses), 0.1, 0.1), moving=Score(moving, 0.1))]
        return captions.absurd(np.array(losses), events, TrainingConfig.of(fields), BLIND_LOSS)

    def test_a_sensible_loss_is_none(self) -> None:
        assert self.said([0.85, 0.4, 9.9], 9.9) == ""
        assert captions.absurd(np.empty(0), [], BEFORE, BLIND_LOSS) == ""

    def test_a_loss_of_a_million_gets_its_own_sentence(self) -> None:
        said = self.said([0.85, 0.4], 1e6, learning_rate=1.0)
        moving = TEXT("loss.moving", loss="1,000,000", when=captions.when(2))
        compared, rate = TEXT("loss.compared", blind=BLIND_LOSS), TEXT("loss.learning_rate", rate=1.0, times="500")
        assert said == f"{moving} {compared} {rate}"

    def test_the_worst_batch_is_named(self) -> None:
        said = self.said([0.7, 3.4e17, 2e3], 12.0, placement="none", learning_rate=0.002)
        batch = TEXT("loss.batch", batch=2, loss="3.4e17")
        validation = TEXT("loss.validation", loss="12", when=captions.when(3))
        assert said == f"{batch} {validation} {TEXT('loss.compared', blind=BLIND_LOSS)}"

    def test_a_lone_image_has_its_reason(self) -> None:
        assert self.said([0.3], 2e5, batch_size=1).endswith(TEXT("loss.batch_size"))


class TestWords:
    def test_variants(self) -> None:
        none, before, after = (VALUES["placement"][placement].short for placement in ("none", "before", "after"))
        no_bias = RUNS("variant.no_bias")
        assert captions.variant(BEFORE) == f"{before}, {no_bias}"
        assert captions.variant(NONE) == none
        assert captions.variant(TrainingConfig(placement="none", bias=False)) == f"{none}, {no_bias}"
        config = TrainingConfig(
            placement="after", bias=True, implementation="by-hand", initializer="he", bug="wrong-axes"
        )
        bug = RUNS("variant.bug", bug="wrong-axes")
        more = [RUNS("variant.bias"), VALUES["implementation"]["by-hand"].short, VALUES["initializer"]["he"].short]
        assert captions.variant(config) == ", ".join([after, *more, bug])

    def test_training(self) -> None:
        assert captions.training(BEFORE) == f"MNIST, {RUNS('training.seed', value=0)}"
        config = TrainingConfig(batches=5, learning_rate=0.5, momentum=0.9, seed=3)
        values = {"seed": 3, "batches": 5, "learning_rate": 0.5, "momentum": 0.9}
        said = [RUNS(f"training.{name}", value=value) for name, value in values.items()]
        assert captions.training(config) == ", ".join(["MNIST", *said])
        without = TrainingConfig(placement="none", bias=True, momentum=0.9)
        assert RUNS("training.momentum", value=0.9) not in captions.training(without)

    @pytest.mark.parametrize("config", [BEFORE, NONE], ids=lambda config: config.placement)
    @pytest.mark.parametrize("field", FIELDS, ids=lambda field: field.name)
    def test_runs_that_differ_in_a_field_do_not_look_alike(self, config: TrainingConfig, field: Field) -> None:
        match field:
            case Choice():
                other = config.with_(**{field.name: field.values[-1]})
            case Switch():
                other = config.with_(**{field.name: not getattr(config, field.name)})
            case _:
                other = config.with_(**{field.name: field.high})
        said, said_of_other = ((captions.variant(each), captions.training(each)) for each in (config, other))
        assert (said != said_of_other) == (config.identity != other.identity)

    def test_failures(self) -> None:
        failed = Failed(38, "The loss is not a number.", "layer 7")
        known = " ".join([TEXT("failed.what", step=38, cause=failed.cause), TEXT("failed.layer", layer=failed.layer)])
        assert captions.failure(failed, BEFORE) == known
        advised = captions.failure(failed, TrainingConfig(learning_rate=0.5))
        assert advised == f"{known} {TEXT('failed.learning_rate', rate=0.5)}"
        cause = "The data are gone."
        assert captions.failure(Failed(1, cause, None), BEFORE) == TEXT("failed.what", step=1, cause=cause)

    @pytest.mark.parametrize(("first", "second", "same"), [(0.97, 0.96, True), (0.97, 0.5, False), (0.0, 0.0, True)])
    def test_alike(self, first: float, second: float, same: bool) -> None:
        assert captions.alike(first, 100, second, 10_000) is same
