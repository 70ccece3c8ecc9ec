"""Compare, as a person meets it: real server and browser, eight runs laid over each other, two of them live."""

from __future__ import annotations

import statistics
from urllib.parse import parse_qs

import pytest
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState

from bn_core.exhibits import library
from bn_core.exhibits.catalogue import RACE
from tests.browser.by_hand import Tab
from tests.browser.pages_served import rest
from tests.browser.served import Server, expect, fits
from tests.browser.test_app import WATCH_CHARTS
from tests.pages.lab import Lab

pytestmark = pytest.mark.browser

SOON = 60_000

MOST_BYTES = 20_000
"""Of an update."""

UPDATES = 4


class Told:
    """How many bytes each answer of the server had, from the message that it begins with to the one that it ends with.
    A row of the list alone is a smaller answer than the charts."""

    def __init__(self) -> None:
        self.answers: list[int] = []
        self._size = 0

    def listen(self, socket) -> None:
        socket.on("framereceived", self._hear)

    def _hear(self, packed: bytes | str) -> None:
        if isinstance(packed, str):
            return
        kind = ForwardMsg.FromString(packed).WhichOneof("type")
        self._size = len(packed) + (0 if kind == "new_session" else self._size)
        if kind == "script_finished":
            self.answers.append(self._size)

    @property
    def updates(self) -> list[int]:
        """Those of the charts."""
        return [size for size in self.answers if size > MOST_BYTES / 4]


def test_eight_runs_two_of_them_live(server: Server, lab: Lab, person) -> None:
    recorded = [library().find(network.key).record.id for network in RACE]
    live = [lab.run(status="running", steps=10, batches=800, seed=seed) for seed in (1, 2)]
    page = person()
    told = Told()
    page.on("websocket", told.listen)
    page.goto(f"{server.address}/compare?runs={','.join([*recorded, *live])}")
    table = page.locator(".st-key-compare-table")
    expect(table.locator("tbody tr")).to_have_count(8, timeout=SOON)
    page.locator(".st-key-compare-curves svg.marks").nth(1).wait_for(timeout=SOON)
    # All that stands below has come, too.
    page.locator(".st-key-compare-heat svg.marks").nth(len(recorded) - 1).wait_for(timeout=SOON)
    page.evaluate(WATCH_CHARTS)
    told.answers.clear()
    for update in range(UPDATES):
        for run in live:
            lab.record(run, lab.store.run(run).config, 10 + 5 * update, 15 + 5 * update)
        expect(table).to_contain_text(f"{15 + 5 * update} of 800", timeout=SOON)
        page.wait_for_function(f"window.updates > {update}", timeout=SOON)
    assert page.evaluate("window.exchanged") == 0
    assert len(told.updates) >= UPDATES / 2
    assert statistics.median(told.updates) <= MOST_BYTES


BUSY = """
const later = window.setTimeout
let asked = 0
window.setTimeout = (act, delay, ...rest) => {
  if (!delay) asked += 1
  const acts = (...told) => {
    const before = asked
    act(...told)
    if (!window.pressNext || !delay || asked === before) return
    window.pressNext()
    window.pressNext = null
  }
  return later(acts, !delay && window.pressNext ? 400 : delay, ...rest)
}
"""
"""A browser with so much to do that what it is to do at once waits. In that time, right after a part of the page has
asked for its update, it presses what `pressNext` presses."""


def test_what_is_pressed_in_the_moment_of_an_update_is_shown(server: Server, lab: Lab, person) -> None:
    recorded = library().find(RACE[0].key).record.id
    live = lab.run(status="running", steps=10, batches=800)
    page = person()
    page.add_init_script(BUSY)
    page.goto(f"{server.address}/compare?runs={recorded},{live}")
    rows = page.locator(".st-key-compare-table tbody tr")
    expect(rows).to_have_count(2, timeout=SOON)
    rest(page)
    chosen = page.locator(f".st-key-compare-row-{live} input[type=checkbox]")
    chosen.evaluate("(control) => { window.pressNext = () => control.click() }")
    expect(rows).to_have_count(1, timeout=SOON)
    assert page.evaluate("window.pressNext") is None


def test_a_part_that_asks_in_the_moment_of_another_does_not_have_the_page_drawn(server: Server, lab: Lab) -> None:
    recorded = library().find(RACE[0].key).record.id
    live = lab.run(status="running", steps=10, batches=800)
    with Tab(server, "somebody") as tab:
        tab.open("compare", runs=f"{recorded},{live}")
        one, other = tab.widgets["looks-live"], tab.widgets[f"looks-row-{live}"]
        assert one.fragment != other.fragment
        asked = WidgetState(id=other.id, json_value='{"asked": 1}')
        tab.shown.clear()
        tab.send(asked, fragment=one.fragment)
        assert "looks-live" in tab.shown
        assert "compare-to-sweeps" not in tab.shown
        # What somebody presses in that moment is of the page.
        tab.shown.clear()
        tab.send(tab.widgets["compare-to-sweeps"].says(), fragment=one.fragment)
        assert parse_qs(tab.query)["part"] == ["sweeps"]
        assert "begin-own" in tab.shown


def test_on_a_phone_nothing_hangs_over(server: Server, lab: Lab, person) -> None:
    page = person(viewport={"width": 390, "height": 844})
    page.goto(f"{server.address}/compare")
    charts = page.locator(".st-key-compare-curves svg.marks")
    charts.nth(1).wait_for(timeout=SOON)
    fits(page, 390, charts, page.locator(".st-key-compare-shelf"))
