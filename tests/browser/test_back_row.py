"""Presenter mode in a browser: what the back row can read, what is on the first screen, and what keys do."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from bn_core.presenting.key import kept_key
from bn_core.talks import shipped_talk
from pages.following.given import Given
from pages.session.presenter import BODY, SIZES, SMALLEST
from pages.words.prose import prose
from tests.browser import layout
from tests.browser.pages_served import SOON, rest
from tests.browser.served import Server, end_talk, presenting, wait_until
from tests.pages.lab import Lab

pytestmark = pytest.mark.browser

SCREENS = {"1920x1080": (1920, 1080), "1280x720": (1280, 720)}

CONTROL = {
    "race": ".st-key-race .start",
    "one_batch": ".st-key-one-batch-next button",
    "train": ".st-key-train button",
    "layers": ".st-key-step-slider .play",
    "population": '[class*="st-key-population-course-"] button',
    "one_image": ".st-key-one-image-digits input",
    "break_it": ".st-key-to-next button",
}
"""The pages that a talk shows, each with the control that it is there for."""

PICTURE = {
    "race": ".st-key-race .track",
    "one_batch": ".st-key-one-batch-room",
    "train": '.st-key-curves [data-testid="stVegaLiteChart"]',
    "layers": '[data-testid="stVegaLiteChart"]',
    "population": '[data-testid="stVegaLiteChart"]',
    "one_image": ".st-key-one-image-digits",
    "break_it": '[data-testid="stVegaLiteChart"]',
}
"""And the picture that the room looks at."""

ASKED = {"race": ".st-key-race .play", "quiz": None}
"""Where a scene's question stands in for the page's own, the control that is left; None where none is."""

LEAST_OF_PICTURE = 150
"""Pixels of the picture that are on the first screen at least."""

LEAST_OF_CODE = 240
"""Pixels of the QR code that a class reads from its seats."""

FONT_SIZES = (Path(__file__).parent / "font_sizes.js").read_text(encoding="utf-8")

NOTES = "batch-norm-lab-notes"


def address(server: Server, page: str, more: str = "") -> str:
    return f"{server.address}/{'' if page == 'race' else page}?present=1{more}"


def chosen(size: int) -> str:
    """A script that says before the page is loaded that this size was chosen."""
    note = json.dumps({"presenter-size": {"value": size, "at": 1}})
    return f"localStorage.setItem({NOTES!r}, {note!r})"


def type_of(page, size: int) -> None:
    """Wait until the page has heard from its browser that this size was chosen."""
    largest = f"{BODY * size / 100:g}px"
    there = "getComputedStyle(document.documentElement).fontSize"
    wait_until(lambda: page.evaluate(there) == largest, SOON / 1000, f"the type does not become {largest}")


def too_small(page, size: int) -> list[list[Any]]:
    """Texts that are smaller than presenter mode promises at this size, on a page with pictures."""
    assert any(kind == "picture" for _, _, kind in page.evaluate(FONT_SIZES))
    return small(page, size)


def small(page, size: int) -> list[list[Any]]:
    """Texts that are smaller than presenter mode promises at this size."""
    least = {"body": BODY * size / 100}
    found = page.evaluate(FONT_SIZES)
    assert found
    return [one for one in found if one[1] < least.get(one[2], SMALLEST * size / 100) - 0.01]


def visit(chromium, server: Server, name: str, screen: str, size: int = SIZES[0], **options: Any) -> Iterator[Any]:
    """A page in presenter mode as a browser has it in which this size was chosen."""
    width, height = SCREENS[screen]
    context = chromium.new_context(viewport={"width": width, "height": height}, reduced_motion="reduce", **options)
    context.add_init_script(chosen(size))
    page = context.new_page()
    page.goto(address(server, name))
    rest(page)
    type_of(page, size)
    rest(page)
    yield page
    context.close()


@pytest.fixture(scope="module")
def page(request, chromium, server: Server) -> Iterator[Any]:
    yield from visit(chromium, server, *request.param)


@pytest.mark.layout
@pytest.mark.parametrize(
    "page", [(name, screen) for name in CONTROL for screen in SCREENS], ids="-".join, indirect=True
)
class TestFirstScreen:
    def test_no_text_is_too_small(self, page) -> None:
        assert too_small(page, SIZES[0]) == []

    def test_the_important_control_is_on_it(self, page) -> None:
        name = page.evaluate("document.location.pathname").strip("/") or "race"
        box = page.locator(CONTROL[name]).first.bounding_box()
        screen = page.viewport_size
        assert box["y"] >= 0
        assert box["y"] + box["height"] <= screen["height"]
        assert box["x"] + box["width"] <= screen["width"]

    def test_the_picture_is_on_it(self, page) -> None:
        name = page.evaluate("document.location.pathname").strip("/") or "race"
        box = page.locator(PICTURE[name]).first.bounding_box()
        seen = min(box["y"] + box["height"], page.viewport_size["height"]) - box["y"]
        assert seen >= LEAST_OF_PICTURE

    def test_the_navigation_is_there(self, page) -> None:
        link = page.locator('[data-testid="stToolbar"] .rc-overflow a').first
        assert link.is_visible()


@pytest.mark.layout
@pytest.mark.parametrize(
    "page",
    [(name, "1920x1080", size) for name in CONTROL for size in SIZES],
    ids=lambda one: "-".join(map(str, one)),
    indirect=True,
)
class TestEverySize:
    def test_no_box_is_cut_or_on_another(self, page) -> None:
        assert page.evaluate(layout.BOXES, list(layout.ALLOWED)) == []

    def test_no_text_is_too_small(self, page) -> None:
        size = page.evaluate(f"JSON.parse(localStorage.getItem({NOTES!r}))['presenter-size'].value")
        assert too_small(page, size) == []


QUESTION, BAR = ".st-key-scene-question", ".st-key-talk-bar"

ONE_LINE = """bar => {
  const tops = [...bar.querySelectorAll("button, a, p")].map((one) => one.getBoundingClientRect())
  const middles = tops.filter((box) => box.height > 0).map((box) => (box.top + box.bottom) / 2)
  return Math.max(...middles) - Math.min(...middles) < bar.getBoundingClientRect().height / 2
}"""
"""Whether nothing of the bar stands below something else of it."""


@contextmanager
def opened(chromium, server: Server, home: Path, lab: Lab, screen: str, size: int) -> Iterator[Any]:
    """The page of whoever has just opened the shipped talk, on such a screen; no talk is given after it."""
    width, height = SCREENS[screen]
    context = chromium.new_context(viewport={"width": width, "height": height}, reduced_motion="reduce")
    context.add_init_script(chosen(size))
    page = context.new_page()
    try:
        page.goto(f"{server.address}/teach?present=1#key={kept_key(home)}")
        type_of(page, size)
        page.locator(".st-key-talk-open button").click(timeout=SOON)
        page.locator(".st-key-joining").wait_for(timeout=SOON)
        rest(page)
        yield page
    finally:
        context.close()
        end_talk(lab.store)


@pytest.fixture(scope="module", params=SCREENS)
def led(request, chromium, server: Server, home: Path, lab: Lab) -> Iterator[Any]:
    with opened(chromium, server, home, lab, request.param, SIZES[0]) as page:
        yield page


def on_the_screen(page, selector: str) -> bool:
    box, screen = page.locator(selector).first.bounding_box(), page.viewport_size
    return (
        min(box["x"], box["y"]) >= 0
        and box["y"] + box["height"] <= screen["height"]
        and box["x"] + box["width"] <= screen["width"]
    )


@pytest.mark.layout
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("screen", SCREENS)
def test_the_code_and_the_address_are_read_from_the_back_row(
    chromium, server: Server, home: Path, lab: Lab, screen: str, size: int
) -> None:
    with opened(chromium, server, home, lab, screen, size) as page:
        # Where a small screen has the largest type, the button that opens the talk stands further down.
        page.locator('[data-testid="stMain"]').evaluate("main => main.scrollTo(0, 0)")
        assert on_the_screen(page, ".st-key-joining img")
        assert on_the_screen(page, ".st-key-joining a")
        assert page.locator(".st-key-joining img").bounding_box()["height"] >= LEAST_OF_CODE
        assert small(page, size) == []


@pytest.mark.layout
class TestATalk:
    @pytest.mark.parametrize("place", range(len(shipped_talk().scenes)), ids=[s.id for s in shipped_talk().scenes])
    def test_each_scene_is_read_from_the_back_row(self, led, server: Server, lab: Lab, place: int) -> None:
        scene, now = shipped_talk().scenes[place], lab.store.presentation()
        with presenting(lab.store) as who:
            lab.store.show(who, scene.id, now.number)
        shown = Given(lab.store.presentation(), shipped_talk()).address
        led.goto(address(server, scene.page, f"&{urlencode(shown)}"))
        rest(led)
        type_of(led, SIZES[0])
        rest(led)
        assert too_small(led, SIZES[0]) == []
        # The bar stays where it is while the page is scrolled below it.
        boxes = led.evaluate(layout.BOXES, list(layout.ALLOWED))
        assert [one for one in boxes if one.count("st-key-talk-") != 1] == []
        assert led.locator(BAR).evaluate(ONE_LINE)
        assert on_the_screen(led, BAR)
        bar = led.locator(BAR).bounding_box()
        picture = led.locator(PICTURE[scene.page]).first.bounding_box()
        if scene.ask is not None:
            assert on_the_screen(led, QUESTION)
            question = led.locator(QUESTION).bounding_box()
            assert question["y"] + question["height"] <= picture["y"] + 1, "the question stands above"
        assert min(picture["y"] + picture["height"], bar["y"]) - picture["y"] >= LEAST_OF_PICTURE
        own = None if scene.ask is None else scene.ask.in_place_of
        if (selector := ASKED.get(own, CONTROL[scene.page])) is not None:
            assert on_the_screen(led, selector)
            control = led.locator(selector).first.bounding_box()
            assert control["y"] + control["height"] <= bar["y"]


BATCH = ".st-key-race .batch"

FITS = """list => {
  const { left, right, top, bottom } = list.getBoundingClientRect()
  const { clientWidth, clientHeight } = document.documentElement
  return left >= 0 && top >= 0 && right <= clientWidth && bottom <= clientHeight && list.scrollWidth <= list.clientWidth
}"""

LIST, SCREEN = ".st-key-presenter-bar .list", ".st-key-presenter-bar .blank"

HEADINGS = {name: prose(name.replace("_", "-"))("title") for name in CONTROL}


class Talk:
    """A presenter before the app."""

    def __init__(self, page, server: Server, name: str = "race", more: str = "") -> None:
        self.page = page
        page.goto(address(server, name, more))
        rest(page)
        page.locator(".st-key-presenter-bar .open").wait_for(timeout=SOON)

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def shows(self, name: str) -> None:
        self.page.get_by_role("heading", level=1, name=HEADINGS[name], exact=True).wait_for(timeout=SOON)

    def at(self) -> str:
        return self.page.locator(BATCH).inner_text()


@pytest.fixture
def talk(person, server: Server) -> Talk:
    return Talk(person(viewport={"width": 1920, "height": 1080}), server)


@pytest.mark.long
class TestKeys:
    def test_they_turn_the_pages_as_a_remote_does(self, talk: Talk) -> None:
        for key, name in (("PageDown", "one_batch"), ("ArrowRight", "train"), ("PageUp", "one_batch")):
            talk.press(key)
            talk.shows(name)
            assert "present=1" in talk.page.url
        talk.press("ArrowLeft")
        talk.shows("race")

    def test_two_quick_presses_are_two_turns(self, talk: Talk) -> None:
        talk.press("ArrowRight", "ArrowRight")
        talk.shows("train")

    def test_nothing_starts_by_itself_and_space_plays(self, person, server: Server) -> None:
        page = person(viewport={"width": 1920, "height": 1080})
        page.clock.install()
        talk = Talk(page, server)
        start = talk.at()
        assert start.startswith(prose("race")("track.position").partition("{step}")[0] + "0 ")
        page.clock.run_for(10 * 60_000)
        assert talk.at() == start
        talk.press("Space")
        page.clock.run_for(3000)
        assert talk.at() != start
        talk.press("Space")
        stopped = talk.at()
        page.clock.run_for(3000)
        assert talk.at() == stopped

    def test_space_plays_what_the_layers_went_through(self, person, server: Server) -> None:
        talk = Talk(person(viewport={"width": 1920, "height": 1080}), server, "layers")
        play = talk.page.locator(CONTROL["layers"])
        before = play.inner_text()
        talk.press("Space")
        wait_until(lambda: play.inner_text() != before, 10, "Space does not play")

    def test_the_screen_goes_blank_and_any_key_brings_it_back_and_does_nothing_else(self, talk: Talk) -> None:
        for back in ("b", "ArrowRight", "x"):
            talk.press("b")
            talk.page.locator(SCREEN).wait_for(timeout=SOON)
            box = talk.page.locator(SCREEN).bounding_box()
            assert (box["width"], box["height"]) == (1920, 1080)
            talk.press(back)
            talk.page.locator(SCREEN).wait_for(state="hidden", timeout=SOON)
        talk.shows("race")

    def test_they_are_listed_by_key_and_by_button(self, talk: Talk) -> None:
        for show in (lambda: talk.press("?"), talk.page.locator(".st-key-presenter-bar .open").click):
            show()
            talk.page.locator(LIST).wait_for(timeout=SOON)
            said = talk.page.locator(LIST).inner_text()
            assert all(deed in said for deed in prose("presenter").table("deeds").values())
            assert talk.page.locator(LIST).evaluate(FITS)
            talk.press("ArrowRight", "Escape")
            talk.page.locator(LIST).wait_for(state="hidden", timeout=SOON)
        talk.shows("race")

    def test_single_characters_can_be_switched_off_for_good(self, talk: Talk) -> None:
        talk.press("?")
        talk.page.locator(f"{LIST} .letters input").uncheck()
        talk.page.locator(f"{LIST} .off").first.wait_for(timeout=SOON)
        talk.page.reload()
        rest(talk.page)
        talk.page.locator(f"{LIST} .off").first.wait_for(state="attached", timeout=SOON)
        talk.press("b", "?")
        assert not talk.page.locator(SCREEN).is_visible()
        assert not talk.page.locator(LIST).is_visible()
        talk.press("ArrowRight")
        talk.shows("one_batch")

    @pytest.mark.parametrize("control", [".st-key-race .at", ".st-key-race .speed", ".st-key-race .pill", "a"])
    def test_none_acts_while_a_control_has_the_focus(self, talk: Talk, control: str) -> None:
        talk.page.locator(control).first.focus()
        talk.press("PageDown", "b", "?")
        assert not talk.page.locator(SCREEN).is_visible()
        assert not talk.page.locator(LIST).is_visible()
        talk.page.evaluate("document.activeElement.blur()")
        talk.press("ArrowRight")
        talk.shows("one_batch")

    def test_a_button_that_was_clicked_leaves_the_keys_to_the_page(self, talk: Talk) -> None:
        talk.page.locator(".st-key-race .pill").first.click()
        talk.press("ArrowRight")
        talk.shows("one_batch")

    def test_so_does_a_choice_that_was_made_by_a_click(self, person, server: Server) -> None:
        talk = Talk(person(viewport={"width": 1920, "height": 1080}), server, "layers")
        talk.page.locator(".st-key-layers-choices button").nth(1).click()
        talk.page.wait_for_url(re.compile("place="), timeout=SOON)
        talk.press("ArrowRight")
        talk.shows("population")

    def test_outside_of_presenter_mode_there_are_none(self, person, server: Server) -> None:
        page = person()
        page.goto(server.address)
        rest(page)
        page.keyboard.press("ArrowRight")
        page.keyboard.press("b")
        rest(page)
        assert page.get_by_role("heading", level=1, name=HEADINGS["race"], exact=True).is_visible()
        assert page.locator(SCREEN).count() == 0


@pytest.mark.long
class TestChoices:
    def test_the_size_is_kept_by_the_browser_and_in_no_address(self, talk: Talk) -> None:
        talk.press("?")
        talk.page.locator(f"{LIST} .size label").nth(2).click()
        type_of(talk.page, SIZES[2])
        talk.press("Escape")
        talk.page.locator(LIST).wait_for(state="hidden", timeout=SOON)
        talk.press("ArrowRight")
        talk.shows("one_batch")
        assert set(re.findall(r"[?&](\w+)=", talk.page.url)) <= {"present", "placement", "dataset", "bias"}
        talk.page.reload()
        type_of(talk.page, SIZES[2])

    def test_what_an_address_hides_is_hidden_there_and_on_the_next_page(self, person, server: Server) -> None:
        talk = Talk(person(viewport={"width": 1920, "height": 1080}), server, more="&hide=guess,train,navigation")
        assert not talk.page.locator(".st-key-race .bet").is_visible()
        assert not talk.page.locator('[data-testid="stToolbar"] .rc-overflow').is_visible()
        talk.press("ArrowRight", "ArrowRight")
        talk.shows("train")
        rest(talk.page)
        assert not talk.page.locator(CONTROL["train"]).is_visible()
        assert "hide=guess" in talk.page.url

    def test_the_navigation_leads_on_in_presenter_mode(self, talk: Talk) -> None:
        talk.page.locator('[data-testid="stToolbar"] .rc-overflow a', has_text="One batch").first.click()
        talk.shows("one_batch")
        talk.page.wait_for_url(re.compile("present=1"), timeout=SOON)
        talk.page.locator(".st-key-presenter-bar .open").wait_for(timeout=SOON)
