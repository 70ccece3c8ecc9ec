"""What the page "Break it" shows of each mistake, and its quiz: rules, score, and that it gives nothing away."""

from __future__ import annotations

import io
import itertools
import json
import re
import tokenize
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

import bn_core.exhibits
from bn_core.config import TrainingConfig
from bn_core.exhibits import Library, library
from bn_core.exhibits.catalogue import BUG_SEEDS, BUGS, HEALTHY
from bn_core.exhibits.fingerprints import FINGERPRINTS, SOUND, fingerprint
from bn_core.runs.history import RunHistory
from bn_core.training.notebook_lines import final_lines
from pages.break_it_page import quiz, words
from pages.break_it_page.charts import LABEL_GAP, curve_points, curves_spec
from pages.break_it_page.excerpt import excerpt, without_mistake
from pages.break_it_page.exhibit import COMPANIONS
from pages.break_it_page.quiz import ANSWERS, Question, Quiz
from pages.break_it_page.words import TEXT, place
from pages.charts.training import SHIFT
from tests.pages.lab import Lab, control, data_of, shown, text_of

KEYS = [bug.key for bug in BUGS]
CONFIGS = {bug.key: bug.config for bug in BUGS}


@pytest.fixture
def recorded() -> Library:
    """The recorded runs that came with the app."""
    if not library().members("bugs"):
        pytest.skip("the mistakes have not been recorded: python -m bn_core record")
    return library()


@pytest.fixture
def nothing_recorded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Library:
    """A copy of the app that came without recorded runs."""
    empty = Library(tmp_path / "nothing")
    monkeypatch.setattr(bn_core.exhibits, "library", lambda: empty)
    return empty


def id_of(recorded: Library, key: str, seed: int = 0) -> str:
    member = recorded.find(key, seed)
    if member is None:
        pytest.skip(f"{key} with seed {seed} has not been recorded: python -m bn_core record")
    return member.record.id


def drawn(page: AppTest) -> list:
    return [element.proto for element in page.get("vega_lite_chart")]


def link(page: AppTest, label: str):
    return next(element.proto for element in page.get("page_link") if element.proto.label == label)


def button(page: AppTest, key: str):
    return next(element for element in page.button if element.key == key)


def radio(page: AppTest):
    return page.radio[0]


def quiz_of(page: AppTest) -> AppTest:
    return control(page, "mode").set_value("guess").run()


