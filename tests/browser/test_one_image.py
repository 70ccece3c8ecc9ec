"""One image at a time, as a person meets it: real server and browser; a stand-in for the engine knows the answers."""

from __future__ import annotations

import base64
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import pytest
from filelock import FileLock

from bn_core.config import TrainingConfig
from bn_core.questions.questions import ClassifyDrawing, ScoreOneByOne
from bn_core.runs.records import EngineStatus, canonical_question
from bn_core.runs.store import Store
from bn_core.training.events import RecordedEvent, Step
from pages.one_image_page.text import TEXT
from tests.browser.served import Server, busy, expect, fits, settle
from tests.pages.examined import CONFIGS, LATE, answer, packed_answers

pytestmark = pytest.mark.browser

SOON = 30_000
FOUND = answer("before", ScoreOneByOne(LATE))


class StandIn:
    """An engine that has answered everything before, and says of any drawing what it said of the first."""

    def __init__(self, store: Store) -> None:
        self.drawings: list[np.ndarray] = []
        self._store = store
        self._ended = threading.Event()
        self._silent = threading.Event()
        self._known = packed_answers("before")
        (self._drawn, *_) = [packed for question, packed in self._known.items() if ClassifyDrawing.__name__ in question]
        self._thread = threading.Thread(target=self._work)
        self._thread.start()

    def end(self) -> None:
        self._ended.set()
        self._thread.join()

    @contextmanager
    def silent(self) -> Iterator[None]:
        """Let the stand-in answer nothing for a while, and refuse nothing."""
        self._silent.set()
        yield
        self._silent.clear()

    def _work(self) -> None:
        while not self._ended.wait(0.02):
            self._store.set_engine(EngineStatus("ready", workers=1, heartbeat=time.time()))
            for question in [] if self._silent.is_set() else self._store.take_questions():
                packed = self._known.get(canonical_question(question.question))
                if pixels := question.question.get("pixels"):
                    packed = self._drawn
                    self.drawings.append(np.frombuffer(base64.b64decode(pixels), np.uint8).reshape(28, 28))
                if packed is None:
                    self._store.refuse_question(question.id, "Nobody asked that before.")
                else:
                    self._store.answer_question(question.id, packed)


@pytest.fixture(scope="module")
def engine(chromium, tmp_path_factory) -> Iterator[tuple[Server, StandIn, str]]:
    home = tmp_path_factory.mktemp("home")
    store = Store.open(home)
    run = store.add_run(TrainingConfig.of(CONFIGS["before"].to_json()), "0" * 64)
    store.take_requests()
    store.set_status(run, "compiling", worker="one")
    store.append(run, [RecordedEvent.of(Step(step, 0.1, 0.9, 20.0)) for step in range(1, LATE + 1)])
    store.put_snapshot(run, LATE, b"the weights")
    store.set_status(run, "finished")
    server = Server(home)
    # Whoever holds the lock is the engine: the server's own waits.
    with FileLock(home / "engine.lock"):
        stand_in = StandIn(store)
        server.start()
        try:
            yield server, stand_in, run
        finally:
            server.end()
            stand_in.end()
            store.close()


def open_page(page, server: Server, run: str) -> None:
    page.goto(f"{server.address}/one_image?run={run}")
    page.locator(".digits .cell").nth(99).wait_for(timeout=SOON)
    page.locator(".samples button").nth(9).wait_for(timeout=SOON)


def place_of(paper) -> dict[str, float]:
    """Where the paper is on the screen once everything above it stands."""
    paper.scroll_into_view_if_needed()
    settle(paper.bounding_box)
    return paper.bounding_box()


def nothing_drawn(page) -> None:
    page.get_by_text(TEXT("draw.empty")).wait_for(timeout=SOON)


def answers_shown(page) -> None:
    page.get_by_text(f"{TEXT('draw.recalibrated')}:").wait_for(timeout=SOON)
    page.get_by_text(TEXT("draw.same-alone").split("{")[0]).wait_for(timeout=SOON)


def cell_chosen(page, index: int) -> None:
    """Wait until this test image is the one that is looked at closely."""
    expect(page.locator(".digits .cell.chosen")).to_have_count(1, timeout=SOON)
    expect(page.locator(".digits .cell").nth(index)).to_have_class(re.compile("chosen"), timeout=SOON)


