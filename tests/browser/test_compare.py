"""Compare, as a person meets it: real server and browser, eight runs laid over each other, two of them live."""

from __future__ import annotations

import statistics
from itertools import pairwise

import pytest

from bn_core.exhibits import library
from bn_core.exhibits.catalogue import RACE
from tests.browser.served import Server, expect, fits
from tests.browser.test_app import WATCH_CHARTS
from tests.pages.lab import Lab

pytestmark = pytest.mark.browser

SOON = 60_000

MOST_BYTES = 20_000
"""Of an update."""

LISTEN = """
window.told = []
window.WebSocket = class extends WebSocket {
  constructor(...given) {
    super(...given)
    this.addEventListener("message", ({ data }) => {
      window.told.push([performance.now(), data.byteLength ?? data.length])
    })
  }
}
"""
"""Notes when the server said something, and how many bytes: to be put into the page before it is loaded."""

APART = 120
"""Milliseconds between two messages of different updates at least."""

UPDATES = 4


def updates(told: list[list[float]]) -> list[float]:
    """How many bytes came together, of those that are an update of the charts and not of a row of the list."""
    sums = [told[0][1]]
    for (before, _), (at, size) in pairwise(told):
        if at - before > APART:
            sums.append(0)
        sums[-1] += size
    return [size for size in sums if size > MOST_BYTES / 4]


def test_eight_runs_two_of_them_live(server: Server, lab: Lab, person) -> None:
    recorded = [library().find(network.key).record.id for network in RACE]
    live = [lab.run(status="running", steps=10, batches=800, seed=seed) for seed in (1, 2)]
    page = person()
    page.add_init_script(LISTEN)
    page.goto(f"{server.address}/compare?runs={','.join([*recorded, *live])}")
    table = page.locator(".st-key-compare-table")
    expect(table.locator("tbody tr")).to_have_count(8, timeout=SOON)
    page.locator(".st-key-compare-curves svg.marks").nth(1).wait_for(timeout=SOON)
    # All that stands below has come, too.
    page.locator(".st-key-compare-heat svg.marks").nth(len(recorded) - 1).wait_for(timeout=SOON)
    page.evaluate(WATCH_CHARTS)
    page.evaluate("window.told = []")
    for update in range(UPDATES):
        for run in live:
            lab.record(run, lab.store.run(run).config, 10 + 5 * update, 15 + 5 * update)
        expect(table).to_contain_text(f"{15 + 5 * update} of 800", timeout=SOON)
        page.wait_for_function(f"window.updates > {update}", timeout=SOON)
    assert page.evaluate("window.exchanged") == 0
    sizes = updates(page.evaluate("window.told"))
    assert len(sizes) >= UPDATES / 2
    assert statistics.median(sizes) <= MOST_BYTES


def test_on_a_phone_nothing_hangs_over(server: Server, lab: Lab, person) -> None:
    page = person(viewport={"width": 390, "height": 844})
    page.goto(f"{server.address}/compare")
    charts = page.locator(".st-key-compare-curves svg.marks")
    charts.nth(1).wait_for(timeout=SOON)
    fits(page, 390, charts, page.locator(".st-key-compare-shelf"))
