"""What is set on a page stands in its address: it outlives a reload, a way there and back, and the way to another
browser."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import pytest

from bn_core.exhibits import library
from pages.words.prose import prose
from tests.browser.by_hand import Tab
from tests.browser.served import Server, expect, settle, wait_until
from tests.browser.test_app import SOON, button

pytestmark = pytest.mark.browser

APP = prose("app")


def address_of(page) -> str:
    # The page itself is asked: what it changes by itself is handed over only while it is asked something.
    return page.evaluate("location.href")


def parameters(page) -> dict[str, str]:
    return parse_of(address_of(page))


def parse_of(address: str) -> dict[str, str]:
    return {name: values[-1] for name, values in parse_qs(urlsplit(address).query).items()}


def says(page, **wanted: str) -> None:
    """Wait until the address names these."""
    wait_until(lambda: wanted.items() <= parameters(page).items(), SOON / 1000, f"{wanted} is not in {page.url}")


def press(page, setting: str, words: str) -> None:
    page.locator(f"[class*=st-key-{setting}-] button", has_text=re.compile(f"^{words}$")).first.click(timeout=SOON)


def pressed(page, setting: str, words: str) -> None:
    one = page.locator(f"[class*=st-key-{setting}-] button", has_text=re.compile(f"^{words}$")).first
    expect(one).to_have_attribute("data-selected", "true", timeout=SOON)


def run_of(key: str) -> str:
    return next(member.record.id for member in library().members("sweep") if member.variant == key)


def race(page) -> None:
    page.locator("input[name=score][value=moving]").check(timeout=SOON)
    page.locator(".race .at").fill("300")
    page.locator(".race .at").dispatch_event("change")


def race_shows(page) -> None:
    expect(page.locator("input[name=score][value=moving]")).to_be_checked(timeout=SOON)
    expect(page.locator(".race .batch")).to_contain_text("300", timeout=SOON)


def batch(page) -> None:
    button(page, "one-batch-try-map").click(timeout=SOON)
    says(page, layer="4", images="64")
    for _ in range(3):
        button(page, "one-batch-next").click()
    says(page, at="variance")


def batch_shows(page) -> None:
    expect(page.locator(".st-key-one-batch-picture [aria-current=step]")).to_contain_text("ariance", timeout=SOON)


def layers(page) -> None:
    press(page, "layers-view", "Heat map")
    says(page, view="heat")
    press(page, "layers-place", "after ReLU")
    says(page, place="relu")
    slider = page.locator(".step-slider .at")
    slider.focus()
    page.keyboard.press("Home")
    page.keyboard.press("ArrowRight")


def layers_show(page) -> None:
    pressed(page, "layers-view", "Heat map")
    pressed(page, "layers-place", "after ReLU")
    expect(page.locator(".step-slider .batch")).to_have_text("batch 1", timeout=SOON)


def population(page) -> None:
    press(page, "population-statistic", "Mean")
    says(page, statistic="mean")
    press(page, "population-channels", "One channel")
    says(page, channels="one")
    page.locator("[class*=st-key-population-debias] label").first.click()


def population_shows(page) -> None:
    pressed(page, "population-statistic", "Mean")
    pressed(page, "population-channels", "One channel")
    expect(page.locator("[class*=st-key-population-debias] input")).to_be_checked(timeout=SOON)


def quiz(page) -> None:
    press(page, "break-it-mode", prose("break-it")("guess"))
    page.locator("[class*=st-key-answer-0-2] button").click(timeout=SOON)
    says(page, answers="2")
    button(page, "quiz-next").click(timeout=SOON)


def quiz_shows(page) -> None:
    pressed(page, "break-it-mode", prose("break-it")("guess"))
    page.locator("[class*=st-key-answer-1-2] button").wait_for(timeout=SOON)


def code(page) -> None:
    press(page, "source-view", prose("code")("view.whole"))


def code_shows(page) -> None:
    pressed(page, "source-view", prose("code")("view.whole"))


def compare(page) -> None:
    press(page, "compare-score", prose("compare")("scores.moving"))
    says(page, score="moving")
    page.locator(f"[class*=st-key-compare-run-{run_of('none')}] label").first.click()
    says(page, runs=f"{run_of('before')},{run_of('none')}")


def compare_shows(page) -> None:
    pressed(page, "compare-score", prose("compare")("scores.moving"))
    expect(page.locator(".st-key-compare-table tbody tr")).to_have_count(2, timeout=SOON)


CASES: dict[str, tuple[str, Callable, dict[str, str], Callable]] = {
    "race": ("/", race, {"score": "moving", "step": "300"}, race_shows),
    "one_batch": ("/one_batch", batch, {"at": "variance", "images": "64"}, batch_shows),
    "layers": ("/layers?run={before}", layers, {"view": "heat", "place": "relu", "step": "1"}, layers_show),
    "population": ("/population?run={before}", population, {"debias": "true", "channels": "one"}, population_shows),
    "quiz": ("/break_it", quiz, {"mode": "guess", "answers": "2", "question": "2"}, quiz_shows),
    "compare": ("/compare?runs={before}", compare, {"score": "moving"}, compare_shows),
    "code": ("/source?placement=after", code, {"view": "whole", "placement": "after"}, code_shows),
}


@pytest.mark.parametrize("name", CASES)
def test_a_reload_a_way_back_and_another_browser_show_the_same(person, server: Server, name: str) -> None:
    address, set_everything, wanted, shows = CASES[name]
    page = person(reduced_motion="no-preference")
    page.goto(server.address + address.format(before=run_of("before")))
    set_everything(page)
    says(page, **wanted)
    shows(page)
    settle(lambda: address_of(page), 0.5)
    there = address_of(page)
    page.reload()
    shows(page)
    assert parameters(page) == parse_of(there)
    # One where nothing moves by itself: what a timer asks for while the person goes back is another matter.
    away, title = ("one_batch", "one-batch") if name == "race" else ("race", "race")
    page.get_by_role("link", name=APP(f"pages.{away}"), exact=True).first.click()
    expect(page.locator("h1").first).to_contain_text(prose(title)("title"), timeout=SOON)
    settle(lambda: address_of(page), 0.5)
    page.go_back()
    shows(page)
    wait_until(lambda: parameters(page) == parse_of(there), SOON / 1000, f"{page.url} is not {there}")
    other = person()
    other.goto(there)
    shows(other)


def test_what_is_set_on_a_page_makes_no_steps_of_the_history(person, server: Server) -> None:
    page = person()
    page.goto(f"{server.address}/layers?run={run_of('before')}")
    page.wait_for_function("window.batchNormLabKeepsHistory", timeout=SOON)
    before = page.evaluate("history.length")
    layers(page)
    says(page, view="heat", place="relu", step="1")
    assert page.evaluate("history.length") == before


def test_a_wrong_address_says_so_and_offers_the_pages(person, server: Server) -> None:
    person().goto(server.address)  # a fresh server answers its first link by itself
    page = person()
    page.goto(f"{server.address}/nonsense?fbclid=x")
    page.get_by_text("“nonsense”").wait_for(timeout=SOON)
    assert page.get_by_role("dialog").count() == 0
    page.get_by_test_id("stMain").get_by_role("link", name=APP("pages.layers")).click()
    page.wait_for_url("**/layers*", timeout=SOON)
    page.locator("svg.marks").first.wait_for(timeout=SOON)
    page.go_back()
    page.get_by_text("“nonsense”").wait_for(timeout=SOON)


@pytest.mark.parametrize("path", ["/", "/train", "/layers", "/one_batch"])
def test_what_a_link_picks_up_is_passed_over(person, server: Server, path: str) -> None:
    page = person()
    page.goto(f"{server.address}{path}?utm_source=x&fbclid=y&ref=z&mc_eid=1&embed=true&embed_options=light_theme")
    page.locator("h1").first.wait_for(timeout=SOON)
    settle(lambda: page.locator("h1").count(), 1)
    assert page.get_by_text("knows no parameter").count() == 0


def test_a_switch_that_nobody_used_is_not_heard_after_a_change_of_pages(server: Server) -> None:
    with Tab(server, "somebody") as tab:
        switch = tab.open("glossary").widgets["present-False"]
        tab.press("present-False", True)
        assert parse_of(f"?{tab.query}") == {"present": "1"}
        # As a browser says it that has the page before still on the screen.
        tab.send(switch.says(False))
        assert parse_of(f"?{tab.query}") == {"present": "1"}
