"""A sweep from its plan to its verdict, trained by a real engine."""

from __future__ import annotations

from pages.sweeps_page.text import TEXT
from tests.browser.served import Server, expect

SOON, TRAINED = 60_000, 180_000


def test_a_tiny_sweep_is_begun_paused_and_resumed_and_fills_and_is_judged(person, training_server: Server) -> None:
    page = person()
    plan = "placement:none,before;seed:0-1;batches:3;dataset:mnist-5k"
    page.goto(f"{training_server.address}/compare?part=sweeps&plan={plan}&title=tiny")
    page.get_by_role("button", name=TEXT("buttons.begin")).click(timeout=SOON)
    page.get_by_role("button", name=TEXT("buttons.pause"), exact=True).click(timeout=SOON)
    expect(page.get_by_role("button", name=TEXT("buttons.resume"), exact=True)).to_be_visible(timeout=SOON)
    expect(page.get_by_text(TEXT("state.paused").capitalize()).first).to_be_visible(timeout=SOON)
    address = page.url
    page.get_by_role("button", name=TEXT("buttons.resume"), exact=True).click()
    done = TEXT("progress.runs", ended=4, members=4)
    expect(page.get_by_text(done).first).to_be_visible(timeout=TRAINED)
    expect(page.get_by_text(TEXT("state.finished").capitalize()).first).to_be_visible(timeout=SOON)
    few = TEXT("seeds.few", seeds=2, most=TEXT("seeds.none"), pairs=1, needed=4)
    judged = TEXT("verdict.too_few_seeds", one=2, other=2, pairs=1, first="", second="").rpartition(": ")[2]
    expect(page.get_by_text(judged).first).to_be_visible()
    assert page.url == address
    # Another tab finds it by its address, and a plan like it finds every run trained.
    page.goto(f"{training_server.address}/compare?part=sweeps&plan={plan}&title=tiny")
    expect(page.get_by_text(TEXT("cost.nothing")).first).to_be_visible(timeout=SOON)
    expect(page.get_by_text(few).first).to_be_visible()
