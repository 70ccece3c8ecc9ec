"""The exercises: what their files promise, and how answers are graded on the recorded runs."""

from __future__ import annotations

import itertools
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from bn_core.config import TrainingConfig
from bn_core.exercises import Answer, Evidence, Exercise, ExerciseProblem, exercises, rules
from bn_core.exercises.exercise import FOLDER, read, read_folder
from bn_core.exercises.measures import MEASURES
from bn_core.exhibits import Member, library

GRADED = {
    "catching-up": (("before", 0), ("before", 1), ("after", 1)),
    "momentum": (("momentum-0.999", 0), ("momentum-0.999", 1), ("momentum-0.999", 2)),
    "signal": (("none", 0), ("none-he", 0), ("before", 0)),
    "one-at-a-time": (("before", 0), ("before", 1), ("before", 2)),
    "values-behind-a-mean": (("before", 0), ("batch-size-1", 0), ("batch-size-2", 0)),
    "small-batches": (("batch-size-2", 0), ("batch-size-1", 2), ("batch-size-1", 0)),
    "bias": (("before-bias", 0), ("before-bias", 2), ("before-bias", 3)),
    "notebooks-remark": (("never-updated", 0), ("batch-at-test", 0), ("wrong-axes", 0)),
}
"""For each exercise three recorded runs with different answers."""

MISTAKEN = {
    "catching-up": "one_curve",
    "momentum": "one_score",
    "signal": "end",
    "one-at-a-time": "moving",
    "values-behind-a-mean": "images_alone",
    "small-batches": "training_batches",
    "bias": "sign",
    "notebooks-remark": None,
}
"""For each exercise a mistake that somebody is likely to make; None where each wrong choice is one."""

BY_KEY = {exercise.key: exercise for exercise in exercises()}


def answer(exercise: Exercise, member: Member) -> Answer | None:
    """What is right for a recorded run; None where it cannot be asked."""
    config, recorded = member.record.config, library()
    if not exercise.fits(config):
        return None
    twin = exercise.twin_of(config)
    other = next((run for run in recorded.runs() if twin is not None and run.config.identity == twin.identity), None)
    if twin is not None and other is None:
        return None
    return exercise.measure.of(
        Evidence(
            config,
            recorded.history(member.record.id),
            recorded.probes(member.record.id).at(0),
            None if other is None else recorded.history(other.id),
            ((0.95, 0.97), (0.94, 0.96)) if other is not None and config.seed else ((), ()),
        )
    )


def found(key: str) -> list[Answer]:
    """The right answers of the exercise's three runs."""
    members = [library().find(variant, seed) for variant, seed in GRADED[key]]
    answers = [answer(BY_KEY[key], member) for member in members if member is not None]
    return [each for each in answers if each is not None]


def test_there_are_eight_in_order() -> None:
    assert [exercise.number for exercise in exercises()] == list(range(1, 9))
    assert set(GRADED) == set(BY_KEY)
    assert {exercise.kind for exercise in exercises()} == {"number", "choice", "layer", "step"}
    assert {exercise.measure for exercise in exercises()} == set(MEASURES.values()), "a measure that nobody uses"


class TestGrading:
    @pytest.mark.parametrize("key", GRADED)
    def test_three_runs_have_three_answers_and_each_is_right_for_its_own(self, key: str) -> None:
        answers = found(key)
        assert len(answers) == 3
        for one, other in itertools.permutations(answers, 2):
            assert one.admits(one.right)
            assert not one.admits(other.right), (one.right, other.right)

    @pytest.mark.parametrize("key", GRADED)
    def test_a_likely_mistake_is_wrong_and_recognized(self, key: str) -> None:
        for right in found(key):
            mistakes = [MISTAKEN[key]] if MISTAKEN[key] else list(right.mistakes)
            for mistake in mistakes:
                given = right.mistakes[mistake]
                if right.admits(given):  # no bias and no sign either, a batch size of 1
                    continue
                assert right.mistake(given) in BY_KEY[key].mistakes, (key, mistake)
            assert any(not right.admits(right.mistakes[mistake]) for mistake in mistakes) or key in (
                "values-behind-a-mean",
                "bias",
            )

    @pytest.mark.parametrize("key", GRADED)
    def test_nothing_is_not_an_answer_to_a_number_or_a_choice(self, key: str) -> None:
        if BY_KEY[key].kind in ("number", "choice"):
            assert not any(right.admits(None) for right in found(key))

    def test_a_number_may_be_off_by_what_its_images_scatter_and_no_more(self) -> None:
        right = found("momentum")[0]
        assert isinstance(right.right, float)
        assert 5 < right.high - right.low < 15
        assert right.admits(right.low)
        assert right.admits(right.high)
        assert not right.admits(right.high + 0.1)
        assert not right.admits(float("nan"))

    def test_a_count_must_be_exact(self) -> None:
        right = found("one-at-a-time")[0]
        assert right.admits(14)
        assert not right.admits(15)


