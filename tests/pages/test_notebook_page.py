"""The page "Notebook": its results beside a run's, recipes on real lines, remarks held against recorded runs."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from bn_core.config import TrainingConfig
from bn_core.exhibits import library
from bn_core.exhibits.catalogue import BY_HAND, HEALTHY, LONG
from bn_core.runs.history import RunHistory
from bn_core.training.events import Score
from pages.code_page.idioms import DIGITS, notes
from pages.notebook_page import words
from pages.notebook_page.recipes import LEVELS, RECIPES, fragments, numbered
from pages.notebook_page.recipes import text_of as program_of
from pages.notebook_page.stored import STORED, comparable, network_of
from pages.notebook_page.text import TEXT
from pages.words.captions import class_names
from tests.pages.lab import SOMEBODY, Lab, control, data_of, scored, text_of, wording

CLASSES = class_names("mnist")

ON_MNIST = {"batches": 800, "dataset": "mnist"}


def ended(accuracy: float, samples: float = 0.98):
    """How a run ended, with this accuracy on both sets."""
    score = Score(0.1, accuracy)
    return replace(scored(TrainingConfig()), validation=score, test=score, one_by_one=samples)


class TestStored:
    def test_the_three_are_presets_and_recorded(self) -> None:
        for stored in STORED:
            member = library().find(stored.variant)
            assert member is not None
            assert member.record.config == stored.config
            assert network_of(member.record.config) == stored

    @pytest.mark.parametrize(
        "changed",
        [
            {"dataset": "mnist-5k"},
            {"batches": 5000},
            {"bug": "never-updated"},
            {"placement": "after"},
            {"bias": True},
            {"initializer": "he"},
            {"implementation": "by-hand"},
        ],
    )
    def test_a_run_of_another_network_is_not_compared(self, changed: dict[str, object]) -> None:
        assert network_of(TrainingConfig().with_(**changed)) is None
        assert network_of(TrainingConfig().with_(seed=77)) == STORED[1]

    def test_only_finished_runs_are_compared(self) -> None:
        run = library().find(HEALTHY).record
        assert list(comparable([run, replace(run, id="other", status="stopped")])) == [run.id]


class TestComparison:
    def said(self, here: float, seeds: list[float] | None = None) -> str:
        return words.comparison("This run", ended(here), STORED[1], [0.96, 0.98] if seeds is None else seeds, CLASSES)

    def test_at_a_tie(self) -> None:
        assert wording(TEXT("compare.equal")) in self.said(0.9745)
        assert wording(TEXT("compare.equal")) in self.said(0.97452)

    @pytest.mark.parametrize(("here", "key", "points"), [(0.9746, "above", "0.01"), (0.9645, "below", "1")])
    def test_above_and_below(self, here: float, key: str, points: str) -> None:
        said = self.said(here)
        assert TEXT(f"compare.{key}", run="This run", here=f"{here:.4f}"[1:], there=".9745", points=points) in said

    @pytest.mark.parametrize(
        ("seeds", "key"), [([0.9745, 0.98], "inside"), ([0.96, 0.9744], "outside"), ([0.96], "one_seed"), ([], None)]
    )
    def test_the_recorded_seeds(self, seeds: list[float], key: str | None) -> None:
        said = self.said(0.97, seeds)
        values = {} if not seeds else {"low": words.accuracy(min(seeds)), "high": words.accuracy(max(seeds))}
        for each in ("inside", "outside", "one_seed") if seeds else ():
            assert (TEXT(f"compare.{each}", seeds=len(seeds), **values) in said) == (each == key), each
        assert "seed" in said or not seeds

    def test_one_answer_for_everything(self) -> None:
        plain = replace(scored(TrainingConfig(placement="none", bias=True)))
        said = words.comparison("This run", plain, STORED[0], [0.1], CLASSES)
        assert TEXT("compare.constant", answer="4") in said
        assert wording(TEXT("compare.constant")) not in self.said(0.97)

    @pytest.mark.parametrize(("share", "text"), [(0.9745, ".9745"), (1.0, "1.0000"), (0.0, ".0000")])
    def test_figures_are_written_as_the_notebook_does(self, share: float, text: str) -> None:
        assert words.accuracy(share) == text

    @pytest.mark.parametrize("stored", STORED, ids=lambda stored: stored.key)
    def test_every_recorded_run_of_a_network_can_be_compared(self, stored) -> None:
        members = [member for member in library().members() if member.variant == stored.variant]
        seeds = [library().history(member.record.id).scored.test.accuracy for member in members]
        assert len(members) >= 3
        for member in members:
            one = library().history(member.record.id).scored
            said = words.comparison("This run", one, stored, seeds, CLASSES)
            assert words.accuracy(one.test.accuracy) in said
            assert words.accuracy(min(seeds)) in said
            assert words.accuracy(max(seeds)) in said
            points = 100 * abs(one.test.accuracy - stored.test)
            assert f"{round(points, 2):g} points" in said


class TestSamples:
    def test_the_recorded_runs_tell_the_two_apart(self) -> None:
        never, unused = (
            library().history(library().find(key).record.id).scored for key in ("never-updated", "batch-at-test")
        )
        assert wording(TEXT("samples.told")) in words.which_of_the_two(never, unused)

    def test_it_says_what_it_sees(self) -> None:
        fine, low, last = ended(0.97), ended(0.1, 0.1), ended(0.97, 0.1)
        assert words.which_of_the_two(low, last) == TEXT(
            "samples.told", never=TEXT("samples.all"), unused=TEXT.list("samples.head")[3]
        )
        assert words.which_of_the_two(fine, last) == TEXT(
            "samples.other", never=TEXT("samples.no"), unused=TEXT.list("samples.head")[3]
        )


class TestMoreBatches:
    def history(self, accuracies: list[float]) -> RunHistory:
        steps = np.arange(1, len(accuracies) + 1, dtype=float)
        return RunHistory("a123456789", steps=steps, losses=steps, accuracies=np.array(accuracies))

    def test_when_a_run_leaves_the_plateau(self) -> None:
        assert words.left_plateau(self.history([0.1] * 300 + [0.9] * 300)) == 307
        assert words.left_plateau(self.history([0.9] * 100)) == words.OVER

    def test_when_it_does_not(self) -> None:
        for accuracies in ([], [0.9] * (words.OVER - 1), [0.1] * 300, [0.1] * 100 + [0.9] * 100 + [0.1] * 100):
            assert words.left_plateau(self.history(accuracies)) is None

    def test_the_recorded_run(self) -> None:
        history = library().history(library().find(LONG.key).record.id)
        step = words.left_plateau(history)
        assert history.last_step == 5000
        assert 4000 < step < 5000
        assert history.accuracies[:4000].mean() < 0.15
        said = words.after_many(history, 0, library().history(library().find(HEALTHY).record.id))
        assert f"{round(step, -2):,}" in said
        assert f"{100 * history.scored.test.accuracy:.1f}" in said


class TestRanges:
    def test_whether_they_overlap(self) -> None:
        for values, key in (([[0.9, 0.95], [0.94, 0.97]], "overlap"), ([[0.9, 0.92], [0.94, 0.97]], "apart")):
            said = words.ranges(dict(zip(("one", "other"), values, strict=True)))
            assert TEXT(f"debate.{key}", seeds=2) in said
            assert TEXT("debate.range", network="other", low=words.accuracy(values[1][0]), high=".9700") in said


class TestRecipes:
    @pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: f"{recipe.level}-{recipe.part}")
    def test_every_step_has_its_words_and_its_lines(self, recipe) -> None:
        assert len(TEXT.list(f"recipes.steps.{recipe.level}.{recipe.part}_steps")) == len(recipe.lines)
        text = program_of(recipe.level)
        for wanted in recipe.lines:
            assert all(fragment in text for fragment in wanted)

    @pytest.mark.parametrize("level", LEVELS)
    def test_every_number_is_on_a_line(self, level: str) -> None:
        signs = notes(program_of(level), fragments(level))
        assert {sign.sign for sign in signs.values()} == set(DIGITS[: len(fragments(level))])
        assert [first for _, first in numbered(level)] == sorted({first for _, first in numbered(level)})


class TestPage:
    def test_without_a_run_of_ones_own_it_shows_a_recorded_one(self, lab: Lab) -> None:
        page = lab.page("notebook")
        assert not page.exception
        said = text_of(page)
        for stored in STORED:
            assert TEXT(f"results.names.{stored.key}") in said
            for figure in (stored.validation, stored.test):
                assert words.accuracy(figure) in said
            recorded = library().history(library().find(stored.variant).record.id).scored
            assert words.accuracy(recorded.test.accuracy) in said
        assert TEXT("results.nothing") not in said
        assert "[[" not in said

    def test_the_run_that_was_opened_last_stands_beside_the_notebook(self, lab: Lab) -> None:
        mine = lab.run(status="finished", seed=5, **ON_MNIST)
        page = lab.page("notebook", run=mine)
        assert page.selectbox[0].value == mine
        assert f"→ {mine}" in text_of(page)
        assert words.accuracy(scored(TrainingConfig()).test.accuracy) in text_of(page)

    def test_else_the_browsers_newest(self, lab: Lab) -> None:
        lab.run(owner=SOMEBODY, status="finished", seed=6, **ON_MNIST)
        mine = lab.run(status="finished", seed=5, **ON_MNIST)
        other = lab.run(status="finished", batches=120)
        page = lab.page("notebook", run=other)
        assert page.selectbox[0].value == mine
        assert other not in page.selectbox[0].options

    def test_another_can_be_chosen(self, lab: Lab) -> None:
        page = lab.page("notebook")
        wanted = library().find("none", 2).record.id
        page.selectbox[0].set_value(wanted).run()
        assert page.selectbox[0].value == wanted
        assert TEXT("results.recorded", seed=2) in text_of(page)
        assert page.query_params["run"] in (wanted, [wanted])

    @pytest.mark.parametrize("level", LEVELS)
    def test_the_steps_and_their_lines_at_both_levels(self, lab: Lab, level: str) -> None:
        page = lab.page("notebook")
        control(page, "level").set_value(level).run()
        shown = {line["sign"] for line in data_of(page, "recipe")["lines"] if line["sign"]}
        assert shown == set(DIGITS[: len(fragments(level))])
        assert all(digit in text_of(page) for digit in shown)
        assert wording(TEXT(f"recipes.steps.{level}.after").partition("[[")[0]) in text_of(page)

    def test_its_remarks_have_their_numbers(self, lab: Lab) -> None:
        said = text_of(lab.page("notebook"))
        evaluation = next(
            event for event in library().history(library().find(BY_HAND.key).record.id).evaluations if event.step == 150
        )
        assert f"{100 * evaluation.batch.accuracy:.0f}" in said
        for key in ("samples.told", "more.learned", "debate.overlap"):
            assert wording(TEXT(key)) in said, key
