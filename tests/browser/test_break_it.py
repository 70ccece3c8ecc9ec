"""Break it in a real browser: the list, the address, the quiz by keyboard, and a phone."""

from __future__ import annotations

import re
from random import Random

import pytest

from bn_core.exhibits import library
from bn_core.exhibits.catalogue import BUGS
from pages.break_it_page.quiz import ANSWERS, new_round
from pages.break_it_page.words import TEXT, inline, name
from tests.browser.served import Server, expect, fits

pytestmark = pytest.mark.browser

SOON = 60_000


@pytest.fixture(autouse=True)
def _recorded() -> None:
    if not library().members("bugs"):
        pytest.skip("the mistakes have not been recorded: python -m bn_core record")


def run_of(key: str) -> str:
    member = library().find(key)
    assert member is not None
    return member.record.id


def open_page(page, server: Server, address: str = "") -> None:
    page.goto(f"{server.address}/break_it{address}")
    page.get_by_role("heading", name=TEXT("title"), exact=True).wait_for(timeout=SOON)
    page.locator("svg.marks").first.wait_for(timeout=SOON)


def heading(page, words: str) -> None:
    """Waits for the second heading to say this."""
    page.get_by_role("heading", name=words, exact=True).wait_for(timeout=SOON)


def test_a_mistake_from_the_list(person, server: Server) -> None:
    page = person()
    open_page(page, server)
    heading(page, name(BUGS[0].key))
    page.get_by_role("radio", name=name("epsilon-1"), exact=True).locator("xpath=ancestor::label").click()
    heading(page, name("epsilon-1"))
    page.wait_for_url(re.compile(f"run={run_of('epsilon-1')}"), timeout=SOON)
    page.locator("svg.marks").nth(1).wait_for(timeout=SOON)
    page.get_by_text(TEXT("fingerprint.holds")).wait_for(timeout=SOON)
    expect(page.locator("svg.marks")).to_have_count(2, timeout=SOON)


def test_a_link_opens_the_mistake_and_a_refresh_keeps_it(person, server: Server) -> None:
    page = person()
    open_page(page, server, f"?run={run_of('batch-size-1')}")
    heading(page, name("batch-size-1"))
    page.reload()
    heading(page, name("batch-size-1"))


WITHOUT_ANSWERS = """() => {
  const body = document.body.cloneNode(true)
  for (const answer of body.querySelectorAll("[class*=st-key-answer-]")) answer.remove()
  return body.outerHTML
}"""


def tells_nothing(page, number: int) -> None:
    """Nothing that has reached the browser says what the run of this question is, apart from the answers offered."""
    page.wait_for_url(re.compile(r"round=\d+"), timeout=SOON)
    question = new_round(library(), Random(int(re.search(r"round=(\d+)", page.url)[1]))).questions[number - 1]
    answers = page.locator("[class*=st-key-answer-] button")
    expect(answers).to_have_count(len(question.offered), timeout=SOON)
    expect(answers.nth(question.offered.index(question.key))).to_contain_text(name(question.key))
    page.locator("svg.marks").first.wait_for(timeout=SOON)
    for text in (page.url, page.content()):
        assert question.run_id not in text
    assert question.key not in page.url
    rest = page.evaluate(WITHOUT_ANSWERS)
    assert name(question.key) not in rest
    assert inline(question.key) not in rest


def test_the_quiz_by_keyboard(person, server: Server) -> None:
    page = person()
    open_page(page, server)
    page.get_by_text(TEXT("guess"), exact=True).first.click()
    page.get_by_text(TEXT("quiz.answers")).wait_for(timeout=SOON)
    for number in (1, 2):
        page.get_by_text(re.compile(TEXT("quiz.progress", number=number, of=len(ANSWERS)))).wait_for(timeout=SOON)
        tells_nothing(page, number)
        page.keyboard.press("2")
        page.get_by_role("button", name=TEXT("quiz.next")).wait_for(timeout=SOON)
        page.get_by_text(re.compile(rf"\d of {number} right")).wait_for(timeout=SOON)
        page.keyboard.press("n")
    page.get_by_text(TEXT("quiz.answers")).wait_for(timeout=SOON)


def test_a_phone(person, server: Server) -> None:
    page = person(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    open_page(page, server)
    page.locator("svg.marks").nth(1).wait_for(timeout=SOON)
    fits(page, 390, page.locator("svg.marks"))
    first = name(BUGS[0].key)
    heading(page, first)
    # The choice is on the first screen; the whole list is far below.
    short = page.locator(".st-key-short-list").bounding_box()
    assert short is not None
    assert short["y"] + short["height"] < 844
    page.locator(".st-key-to-next button").tap()
    heading(page, name(BUGS[1].key))
    page.get_by_text(TEXT("guess"), exact=True).first.tap()
    page.get_by_text(TEXT("quiz.answers")).wait_for(timeout=SOON)
    fits(page, 390, page.locator(".stMain h1"))