class TestEveryRecordedRun:
    """Whatever run a learner shows, the explanation can be said and is about that run."""

    def test_every_explanation_and_every_remark_on_a_mistake_can_be_said(self) -> None:
        asked = 0
        for exercise, member in itertools.product(exercises(), library().members()):
            right = answer(exercise, member)
            if right is None:
                continue
            asked += 1
            assert right.admits(right.right), (exercise.key, member.label)
            assert set(right.figures) <= set(exercise.measure.figures)
            assert right.case in exercise.measure.cases
            assert set(right.mistakes) <= set(exercise.measure.mistakes)
            said = [exercise.explanation[right.case], *exercise.mistakes.values()]
            for text in said:
                spoken = text.format(**right.figures)
                assert "nan" not in spoken.split()
                assert "inf" not in spoken
                assert "-0 " not in spoken
                assert " 1 values" not in spoken
                assert " 1 points" not in spoken
        assert asked > 150

    @pytest.mark.parametrize(
        ("key", "case", "held"),
        [
            ("catching-up", "never", lambda answer, history: history.evaluations[-1].step == answer.figures["last"]),
            ("momentum", "level", lambda answer, history: answer.low <= 0 <= answer.high),
            ("momentum", "behind", lambda answer, history: answer.low > 0),
            ("one-at-a-time", "constant", lambda answer, history: answer.figures["answers"] == 1),
            ("small-batches", "lost", lambda answer, history: history.scored.test.accuracy < 0.2),
            ("notebooks-remark", "weights", lambda answer, history: answer.figures["recalibrated"] < 90),
        ],
    )
    def test_a_case_is_told_only_where_it_is_so(self, key: str, case: str, held) -> None:
        told = [(answer(BY_KEY[key], member), member) for member in library().members()]
        here = [(right, member) for right, member in told if right is not None and right.case == case]
        assert here
        for right, member in here:
            assert held(right, library().history(member.record.id)), member.label

    def test_a_small_batch_that_learned_is_told_so(self) -> None:
        """No recorded run with small batches has learned; one of a learner may."""
        member = library().find("before")
        assert member is not None
        config = member.record.config.with_(batch_size=16)
        exercise = BY_KEY["small-batches"]
        assert exercise.fits(config)
        right = exercise.measure.of(Evidence(config, library().history(member.record.id), None, None, ((), ())))
        assert right is not None
        assert right.case == "learned"

    def test_very_small_batches_are_told_of_runs_with_very_small_batches(self) -> None:
        exercise = BY_KEY["small-batches"]
        assert exercise.fits(TrainingConfig(batch_size=4))
        assert not exercise.fits(TrainingConfig())

    def test_two_identical_networks_but_for_the_bias_start_alike(self) -> None:
        for right in found("bias"):
            assert right.figures["first"] == 0
            assert 0 < float(str(right.figures["second"])) < 1e-4


STEPS = [0, 50, 100, 200, 400]


class TestRules:
    def test_the_first_step_after_the_widest_gap_counts_not_one_before(self) -> None:
        step, accepted = rules.catch_up(STEPS, [0.1, 0.1, 0.1, 0.9, 0.96], [0.12, 0.5, 0.9, 0.98, 0.97], 10**6)
        assert (step, accepted) == (400, (400,))

    def test_within_the_scatter_of_few_images_neighbours_count_too(self) -> None:
        step, accepted = rules.catch_up(STEPS, [0.1, 0.1, 0.1, 0.90, 0.96], [0.1, 0.5, 0.9, 0.951, 0.97], 250)
        assert step == 400
        assert accepted == (200, 400)

    def test_who_never_catches_up_has_no_step(self) -> None:
        assert rules.catch_up([0, 50], [0.1, 0.1], [0.1, 0.9], 250) == (None, (None,))

    def test_the_first_layer_below_a_hundredth(self) -> None:
        sizes = np.array([1.0, 0.2, 0.02, 0.008, 0.0001])
        assert rules.first_below(sizes) == (4, (4,))
        assert rules.first_below(sizes[:3]) == (None, (None,))

    def test_a_figure_at_the_bound_may_be_read_either_way(self) -> None:
        layer, accepted = rules.first_below(np.array([1.0, 0.0101, 0.001]))
        assert layer == 3
        assert accepted == (2, 3)


