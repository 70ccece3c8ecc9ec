"""Presenter mode: what is larger, what keys do, where they lead, and which controls an address leaves out."""

from __future__ import annotations

import itertools
import json
import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from bn_core.config import FIELD_BY_NAME, TrainingConfig
from bn_core.runs.store import StoreUnavailable
from pages.presenter.keys import KEY, MOST_TURNS, Turns
from pages.presenter.turning import Turning, destination
from pages.session import hiding, presenter, settings
from pages.session.location import Location, parameters, parse
from pages.session.notes import Note, Notes
from pages.session.session import Session
from pages.words.prose import prose
from tests.pages.lab import APP, Lab, kept, names, text_of

PAGES = names()

DEFAULT = TrainingConfig()


def sheets(page: AppTest) -> str:
    """Every style sheet on the page."""
    return "\n".join(element.proto.body for element in page.get("html"))


def larger(page: AppTest) -> float:
    """How large the type of the page is, relative to a desk's."""
    found = re.search(r"html \{ font-size: ([\d.]+)%", sheets(page))
    return float(found[1]) / 100 if found else 1


def charts(page: AppTest) -> list[str]:
    return [chart.proto.spec for chart in page.get("vega_lite_chart")]


def sizes(spec: str) -> list[float]:
    """Every size of type that a chart's specification names."""
    return [float(size) for size in re.findall(r'"(?:fontSize|labelFontSize|titleFontSize)": ?([\d.]+)', spec)]


class TestSize:
    def test_no_text_of_a_chart_is_smaller_than_said(self, lab: Lab) -> None:
        page = lab.page("train", run=lab.run(status="finished"), present="1")
        found = [size for spec in charts(page) for size in sizes(spec)]
        assert found
        assert min(found) >= presenter.SMALLEST

    def test_the_body_is_as_large_as_said(self, lab: Lab) -> None:
        assert larger(lab.home(present="1")) * 16 >= presenter.BODY
        assert larger(lab.home()) == 1

    @pytest.mark.parametrize("size", presenter.SIZES)
    def test_type_and_charts_grow_together(self, lab: Lab, size: int) -> None:
        plain, page = (lab.page("train", run=lab.run(status="finished"), present="1") for _ in range(2))
        kept(page, Notes).notes["presenter-size"] = Note(size, 1)
        page.run()
        assert larger(page) == pytest.approx(larger(plain) * size / 100)
        assert sizes(charts(page)[0]) == [pytest.approx(one * size / 100) for one in sizes(charts(plain)[0])]

    @pytest.mark.parametrize("noted", [0, 125, -100, True, "200", None])
    def test_what_is_no_size_is_the_usual_one(self, lab: Lab, noted) -> None:
        page = lab.home(present="1")
        kept(page, Notes).notes["presenter-size"] = Note(noted, 1)
        assert larger(page.run()) * 16 == presenter.BODY

    def test_lines_are_thicker(self, lab: Lab) -> None:
        run = lab.run(status="finished")
        plain, presented = (lab.page("train", run=run, **more) for more in ({}, {"present": "1"}))

        def widths(page: AppTest) -> list[float]:
            return [float(width) for width in re.findall(r'"strokeWidth": ?([\d.]+)', charts(page)[0])]

        assert min(widths(presented)) >= 2 * min(widths(plain)) > 0

    def test_it_is_no_part_of_the_address(self, lab: Lab) -> None:
        page = lab.home(present="1")
        kept(page, Notes).notes["presenter-size"] = Note(200, 1)
        assert set(page.run().query_params) == {"present"}

    def test_a_narrow_screen_of_large_type_is_laid_out_as_one_of_small_type(self, lab: Lab) -> None:
        sheet = next(sheet for sheet in sheets(lab.home(present="1")).split("<style>") if "html {" in sheet)
        shared = (APP.parent / "pages" / "parts" / "style.css").read_text(encoding="utf-8")

        def widths(text: str) -> set[int]:
            return {int(width) for width in re.findall(r"\((?:max|min)-width: (\d+)px\)", text)}

        assert {round(width * presenter.BODY / 16) for width in widths(shared)} <= widths(sheet)


