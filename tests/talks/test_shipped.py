"""The talk that comes with the app: it takes its time, its pages can be shown, and what it calls right is right."""

from __future__ import annotations

import re

import pytest

from bn_core.config import TrainingConfig
from bn_core.exhibits import library
from bn_core.talks import SHIPPED, Right, Scene, address_of, load_talk, right, shipped_talk
from bn_core.talks.answers import measured
from bn_core.talks.talk import OWN_QUESTIONS
from pages.break_it_page import words
from pages.break_it_page.quiz import played
from pages.race_page.lanes import BAR, QUESTION_STEP
from pages.race_page.material import material
from pages.session.location import parse
from pages.session.scene_address import wrong_with
from tests.pages.test_prose import FORBIDDEN

TALK = shipped_talk()


def scene(name: str) -> Scene:
    return next(scene for scene in TALK.scenes if scene.id == name)


def right_choice(name: str) -> str:
    """The text of the choice that is right in a scene."""
    ask = scene(name).ask
    assert ask is not None
    found = right(ask)
    assert found is not None
    assert found.choice is not None
    return ask.choices[found.choice]


def test_it_takes_twenty_minutes_from_the_race_to_the_quiz() -> None:
    assert TALK.minutes == 20
    assert 10 <= len(TALK.scenes) <= 12
    assert (TALK.scenes[0].page, TALK.scenes[-1].page) == ("race", "break_it")
    assert sum(scene.live for scene in TALK.scenes) == 2
    assert {scene.ask.kind for scene in TALK.scenes if scene.ask is not None} == {"choice", "number"}


def test_every_page_can_be_shown_as_its_address_sets_it() -> None:
    assert load_talk(SHIPPED, wrong_with) == TALK
    for each in TALK.scenes:
        where = parse(address_of(each), TrainingConfig(), each.page)
        assert where.run is None or library().member(where.run) is not None
        if where.run is not None and where.step is not None:
            assert where.step in {0, *library().snapshot_steps(where.run)}


def test_every_scene_has_something_to_say() -> None:
    assert [scene.id for scene in TALK.scenes if not scene.say] == []


def test_it_states_no_result_and_nothing_that_was_found_untrue() -> None:
    for each in TALK.scenes:
        for text in each.say:
            assert not re.search(r"%|per cent|\d\.\d", text.replace("0.99", "").replace("0.999", "")), text
            assert not any(re.search(sentence, text, re.IGNORECASE) for sentence in FORBIDDEN), text


def test_every_question_has_a_right_answer() -> None:
    for each in TALK.scenes:
        if each.ask is not None:
            found = right(each.ask)
            assert found is not None
            assert found.admits(found.number if found.choice is None else found.choice)


def test_no_question_stands_beside_the_pages_own() -> None:
    asking = [each for each in TALK.scenes if each.ask is not None and each.page in ("race", "break_it")]
    assert len(asking) == 2
    assert all(each.ask is not None and each.ask.in_place_of == OWN_QUESTIONS[each.page] for each in asking)


class TestWhatIsRight:
    def test_how_many_read_so_much_is_counted_in_the_race(self) -> None:
        ask = scene("guess").ask
        assert ask is not None
        assert f"{BAR:.0%}".replace("%", " %") in ask.text
        assert f"after {QUESTION_STEP} batches" in ask.text
        made_of = material(library())
        assert made_of is not None
        words = {0: "None or one", 1: "None or one", 2: "Two", 3: "Three", 4: "Four", 5: "Five", 6: "All six"}
        assert right_choice("guess") == words[sum(lane.above for lane in made_of.lanes)]

    def test_without_it_every_image_gets_the_same_answer_after_training(self) -> None:
        member = library().member(address_of(scene("signal-without"))["run"])
        scored = library().history(member.record.id).scored
        assert scored is not None
        assert (scored.test_confusion.sum(axis=0) > 0).sum() == 1

    def test_a_live_scene_says_which_run_it_is_judged_by(self) -> None:
        for each in TALK.scenes:
            if each.live and each.ask is not None:
                assert each.address["seed"] != "0"
                assert "recorded" in each.ask.text
                assert "seed 0" in each.ask.text

    def test_more_nines_end_lower(self) -> None:
        ends = {}
        for key in ("before", "momentum-0.999"):
            member = library().find(key)
            assert member is not None
            ends[key] = library().history(member.record.id).evaluations[-1].moving.accuracy
        assert ends["momentum-0.999"] < ends["before"] - 0.1
        assert right_choice("more-nines") == "Lower"

    def test_the_quiz_is_that_of_the_page(self) -> None:
        each = scene("quiz")
        question = played(library(), int(each.address["round"]), 1, "").question
        assert question is not None
        assert each.ask is not None
        assert list(each.ask.choices) == [words.name(key) for key in question.offered]
        assert right_choice("quiz") == words.name(question.key)

    def test_a_number_is_worked_out_from_its_run(self) -> None:
        for name in ("signal-without", "live", "stale"):
            ask = scene(name).ask
            assert ask is not None
            assert ask.answer is not None
            assert ask.run is not None
            found, said = right(ask), measured(ask.answer, ask.run)
            assert found is not None
            assert said is not None
            assert found.number == said.right

    def test_a_guess_of_a_batch_counts_from_the_measurement_before_on(self) -> None:
        ask = scene("live").ask
        assert ask is not None
        found = right(ask)
        assert found is not None
        member = library().find("before")
        assert member is not None
        steps = [event.step for event in library().history(member.record.id).evaluations if event.batch is not None]
        before = max(step for step in steps if step < (found.number or 0))
        assert not found.admits(before)
        assert found.admits(before + 1)
        assert not found.admits(found.high + 1)
        assert not found.admits(float("nan"))


@pytest.mark.parametrize("given", [0, 250, -1, float("nan"), float("inf")])
def test_where_nothing_is_right_no_guess_is(given: float) -> None:
    assert not Right().admits(given)
