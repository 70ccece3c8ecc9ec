"""The tour: ten stops, each a page in a state of its own, from the home page to the exercises; left at any time."""

from __future__ import annotations

import pytest

from bn_core.exhibits import library
from pages.session.notes import Note, Notes
from pages.session.session import Session
from pages.tour.bar import NOTE, TEXT
from pages.tour.stops import stops
from pages.words.prose import prose
from tests.browser.served import ROOT
from tests.pages.lab import Lab, kept, text_of


def press(page, key: str):
    """The app after this button of the bar. A test has to open the page that the button leads to by itself."""
    page = next(one for one in page.button if one.key == f"tour-{key}").click().run()
    assert not page.exception
    return page


def keys(page) -> set[str]:
    return {str(one.key) for one in page.button if str(one.key).startswith("tour-")}


def put(page, at: object) -> None:
    """Say that the person is at this stop, as the browser tells it after a reload."""
    kept(page, Notes).notes[NOTE] = Note(at, 1)


def at_stop(page) -> object:
    """What is noted."""
    note = kept(page, Notes).notes.get(NOTE)
    return None if note is None else note.value


def test_there_are_ten_stops_on_pages_that_there_are() -> None:
    assert len(stops()) == 10
    assert stops()[0].page == "race"
    assert stops()[-1].page == "exercises"
    for stop in stops():
        assert (ROOT / "pages" / f"{stop.page}.py").exists()
        assert stop.say.endswith(".")
        if "run" in stop.address:
            assert library().member(stop.address["run"]) is not None


def test_the_home_page_invites_and_shows_no_bar_before(lab: Lab) -> None:
    page = lab.home()
    assert keys(page) == {"tour-start"}
    page = press(page, "start")
    assert at_stop(page) == 0
    assert stops()[0].say in text_of(page)
    assert "tour-start" not in keys(page)


@pytest.mark.parametrize("at", range(10))
def test_every_stop_shows_its_page_in_its_state_without_a_complaint(lab: Lab, at: int) -> None:
    stop = stops()[at]
    page = lab.home()
    put(page, at)
    page = page.switch_page(f"pages/{stop.page}.py")
    for name, value in stop.address.items():
        page.query_params[name] = value
    page = page.run()
    assert not page.exception
    assert not page.warning
    said = text_of(page)
    assert TEXT("at", number=at + 1, count=10) in said
    assert stop.say in said
    assert stop.look in said
    if "run" in stop.address and stop.page != "break_it":
        assert kept(page, Session).run_id == stop.address["run"]
    assert "tour-return" not in keys(page)


def test_next_and_previous_lead_from_stop_to_stop(lab: Lab) -> None:
    page = press(lab.home(), "start")
    page = press(page, "next")
    assert at_stop(page) == 1
    assert page.title[0].value == prose("one-batch")("title")
    page = press(page, "previous")
    assert at_stop(page) == 0


def test_it_can_be_left_at_any_stop(lab: Lab) -> None:
    page = lab.home()
    put(page, 4)
    page = press(page.run(), "leave")
    assert at_stop(page) is None
    assert keys(page) == {"tour-start"}


def test_who_strays_finds_the_way_back(lab: Lab) -> None:
    page = lab.home()
    put(page, 3)
    page = press(page.run(), "return")
    assert page.query_params["step"] in ("100", ["100"])
    assert at_stop(page) == 3


def test_after_the_last_stop_it_is_over(lab: Lab) -> None:
    page = lab.page("exercises")
    put(page, 9)
    page = press(page.run(), "next")
    assert at_stop(page) is None


def test_it_keeps_out_of_a_presentation(lab: Lab) -> None:
    page = lab.home(present="1")
    put(page, 2)
    assert keys(page.run()) == set()


@pytest.mark.parametrize("told", [10, -1, 1.5, True, "3"])
def test_what_is_no_stop_is_no_tour(lab: Lab, told: object) -> None:
    page = lab.home()
    put(page, told)
    page = page.run()
    assert not page.exception
    assert keys(page) == {"tour-start"}