class TestTurning:
    @given(st.sampled_from(PAGES), st.integers(-40, 40))
    def test_it_stays_within_the_pages(self, page: str, by: int) -> None:
        there = destination(page, by, PAGES)
        assert PAGES.index(there) == max(0, min(len(PAGES) - 1, PAGES.index(page) + by))

    def test_what_is_no_page_is_not_left(self) -> None:
        assert destination("nowhere", 1, PAGES) == "nowhere"

    def press(self, page: AppTest, count: object, of: str | None = None) -> AppTest:
        """The app after the browser has told this count. A test opens the page that it leads to by itself."""
        told = {"of": kept(page, Turns).of if of is None else of, "count": count}
        page.session_state[KEY] = {"turned": told}
        return page.run()

    def test_a_press_turns_the_page_and_stays_in_presenter_mode(self, lab: Lab) -> None:
        page = self.press(lab.home(present="1"), 1)
        assert page.title[0].value == prose("one-batch")("title")
        assert page.query_params["present"] in ("1", ["1"])

    def test_two_quick_presses_are_two_turns(self, lab: Lab) -> None:
        assert self.press(lab.home(present="1"), 2).title[0].value == prose("train")("title")

    def test_a_second_press_that_comes_from_the_page_before_goes_on_from_the_page_of_the_first(self, lab: Lab) -> None:
        page = self.press(lab.home(present="1"), 1)
        assert kept(page, Session).page == "one_batch"
        # The app as it is asked for the home page again, in a message that was under way.
        page = self.press(page.switch_page("pages/race.py"), 2)
        assert kept(page, Session).page == "train"

    def test_a_turn_that_is_still_to_be_drawn_counts_and_outlives_what_was_under_way(self, lab: Lab) -> None:
        page = lab.home(present="1")
        kept(page, Turning).to = "one_batch"
        kept(page, Turns).heard = 1
        assert kept(self.press(page, 2), Session).page == "train"
        page = lab.home(present="1")
        kept(page, Turning).to = "layers"
        assert kept(page.run(), Session).page == "layers"
        assert kept(page, Turning).to is None

    def test_what_was_heard_is_not_done_again(self, lab: Lab) -> None:
        page = lab.home(present="1")
        kept(page, Turns).heard = 3
        assert self.press(page, 3).title[0].value == prose("race")("title")

    @pytest.mark.parametrize("count", ["1", None, 1.5, True, [1]])
    def test_what_is_no_count_turns_nothing(self, lab: Lab, count: object) -> None:
        assert self.press(lab.home(present="1"), count).title[0].value == prose("race")("title")

    def test_presses_of_an_earlier_session_count_no_more(self, lab: Lab) -> None:
        assert self.press(lab.home(present="1"), 1, of="another").title[0].value == prose("race")("title")

    def test_no_number_is_too_large(self, lab: Lab) -> None:
        page = self.press(lab.home(present="1"), 10**30)
        assert not page.exception
        assert page.title[0].value == prose("about")("title")
        assert len(PAGES) <= MOST_TURNS

    def test_outside_of_presenter_mode_there_are_no_keys(self, lab: Lab) -> None:
        assert not components(lab.home(), KEY)
        assert self.press(lab.home(), 1).title[0].value == prose("race")("title")


def components(page: AppTest, key: str) -> list[dict]:
    """What each component of this key is given."""
    found = [one.proto for one in page.get("bidi_component") if one.proto.id.endswith(f"-{key}")]
    return [json.loads(proto.json) for proto in found]


def pressed_by(page: AppTest) -> dict[str, str]:
    """The single character that presses each button, by the button's key."""
    return {button.key: button.proto.shortcut for button in page.button if button.key and button.proto.shortcut}


STEERING = {"train": "t", "pause": "p", "step": "n", "stop": "s"}


class TestSingleCharacters:
    def test_every_button_asks_whether_it_has_its_key(self) -> None:
        found = 0
        for file in (APP.parent / "pages").rglob("*.py"):
            text = file.read_text(encoding="utf-8")
            for use in re.finditer(r"shortcut=(\w+(?:\.\w+)?)", text):
                found += 1
                assert use[1] == "presenter.shortcut" or f"{use[1]} = presenter.shortcut(" in text, file
        assert found >= 6

    @pytest.mark.parametrize(("name", "more"), [("train", {}), ("one_batch", {}), ("break_it", {"mode": "guess"})])
    def test_all_can_be_switched_off(self, lab: Lab, name: str, more: dict[str, str]) -> None:
        assert pressed_by(lab.page(name, **more))
        page = lab.page(name, present="1", **more)
        assert pressed_by(page)
        kept(page, Notes).notes["presenter-letters"] = Note(False, 1)
        assert not pressed_by(page.run())

    def test_what_is_left_out_has_no_key(self, lab: Lab) -> None:
        assert pressed_by(lab.page("train")) == STEERING
        assert not pressed_by(lab.page("train", hide="train"))
        quiz = pressed_by(lab.page("break_it", mode="guess"))
        assert "1" in quiz.values()
        assert "1" not in pressed_by(lab.page("break_it", mode="guess", hide="answers")).values()

    @pytest.mark.parametrize("name", ["train", "one_batch", "break_it"])
    def test_the_list_has_those_of_the_page(self, lab: Lab, name: str) -> None:
        named: set[str] = set()
        for mode in ({}, {"mode": "guess"}) if name == "break_it" else ({},):
            page = lab.page(name, present="1", **mode)
            (listed,) = components(page, KEY)
            keys = {key.lower() for key in listed["own"]}
            if "1-6" in keys:
                keys |= set("123456")
            assert set(pressed_by(page).values()) <= keys
            named |= set(pressed_by(page).values())
        assert named
        assert not components(lab.home(present="1"), KEY)[0]["own"]


