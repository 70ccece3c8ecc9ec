"""The page of exercises: the list, one exercise, the run that answers, and what an answer is told."""

from __future__ import annotations

import pytest

from bn_core.exercises import exercises
from bn_core.exhibits import library
from bn_core.terms import bare
from pages.exercises_page.progress import Work
from pages.session.notes import Note, Notes
from pages.words.prose import prose
from tests.pages.lab import ME, SOMEBODY, Lab, kept, text_of, wording

TEXT = prose("exercises")


def page_of(lab: Lab, number: int | None = None):
    return lab.page("exercises", **({} if number is None else {"exercise": str(number)}))


def button(page, key: str):
    return next(one for one in page.button if one.key == key)


def answers(page, key: str, value: object):
    """The page after this answer was checked: a number, a choice, or None for `nowhere`."""
    if isinstance(value, str):
        page.radio[0].set_value(value)
    else:
        page.number_input[0].set_value(value)
        if page.checkbox:
            page.checkbox[0].set_value(value is None)
    return button(page, f"check-{key}").click().run()


class TestList:
    def test_it_names_all_with_what_one_will_know(self, lab: Lab) -> None:
        page = page_of(lab)
        said = text_of(page)
        assert TEXT("progress", solved=0, count=8) in said
        labels = [one.label for one in page.button]
        for exercise in exercises():
            assert f"{exercise.number}. {exercise.title}" in labels
        assert not page.exception

    def test_an_exercise_is_opened_by_its_number_in_the_address(self, lab: Lab) -> None:
        page = button(page_of(lab), "exercise-3").click().run()
        assert page.query_params["exercise"] in ("3", ["3"])
        assert page.header[0].value == exercises()[2].title

    @pytest.mark.parametrize("said", ["0", "9", "three", "-1", "1e3", "<script>"])
    def test_a_number_that_there_is_not_gets_a_sentence_and_the_list(self, lab: Lab, said: str) -> None:
        page = lab.page("exercises", exercise=said)
        assert len(page.warning) == 1
        assert any(one.key == "exercise-1" for one in page.button)
        assert not page.exception

    def test_the_notebook_is_there_before_it_is_asked_for(self, lab: Lab) -> None:
        """One that is made on a press is found under an id that the next run of the page takes back."""
        button = next(one.proto for one in page_of(lab).get("download_button") if "take-home" in one.proto.id)
        assert not button.deferred_file_id
        assert button.url

    def test_progress_is_shown_and_can_be_forgotten(self, lab: Lab) -> None:
        page = lab.page("exercises")
        kept(page, Notes).notes["solved-momentum"] = Note(True, 5)
        page = page.run()
        assert TEXT("progress", solved=1, count=8) in text_of(page)
        page = button(page, "forget").click().run()
        assert TEXT("progress", solved=0, count=8) in text_of(page)
        note = kept(page, Notes).notes["solved-momentum"]
        assert note.value is None
        assert note.at > 5

    def test_what_was_forgotten_can_be_had_back(self, lab: Lab) -> None:
        page = answers(page_of(lab, 4), "one-at-a-time", 14.0)
        page = button(page, "list").click().run()
        assert not [one for one in page.button if one.key == "have-back"]
        page = button(page, "forget").click().run()
        assert TEXT("forgotten") in text_of(page)
        assert not kept(page, Work).attempts
        page = button(page, "have-back").click().run()
        assert TEXT("progress", solved=1, count=8) in text_of(page)
        assert TEXT("forgotten") not in text_of(page)
        assert kept(page, Work).attempts


