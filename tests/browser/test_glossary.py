"""The glossary in a real browser: tooltips and their links by pointer, keys and touch; the search and its address."""

from __future__ import annotations

import re

import pytest

from pages.glossary_page.entries import TEXT
from tests.browser.pages_served import rest
from tests.browser.served import Server, expect, fits

pytestmark = pytest.mark.browser

SOON = 60_000


def first_term(page, server: Server):
    page.goto(f"{server.address}/break_it")
    rest(page)  # what is drawn anew has neither the focus nor the pointer any more
    return page.locator(".term").first


def test_a_tooltip_opens_by_the_keyboard_and_so_does_its_link(person, server: Server) -> None:
    page = person()
    term = first_term(page, server)
    term.focus()
    link = term.get_by_role("link")
    expect(link).to_be_visible()
    page.keyboard.press("Tab")
    expect(link).to_be_focused()
    expect(link).to_be_visible()
    with page.context.expect_page() as opened:
        page.keyboard.press("Enter")
    there = opened.value
    there.get_by_role("heading", name=TEXT("title"), exact=True).wait_for(timeout=SOON)
    assert re.search(r"/glossary\?term=[a-z0-9-]+$", there.url)
    expect(page.locator(".term").first).to_be_visible()


def test_the_pointer_gets_from_the_word_to_the_link(person, server: Server) -> None:
    page = person()
    term = first_term(page, server)
    term.hover()
    link = term.get_by_role("link")
    expect(link).to_be_visible()
    word, target = term.bounding_box(), link.bounding_box()
    start, end = word["y"] + word["height"] / 2, target["y"] + 5
    for part in range(1, 11):
        page.mouse.move(word["x"] + 5, start + (end - start) * part / 10)
        expect(link).to_be_visible()


def test_a_finger_opens_both(person, server: Server) -> None:
    page = person(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    term = first_term(page, server)
    term.tap()
    link = term.get_by_role("link")
    expect(link).to_be_visible()
    with page.context.expect_page() as opened:
        link.tap()
    opened.value.wait_for_url(re.compile(r"/glossary\?term="), timeout=SOON)


def test_what_is_typed_filters_and_stays_in_the_address(person, server: Server) -> None:
    page = person(viewport={"width": 390, "height": 844})
    page.goto(f"{server.address}/glossary")
    box = page.get_by_role("searchbox").or_(page.get_by_role("textbox")).first
    box.wait_for(timeout=SOON)
    box.press_sequentially("running_v")
    first = page.get_by_role("heading", level=2).first
    expect(first).to_have_text("moving statistics", timeout=SOON)
    page.wait_for_url(re.compile(r"term=running_v$"), timeout=SOON)
    fits(page, 390, page.get_by_role("heading", level=2))
    page.reload()
    expect(first).to_have_text("moving statistics", timeout=SOON)
    page.goto(f"{server.address}/glossary?term=momentum")
    expect(first).to_have_text("momentum", timeout=SOON)
    page.get_by_role("link", name=TEXT("link")).nth(1).click()
    page.wait_for_url(re.compile(r"term=(?!momentum)[a-z0-9-]+$"), timeout=SOON)
    expect(first).not_to_have_text("momentum", timeout=SOON)
    page.go_back()
    expect(first).to_have_text("momentum", timeout=SOON)