class TestHiding:
    def test_every_field_can_be_left_out(self) -> None:
        assert set(FIELD_BY_NAME) <= set(hiding.HIDEABLE)

    @given(st.lists(st.sampled_from(sorted(hiding.HIDEABLE)), unique=True).map(tuple))
    def test_what_is_written_is_read_back(self, hide: tuple[str, ...]) -> None:
        assert parse(parameters(Location(DEFAULT, hide=hide), DEFAULT), DEFAULT).hide == hide

    @given(st.text(max_size=60))
    def test_any_text_is_read(self, text: str) -> None:
        known, strange = hiding.read(text)
        assert set(known) <= set(hiding.HIDEABLE)
        assert not set(strange) & set(hiding.HIDEABLE)

    def test_a_name_that_is_unknown_gets_one_sentence_and_the_others_hold(self) -> None:
        there = parse({"hide": "train, trian,guess,x"}, DEFAULT)
        assert there.hide == ("train", "guess")
        (sentence,) = there.problems
        assert "trian" in sentence
        assert all(name in sentence for name in hiding.HIDEABLE)

    def test_it_is_hidden_on_the_page_and_on_the_next(self, lab: Lab) -> None:
        page = lab.home(present="1", hide="guess,train")
        assert hiding.HIDEABLE["guess"] in sheets(page)
        page.query_params.clear()
        page = page.switch_page("pages/train.py").run()
        assert hiding.HIDEABLE["train"] in sheets(page)
        assert hiding.HIDEABLE["shelf"] not in sheets(page)

    def test_an_address_that_says_otherwise_wins(self, lab: Lab) -> None:
        page = lab.page(hide="guess")
        page.query_params["hide"] = "shelf"
        page = page.switch_page("pages/one_batch.py").run()
        assert hiding.HIDEABLE["shelf"] in sheets(page)
        assert hiding.HIDEABLE["guess"] not in sheets(page)

    def test_a_name_is_no_setting_of_a_page(self) -> None:
        taken = {setting.name for group in settings.SETTINGS.values() for setting in group}
        assert "hide" not in taken


def test_the_navigation_is_there_and_leads_on_in_presenter_mode(lab: Lab) -> None:
    page = lab.home(present="1")
    page.query_params.clear()
    page = page.switch_page("pages/layers.py").run()
    assert kept(page, Session).page == "layers"
    assert page.query_params["present"] in ("1", ["1"])
    assert larger(page) > 1


@pytest.mark.parametrize("name", PAGES)
def test_every_page_can_be_presented_and_none_repeats_the_invitation_to_the_tour(lab: Lab, name: str) -> None:
    page = lab.home(present="1") if name == PAGES[0] else lab.page(name, present="1")
    assert not page.exception
    assert prose("tour")("start") not in [one.label for one in page.button]
    assert components(page, KEY)
    assert text_of(page)


class TestTaking:
    @given(st.lists(st.integers(-3, 3), min_size=1, max_size=6), st.integers(1, 4))
    def test_each_press_is_taken_once_however_often_it_is_told(self, presses: list[int], at_once: int) -> None:
        turns, done = Turns(), []
        counts = list(itertools.accumulate(presses))
        with ThreadPoolExecutor(at_once) as requests:
            for count in counts:
                list(requests.map(lambda told: turns.take(told, done.append), [count] * at_once))
        assert sum(done) == turns.heard == counts[-1]

    def test_a_press_that_could_not_be_done_is_done_with_the_next_request(self) -> None:
        turns, done = Turns(), []

        def fails(by: int) -> None:
            raise StoreUnavailable

        with pytest.raises(StoreUnavailable):
            turns.take(1, fails)
        turns.take(1, done.append)
        assert done == [1]


def test_the_controls_that_can_be_left_out_are_named_where_presenting_is_told() -> None:
    told = (APP.parent / "docs" / "presenting.md").read_text(encoding="utf-8")
    assert [name for name in hiding.HIDEABLE if name not in FIELD_BY_NAME and f"`{name}`" not in told] == []
