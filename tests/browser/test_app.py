"""The app as a person meets it: real server, real engine, real digits, real browser."""

from __future__ import annotations

import itertools
import re
import tomllib
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from bn_core.config import TrainingConfig
from bn_core.exhibits import library
from bn_core.protocol import MOST_STEPS
from bn_core.runs.service import RunService
from bn_core.runs.store import Store
from pages.words.prose import prose
from tests.browser.served import ROOT, Server, expect, fits, others_reach, settle, wait_until
from tests.pages.lab import ME, Lab

pytestmark = pytest.mark.browser

READY = 180_000
"""Milliseconds that a busy machine may take until its engine is ready, or until a program is traced."""

SOON = 60_000

REMARKS = prose("train").table("remarks")

NOTHING_IS_KEPT = """
const { getItem, setItem } = Storage.prototype
const refuse = (name) => { if (name === "batch-norm-lab-browser") throw new DOMException("blocked", "SecurityError") }
Storage.prototype.getItem = function (name) { refuse(name); return getItem.call(this, name) }
Storage.prototype.setItem = function (name, value) { refuse(name); setItem.call(this, name, value) }
"""

TITLE_SIZE = "parseFloat(getComputedStyle(document.querySelector('h1')).fontSize)"

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
    expect(page.locator(".st-key-progress .said")).to_have_text(re.compile(words), timeout=milliseconds)


def batches_done(page) -> int:
    said = re.search(r"([\d,]+) of", page.locator(".st-key-progress .figures").inner_text())
    return int(said[1].replace(",", "")) if said else 0


def can(page, key: str) -> None:
    """Wait until this can be pressed."""
    expect(button(page, key)).to_be_enabled(timeout=SOON)


def title_says(page, words: str) -> None:
    """Wait until the browser's tab says this (a regular expression)."""
    expect(page).to_have_title(re.compile(words), timeout=SOON)


def top(locator) -> float:
    box = locator.bounding_box()
    return float("inf") if box is None else box["y"]


def bottom(locator) -> float:
    box = locator.bounding_box()
    return float("inf") if box is None else box["y"] + box["height"]


def open_page(page, server: Server, parameters: str = "") -> None:
    """The Train page at this address."""
    page.goto(f"{server.address}/train{parameters}")
    button(page, "train").wait_for(timeout=SOON)
    page.locator("svg.marks").nth(1).wait_for(timeout=SOON)


@pytest.fixture
def owner(person):
    """A page in the browser of `ME`."""
    page = person()
    page.context.add_init_script(f"localStorage.setItem('batch-norm-lab-browser', '{ME}')")
    return page


@pytest.fixture(scope="module")
def runs(chromium, training_server: Server) -> Iterator[RunService]:
    """The runs of the server that trains, whose engine is ready."""
    store = Store.open(training_server.home)
    service = RunService(store, [library()])
    context = chromium.new_context()
    # The first page starts the engine.
    context.new_page().goto(f"{training_server.address}/train")
    wait_until(lambda: service.engine().state == "ready", READY / 1000, "the engine does not get ready")
    context.close()
    yield service
    store.close()


@pytest.fixture
def all_stopped(runs: RunService) -> Iterator[RunService]:
    """After the test, however it ended, nothing trains: the next one has the worker."""
    yield runs
    for started in runs.runs(ME):
        if started.active:
            runs.stop(started.id, ME)
    wait_until(lambda: not any(run.active for run in runs.runs(ME)), 60, "a run does not stop")


@pytest.fixture
def run(all_stopped: RunService) -> str:
    """A run of `ME` that trains for as long as the test lasts. Its id."""
    config = TrainingConfig(dataset="mnist-5k", placement="after", bias=False, batches=MOST_STEPS)
    started = all_stopped.start(config, ME)
    wait_until(lambda: all_stopped.run(started).step > 0, READY / 1000, "the run does not start")
    return started


