"""Who leaves a page that moves gets to the other one, however long the way to the server is."""

from __future__ import annotations

import re

import pytest

from pages.words.prose import prose
from tests.browser.pages_served import SOON, rest
from tests.browser.served import Server, expect
from tests.pages.lab import Lab

pytestmark = pytest.mark.browser

FAR = """
const hears = WebSocket.prototype.addEventListener
const late = (hear) => function (said) { setTimeout(() => hear.call(this, said), 700) }
WebSocket.prototype.addEventListener = function (kind, hear, ...rest) {
  hears.call(this, kind, kind === "message" ? late(hear) : hear, ...rest)
}
Object.defineProperty(WebSocket.prototype, "onmessage", {
  set(hear) { hears.call(this, "message", late(hear)) },
})
"""
"""A browser that hears everything 0.7 seconds late: longer than what moves waits before it asks again."""


@pytest.mark.parametrize(("first", "other"), [("layers", "population"), ("train", "layers"), ("compare", "exercises")])
def test_there_and_back(server: Server, lab: Lab, person, first: str, other: str) -> None:
    live = lab.run(status="running", steps=60, batches=800)
    page = person(reduced_motion="reduce")
    page.add_init_script(FAR)
    page.goto(f"{server.address}/{first}?run={live}")
    rest(page)
    titles = {name: page.get_by_role("heading", level=1, name=prose(name)("title")) for name in (first, other)}
    expect(titles[first]).to_be_visible()
    page.locator(f'[data-testid="stMain"] a[href*="{other}"]').last.click()
    page.wait_for_url(re.compile(rf"/{other}\b"), timeout=SOON)
    rest(page)
    expect(titles[other]).to_be_visible()
    page.wait_for_timeout(2000)
    expect(titles[other]).to_be_visible()
    page.go_back()
    rest(page)
    expect(titles[first]).to_be_visible(timeout=SOON)
    assert f"/{first}?" in page.evaluate("location.href")
    expect(page.locator('[data-testid="stException"]')).to_have_count(0)