class TestTask:
    @pytest.mark.parametrize("exercise", exercises(), ids=lambda exercise: exercise.key)
    def test_every_exercise_can_be_done_at_once_with_a_recorded_run(self, lab: Lab, exercise) -> None:
        page = page_of(lab, exercise.number)
        assert not page.exception
        assert bare(exercise.aim) in text_of(page)
        assert page.selectbox[0].options
        assert TEXT("run.borrowed") in text_of(page)
        assert any(one.key == f"check-{exercise.key}" for one in page.button)
        assert kept(page, Work).latest == exercise.number

    def test_a_run_that_is_not_the_tasks_says_how_it_differs(self, lab: Lab) -> None:
        def remark(page) -> bool:
            return wording(TEXT("run.differs")) in text_of(page)

        page = page_of(lab, 5)
        assert "batch size (64 instead of 16)" in text_of(page)
        assert remark(page)
        lab.run(owner=ME, status="finished", batch_size=16)
        assert not remark(page_of(lab, 5))

    def test_a_right_answer_is_explained_with_the_runs_figures_and_noted(self, lab: Lab) -> None:
        page = answers(page_of(lab, 4), "one-at-a-time", 14.0)
        assert len(page.success) == 1
        assert "14 of 100" in page.success[0].value
        assert kept(page, Notes).notes["solved-one-at-a-time"].value is True

    def test_a_wrong_answer_is_told_why_and_not_the_answer(self, lab: Lab) -> None:
        page = answers(page_of(lab, 4), "one-at-a-time", 99.0)
        assert exercises()[3].mistakes["moving"] in page.warning[0].value
        assert "14" not in page.warning[0].value
        assert "solved-one-at-a-time" not in kept(page, Notes).notes

    def test_nothing_answered_is_no_answer(self, lab: Lab) -> None:
        page = button(page_of(lab, 4), "check-one-at-a-time").click().run()
        assert not page.warning
        assert not page.success
        assert not kept(page, Work).attempts

    @pytest.mark.parametrize(("number", "given"), [(1, 300), (3, 10)])
    def test_a_batch_and_a_layer_are_chosen(self, lab: Lab, number: int, given: int) -> None:
        exercise = exercises()[number - 1]
        page = answers(page_of(lab, number), exercise.key, given)
        assert len(page.success) == 1
        page = answers(page, exercise.key, None)
        assert len(page.warning) == 1

    def test_hints_come_one_by_one_and_then_the_answer_can_be_asked_for(self, lab: Lab) -> None:
        exercise = exercises()[0]
        page = page_of(lab, 1)
        for shown in range(len(exercise.hints)):
            assert exercise.hints[shown] not in text_of(page)
            page = button(page, "hint").click().run()
            assert exercise.hints[shown] in text_of(page)
        page = answers(page, exercise.key, 50)
        page = button(page, "reveal").click().run()
        assert "300" in page.info[-1].value
        assert "solved-catching-up" not in kept(page, Notes).notes

    def test_a_run_of_ones_own_answers_before_a_recorded_one_and_before_other_peoples(self, lab: Lab) -> None:
        old = lab.run(status="finished", batches=200)
        new = lab.run(status="finished", batches=150)
        lab.run(status="finished", owner=SOMEBODY)
        lab.run(status="running")
        page = page_of(lab, 4)
        options = page.selectbox[0].options
        assert new in options[0]
        assert old in options[1]
        assert "Recorded" in options[2]
        assert TEXT("run.borrowed") not in text_of(page)

    def test_the_answer_is_that_of_the_run_that_is_chosen(self, lab: Lab) -> None:
        page = page_of(lab, 4)
        other = library().find("before", 1)
        assert other is not None
        page = page.selectbox[0].set_value(other.record.id).run()
        page = answers(page, "one-at-a-time", 14.0)
        assert page.warning
        page = answers(page, "one-at-a-time", 2.0)
        assert page.success

    def test_where_the_run_to_compare_with_is_missing_it_is_said_and_can_be_trained(self, lab: Lab) -> None:
        lab.run(status="finished", bias=True, batches=100)
        page = page_of(lab, 7)
        assert wording(TEXT("run.no_twin", what="")[:40]) in text_of(page)
        theirs = lab.run(status="finished", bias=False, batches=100, owner=SOMEBODY)
        assert not any(one.key == "check-bias" for one in page.run().button), "it is theirs, and not shared"
        lab.store.share(theirs, shared=True)
        page = page.run()
        assert any(one.key == "check-bias" for one in page.button)

    def test_recorded_runs_of_the_last_exercise_have_no_names(self, lab: Lab) -> None:
        page = page_of(lab, 8)
        said = text_of(page) + " ".join(page.selectbox[0].options)
        assert "Final validation accuracy" in said
        assert TEXT("run.letter", letter="A") in page.selectbox[0].options[0]
        for telling in ("bug", "never-updated", "batch-at-test", "BN before ReLU"):
            assert telling not in said

    def test_it_works_without_a_store(self, lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("BN_STORE_MB", "many")
        page = page_of(lab, 2)
        assert not page.exception
        assert any(one.key == "check-momentum" for one in page.button)


def test_a_number_and_the_tick_at_once_are_no_answer(lab: Lab) -> None:
    page = page_of(lab, 1)
    page.number_input[0].set_value(300)
    page.checkbox[0].set_value(True)
    button(page, f"check-{exercises()[0].key}").click().run()
    assert not page.success
    assert not page.warning
