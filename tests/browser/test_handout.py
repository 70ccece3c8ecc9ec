"""The handout on paper: two pages of A4 and of Letter, ink on white, and nothing of the app around it."""

from __future__ import annotations

import re

import pytest

from pages.words.prose import prose
from tests.browser.served import Server, fits

pytestmark = pytest.mark.browser

TEXT = prose("handout")
SOON = 60_000

PAGE_OF_PDF = re.compile(rb"/Type\s*/Page[^s]")

VISIBLE = """() => [...document.querySelectorAll("body *")].filter((one) => {
  const { width, height } = one.getBoundingClientRect()
  return width * height > 0 && !one.closest(".st-key-handout") && !one.querySelector(".st-key-handout")
}).map((one) => one.outerHTML.slice(0, 80))"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_is_two_pages_of_a4_and_of_letter(person, server: Server, scheme: str) -> None:
    page = person(color_scheme=scheme)
    page.goto(f"{server.address}/handout")
    page.get_by_text(TEXT("sheet", number=2, count=2)).wait_for(timeout=SOON)
    for paper in ("A4", "Letter"):
        pdf = page.pdf(format=paper, prefer_css_page_size=False)
        assert len(PAGE_OF_PDF.findall(pdf)) == 2, paper
    page.emulate_media(media="print", color_scheme=scheme)
    assert page.evaluate(VISIBLE) == []
    ink = page.locator(".handout").evaluate("(one) => getComputedStyle(one).color")
    assert ink == "rgb(0, 0, 0)"
    page.emulate_media(media="screen", color_scheme=scheme)
    page.get_by_role("heading", name=TEXT("title"), exact=True).wait_for(timeout=SOON)


def test_it_fits_a_phone(person, server: Server) -> None:
    page = person(viewport={"width": 390, "height": 844})
    page.goto(f"{server.address}/handout")
    page.get_by_text(TEXT("sheet", number=2, count=2)).wait_for(timeout=SOON)
    fits(page, 390, page.locator(".sheet"))
