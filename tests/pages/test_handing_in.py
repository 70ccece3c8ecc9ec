"""Handing in an exercise: only while a talk is given, only by a press, and only the presenter reads it."""

from __future__ import annotations

import pytest

from bn_core.exercises import exercises
from bn_core.presenting.entry import Entry
from bn_core.presenting.key import presenter_key
from bn_core.presenting.tries import Tries
from bn_core.runs.presented import TEXT_LIMIT, Presenter
from bn_core.talks import shipped_talk
from pages.exercises_page.hand_in import beginning
from pages.session.right import Held
from pages.words.prose import prose
from tests.pages.lab import ME, SOMEBODY, Lab, kept, text_of

TEXT, TEACH = prose("exercises"), prose("teach")
ALONE = exercises()[3]
HOSTILE = "All get *one* answer <b>bold</b> [a](http://example.org)"


@pytest.fixture
def teacher(lab: Lab) -> Presenter:
    """The right of the browser ME, which gives the talk that comes with the app."""
    who = Entry(lab.store, Tries()).let_in(presenter_key(), ME, "192.0.2.1")
    talk = shipped_talk()
    lab.store.begin_talk(who, talk.id, [scene.id for scene in talk.scenes])
    return who


def answered(lab: Lab):
    """An exercise that somebody has answered."""
    page = lab.page("exercises", browser=SOMEBODY, exercise="4")
    page.number_input[0].set_value(14.0)
    return page.button(key=f"check-{ALONE.key}").click().run()


def hand_in(page, text: str):
    page.text_area[0].set_value(text)
    return page.button(key="hand-in-button").click().run()


def test_without_a_talk_nothing_can_be_handed_in(lab: Lab) -> None:
    assert not answered(lab).text_area


def test_nothing_is_handed_in_before_it_is_answered_and_sent(lab: Lab, teacher: Presenter) -> None:
    assert not lab.page("exercises", browser=SOMEBODY, exercise="4").text_area
    page = answered(lab)
    assert len(page.text_area) == 1
    assert prose("talk")("privacy") in text_of(page)
    assert lab.store.remarks(teacher) == []
    page = hand_in(page, " ")
    assert TEXT("hand_in.nothing") in text_of(page).replace("\\", "")
    assert lab.store.remarks(teacher) == []


def test_the_presenter_reads_it_as_it_was_written_and_nobody_else_does(lab: Lab, teacher: Presenter) -> None:
    page = hand_in(answered(lab), HOSTILE)
    assert TEXT("hand_in.sent") in text_of(page)
    (remark,) = lab.store.remarks(teacher)
    assert (remark.text, remark.exercise) == (f"{beginning('14 images')}{HOSTILE}", ALONE.key)

    def teach(browser: str, **parameters: str):
        app = lab.home(browser=browser)
        kept(app, Held).token = teacher.token
        app.switch_page("pages/teach.py")
        for name, value in parameters.items():
            app.query_params[name] = value
        return app.run()

    page = teach(ME)
    assert not page.exception
    assert [text.value for text in page.text] == [remark.text]
    for other in (teach(SOMEBODY), teach(ME, present="1")):
        assert not other.exception
        assert not other.text
        assert TEACH("handed_in.heading") not in [header.value for header in other.header]


def test_what_is_handed_in_has_the_length_that_is_taken(lab: Lab, teacher: Presenter) -> None:
    most = TEXT_LIMIT - len(beginning("14 images"))
    page = hand_in(answered(lab), "a" * (most + 1))
    assert TEXT("hand_in.long", most=most, count=most + 1) in text_of(page)
    assert not lab.store.remarks(teacher)
    assert page.text_area[0].value == "a" * (most + 1)  # nothing that was written is lost
    hand_in(page, "a" * most)
    (remark,) = lab.store.remarks(teacher)
    assert len(remark.text) == TEXT_LIMIT


def test_a_talk_that_ended_takes_nothing(lab: Lab, teacher: Presenter) -> None:
    page = answered(lab)
    lab.store.end_talk(teacher)
    page = hand_in(page, "Too late")
    assert not page.exception
    assert not page.text_area