class TestEachMistake:
    @pytest.mark.parametrize("key", KEYS)
    def test_by_its_link(self, lab: Lab, recorded: Library, key: str) -> None:
        run_id = id_of(recorded, key)
        page = lab.page("break_it", run=run_id)
        assert not page.exception
        said = text_of(page)
        assert radio(page).value == key
        assert words.name(key) in [heading.value for heading in page.header]
        history = recorded.history(run_id)
        assert history.scored is not None
        codes = [code.value for code in page.code]
        assert "\n".join(final_lines(history.scored)) in codes
        assert "\n".join(final_lines(recorded.history(id_of(recorded, HEALTHY)).scored)) in codes
        assert fingerprint(key).inequality in said
        assert TEXT("fingerprint.holds") in said
        assert TEXT("fingerprint.healthy-fails") in said
        assert run_id in said
        assert "{" not in said

    @pytest.mark.parametrize("key", KEYS)
    def test_its_sentence_has_the_numbers_of_the_run(self, lab: Lab, recorded: Library, key: str) -> None:
        run_id = id_of(recorded, key, 1)
        said = text_of(lab.page("break_it", run=run_id))
        measured = words.numbers(recorded.history(run_id), CONFIGS[key])
        named = set(re.findall(r"\{run\[(\w+)\]\}", str(TEXT.table(place(key))["sentence"])))
        assert named
        for number in named:
            assert measured[number] != words.MISSING
            assert measured[number].replace("\u00a0", " ") in said

    @pytest.mark.parametrize("key", KEYS)
    def test_its_table_has_the_numbers_of_both_runs(self, lab: Lab, recorded: Library, key: str) -> None:
        page = lab.page("break_it", run=id_of(recorded, key))
        table = next(text.value for text in page.markdown if text.value.startswith(f"| {TEXT('fingerprint.measured')}"))
        known = fingerprint(key)
        rows = table.splitlines()[2:]
        wrong = known.read(recorded.history(id_of(recorded, key))).findings
        healthy = known.read(recorded.history(id_of(recorded, HEALTHY))).findings
        assert len(rows) == len(known.conditions)
        for row, mine, theirs in zip(rows, wrong, healthy, strict=True):
            assert words.measure(mine.condition) in row
            cells = [cell.strip() for cell in row.strip("|").split("|")]
            assert cells[2].split() == [words.value(mine), "✓"]
            assert cells[3].split() == [words.value(theirs), "✓" if theirs.holds else "✗"]
        assert "✗" in table

    @pytest.mark.parametrize("key", KEYS)
    def test_two_charts_on_the_same_axes(self, lab: Lab, recorded: Library, key: str) -> None:
        charts = drawn(lab.page("break_it", run=id_of(recorded, key)))
        assert len(charts) == 2
        wrong, healthy = (json.loads(chart.spec) for chart in charts)
        if CONFIGS[key].normalized:
            assert {**wrong, "title": 0} == {**healthy, "title": 0}
        for axis in ("x", "y"):
            one, other = (chart["layer"][1]["encoding"][axis] for chart in (wrong, healthy))
            assert one["scale"]["domain"] == other["scale"]["domain"]
        ending = TEXT("chart.alt").partition("{kinds}")[2].partition("{end}")[0]
        assert all(re.search(rf"{re.escape(ending)}\w+ \d", chart.alt) for chart in charts)

    def test_over_which_seeds_it_was_checked(self, lab: Lab, recorded: Library) -> None:
        said = text_of(lab.page("break_it", run=id_of(recorded, "batch-at-test")))
        for seed in BUG_SEEDS:
            id_of(recorded, "batch-at-test", seed)
            id_of(recorded, HEALTHY, seed)
        counted = {"holds": 3, "runs": 3, "healthy": TEXT("fingerprint.none"), "healthy_runs": 3}
        assert TEXT("fingerprint.over", seeds="0, 1 and 2", **counted) in said

    @pytest.mark.parametrize("key", KEYS)
    def test_it_can_be_opened_and_trained(self, lab: Lab, recorded: Library, key: str) -> None:
        run_id = id_of(recorded, key)
        page = lab.page("break_it", run=run_id)
        assert f"run={run_id}" in link(page, TEXT("links.open")).query_string
        train = link(page, TEXT("links.train"))
        assert "run=" not in train.query_string
        asked = dict(pair.split("=") for pair in train.query_string.split("&"))
        asked.setdefault("bias", "true" if asked.get("placement") == "none" else "false")
        config = TrainingConfig.of({name: value for name, value in asked.items() if name != "dataset"})
        assert config == CONFIGS[key]

    @pytest.mark.parametrize(("key", "other"), COMPANIONS.items())
    def test_the_two_learning_rates_name_each_other(self, lab: Lab, recorded: Library, key: str, other: str) -> None:
        said = text_of(lab.page("break_it", run=id_of(recorded, key)))
        companion = words.numbers(recorded.history(id_of(recorded, other)), CONFIGS[other])
        assert companion["test"].replace("\u00a0", " ") in said


