"""The app as a person meets it: real server, real engine, real digits, real browser."""

from __future__ import annotations

import re
import tomllib
from urllib.parse import urlsplit

import pytest

from tests.browser.served import ROOT, Server, wait_until

pytestmark = pytest.mark.browser

READY = 180_000
"""Milliseconds that a busy machine may take until its engine is ready, or until a program is traced."""

SOON = 60_000

WATCH_CHARTS = """() => {
  window.exchanged = 0
  window.updates = 0
  const isChart = (node) => node.querySelector && (node.matches("svg.marks, canvas.marks") ||
    node.querySelector("svg.marks, canvas.marks"))
  new MutationObserver((changes) => {
    for (const change of changes)
      for (const node of [...change.addedNodes, ...change.removedNodes]) if (isChart(node)) window.exchanged += 1
  }).observe(document.body, { subtree: true, childList: true })
  const drawn = () => [...document.querySelectorAll("svg.marks .mark-line path")].map((p) => p.getAttribute("d")).join()
  let last = drawn()
  const look = () => {
    const now = drawn()
    if (now !== last) { last = now; window.updates += 1 }
    requestAnimationFrame(look)
  }
  look()
}"""


def button(page, key: str):
    return page.locator(f".st-key-{key} button:visible").first


def says(page, words: str, milliseconds: int = SOON) -> None:
    """Waits until the line of progress says this (a regular expression)."""
    from playwright.sync_api import expect

    expect(page.locator(".st-key-progress .said")).to_have_text(re.compile(words), timeout=milliseconds)


def batches_done(page) -> int:
    said = re.search(r"([\d,]+) of", page.locator(".st-key-progress .figures").inner_text())
    return int(said[1].replace(",", "")) if said else 0


def run_of(page) -> str:
    return re.search(r"[?&]run=([a-z0-9]{10})", page.url)[1]


def open_page(page, server: Server, parameters: str = "") -> None:
    """The Train page at this address."""
    page.goto(f"{server.address}/train{parameters}")
    button(page, "train").wait_for(timeout=SOON)
    page.locator("svg.marks").nth(1).wait_for(timeout=SOON)


class TestTraining:
    """One run, from the choice of a preset to the shelf of a server that was started again."""

    @pytest.fixture(scope="class")
    def owner(self, chromium):
        context = chromium.new_context(viewport={"width": 1440, "height": 900})
        yield context.new_page()
        context.close()

    @pytest.fixture(scope="class")
    def outside(self, owner) -> list[str]:
        """Every address outside this machine that the page asked for."""
        asked: list[str] = []
        owner.on("request", lambda request: asked.append(request.url))
        return asked

    def test_a_preset_and_train(self, owner, outside, server: Server) -> None:
        open_page(owner, server)
        says(owner, "Ready to train", READY)
        owner.locator(".stSelectbox").first.click()
        owner.get_by_role("option", name="After ReLU, no bias").click()
        owner.get_by_role("radio", name="After ReLU").and_(owner.locator(":checked")).wait_for()
        assert "placement=after" in owner.url
        owner.get_by_text("More choices").click()
        owner.get_by_label("Batches", exact=True).fill("3000")
        owner.keyboard.press("Enter")
        # The empty charts have the axes of the run to come.
        owner.wait_for_function(
            "[...document.querySelectorAll('svg.marks')].every((svg) => svg.textContent.includes('3000'))", timeout=SOON
        )
        owner.evaluate(WATCH_CHARTS)
        button(owner, "train").click()
        says(owner, "^Training", READY)
        assert run_of(owner)

    def test_over_ten_updates_no_chart_is_exchanged(self, owner) -> None:
        owner.wait_for_function("window.updates >= 10", timeout=SOON)
        assert owner.evaluate("window.exchanged") == 0

    def test_changing_a_control_leaves_the_charts_too(self, owner) -> None:
        owner.get_by_text("Bias", exact=True).first.click()
        owner.wait_for_function("window.location.search.includes('bias=true')", timeout=SOON)
        seen = owner.evaluate("window.updates")
        owner.wait_for_function(f"window.updates >= {seen + 3}", timeout=SOON)
        assert owner.evaluate("window.exchanged") == 0

    def test_a_refresh_shows_the_same_run_going_on(self, owner) -> None:
        before, run = batches_done(owner), run_of(owner)
        owner.reload()
        wait_until(lambda: batches_done(owner) > before, 60, "the run did not go on after a refresh")
        assert f"run={run}" in owner.url
        wait_until(lambda: button(owner, "stop").is_enabled(), 30, "the owner cannot stop the run after a refresh")

    def test_a_second_tab_by_the_link(self, owner, server: Server) -> None:
        run = run_of(owner)
        tab = owner.context.new_page()
        open_page(tab, server, f"?run={run}")
        says(tab, "^Training")
        assert tab.get_by_role("radio", name="After ReLU").is_checked()
        wait_until(lambda: button(tab, "stop").is_enabled(), 30, "the owner's second tab cannot stop the run")
        tab.close()

    def test_another_browser_follows_and_cannot_stop(self, owner, person, server: Server) -> None:
        follower = person()
        open_page(follower, server, f"?run={run_of(owner)}")
        says(follower, "^Training")
        follower.get_by_text("You follow").wait_for(timeout=SOON)
        for key in ("pause", "step", "stop"):
            assert button(follower, key).is_disabled()

    def test_pause_step_and_go_on(self, owner) -> None:
        button(owner, "pause").click()
        says(owner, "^Paused")
        before = batches_done(owner)
        button(owner, "step").click()
        wait_until(lambda: batches_done(owner) == before + 1, 30, "Step did not train one batch")
        says(owner, "^Paused")
        assert batches_done(owner) == before + 1
        button(owner, "pause").click()
        says(owner, "^Training")

    def test_stop_by_its_key(self, owner) -> None:
        owner.locator("h1").first.click()
        owner.keyboard.press("s")
        says(owner, "^Stopped")
        wait_until(lambda: owner.title().startswith("Stopped"), 30, "the title does not tell that the run ended")

    def test_the_page_needed_nothing_from_outside(self, outside: list[str]) -> None:
        assert outside
        assert {urlsplit(url).hostname for url in outside if not url.startswith(("data:", "blob:"))} == {"localhost"}

    def test_after_a_restart_the_run_is_on_the_shelf(self, owner, server: Server) -> None:
        run = run_of(owner)
        server.end()
        server.start()
        open_page(owner, server)
        button(owner, f"open-{run}").click()
        says(owner, "^Stopped")
        assert f"run={run}" in owner.url
        owner.wait_for_function("document.querySelectorAll('svg.marks .mark-line path').length > 3", timeout=SOON)

    def test_to_the_end(self, owner, server: Server) -> None:
        open_page(owner, server, "?dataset=mnist-5k&batches=20&placement=none")
        button(owner, "train").click()
        says(owner, "^Finished", READY)
        owner.get_by_text("Final test accuracy").last.wait_for(timeout=SOON)
        wait_until(lambda: owner.title().startswith("✓"), 30, "the title does not tell that the run is finished")


