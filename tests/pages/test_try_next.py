"""Try next: a prediction first, then the run, then what came."""

from __future__ import annotations

import pytest

from bn_core.config import TrainingConfig
from bn_core.exercises import exercises
from bn_core.exhibits import library
from bn_core.experiments import Figures
from pages.exercises_page.progress import Work
from pages.session.notes import Note, Notes
from pages.session.session import Session
from pages.try_next import comparison
from pages.try_next.comparison import TEXT
from pages.try_next.predictions import PREFIX
from pages.words.prose import prose
from tests.pages.lab import SOMEBODY, Lab, kept, text_of

EXERCISES = prose("exercises")

BEFORE = Figures(96.0, 10_000, 97, 96.0, 96.4, 0.4, 150, 11.0, 89.0, 400)


def recorded(variant: str, seed: int = 0) -> str:
    member = library().find(variant, seed)
    assert member is not None
    return member.record.id


def heading(page, key: str) -> bool:
    return any(element.value == f"## {TEXT(key)}" for element in page.markdown)


def predict(page, value: object):
    """The page after this prediction was pressed."""
    if isinstance(value, str):
        next(one for one in page.radio if one.key.startswith("prediction-")).set_value(value)
    else:
        next(one for one in page.number_input if str(one.key).startswith("prediction-")).set_value(value)
    return next(one for one in page.button if one.key == "predict").click().run()


class TestOffer:
    @pytest.mark.parametrize("status", ["running", "queued", "failed", "stopped", "paused", "interrupted"])
    def test_there_is_none_under_a_run_that_did_not_finish(self, lab: Lab, status: str) -> None:
        page = lab.page(run=lab.run(status=status))
        assert not heading(page, "heading")
        assert not page.exception

    @pytest.mark.parametrize("status", ["stopped", "interrupted"])
    def test_a_run_that_ended_early_can_be_trained_again(self, lab: Lab, status: str) -> None:
        run = lab.run(status=status, owner=SOMEBODY, placement="after", seed=7)
        page = lab.page(run=run)
        assert TEXT(f"ended.{status}") in text_of(page)
        page.button(key="train-again").click().run()
        (newest,) = (record for record in lab.store.runs() if record.id != run)
        assert newest.config == lab.store.run(run).config
        assert page.query_params["run"] in (newest.id, [newest.id])

    def test_ones_own_interrupted_run_is_resumed_and_somebody_elses_says_who_can(self, lab: Lab) -> None:
        run = lab.run(status="interrupted")
        mine, theirs = lab.page(run=run), lab.page(run=run, browser=SOMEBODY)
        assert not [one for one in mine.button if one.key == "train-again"]
        assert "You can resume this run" in text_of(mine)
        assert "You can resume this run" not in text_of(theirs)
        assert prose("train")("remarks.interrupted") in text_of(theirs)

    def test_there_is_none_without_a_run(self, lab: Lab) -> None:
        assert not heading(lab.page(), "heading")

    def test_under_a_finished_run_it_says_why_and_asks(self, lab: Lab) -> None:
        page = lab.page(run=recorded("before"))
        assert heading(page, "heading")
        assert "After 150 batches the weights scored 89 %" in text_of(page)
        assert any(one.key == "predict" for one in page.button)

    def test_without_a_prediction_nothing_is_trained(self, lab: Lab) -> None:
        page = lab.page(run=recorded("before"))
        page = next(one for one in page.button if one.key == "predict").click().run()
        assert kept(page, Session).run_id == recorded("before")
        assert not lab.store.runs(9)

    def test_one_press_notes_the_prediction_and_trains(self, lab: Lab) -> None:
        page = predict(lab.page(run=recorded("before")), 300.0)
        (run,) = lab.store.runs(9)
        assert run.config == TrainingConfig(momentum=0.9)
        assert kept(page, Session).run_id == run.id
        assert page.query_params["run"] in (run.id, [run.id])
        assert PREFIX + run.config.identity in kept(page, Notes).notes
        assert "You predicted: batch 300." in text_of(page)

    def test_a_training_that_there_is_already_is_opened(self, lab: Lab) -> None:
        page = predict(lab.page(run=recorded("none")), 50.0)
        assert not lab.store.runs(9)
        assert kept(page, Session).run_id == recorded("before")
        said = text_of(page)
        assert "You predicted 50 % for the test accuracy; it came to 97.2 %: 47.2 points more than you said." in said
        assert "| Test accuracy | 9.8 % | 97.2 % |" in said
        assert "Over 5 recorded seeds" in said

    def test_the_next_one_is_another_after_that(self, lab: Lab) -> None:
        page = predict(lab.page(run=recorded("none")), 50.0)
        page = predict(page, 300.0)
        assert lab.store.runs(9)[0].config.momentum == 0.9
        page = lab.page(run=recorded("before"))
        kept(page, Notes).notes[PREFIX + TrainingConfig(momentum=0.9).identity] = Note(
            f'["earlier", "{recorded("before")}", 300]', 1
        )
        page = page.run()
        assert any(one.key.endswith("-after") for one in page.radio if one.key)

    def test_where_nothing_can_be_trained_it_cannot_be_pressed(self, lab: Lab) -> None:
        lab.engine("unavailable", "No worker is left.")
        page = lab.page(run=recorded("before"))
        assert next(one for one in page.button if one.key == "predict").disabled


