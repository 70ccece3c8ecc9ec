"""Teach and Handout: lessons that take their time, answers worked out from runs, figures that were measured."""

from __future__ import annotations

import math
import re
from html import unescape
from pathlib import Path

import numpy as np
import pytest

from bn_core.config import TrainingConfig
from bn_core.exercises import exercises
from bn_core.exhibits import library
from bn_core.names import NETWORKS
from bn_core.talks import Scene, Talk, shipped_talk
from bn_core.talks.answers import measured
from pages.handout_page.sheets import markup
from pages.parts.glossary import bare
from pages.race_page.material import material
from pages.session.location import parse
from pages.session.startup import service
from pages.teach_page.discussion import discussed
from pages.teach_page.lessons import LEARNERS, lessons, of_talk
from pages.words.plain_text import plain
from pages.words.prose import prose
from tests.pages.english import faults
from tests.pages.lab import Lab, names, text_of

TEXT, HANDOUT = prose("teach"), prose("handout")


@pytest.fixture(scope="module")
def sheets() -> str:
    made_of = material(library())
    assert made_of is not None
    return markup(library(), made_of)


class TestLessons:
    def test_the_steps_of_each_take_its_minutes(self) -> None:
        assert [lesson.minutes for lesson in lessons()] == [50, 90]
        for lesson in lessons():
            assert sum(step.minutes for step in lesson.steps) == lesson.minutes
            assert f"{lesson.minutes:g} minutes" in lesson.title

    def test_every_step_leads_to_a_page_as_it_can_be_shown(self) -> None:
        for lesson in (of_talk(shipped_talk()), *lessons()):
            for step in lesson.steps:
                assert step.page in names()
                assert not parse(step.address, TrainingConfig(), step.page).problems

    def test_the_lab_has_every_exercise(self) -> None:
        done = [step.address["exercise"] for step in lessons()[1].steps if step.page == "exercises"]
        assert done == [str(exercise.number) for exercise in exercises()]

    def test_a_talk_is_a_lesson_scene_by_scene(self) -> None:
        talk = Talk("mine", "Mine", (Scene("a", "race", "Guess", 1.5), Scene("b", "train", "Train", 2, live=True)))
        lesson = of_talk(talk)
        assert lesson.title == TEXT("lessons.talk", title="Mine", minutes=3.5)
        assert [step.label for step in lesson.steps] == ["Guess", TEXT("lessons.live", title="Train")]


class TestDiscussion:
    def test_every_question_has_its_answer(self) -> None:
        found = discussed()
        assert [each.question for each in found] == [entry["question"] for entry in TEXT.tables("questions")]
        for each in found:
            assert not faults(each.answer), each.answer
            assert re.search(r"\d", each.answer)

    def test_the_figures_are_the_runs(self) -> None:
        by_question = {each.question: each.answer for each in discussed()}
        for entry in TEXT.tables("questions"):
            if "measure" in entry:
                found = measured(entry["measure"], entry["run"])
                assert found is not None
                assert found.case == entry["case"]
                figures = re.findall(r"\{(\w+)(?::([^}]*))?\}", entry["answer"])
                assert figures
                for name, written in figures:
                    assert format(found.figures[name], written) in by_question[entry["question"]]

    def test_a_question_whose_run_came_to_something_else_is_left_out(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("pages.teach_page.discussion.measured", lambda *_: None)
        assert len(discussed()) == sum("finding" in entry for entry in TEXT.tables("questions"))


class TestTheTeachersPage:
    def test_it_shows_all_of_it(self, lab: Lab) -> None:
        page = lab.page("teach")
        assert not page.exception
        said = text_of(page).replace("\\", "")
        for aim in TEXT.list("aims.list"):
            assert bare(aim) in bare(re.sub(r"<[^>]+>", "", said)) or aim.split("[[")[0] in said
        for lesson in lessons():
            assert lesson.title in said
        assert [expander.label for expander in page.expander] == [TEXT("discussion.show")] * len(discussed())

    def test_it_says_how_long_a_class_waits_by_what_was_measured_here(self, lab: Lab) -> None:
        assert TEXT("lessons.unmeasured", learners=LEARNERS) in text_of(lab.page("teach"))
        lab.engine()
        lab.run(status="finished")
        config = TrainingConfig()
        pace = lab.store.paces()[config.batch_size]
        # 30 on two workers: 15 one after the other on each.
        minutes = 15 * config.batches * pace / 60_000
        assert service().class_minutes(config, 30) == pytest.approx(minutes)
        assert service().class_minutes(config, 31) == pytest.approx(minutes * 16 / 15)
        figures = {"batches": config.batches, "minutes": math.ceil(minutes), "workers": 2}
        assert TEXT("lessons.waits", learners=LEARNERS, **figures) in text_of(lab.page("teach"))

    def test_the_talk_of_bn_talk_is_the_first_lesson(
        self, lab: Lab, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        file = tmp_path / "talk.toml"
        file.write_text('title = "My *own*"\n[[scenes]]\nid = "a"\npage = "train"\ntitle = "T"\nminutes = 7\n')
        monkeypatch.setenv("BN_TALK", str(file))
        page = lab.page("teach")
        said = [text.value for text in page.markdown]
        assert f"**{plain(TEXT('lessons.talk', title='My *own*', minutes=7))}**" in said
        assert f"**{plain(TEXT('lessons.talk', title=shipped_talk().title, minutes=20))}**" not in said

    def test_a_talk_with_a_mistake_is_named_and_the_shipped_one_shown(
        self, lab: Lab, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        file = tmp_path / "talk.toml"
        file.write_text('title = "Mine"\n[[scenes]]\nid = "a"\npage = "train"\ntitle = "T"\nminutes = 0\n')
        monkeypatch.setenv("BN_TALK", str(file))
        page = lab.page("teach")
        assert not page.exception
        (warning,) = (warning.value.replace("\\", "") for warning in page.warning)
        assert "talk.toml, line 6: scene 1: minutes must be" in warning
        assert shipped_talk().title in text_of(page).replace("\\", "")


class TestTheHandout:
    def test_its_table_is_that_of_the_recorded_runs(self, sheets: str) -> None:
        for network in NETWORKS:
            ends = [
                100 * member.record.test_accuracy
                for member in library().members("sweep")
                if member.variant == network.key and member.record.test_accuracy is not None
            ]
            (row,) = re.findall(rf"<tr><th>{re.escape(network.label)}</th>(.*?)</tr>", sheets)
            cells = re.findall(r"<td>(.*?)</td>", row)
            wanted = (min(ends), float(np.median(ends)), max(ends))
            assert cells == [HANDOUT("percent", percentage=value) for value in wanted]

    def test_it_has_a_picture_for_each_finding_and_one_of_what_it_is(self, sheets: str) -> None:
        assert sheets.count("<section") == 2
        assert sheets.count('<svg class="finding"') == 4
        assert sheets.count('<svg class="meaning"') == 1

    def test_its_words_are_plain(self, sheets: str) -> None:
        text = unescape(re.sub(r"<svg.*?</svg>|<[^>]+>", " ", sheets, flags=re.DOTALL))
        assert not re.search(r"\[\[|\*\*|\\|`", text)
        for paragraph in re.findall(r"<p(?: class=\"(?:small|source)\")?>(.*?)</p>", sheets):
            assert not faults(unescape(paragraph)), paragraph

    def test_without_recorded_runs_it_says_so(self, lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("pages.handout_page.sheets.material", lambda _: None)
        assert HANDOUT("missing") in text_of(lab.page("handout"))