class TestChoosing:
    def test_the_list_has_all_of_them_and_starts_at_the_first(self, lab: Lab, recorded: Library) -> None:
        page = lab.page("break_it")
        assert radio(page).options == [words.name(key) for key in KEYS]
        assert radio(page).value == KEYS[0]

    def test_choosing_one_puts_it_into_the_address(self, lab: Lab, recorded: Library) -> None:
        page = lab.page("break_it")
        radio(page).set_value("epsilon-1").run()
        assert radio(page).value == "epsilon-1"
        assert page.query_params["run"] == id_of(recorded, "epsilon-1")
        assert words.name("epsilon-1") in [heading.value for heading in page.header]

    def test_the_list_in_one_line_chooses_too(self, lab: Lab, recorded: Library) -> None:
        page = lab.page("break_it")
        (short,) = page.selectbox
        assert short.options == [words.name(key) for key in KEYS]
        short.set_value("epsilon-1").run()
        assert radio(page).value == page.selectbox[0].value == "epsilon-1"

    def test_another_seed(self, lab: Lab, recorded: Library) -> None:
        wanted = id_of(recorded, "epsilon-1", 2), id_of(recorded, HEALTHY, 2)
        page = lab.page("break_it", run=id_of(recorded, "epsilon-1"))
        page.segmented_control[1].set_value(2).run()
        assert radio(page).value == "epsilon-1"
        assert page.query_params["run"] == wanted[0]
        assert wanted[1] in text_of(page)

    def test_forth_and_back_through_all_of_them(self, lab: Lab, recorded: Library) -> None:
        page = lab.page("break_it")
        seen = []
        for _ in KEYS:
            seen.append(radio(page).value)
            button(page, "to-next").click().run()
        assert seen == KEYS
        assert radio(page).value == KEYS[0]
        button(page, "to-previous").click().run()
        assert radio(page).value == KEYS[-1]

    def test_it_is_kept_while_another_page_is_open(self, lab: Lab, recorded: Library) -> None:
        page = lab.page("break_it")
        radio(page).set_value("batch-size-1").run()
        page.switch_page("pages/train.py").run()
        page.switch_page("pages/break_it.py").run()
        assert radio(page).value == "batch-size-1"

    def test_an_address_without_a_run(self, lab: Lab, recorded: Library) -> None:
        page = lab.page("break_it", run="0000000000")
        assert not page.exception
        assert TEXT("run-unknown") in text_of(page)
        assert radio(page).value == KEYS[0]

    def test_a_run_without_a_mistake_is_no_trouble(self, lab: Lab, recorded: Library) -> None:
        page = lab.page("break_it", run=id_of(recorded, HEALTHY))
        assert not page.info
        assert radio(page).value == KEYS[0]


class TestOnesOwnRun:
    @pytest.mark.parametrize("status", ["queued", "running", "finished", "failed", "stopped"])
    def test_it_is_shown_in_any_state(self, lab: Lab, recorded: Library, status: str) -> None:
        run_id = lab.run(status=status, batches=800, bug="never-updated", dataset="mnist-5k", seed=7)
        page = lab.page("break_it", run=run_id)
        assert not page.exception
        assert radio(page).value == "never-updated"
        assert len(drawn(page)) == 2

    def test_where_the_inequality_does_not_hold_it_says_so(self, lab: Lab, recorded: Library) -> None:
        said = text_of(lab.page("break_it", run=lab.run(status="finished", batches=800, bug="never-updated")))
        assert TEXT("fingerprint.fails") in said
        assert TEXT("fingerprint.unproven") in said
        assert TEXT("fingerprint.holds") not in said


class TestWithoutRecordedRuns:
    def test_the_page_stands_for_each_mistake(self, lab: Lab, nothing_recorded: Library) -> None:
        page = lab.page("break_it")
        for key in KEYS:
            assert radio(page).value == key
            assert not page.exception
            assert TEXT("not-recorded") in text_of(page)
            assert data_of(page, "break-it-code")["lines"]
            button(page, "to-next").click().run()

    def test_the_quiz_says_why_there_is_none(self, lab: Lab, nothing_recorded: Library) -> None:
        page = quiz_of(lab.page("break_it"))
        assert not page.exception
        assert TEXT("quiz.empty") in text_of(page)


class TestExcerpts:
    @pytest.mark.parametrize("key", KEYS)
    def test_the_wrong_lines_are_beside_the_right_ones(self, key: str) -> None:
        shown = excerpt(CONFIGS[key])
        lines = shown.text.splitlines()
        assert shown.wrong
        assert shown.right
        assert shown.wrong | shown.right <= shown.shown
        assert len(shown.shown) < len(lines)
        if CONFIGS[key].bug != "none":
            assert any("BUG" in lines[number - 1] for number in shown.wrong)
        assert not any("BUG" in lines[number - 1] for number in set(range(1, len(lines) + 1)) - shown.wrong)
        list(tokenize.generate_tokens(io.StringIO(shown.text).readline))

    @pytest.mark.parametrize("key", KEYS)
    def test_nothing_but_the_mistake_is_taken_away(self, key: str) -> None:
        right = without_mistake(CONFIGS[key])
        assert right != CONFIGS[key]
        assert right.placement == CONFIGS[key].placement
        assert right in (TrainingConfig(), TrainingConfig(placement="none", bias=True))


