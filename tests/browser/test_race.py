"""The home page in a real browser: it plays without the server, by keyboard, by itself or standing still."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from bn_core.exhibits import library
from pages.race_page.track import WAIT
from pages.words.prose import prose
from tests.browser.served import Server, come, expect, fits, settle, wait_until
from tests.pages.lab import wording

pytestmark = pytest.mark.browser

SOON = 60_000
TAB_STOPS = 60
"""More than there are on the page."""

ONE_PICKED = prose("race")("verdict.said", said=1, of=6)

FOCUSED = """() => {
  let element = document.activeElement
  while (element?.shadowRoot?.activeElement) element = element.shadowRoot.activeElement
  return element?.className ?? ""
}"""

LABELS = """track => [...track.querySelectorAll(".name")].map((name) => {
  const { left, right, top, bottom } = name.getBoundingClientRect()
  return { left, right, top, bottom, words: name.textContent }
})"""

CONTRAST = """root => {
  const numbers = (colour) => colour.match(/[\\d.]+/g).slice(0, 3).map(Number)
  const light = (colour) => {
    const [r, g, b] = numbers(colour).map((value) => value / 255).map((value) =>
      value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b
  }
  const ground = light(getComputedStyle(document.querySelector(".stApp")).backgroundColor)
  return [...root.querySelectorAll("text")].filter((text) => !text.closest(".tag")).map((text) => {
    const [low, high] = [light(getComputedStyle(text).fill), ground].sort((a, b) => a - b)
    return (high + 0.05) / (low + 0.05)
  })
}"""

PICTURES = ("signal", "learning", "lag", "without")


class Race:
    """The race on a page, as a person can see it."""

    def __init__(self, page, server: Server, parameters: str = "") -> None:
        self.page = page
        page.clock.install()
        self.root = page.locator(".race")
        page.goto(f"{server.address}/{parameters}")
        self.root.locator(".track .lane").nth(5).wait_for(state="attached", timeout=SOON)

    @property
    def at(self) -> int:
        return int(self.root.locator(".at").input_value())

    def go(self, batch: int) -> None:
        self.root.locator(".at").evaluate(
            "(at, batch) => { at.value = batch; at.dispatchEvent(new Event('input', { bubbles: true })) }", str(batch)
        )

    def wait(self, milliseconds: int) -> None:
        """Let the page's clocks go on by so much at once."""
        self.page.clock.run_for(milliseconds)

    def until(self, batch: int) -> None:
        wait_until(lambda: self.at >= batch, 60, f"the race did not reach batch {batch}")

    def said(self, part: str) -> str:
        return self.root.locator(part).inner_text()

    def tab_to(self, name: str) -> None:
        for _ in range(TAB_STOPS):
            if name in self.page.evaluate(FOCUSED).split():
                return
            self.page.keyboard.press("Tab")
        pytest.fail(f"{name} cannot be reached by keyboard")


@pytest.fixture(scope="module")
def shared(chromium, server: Server) -> Iterator[Race]:
    context = chromium.new_context(viewport={"width": 1440, "height": 900}, reduced_motion="reduce")
    yield Race(context.new_page(), server)
    context.close()


@pytest.fixture
def still(shared: Race) -> Race:
    """The race for somebody who asked for less motion, as the page is when it was opened.

    It stands still, so that it can be brought back there for each test.
    """
    shared.root.locator("input[value=batch]").check()
    shared.root.locator(".speed").select_option("1")
    shared.root.locator(".figures").evaluate("details => { details.open = false }")
    shared.go(800)
    shared.page.evaluate("document.querySelector('[data-testid=stMain]').scrollTo(0, 0)")
    return shared


class TestPlaying:
    def test_it_starts_by_itself_and_the_server_hears_nothing(self, person, server: Server) -> None:
        page = person()
        frames: list[object] = []

        def listen(socket) -> None:
            for event in ("framesent", "framereceived"):
                socket.on(event, lambda frame: frames.append(frame))

        page.on("websocket", listen)
        race = Race(page, server)
        race.wait(WAIT)
        race.until(30)
        # The page may still be loading, and the browser introduces itself.
        settle(lambda: come(page, frames))
        assert frames
        # What is set stands in the address, so the server is told; what moves is not.
        race.root.locator("input[value=moving]").check()
        race.root.locator(".speed").select_option("0.5")
        settle(lambda: come(page, frames))
        before, at = len(frames), race.at
        race.until(at + 50)
        assert come(page, frames) == before
        race.root.locator(".speed").select_option("2")
        race.until(800)
        assert "above" in race.said(".verdict")

    def test_a_touch_holds_it_until_race_is_pressed(self, person, server: Server) -> None:
        race = Race(person(), server)
        race.root.locator(".pill").nth(2).click()
        expect(race.root.locator(".pill").nth(2)).to_have_attribute("aria-pressed", "true", timeout=SOON)
        held = race.at
        race.wait(WAIT + 1000)
        assert race.at == held
        race.root.locator(".start").click()
        race.until(300)
        assert race.said(".verdict").startswith(ONE_PICKED)
        assert race.said(".outcome") == re.search(r"Right for (\d)", race.said(".verdict"))[1] + " of 6 right"
        assert all(race.root.locator(".pill").nth(index).is_disabled() for index in range(6))

    def test_while_somebody_moves_the_mouse_it_waits(self, person, server: Server) -> None:
        race = Race(person(), server)
        for place in range(3):
            race.page.mouse.move(300 + 10 * place, 300)
            race.wait(WAIT - 3000)
            assert race.at == 0
        race.wait(4000)
        race.until(10)

    def test_who_picked_nothing_can_pick_when_it_is_played_again(self, person, server: Server) -> None:
        race = Race(person(reduced_motion="reduce"), server)
        race.root.locator(".skip").click()
        assert "above" in race.said(".verdict")
        race.go(0)
        assert not race.said(".verdict")
        race.root.locator(".pill").first.click()
        race.go(800)
        assert race.said(".verdict").startswith(ONE_PICKED)
        race.go(0)
        assert race.root.locator(".pill").first.is_disabled()

    def test_skip_shows_the_end_at_once(self, person, server: Server) -> None:
        race = Race(person(), server)
        race.root.locator(".skip").click()
        assert race.at == 800
        assert race.said(".verdict")
        race.wait(WAIT + 1000)
        assert race.at == 800

    def test_on_a_phone_it_waits_until_it_is_seen(self, person, server: Server) -> None:
        race = Race(person(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True), server)
        race.wait(WAIT + 1000)
        assert race.at == 0
        race.root.locator(".lanes").scroll_into_view_if_needed()
        expect(race.root.locator(".start")).to_have_class(re.compile("soon"), timeout=SOON)
        race.wait(WAIT)
        race.until(1)

    def test_with_reduced_motion_it_stands_at_the_start_until_somebody_goes_on(self, person, server: Server) -> None:
        race = Race(person(reduced_motion="reduce"), server)
        race.wait(WAIT + 1000)
        assert race.at == 0
        assert not race.said(".verdict")
        race.root.locator(".forth").click()
        assert race.at > 0

    def test_with_reduced_motion_it_plays_from_measurement_to_measurement(self, still: Race) -> None:
        still.root.locator(".speed").select_option("2")
        still.go(800)
        still.root.locator(".play").click()
        seen = set()

        def four_moments() -> bool:
            seen.add(still.at)
            return len(seen) >= 4

        wait_until(four_moments, 30, "it does not play")
        still.go(800)
        measured = {event.step for event in library().history(library().find("before").record.id).evaluations}
        assert seen <= measured | {800}


class TestKeyboard:
    def test_everything_is_done_without_a_mouse(self, person, server: Server) -> None:
        race = Race(person(), server)
        keys = race.page.keyboard
        race.tab_to("pill")
        keys.press("Space")
        assert race.root.locator(".pill").first.get_attribute("aria-pressed") == "true"
        race.tab_to("start")
        keys.press("Enter")
        race.until(10)
        race.tab_to("at")
        keys.press("ArrowRight")
        here = race.at
        keys.press("ArrowRight")
        assert race.at > here
        keys.press("ArrowLeft")
        assert race.at == here
        keys.press("End")
        assert race.at == 800
        assert race.said(".verdict").startswith(ONE_PICKED)
        race.tab_to("play")
        keys.press("Space")
        wait_until(lambda: 0 < race.at < 800, 10, "Space on the button did not play")
        keys.press("Space")
        held = race.at
        race.page.wait_for_timeout(500)
        assert race.at == held

    def test_every_control_has_a_name(self, still: Race) -> None:
        for control in still.root.locator("button:visible, input, select").all():
            named = control.evaluate(
                "control => control.getAttribute('aria-label') || control.textContent.trim() ||"
                " control.labels?.[0]?.textContent.trim()"
            )
            assert named, control.evaluate("control => control.outerHTML")

    def test_there_is_a_table_for_who_does_not_see_the_curves(self, still: Race) -> None:
        assert "batches" in still.root.locator(".track").get_attribute("aria-label")
        still.root.locator(".figures summary").click()
        still.root.locator(".figures table").wait_for(timeout=SOON)
        rows = still.root.locator(".figures tbody tr")
        assert rows.count() == 14
        event = library().history(library().find("before").record.id).evaluations[-1]
        assert event.batch is not None
        # The rows: a heading for each kind of statistics, and below it the six networks.
        for heading, score in ((0, event.batch), (7, event.moving)):
            shown = rows.nth(heading + 3).locator("td").last.inner_text()
            assert shown == f"{100 * score.accuracy:.0f}\u00a0%"


class TestDrawing:
    @pytest.mark.parametrize("mode", ["batch", "moving"])
    def test_no_label_is_on_another_or_outside(self, still: Race, mode: str) -> None:
        still.root.locator(f"input[value={mode}]").check()
        for batch in range(0, 801, 20):
            still.go(batch)
            labels = still.root.locator(".track").evaluate(LABELS)
            assert len(labels) == 6
            edge = still.root.locator(".lanes").bounding_box()
            for index, label in enumerate(labels):
                assert label["right"] <= edge["x"] + edge["width"] + 1
                for other in labels[:index]:
                    deep = min(label["bottom"], other["bottom"]) - max(label["top"], other["top"])
                    # The boxes of two lines of text touch; the letters in them do not.
                    assert deep < 4, (batch, label, other)

    def test_the_switch_shows_the_plateau_of_the_same_weights(self, still: Race) -> None:
        still.root.locator("input[value=batch]").check()
        still.go(100)
        able = still.said(".caption")
        still.root.locator("input[value=moving]").check()
        assert still.root.locator(".ghost").count() == 4
        assert wording(prose("race")("captions.behind")) in still.said(".caption")
        assert still.said(".caption") != able

    @pytest.mark.parametrize("scheme", ["light", "dark"])
    def test_all_words_stand_out(self, person, server: Server, scheme: str) -> None:
        race = Race(person(color_scheme=scheme, reduced_motion="reduce"), server)
        pictures = [race.page.locator(f".st-key-finding-{key} svg") for key in PICTURES]
        for picture in (race.root.locator(".track"), *pictures):
            picture.wait_for(timeout=SOON)
            contrasts = picture.evaluate(CONTRAST)
            assert contrasts
            assert min(contrasts) >= 4.5

    def test_the_findings_begin_on_the_first_screen(self, still: Race) -> None:
        for key in PICTURES:
            picture = still.page.locator(f".st-key-finding-{key} svg")
            picture.wait_for(timeout=SOON)
            assert picture.bounding_box()["y"] < 900
            assert len(picture.get_attribute("aria-label")) > 60

    @pytest.mark.parametrize("parameters", ["", "?present=1"])
    @pytest.mark.parametrize("height", [768, 900])
    def test_its_controls_are_on_the_first_screen(self, person, server: Server, parameters: str, height: int) -> None:
        race = Race(person(viewport={"width": 1440, "height": height}, reduced_motion="reduce"), server, parameters)

        def in_sight() -> bool:
            box = race.root.locator(".play").bounding_box()
            return box["y"] + box["height"] <= height

        # The smallest picture is still there where a low screen and large type leave too little room.
        if (height, parameters) != (768, "?present=1"):
            wait_until(in_sight, 10, "the controls stay below the first screen")
        assert race.root.locator(".track").bounding_box()["height"] >= 250

    def test_a_phone(self, person, server: Server) -> None:
        page = person(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True, reduced_motion="reduce")
        race = Race(page, server)
        for batch in (0, 300, 800):
            race.go(batch)
            for label in race.root.locator(".track").evaluate(LABELS):
                assert label["left"] >= 0
                assert label["right"] <= 390
        fits(page, 390, *(race.root.locator(part) for part in (".pill", ".play", ".at", ".verdict")))


class TestAddresses:
    def test_a_link_to_a_run_made_before_there_was_a_race(self, person, server: Server) -> None:
        run = library().find("after").record.id
        page = person()
        page.goto(f"{server.address}/?run={run}&present=1")
        page.get_by_role("heading", name="Train", exact=True).wait_for(timeout=SOON)
        assert "/train?" in page.url
        assert f"run={run}" in page.url
        assert "present=1" in page.url

    def test_a_finding_leads_to_the_page_that_shows_it(self, person, server: Server) -> None:
        page = Race(person(), server).page
        page.get_by_role("link", name="See the statistics lag").click()
        page.wait_for_url(re.compile(r"/population\?.*run="), timeout=SOON)
        assert library().find("before").record.id in page.url
