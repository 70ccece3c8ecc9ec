"""What only a browser can show of the exercises, the tour and the pointer: keys, and what the browser keeps."""

from __future__ import annotations

import re

import pytest

from bn_core.exercises import exercises
from bn_core.exhibits import library
from pages.tour.stops import stops
from pages.words.prose import prose
from tests.browser.served import Server, expect

pytestmark = pytest.mark.browser

SOON = 60_000
TEXT, TOUR, RACE = prose("exercises"), prose("tour"), prose("race")


def button(page, key: str):
    return page.locator(f".st-key-{key} button:visible").first


def says(page, words: str) -> None:
    """Wait until the page says this."""
    expect(page.get_by_text(words).first).to_be_visible(timeout=SOON)


def test_a_number_is_checked_by_enter_and_what_is_solved_outlives_a_reload(person, server: Server) -> None:
    page = person()
    page.goto(f"{server.address}/exercises?exercise=4")
    field = page.get_by_role("spinbutton").first
    field.click(timeout=SOON)
    field.fill("99")
    field.press("Enter")
    says(page, exercises()[3].mistakes["moving"])
    field.fill("14")
    field.press("Enter")
    says(page, TEXT("verdict.right"))
    page.goto(f"{server.address}/exercises")
    says(page, TEXT("progress", solved=1, count=8))
    button(page, "forget").click()
    says(page, TEXT("progress", solved=0, count=8))
    page.reload()
    says(page, TEXT("progress", solved=0, count=8))


def test_a_batch_is_written_and_checked_by_keys_alone(person, server: Server) -> None:
    page = person()
    page.goto(f"{server.address}/exercises?exercise=1")
    field = page.get_by_role("spinbutton").first
    field.wait_for(timeout=SOON)
    field.focus()
    page.keyboard.type("300")
    page.keyboard.press("Enter")
    says(page, TEXT("verdict.right"))


def test_back_returns_to_the_list(person, server: Server) -> None:
    page = person()
    page.goto(f"{server.address}/exercises")
    button(page, "exercise-3").click(timeout=SOON)
    says(page, TEXT("numbered", number=3, count=8))
    expect(page).to_have_url(re.compile(r"exercise=3"))
    page.go_back()
    says(page, exercises()[7].title)
    expect(page).not_to_have_url(re.compile(r"exercise=3"))


def test_a_page_that_a_link_led_to_is_scrolled_by_keys(person, server: Server) -> None:
    page = person(viewport={"width": 1366, "height": 657})
    page.goto(f"{server.address}/exercises?exercise=4")
    page.get_by_role("link", name=TEXT("run.open")).press("Enter", timeout=SOON)
    page.get_by_role("heading", name=prose("train")("shelf.heading"), exact=True).wait_for(timeout=SOON)
    page.keyboard.press("PageDown")
    page.wait_for_function("""document.querySelector('[data-testid="stMain"]').scrollTop > 0""", timeout=SOON)


def test_the_notebook_is_downloaded(person, server: Server) -> None:
    page = person()
    page.goto(f"{server.address}/exercises")
    button(page, "take-home").wait_for(timeout=SOON)
    with page.expect_download(timeout=SOON) as download:
        button(page, "take-home").click()
    assert download.value.suggested_filename.endswith(".ipynb")


def finish_race(page) -> None:
    """Go to its end at once: with reduced motion it stands at its start."""
    page.locator(".race .skip").click(timeout=SOON)


def test_after_the_first_race_the_next_page_is_pointed_out_and_never_again(person, server: Server) -> None:
    page = person(reduced_motion="reduce")
    page.goto(server.address)
    finish_race(page)
    go = page.get_by_role("button", name=RACE("pointer.go"))
    expect(go).to_be_visible(timeout=SOON)
    page.goto(server.address)
    finish_race(page)
    page.get_by_role("heading", name=RACE("findings.signal.title")).wait_for(timeout=SOON)
    page.locator(".pointer").wait_for(state="attached", timeout=SOON)
    expect(go).to_be_hidden()


def test_the_pointer_leads_to_the_next_page(person, server: Server) -> None:
    page = person(reduced_motion="reduce")
    page.goto(server.address)
    finish_race(page)
    page.get_by_role("button", name=RACE("pointer.go")).click(timeout=SOON)
    expect(page).to_have_url(re.compile(r"/one_batch"), timeout=SOON)


def test_a_reload_does_not_end_the_tour_and_leaving_it_does(person, server: Server) -> None:
    page = person(reduced_motion="reduce")
    page.goto(server.address)
    button(page, "tour-start").click(timeout=SOON)
    button(page, "tour-next").click(timeout=SOON)
    second = TOUR("at", number=2, count=10)
    says(page, second)
    page.reload()
    says(page, second)
    button(page, "tour-leave").click(timeout=SOON)
    expect(page.locator(".st-key-tour")).to_be_hidden(timeout=SOON)
    page.reload()
    page.get_by_role("heading", level=1).wait_for(timeout=SOON)
    expect(page.locator(".st-key-tour")).to_be_hidden(timeout=SOON)


def test_the_tour_drives_the_pages(person, server: Server) -> None:
    page = person(reduced_motion="reduce")
    page.goto(server.address)
    button(page, "tour-start").click(timeout=SOON)
    for number, stop in enumerate(stops(), 1):
        says(page, TOUR("at", number=number, count=10))
        if number > 1:
            expect(page).to_have_url(re.compile(rf"/{stop.page}\b"), timeout=SOON)
        for name, value in stop.address.items():
            expect(page).to_have_url(re.compile(rf"{name}={value}"), timeout=SOON)
        button(page, "tour-next").click(timeout=SOON)
    expect(page.locator(".st-key-tour")).to_be_hidden(timeout=SOON)


def test_a_prediction_opens_what_is_trained_and_stands_beside_what_came(person, server: Server) -> None:
    before, after = library().find("none"), library().find("before")
    assert before is not None
    assert after is not None
    page = person()
    page.goto(f"{server.address}/train?run={before.record.id}")
    field = page.locator(".st-key-try-next").get_by_role("spinbutton").first
    field.click(timeout=SOON)
    field.fill("80")
    field.press("Enter")
    says(page, prose("try-next")("came.heading"))
    expect(page).to_have_url(re.compile(after.record.id), timeout=SOON)
    page.reload()
    says(page, prose("try-next")("came.heading"))