class TestRecordedRuns:
    @pytest.mark.parametrize("parameters", ["?dataset=mnist", "?dataset=mnist&present=1"])
    def test_the_link_opens_it_for_good(self, person, server: Server, parameters: str) -> None:
        page = person()
        open_page(page, server, parameters)
        page.get_by_text("Open the recorded run of this network").click()
        says(page, "^Finished")
        page.wait_for_url("**/train?run=rec*", timeout=SOON)
        assert ("present=1" in page.url) == ("present=1" in parameters)
        page.reload()
        says(page, "^Finished")
        page.go_back()
        page.get_by_text("Open the recorded run of this network").wait_for(timeout=SOON)
        assert "run=" not in page.url


class TestShapes:
    def test_a_phone(self, person, server: Server) -> None:
        page = person(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
        open_page(page, server)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        for box in (
            button(page, "train").bounding_box(),
            page.locator(".st-key-drawing svg").first.bounding_box(),
            page.locator("svg.marks").first.bounding_box(),
        ):
            assert box["x"] >= 0
            assert box["x"] + box["width"] <= 391

    @pytest.mark.parametrize("mode", ["light", "dark"])
    def test_both_themes(self, person, server: Server, mode: str) -> None:
        page = person(color_scheme=mode)
        open_page(page, server)
        theme = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8"))["theme"][mode]
        red, green, blue = (int(theme["backgroundColor"][place : place + 2], 16) for place in (1, 3, 5))
        colour = page.evaluate("getComputedStyle(document.querySelector('.stApp')).backgroundColor")
        assert colour == f"rgb({red}, {green}, {blue})"

    def test_presenter_mode_is_larger(self, person, server: Server) -> None:
        sizes = []
        for parameters in ("", "?present=1"):
            page = person()
            open_page(page, server, parameters)
            page.wait_for_timeout(500)
            sizes.append(page.evaluate("parseFloat(getComputedStyle(document.querySelector('h1')).fontSize)"))
        assert sizes[1] > 1.2 * sizes[0]


class TestIdentity:
    def test_without_storage_a_run_can_still_be_started(self, person, server: Server) -> None:
        page = person()
        page.add_init_script(
            "Object.defineProperty(window, 'localStorage', { get() { throw new DOMException('no', 'SecurityError') } })"
        )
        open_page(page, server, "?dataset=mnist-5k&batches=5&placement=none&seed=11")
        button(page, "train").click()
        says(page, "^Finished", READY)

    def test_it_is_in_no_address(self, person, server: Server) -> None:
        page = person()
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        open_page(page, server)
        page.wait_for_function("localStorage.getItem('batch-norm-lab-browser')", timeout=SOON)
        identity = page.evaluate("localStorage.getItem('batch-norm-lab-browser')")
        assert re.fullmatch(r"[A-Za-z0-9_-]{16,64}", identity)
        assert not any(identity in url for url in [page.url, *asked])

    def test_copy_link_copies_the_runs_address_alone(self, person, server: Server) -> None:
        page = person(permissions=["clipboard-read", "clipboard-write"])
        open_page(page, server, "?dataset=mnist-5k&batches=5&placement=none&seed=12")
        button(page, "train").click()
        page.get_by_role("button", name="Copy link").click(timeout=SOON)
        page.get_by_role("button", name="Link copied").wait_for()
        run = run_of(page)
        assert page.evaluate("navigator.clipboard.readText()") == f"{server.address}/train?run={run}"