class TestWords:
    @pytest.mark.parametrize("key", ANSWERS)
    def test_each_has_its_texts(self, key: str) -> None:
        for part in ("name", "inline", "sentence", *(() if key == HEALTHY else ("summary", "why"))):
            assert f"{place(key)}.{part}" in TEXT

    def test_every_measure_has_a_name(self) -> None:
        named = TEXT.table("measures")
        used = {condition.measure.key for known in (SOUND, *FINGERPRINTS) for condition in known.conditions}
        assert used == set(named)

    @pytest.mark.parametrize("key", KEYS)
    def test_real_cases_are_named_by_repository_and_number(self, key: str) -> None:
        for case in TEXT.table(place(key)).get("cases", []):
            assert re.fullmatch(r"[\w.-]+/[\w.-]+", case["repository"])
            assert case["number"] > 0
            assert case["words"].endswith((".", "”"))

    def test_a_run_that_has_not_begun_is_dashes(self) -> None:
        measured = words.numbers(RunHistory("new"), TrainingConfig())
        assert TEXT("chart.end", run=measured).count(words.MISSING) == 3

    @pytest.mark.parametrize("key", KEYS)
    def test_no_sentence_names_a_number_that_no_run_has(self, recorded: Library, key: str) -> None:
        runs = {"run": (key, CONFIGS[key]), "healthy": (HEALTHY, TrainingConfig())}
        texts = TEXT.table(place(key))
        for run, number in re.findall(r"\{(run|healthy)\[(\w+)\]\}", texts["sentence"] + texts["why"]):
            variant, config = runs[run]
            assert number in words.numbers(recorded.history(id_of(recorded, variant)), config)

    @given(st.floats(allow_nan=True, allow_infinity=True))
    def test_any_number_can_be_written(self, number: float) -> None:
        assert words.figure(number)
        assert words.loss(number)


class TestCharts:
    def test_a_specification_is_built_once(self) -> None:
        assert curves_spec("before", False, 800, "A run") is curves_spec("before", False, 800, "A run")

    @pytest.mark.parametrize("key", ANSWERS)
    def test_names_at_the_ends_keep_their_distance(self, recorded: Library, key: str) -> None:
        table = curve_points(recorded.history(id_of(recorded, key))).to_pylist()
        heights = sorted(row["accuracy"] + row[SHIFT] / 100 for row in table if row[SHIFT] is not None)
        assert len(heights) == (4 if key != "learning-rate-x15-none" else 2)
        assert all(high - low >= LABEL_GAP - 0.011 for low, high in itertools.pairwise(heights))


QUESTIONS = tuple(Question(key, f"run{number:07}", ANSWERS[:6]) for number, key in enumerate(ANSWERS[:6]))