@pytest.mark.usefixtures("all_stopped")
class TestTraining:
    def test_from_a_preset_to_stop_by_its_key(self, owner, training_server: Server) -> None:
        """A person chooses a preset, trains, changes a control meanwhile, and stops by the key."""
        asked: list[str] = []
        owner.on("request", lambda request: asked.append(request.url))
        open_page(owner, training_server)
        says(owner, "Ready to train", READY)
        owner.locator(".stSelectbox").first.click()
        owner.get_by_role("option", name="After ReLU, no bias").click()
        owner.get_by_role("radio", name="After ReLU").and_(owner.locator(":checked")).wait_for(timeout=SOON)
        owner.wait_for_url(re.compile("placement=after"), timeout=SOON)
        owner.get_by_text("More choices", exact=True).click()
        owner.get_by_label("Batches", exact=True).fill("3000")
        owner.keyboard.press("Enter")
        # The empty charts have the axes of the run to come.
        owner.wait_for_function(
            "[...document.querySelectorAll('svg.marks')].every((svg) => svg.textContent.includes('3000'))", timeout=SOON
        )
        owner.evaluate(WATCH_CHARTS)
        button(owner, "train").click()
        says(owner, "^Training", READY)
        owner.wait_for_url(re.compile(r"[?&]run=[a-z0-9]{10}"), timeout=SOON)

        # Over ten updates no chart is exchanged, and changing a control leaves them, too.
        owner.wait_for_function("window.updates >= 10", timeout=SOON)
        assert owner.evaluate("window.exchanged") == 0
        owner.get_by_text("Bias", exact=True).first.click()
        owner.wait_for_url(re.compile("bias=true"), timeout=SOON)
        seen = owner.evaluate("window.updates")
        owner.wait_for_function(f"window.updates >= {seen + 3}", timeout=SOON)
        assert owner.evaluate("window.exchanged") == 0

        owner.locator("h1").first.click()
        can(owner, "stop")
        owner.keyboard.press("s")
        says(owner, "^Stopped")
        title_says(owner, "^Stopped")
        assert {urlsplit(url).hostname for url in asked if not url.startswith(("data:", "blob:"))} == {"localhost"}

    def test_a_refresh_shows_the_same_run_going_on(self, owner, run: str, training_server: Server) -> None:
        open_page(owner, training_server, f"?run={run}")
        says(owner, "^Training")
        before = batches_done(owner)
        owner.reload()
        wait_until(lambda: batches_done(owner) > before, 60, "the run did not go on after a refresh")
        assert f"run={run}" in owner.url
        can(owner, "stop")

    def test_a_second_tab_by_the_link(self, owner, run: str, training_server: Server) -> None:
        open_page(owner, training_server)
        tab = owner.context.new_page()
        open_page(tab, training_server, f"?run={run}")
        says(tab, "^Training")
        tab.get_by_role("radio", name="After ReLU").and_(tab.locator(":checked")).wait_for(timeout=SOON)
        can(tab, "stop")

    def test_another_browser_follows_and_cannot_stop(self, person, run: str, training_server: Server) -> None:
        follower = person()
        open_page(follower, training_server, f"?run={run}")
        says(follower, "^Training")
        follower.get_by_text("You follow").wait_for(timeout=SOON)
        for key in ("pause", "step", "stop"):
            expect(button(follower, key)).to_be_disabled(timeout=SOON)

    def test_pause_step_and_go_on(self, owner, run: str, training_server: Server) -> None:
        open_page(owner, training_server, f"?run={run}")
        button(owner, "pause").click()
        says(owner, "^Paused")
        before = batches_done(owner)
        button(owner, "step").click()
        wait_until(lambda: batches_done(owner) > before, 30, "Step did not train a batch")
        says(owner, "^Paused")
        assert batches_done(owner) == before + 1
        button(owner, "pause").click()
        says(owner, "^Training")

    def test_after_a_restart_the_run_is_on_the_shelf(
        self, owner, run: str, runs: RunService, training_server: Server
    ) -> None:
        runs.stop(run, ME)
        wait_until(lambda: runs.run(run).status == "stopped", 60, "the run does not stop")
        training_server.end()
        training_server.start()
        open_page(owner, training_server)
        button(owner, f"open-{run}").click()
        says(owner, "^Stopped")
        owner.wait_for_url(re.compile(f"run={run}"), timeout=SOON)
        owner.wait_for_function("document.querySelectorAll('svg.marks .mark-line path').length > 3", timeout=SOON)

    def test_to_the_end(self, owner, training_server: Server) -> None:
        open_page(owner, training_server, "?dataset=mnist-5k&batches=20&placement=none")
        button(owner, "train").click()
        says(owner, "^Finished", READY)
        owner.get_by_text("Final test accuracy").last.wait_for(timeout=SOON)
        title_says(owner, "^✓")


