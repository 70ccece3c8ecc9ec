"""A presenter and a follower in real browsers: who comes in how, where the class is led, and what is kept from it."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from bn_core.presenting.key import kept_key
from bn_core.runs.presented import Presentation
from bn_core.talks import Talk
from pages.words.prose import prose
from tests.browser.served import Server, expect, wait_until
from tests.pages.lab import Lab, wording

pytestmark = [pytest.mark.browser, pytest.mark.long]

TEXT, GIVING = prose("talk"), prose("giving")

SOON = 60_000


class Watched:
    """Somebody's page, with what its browser complains of."""

    def __init__(self, page) -> None:
        self.page = page
        self.problems: list[str] = []
        page.on("pageerror", lambda error: self.problems.append(str(error)))
        page.on("console", self._hear)
        page.on("response", self._see)

    def _see(self, got) -> None:
        if got.status >= 400 and "/_stcore/" not in got.url:
            self.problems.append(got.url)

    def _hear(self, said) -> None:
        # Streamlit asks for its own files below a page's address first, and then where they are.
        if said.type == "error" and not said.text.startswith("Failed to load resource"):
            self.problems.append(said.text)

    @property
    def address(self) -> str:
        """The address as the browser has it now."""
        return self.page.evaluate("window.location.href")

    def at(self, page: str, scene: str) -> Callable[[], bool]:
        def there() -> bool:
            address = self.address
            return f"scene={scene}" in address and re.search(rf"/{page}\?", address) is not None

        return there


@pytest.fixture
def presenter(person, server: Server, home: Path, shipped: Talk) -> Watched:
    """Who came in by the key in the address, and has opened the talk and begun."""
    watched = Watched(person(viewport={"width": 1920, "height": 1080}, reduced_motion="reduce"))
    page = watched.page
    page.goto(f"{server.address}/teach#key={kept_key(home)}")
    page.get_by_role("button", name=GIVING("talk.open")).click(timeout=SOON)
    expect(page.get_by_role("button", name=GIVING("talk.begin"))).to_be_visible(timeout=SOON)
    assert "#" not in page.url
    return watched


def choices(page):
    """The answers that a follower can choose."""
    return page.locator('.st-key-scene-question [data-variant="pills"]')


def given(lab: Lab) -> Presentation:
    now = lab.store.presentation()
    assert now is not None
    return now


def test_a_class_is_led_through_the_talk_by_keys(
    presenter: Watched, person, server: Server, lab: Lab, shipped: Talk, home: Path
) -> None:
    leads = presenter.page
    link = f"{server.address}/?talk={given(lab).id}"
    phone = Watched(person(viewport={"width": 390, "height": 844}, reduced_motion="reduce"))
    phone.page.goto(link)
    first = shipped.scenes[0]
    assert first.ask is not None
    expect(phone.page.get_by_text(first.ask.text)).to_be_visible(timeout=SOON)
    assert given(lab).clock_since is None, "the class is still coming in"

    leads.get_by_role("button", name=GIVING("talk.begin")).click()
    expect(leads.get_by_role("button", name=TEXT("bar.previous"))).to_be_visible(timeout=SOON)
    expect(leads.get_by_text(first.ask.text)).to_be_visible(timeout=SOON)
    assert given(lab).clock_since is not None

    # One guess; it is shown when the presenter says so.
    choices(phone.page).nth(4).click(timeout=SOON)
    expect(phone.page.get_by_text(wording(TEXT("guess.made")))).to_be_visible(timeout=SOON)
    assert lab.store.guess_count(first.id) == 1
    leads.get_by_role("button", name=TEXT("bar.guesses", count=1)).click(timeout=SOON)
    expect(phone.page.get_by_text(wording(TEXT("guess.final")))).to_be_visible(timeout=SOON)
    expect(phone.page.locator("[data-testid=stVegaLiteChart]").first).to_be_visible(timeout=SOON)

    # The whole talk by keys, and nobody stays behind.
    for place, scene in enumerate(shipped.scenes[1:], 1):
        leads.keyboard.press("ArrowRight")
        wait_until(lambda place=place: given(lab).place == place, 30, f"scene {place} was not reached")
        for watched in (presenter, phone):
            at = "" if scene.page == "race" else scene.page
            wait_until(watched.at(at, scene.id), 30, f"somebody is not at {scene.id}: {watched.address}")
    leads.keyboard.press("PageUp")
    leads.keyboard.press("PageUp")
    wait_until(lambda: given(lab).place == len(shipped.scenes) - 3, 30, "two presses are not two scenes")

    # The follower wanders off, is left alone, and comes back by one press, also after a reload.
    phone.page.goto(f"{server.address}/glossary?talk={given(lab).id}&scene=~")
    back = phone.page.get_by_role("button", name=TEXT("bar.return"))
    expect(back).to_be_visible(timeout=SOON)
    leads.keyboard.press("Home")
    lab_place = given(lab).place
    phone.page.reload()
    back.click(timeout=SOON)
    scene = shipped.scenes[lab_place]
    wait_until(phone.at("" if scene.page == "race" else scene.page, scene.id), 30, "the follower did not come back")

    assert phone.problems == []
    assert presenter.problems == []
    assert "Traceback" not in server.log.read_text(errors="replace")


def test_the_notes_are_for_whoever_presents(presenter: Watched, person, server: Server, shipped: Talk) -> None:
    notes = presenter.page.context.new_page()
    notes.goto(f"{server.address}/?notes=1")
    expect(notes.get_by_text(shipped.scenes[0].say[0])).to_be_visible(timeout=SOON)
    stranger = person()
    stranger.goto(f"{server.address}/?notes=1")
    expect(stranger.get_by_text(wording(TEXT("notes.stranger")))).to_be_visible(timeout=SOON)
    expect(stranger.get_by_text(shipped.scenes[0].say[0])).to_have_count(0)
    expect(presenter.page.get_by_text(shipped.scenes[0].say[0])).to_have_count(0)


def test_a_talk_outlives_its_server(presenter: Watched, person, server: Server, lab: Lab, shipped: Talk) -> None:
    link = f"{server.address}/?talk={given(lab).id}"
    phone = Watched(person(viewport={"width": 390, "height": 844}, reduced_motion="reduce"))
    phone.page.goto(link)
    presenter.page.get_by_role("button", name=GIVING("talk.begin")).click()
    expect(presenter.page.get_by_role("button", name=TEXT("bar.previous"))).to_be_visible(timeout=SOON)
    ask = shipped.scenes[0].ask
    assert ask is not None
    choices(phone.page).nth(2).click(timeout=SOON)
    expect(phone.page.get_by_text(wording(TEXT("guess.made")))).to_be_visible(timeout=SOON)
    server.end()
    server.start()
    leads = presenter.page
    expect(leads.get_by_role("button", name=TEXT("bar.guesses", count=1))).to_be_visible(timeout=SOON)
    leads.get_by_role("button", name=TEXT("bar.next"), exact=True).click()
    scene = shipped.scenes[1]
    wait_until(phone.at("" if scene.page == "race" else scene.page, scene.id), 60, "the follower did not come back")
    assert lab.store.guess_of(shipped.scenes[0].id, None) is None
    assert lab.store.guess_count(shipped.scenes[0].id) == 1