class TestQuizRules:
    @given(given=st.lists(st.sampled_from(ANSWERS), min_size=6, max_size=6))
    def test_the_score_is_what_was_right(self, given: list[str]) -> None:
        state = Quiz(QUESTIONS)
        right = 0
        for place_, answer in enumerate(given):
            question = state.question
            assert question is not None
            answered = state.answer(answer)
            if answer not in question.offered:
                assert answered == state
                answered = state.answer(question.key)
                answer = question.key
            right += answer == question.key
            assert answered.right == right
            assert answered.answered == place_ + 1
            assert answered.answer(question.key) == answered, "there is no second try"
            state = answered.next()
        assert state.question is None
        assert state.next() == state
        assert state.answer(given[0]) == state

    def test_nothing_is_skipped(self) -> None:
        assert Quiz(QUESTIONS).next() == Quiz(QUESTIONS)

    def test_a_round_without_recorded_runs_is_empty(self, tmp_path: Path) -> None:
        assert quiz.new_round(Library(tmp_path), Random(0)).question is None

    @pytest.mark.parametrize("seed", range(20))
    def test_a_round_has_every_kind_of_run_once(self, recorded: Library, seed: int) -> None:
        drawn_ = quiz.new_round(recorded, Random(seed)).questions
        assert sorted(question.key for question in drawn_) == sorted(ANSWERS)
        for question in drawn_:
            member = recorded.member(question.run_id)
            assert member is not None
            assert member.variant == question.key
            assert member.record.config.seed in BUG_SEEDS
            assert question.key in question.offered
            assert len(set(question.offered)) == len(question.offered) == quiz.OFFERED

    @pytest.mark.parametrize("seed", range(20))
    def test_only_one_answer_fits(self, recorded: Library, seed: int) -> None:
        for question in quiz.new_round(recorded, Random(seed)).questions:
            history = recorded.history(question.run_id)
            assert [key for key in question.offered if fingerprint(key).read(history).holds] == [question.key]
            assert [key for key in question.offered if quiz.parted(key, history) is None] == [question.key]

    def test_rounds_differ(self, recorded: Library) -> None:
        assert len({quiz.new_round(recorded, Random(seed)).questions for seed in range(10)}) == 10


class TestQuizOnThePage:
    def state(self, page: AppTest) -> Quiz:
        settings = {"question": 1} | dict(shown(page).settings)
        return quiz.played(library(), settings["round"], settings["question"], settings.get("answers", ""))

    def answer(self, page: AppTest, key: str) -> None:
        state = self.state(page)
        number = state.question.offered.index(key) + 1
        button(page, f"answer-{state.place}-{number}").click().run()

    def test_a_round_from_its_first_run_to_the_score(self, lab: Lab, recorded: Library) -> None:
        page = quiz_of(lab.page("break_it"))
        right = 0
        for number in range(len(ANSWERS)):
            question = self.state(page).question
            wrong = next(key for key in question.offered if key != question.key)
            given = wrong if number % 3 == 0 else question.key
            right += given == question.key
            self.answer(page, given)
            assert not page.exception
            said = text_of(page)
            assert words.inline(question.key) in said
            assert TEXT("quiz.score", right=right, answered=number + 1) in said
            against = TEXT("quiz.parted").partition("{")[0]
            assert (against in said) == (given != question.key)
            button(page, "quiz-next").click().run()
        over = TEXT("quiz.over-all" if right == len(ANSWERS) else "quiz.over", right=right, of=len(ANSWERS))
        assert over in text_of(page)
        button(page, "quiz-again").click().run()
        assert self.state(page).place == 0

    def test_nothing_gives_the_answer_away(self, lab: Lab, recorded: Library) -> None:
        page = quiz_of(lab.page("break_it"))
        for _ in range(len(ANSWERS)):
            question = self.state(page).question
            sent = text_of(page) + "".join(chart.spec + chart.alt for chart in drawn(page))
            assert question.run_id not in sent
            assert f"bug: {question.key}" not in sent
            assert "run" not in page.query_params
            buttons = [element.label for element in page.button if (element.key or "").startswith("answer-")]
            assert buttons == [words.name(key) for key in question.offered]
            self.answer(page, question.key)
            button(page, "quiz-next").click().run()

    def test_the_mistake_can_be_looked_at(self, lab: Lab, recorded: Library) -> None:
        page = quiz_of(lab.page("break_it"))
        while self.state(page).question.key == HEALTHY:
            self.answer(page, HEALTHY)
            button(page, "quiz-next").click().run()
        question = self.state(page).question
        self.answer(page, question.key)
        button(page, "quiz-show").click().run()
        assert radio(page).value == question.key
        assert page.query_params["run"] == question.run_id

    def test_the_round_goes_on_after_a_look_elsewhere(self, lab: Lab, recorded: Library) -> None:
        page = quiz_of(lab.page("break_it"))
        before = self.state(page)
        control(page, "mode").set_value("look").run()
        assert self.state(quiz_of(page)) == before