class TestRecordedRuns:
    @pytest.mark.parametrize("parameters", ["?dataset=mnist", "?dataset=mnist&present=1"])
    def test_the_link_opens_it_for_good(self, person, server: Server, parameters: str) -> None:
        page = person()
        open_page(page, server, parameters)
        page.get_by_text("Open the recorded run of this network").click()
        says(page, "^Recorded run")
        page.wait_for_url("**/train?run=rec*", timeout=SOON)
        assert ("present=1" in page.url) == ("present=1" in parameters)
        page.reload()
        says(page, "^Recorded run")
        page.go_back()
        page.get_by_text("Open the recorded run of this network").wait_for(timeout=SOON)
        assert "run=" not in page.url


class TestShapes:
    def test_a_phone(self, person, server: Server) -> None:
        page = person(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
        open_page(page, server)
        fits(page, 390, button(page, "train"), page.locator(".st-key-drawing svg"), page.locator("svg.marks"))

    def test_on_a_phone_the_page_that_is_chosen_is_in_sight_from_its_top(self, person, server: Server) -> None:
        page = person(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
        open_page(page, server)
        page.locator('[data-testid="stMain"]').evaluate("main => main.scrollTo(0, 600)")
        page.get_by_test_id("stExpandSidebarButton").tap()
        page.get_by_test_id("stSidebarNav").get_by_text("Exercises", exact=True).tap()
        page.get_by_role("heading", name="Exercises", exact=True).wait_for(timeout=SOON)
        expect(page.get_by_test_id("stSidebar")).to_have_attribute("data-collapsed", "true", timeout=SOON)
        assert page.locator('[data-testid="stMain"]').evaluate("main => main.scrollTop") == 0

    def test_a_phone_shows_choice_button_and_curves_without_scrolling(self, person, server: Server, lab: Lab) -> None:
        page = person(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
        open_page(page, server, f"?run={lab.run(status='finished')}")
        choice, train = page.locator(".st-key-quick-choice"), button(page, "train")
        chart = page.locator(".st-key-curves svg.marks").first
        wait_until(lambda: bottom(choice) < bottom(train) < 844 - 250, 30, "choice and button are below the fold")
        wait_until(lambda: top(chart) < 844 - 150, 30, "the curves begin below the fold")
        expect(page.locator(".st-key-run-bar kbd:visible")).to_have_count(0)
        choice.get_by_role("radio", name="After ReLU").click()
        page.wait_for_url(re.compile("placement=after"), timeout=SOON)
        page.locator(".st-key-other-choice").wait_for(timeout=SOON)

    def test_where_the_controls_are_in_sight_the_placement_is_chosen_there_alone(self, person, server: Server) -> None:
        page = person()
        open_page(page, server)
        expect(page.locator(".st-key-quick-choice")).to_be_hidden(timeout=SOON)
        expect(page.locator(".st-key-run-bar kbd:visible")).to_have_count(4)

    @pytest.mark.parametrize(("width", "share"), [(1440, 0.7), (390, 0.8)])
    def test_the_curves_use_their_panel(self, person, server: Server, lab: Lab, width: int, share: float) -> None:
        page = person(viewport={"width": width, "height": 900})
        open_page(page, server, f"?run={lab.run(status='finished')}")
        chart = page.locator(".st-key-curves svg.marks").first

        def used() -> float:
            grid = chart.locator(".role-axis-grid line").first.bounding_box() or {"width": 0}
            return grid["width"] / chart.bounding_box()["width"]

        wait_until(lambda: used() >= share, 30, "the plot leaves too much of its panel empty")
        names = chart.locator(".mark-text.role-mark text").filter(has_text="%")
        expect(names).to_have_count(5, timeout=SOON)
        # Of the letters, without the background that is drawn around them.
        boxes = [name.evaluate("name => name.getBoundingClientRect().toJSON()") for name in names.all()]
        for first, second in itertools.combinations(boxes, 2):
            apart = first["y"] + first["height"] <= second["y"] + 2 or second["y"] + second["height"] <= first["y"] + 2
            beside = first["x"] + first["width"] <= second["x"] or second["x"] + second["width"] <= first["x"]
            assert apart or beside

    def test_what_there_is_to_see_is_read_with_each_chart(self, person, server: Server, lab: Lab) -> None:
        page = person()
        open_page(page, server, f"?run={lab.run(status='finished')}")
        said = "[...document.querySelectorAll('.st-key-curves svg.marks')].map((chart) =>"
        said += " document.getElementById(chart.getAttribute('aria-describedby') ?? '')?.textContent ?? '')"
        wait_until(lambda: all("validation images" in text for text in page.evaluate(said)), 30, "it is not said")
        assert len(page.evaluate(said)) == 2

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
            settle(lambda shown=page: shown.evaluate(TITLE_SIZE), 0.5)
            sizes.append(page.evaluate(TITLE_SIZE))
        assert sizes[1] > 1.2 * sizes[0]


class TestIdentity:
    def test_without_storage_a_run_can_still_be_started(self, person, training_server: Server) -> None:
        page = person()
        page.add_init_script(
            "Object.defineProperty(window, 'localStorage', { get() { throw new DOMException('no', 'SecurityError') } })"
        )
        open_page(page, training_server, "?dataset=mnist-5k&batches=5&placement=none&seed=11")
        button(page, "train").click()
        says(page, "^Finished", READY)

    def test_where_the_id_cannot_be_kept_one_can_train_and_is_told_how_long_the_run_is_ones_own(
        self, person, training_server: Server
    ) -> None:
        page = person()
        page.add_init_script(NOTHING_IS_KEPT)
        open_page(page, training_server, "?dataset=mnist-5k&batches=5&placement=none&seed=12")
        page.get_by_text(REMARKS["blocked"]).wait_for(timeout=SOON)
        button(page, "train").click()
        page.wait_for_url(re.compile(r"[?&]run=[a-z0-9]{10}"), timeout=SOON)
        says(page, "^(Training|Finished)", READY)

    def test_who_keeps_an_id_is_told_nothing(self, person, server: Server) -> None:
        page = person()
        open_page(page, server)
        page.wait_for_function("localStorage.getItem('batch-norm-lab-browser') !== null", timeout=SOON)
        assert page.get_by_text(REMARKS["blocked"]).count() == 0

    def test_it_is_in_no_address(self, person, server: Server) -> None:
        page = person()
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        open_page(page, server)
        page.wait_for_function("localStorage.getItem('batch-norm-lab-browser')", timeout=SOON)
        identity = page.evaluate("localStorage.getItem('batch-norm-lab-browser')")
        assert re.fullmatch(r"[A-Za-z0-9_-]{16,64}", identity)
        assert not any(identity in url for url in [page.url, *asked])

    def test_copy_link_copies_the_runs_address_alone(self, person, server: Server, lab: Lab) -> None:
        run = lab.run(status="finished")
        page = person(permissions=["clipboard-read", "clipboard-write"])
        open_page(page, server, f"?run={run}&present=1")
        page.get_by_role("button", name="Copy link").click(timeout=SOON)
        page.get_by_role("button", name="Link copied").wait_for(timeout=SOON)
        assert page.evaluate("navigator.clipboard.readText()") == f"{others_reach(server.address)}train?run={run}"