def test_the_statistics_by_keyboard(person, engine) -> None:
    server, _, run = engine
    page = person()
    open_page(page, server, run)
    right = page.locator(".digits .cell.right")
    expect(right).to_have_count(int(np.sum(FOUND.batch.predictions == FOUND.labels)), timeout=SOON)
    page.locator(".digits input[value=batch]").focus()
    page.keyboard.press("ArrowRight")
    expect(right).to_have_count(int(np.sum(FOUND.recalibrated.predictions == FOUND.labels)), timeout=SOON)


def test_an_image_by_keyboard(person, engine) -> None:
    server, _, run = engine
    page = person()
    open_page(page, server, run)
    page.locator(".digits .cell").first.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    page.get_by_text(f"Test image 1: “{FOUND.labels[1]}”").wait_for(timeout=SOON)
    cell_chosen(page, 1)


@pytest.mark.long
def test_every_click_on_an_image_stays_while_answers_are_on_their_way(person, engine) -> None:
    server, stand_in, run = engine
    page = person()
    open_page(page, server, run)
    # Nobody answers what is asked about these images, so that the page looks again four times a second.
    with stand_in.silent(), busy():
        for image in (42, 20, 51, 84, 7, 10, 69, 13):
            page.locator(".digits .cell").nth(image).click(delay=90, timeout=SOON)
            cell_chosen(page, image)
            page.wait_for_timeout(600)
            assert "chosen" in page.locator(".digits .cell").nth(image).get_attribute("class"), "it was taken back"


def test_a_stroke_of_the_mouse_is_classified_and_undone(person, engine) -> None:
    server, stand_in, run = engine
    page = person()
    open_page(page, server, run)
    nothing_drawn(page)
    paper = page.locator(".paper")
    box, before = place_of(paper), len(stand_in.drawings)
    # Small, in a corner: what the network gets is neither.
    page.mouse.move(box["x"] + 30, box["y"] + 30)
    page.mouse.down()
    page.mouse.move(box["x"] + 30, box["y"] + 100, steps=8)
    page.wait_for_timeout(500)
    assert len(stand_in.drawings) == before, "something was sent before the pointer was lifted"
    page.mouse.move(box["x"] + 60, box["y"] + 100, steps=4)
    page.mouse.up()
    answers_shown(page)
    drawn = stand_in.drawings[-1].astype(float)
    rows, columns = np.flatnonzero(drawn.sum(axis=1)), np.flatnonzero(drawn.sum(axis=0))
    assert rows[-1] - rows[0] + 1 in (20, 21)
    assert len(columns) < len(rows)
    places = np.arange(28) + 0.5
    assert (drawn.sum(axis=1) @ places) / drawn.sum() == pytest.approx(14, abs=0.1)
    assert (drawn.sum(axis=0) @ places) / drawn.sum() == pytest.approx(14, abs=0.1)
    assert drawn.max() == 255
    page.get_by_role("button", name="Undo").click()
    nothing_drawn(page)


def test_a_sample_by_keyboard(person, engine) -> None:
    server, stand_in, run = engine
    page = person()
    open_page(page, server, run)
    sample = page.get_by_role("button", name=re.compile("Sample: test image .* “4”"))
    sample.focus()
    page.keyboard.press("Enter")
    answers_shown(page)
    wanted = FOUND.pictures[int(np.flatnonzero(FOUND.labels == 4)[0])]
    np.testing.assert_array_equal(stand_in.drawings[-1], wanted)
    expect(sample).to_have_attribute("aria-pressed", "true", timeout=SOON)
    page.get_by_role("button", name="Clear").focus()
    page.keyboard.press("Enter")
    nothing_drawn(page)


def test_a_finger_on_a_phone(person, engine) -> None:
    server, stand_in, run = engine
    page = person(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    open_page(page, server, run)
    paper = page.locator(".paper")
    fits(page, 390, paper)
    box, before = place_of(paper), len(stand_in.drawings)
    finger = page.context.new_cdp_session(page)
    x, y = box["x"] + box["width"] / 2, box["y"] + 20
    finger.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": x, "y": y}]})
    for part in range(1, 11):
        point = {"x": x, "y": y + part * (box["height"] - 40) / 10}
        finger.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [point]})
    assert paper.bounding_box() == box, "drawing scrolled the page"
    finger.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    answers_shown(page)
    assert len(stand_in.drawings) == before + 1
    fits(page, 390, paper)