@pytest.mark.parametrize(
    "said",
    [
        "",
        "[]",
        "[1, 2, 3]",
        '["earlier", "x", 3]',
        '["earlier", "recd4ac84a", "higher"]',
        '["no", "recd4ac84a", 3]',
        "{",
    ],
)
def test_what_the_browser_says_is_not_trusted(lab: Lab, said: str) -> None:
    page = lab.page(run=recorded("before"))
    kept(page, Notes).notes[PREFIX + TrainingConfig().identity] = Note(said, 1)
    page = page.run()
    assert not page.exception
    assert not heading(page, "came.heading")


def test_who_came_from_an_exercise_finds_the_way_back(lab: Lab) -> None:
    def links(page) -> set[str]:
        return {link.proto.label for link in page.get("page_link")}

    page = lab.page(run=recorded("before"))
    short = EXERCISES("back.short", number=3)
    long = EXERCISES("back.long", number=3, title=exercises()[2].title)
    assert not {short, long} & links(page)
    kept(page, Work).latest = 3
    assert {short, long} <= links(page.run())
    kept(page, Notes).notes[f"solved-{exercises()[2].key}"] = Note(True, 1)
    assert {short, long} & links(page.run()) == {long}
    inside = lab.page("layers", run=recorded("before"))
    kept(inside, Work).latest = 3
    assert short in links(inside.run())


@pytest.mark.parametrize("file", ["layers", "population", "one_image"])
def test_a_page_that_looks_into_a_finished_run_leads_to_it(lab: Lab, file: str) -> None:
    def leads(run: str) -> bool:
        page = lab.page(file, run=run)
        assert not page.exception
        return TEXT("link") in [link.proto.label for link in page.get("page_link")]

    assert leads(recorded("before"))
    assert not leads(lab.run())


class TestComparison:
    @pytest.mark.parametrize(
        ("before", "after", "key"),
        [
            (96.0, 96.0, "same"),
            (96.0, 96.96, "higher"),
            (96.0, 96.94, "same"),
            (96.0, 95.0, "lower"),
            (9.8, 97.2, "higher"),
        ],
    )
    def test_less_than_a_point_is_about_the_same(self, before: float, after: float, key: str) -> None:
        assert comparison.direction(before, after) == key

    def test_a_prediction_of_a_batch(self) -> None:
        def outcome(said: float, caught_up: int | None) -> str:
            after = Figures(96.0, 10_000, 97, 96.0, 96.4, 0.4, 150, 11.0, 89.0, caught_up)
            return comparison.outcome("batch", said, BEFORE, after)

        assert "at batch 75: 25 batches less than you said" in outcome(100, 75)
        assert "just what you said" in outcome(75, 75)
        assert "had not caught up" in outcome(75, None)

    def test_no_winner_is_named_from_one_run_each(self) -> None:
        said = comparison.outcome("direction", "higher", BEFORE, BEFORE)
        assert "About the same" in said
        assert "+0.0 points" in said
        assert comparison.caution([96.0], [97.0, 98.0]) == TEXT("came.one_each")
        assert "95.0 and 97.0 %" in comparison.caution([95.0, 97.0], [94.0, 98.0])
