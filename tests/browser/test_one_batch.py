"""One batch, step by step, in a real browser: by keys, by clicks, on a phone, in the dark, without motion."""

from __future__ import annotations

import re
import tomllib

import pytest

from tests.browser.served import ROOT, Server, expect, fits, settle

pytestmark = pytest.mark.browser

SOON = 60_000

STEPS = ["All at once", "1 Values", "2 Mean", "3 Variance", "4 Normalize", "5 Scale and shift", "6 ReLU"]

PLACES = """(root) => [...root.querySelectorAll(".panel:last-child .dot")].map(
  (dot) => dot.getBoundingClientRect().x - dot.parentElement.getBoundingClientRect().x)"""


def open_page(page, server: Server) -> None:
    """By the navigation, as a newcomer comes."""
    page.goto(server.address)
    page.get_by_role("link", name="One batch", exact=True).first.wait_for(state="attached", timeout=SOON)
    page.goto(f"{server.address}/one_batch")
    picture(page).locator(".dot").first.wait_for(timeout=SOON)
    page.get_by_text("How many values are behind each mean?").wait_for(timeout=SOON)


def picture(page):
    return page.locator(".st-key-one-batch-picture .walk")


def at(page, step: str) -> None:
    """Waits until the page is at this step."""
    expect(picture(page).locator("[aria-current=step]")).to_have_text(step, timeout=SOON)


def watch(page) -> None:
    """Notes, frame by frame, where the first dot is."""
    picture(page).evaluate(
        """(root) => {
          window.seen = []
          const look = () => {
            const dot = root.querySelector(".panel .dot")
            window.seen.push(Math.round(dot.getBoundingClientRect().x))
            requestAnimationFrame(look)
          }
          look()
        }"""
    )


class TestByKeys:
    def test_next_and_back(self, person, server: Server) -> None:
        page = person()
        open_page(page, server)
        at(page, STEPS[0])
        page.locator("h1").first.click()
        for step in STEPS[1:]:
            page.keyboard.press("n")
            at(page, step)
        for step in reversed(STEPS[:-1]):
            page.keyboard.press("b")
            at(page, step)

    def test_steps_and_images_are_buttons(self, person, server: Server) -> None:
        page = person()
        open_page(page, server)
        step = picture(page).get_by_role("button", name=STEPS[4])
        step.focus()
        page.keyboard.press("Enter")
        at(page, STEPS[4])
        image = picture(page).get_by_role("button", name=re.compile("^image 3,"))
        image.focus()
        page.keyboard.press("Space")
        picture(page).locator(".who.chosen[aria-label^='image 3,']").wait_for(timeout=SOON)
        page.locator(".katex-mathml", has_text=re.compile(r"hat x_3")).first.wait_for(state="attached", timeout=SOON)
        picture(page).get_by_role("button", name="All at once").click()
        at(page, STEPS[0])
        expect(picture(page).locator(".panel")).to_have_count(4, timeout=SOON)


@pytest.mark.long
class TestMotion:
    @pytest.mark.parametrize("motion", ["no-preference", "reduce"])
    def test_dots_move_unless_the_person_wants_none(self, person, server: Server, motion: str) -> None:
        page = person(reduced_motion=motion)
        open_page(page, server)
        picture(page).get_by_role("button", name=STEPS[3]).click()
        at(page, STEPS[3])
        first = picture(page).locator(".panel .dot").first
        settle(first.bounding_box, 0.5)
        start = round(first.bounding_box()["x"])
        watch(page)
        page.keyboard.press("n")
        at(page, STEPS[4])
        settle(lambda: page.evaluate("window.seen.at(-1)"))
        seen = page.evaluate("window.seen")
        assert seen[-1] != start
        on_the_way = {x for x in seen if x not in (start, seen[-1])}
        assert bool(on_the_way) == (motion == "no-preference")


class TestControls:
    def test_what_was_learned_stays_exact_until_it_is_changed(self, person, server: Server) -> None:
        page = person()
        open_page(page, server)
        reset = page.locator(".st-key-one-batch-reset button").first
        page.get_by_text("ReLU, then BN", exact=True).first.click()
        picture(page).locator("xpath=self::*[contains(@class, 'green')]").wait_for(timeout=SOON)
        expect(reset).to_be_disabled(timeout=SOON)
        slider = page.get_by_role("slider", name="γ, scale")
        slider.focus()
        slider.press("ArrowRight")
        expect(reset).to_be_enabled(timeout=SOON)
        reset.click()
        expect(reset).to_be_disabled(timeout=SOON)

    def test_one_image_alone(self, person, server: Server) -> None:
        page = person()
        open_page(page, server)
        page.get_by_role("button", name="One image alone").click()
        expect(page.locator(".st-key-one-batch-words")).to_contain_text("whatever the image shows", timeout=SOON)
        expect(picture(page).locator(".panel").first.locator(".dot")).to_have_count(1, timeout=SOON)


class TestShapes:
    def test_a_phone(self, person, server: Server) -> None:
        page = person(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
        open_page(page, server)
        for step in (STEPS[0], STEPS[2], STEPS[4]):
            picture(page).get_by_role("button", name=step).click()
            expect(picture(page).locator("[aria-current=step]")).to_have_attribute("aria-label", step, timeout=SOON)
            settle(picture(page).bounding_box, 0.5)
            fits(page, 390, picture(page))
            assert picture(page).bounding_box()["y"] < 400

    @pytest.mark.parametrize("mode", ["light", "dark"])
    def test_both_themes(self, person, server: Server, mode: str) -> None:
        page = person(color_scheme=mode)
        open_page(page, server)
        theme = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8"))["theme"]
        theme |= theme[mode]
        colours = picture(page).evaluate(
            """(root) => [getComputedStyle(root).color, getComputedStyle(root.querySelector(".dot")).backgroundColor,
              getComputedStyle(root.querySelector(".who i")).backgroundColor]"""
        )
        wanted = [theme["textColor"], theme["blueColor"], theme["textColor"]]
        assert colours == [f"rgb({', '.join(str(int(hue[i : i + 2], 16)) for i in (1, 3, 5))})" for hue in wanted]

    def test_the_page_needs_nothing_from_outside(self, person, server: Server) -> None:
        page = person()
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        open_page(page, server)
        assert all(url.startswith((server.address, "data:", "blob:", "ws:")) for url in asked)