class TestConfigurations:
    @pytest.mark.parametrize("exercise", exercises(), ids=lambda exercise: exercise.key)
    def test_the_link_sets_a_configuration_that_can_answer(self, exercise: Exercise) -> None:
        config = exercise.config(TrainingConfig(dataset="mnist-5k"))
        assert exercise.fits(config)
        assert exercise.intended(config)
        assert exercise.intended(replace(config, seed=5, dataset="fashion-mnist"))
        assert config.dataset == "mnist-5k"

    def test_a_run_that_is_something_else_is_not_intended(self) -> None:
        assert not BY_KEY["momentum"].intended(TrainingConfig())
        assert not BY_KEY["signal"].intended(TrainingConfig())
        assert not BY_KEY["bias"].fits(TrainingConfig())

    def test_the_twin_differs_in_what_the_exercise_says(self) -> None:
        twin = BY_KEY["bias"].twin_of(TrainingConfig(bias=True, seed=3))
        assert twin == TrainingConfig(bias=False, seed=3)
        assert BY_KEY["signal"].twin_of(TrainingConfig()) is None


class TestFiles:
    """What is wrong with a file is said with its name, its line or key, and what to do."""

    @pytest.fixture
    def changed(self, tmp_path: Path):
        def change(old: str, new: str, name: str = "2-momentum.toml") -> Path:
            text = (FOLDER / "2-momentum.toml").read_text(encoding="utf-8")
            assert old in text
            file = tmp_path / name
            file.write_text(text.replace(old, new, 1), encoding="utf-8")
            return file

        return change

    @pytest.mark.parametrize(
        ("old", "new", "named"),
        [
            ('measure = "lag"', 'measure = "luck"', ("measure", "catch_up", "line ")),
            ('measure = "lag"\n', "", ("measure", "missing", "add it")),
            ('title = "', "title = 3 #", ("title", "text", "line 1")),
            ('title = "', 'titel = "x"\ntitle = "', ("titel", "not known", "title")),
            ("momentum = 0.999", "momentum = 2", ("momentum", "0 to 0.9999")),
            ("momentum = 0.999", "speed = 2", ("speed", "no field")),
            ('bug = "none"', 'bug = "moth"', ("bug", "one of")),
            ("{recalibrated:.0f}", "{recalibrted:.0f}", ("explanation.behind", "recalibrted", "recalibrated")),
            ("{recalibrated:.0f}", "{recalibrated", ("explanation.behind", "braces")),
            ('one_score = "', 'two_scores = "', ("mistakes", "one_score")),
            ("hints = [", 'hints = [ "",', ("hints", "at least one")),
            ("right_2 = 100 *", "right_2 = = 100 *", ("notebook.check", "Python")),
            ('answer = "', 'anser = "', ("notebook.anser", "not known")),
            ('program = "train"', 'program = "all"', ("notebook.program", "train, network")),
            ("hints = [", "hints = [[", ("not TOML", "line")),
            ('unit = "points"', "anonymous = 3", ("anonymous", "true or false")),
            ('unit = "points"', "step = -3", ("step", "0 to 5000")),
        ],
    )
    def test_a_mistake_in_a_file_is_named(self, changed, old: str, new: str, named: tuple[str, ...]) -> None:
        with pytest.raises(ExerciseProblem) as problem:
            read(changed(old, new))
        for part in ("2-momentum.toml", *named):
            assert part in str(problem.value), problem.value

    def test_a_name_without_a_number_is_refused(self, changed) -> None:
        with pytest.raises(ExerciseProblem, match=r"number and key"):
            read(changed("title", "title", "momentum.toml"))

    def test_a_number_that_is_missing_is_named(self, changed) -> None:
        file = changed("title", "title")
        with pytest.raises(ExerciseProblem, match="exercise 1 is missing"):
            read_folder(file.parent)

    def test_a_layer_must_say_how_there_is_none(self, tmp_path: Path) -> None:
        text = (FOLDER / "3-signal.toml").read_text(encoding="utf-8")
        file = tmp_path / "3-signal.toml"
        file.write_text(text.replace("nowhere", "#", 1), encoding="utf-8")
        with pytest.raises(ExerciseProblem, match="nowhere"):
            read(file)
