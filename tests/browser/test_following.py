"""A presenter and a follower in real browsers: who comes in how, where the class is led, and what is kept from it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bn_core.presenting.key import kept_key
from bn_core.runs.presented import Presentation
from bn_core.runs.store import Store
from bn_core.talks import Question, Talk, shipped_talk
from pages.words.prose import prose
from tests.browser.served import Server, end_talk, expect, wait_until
from tests.browser.test_app import READY, batches_done, can
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


def test_a_talk_that_ends_elsewhere_takes_its_code_off_the_page(presenter: Watched, lab: Lab) -> None:
    code = presenter.page.locator(".st-key-joining img")
    expect(code).to_be_visible(timeout=SOON)
    end_talk(lab.store)
    expect(code).not_to_be_attached(timeout=SOON)
    expect(presenter.page.get_by_role("button", name=GIVING("talk.open"))).to_be_visible(timeout=SOON)
    assert presenter.problems == []


def test_a_class_is_led_through_the_talk_by_keys(
    presenter: Watched, person, server: Server, lab: Lab, shipped: Talk, home: Path
) -> None:
    leads = presenter.page
    link = f"{server.address}/?talk={given(lab).id}"
    phone = Watched(person(viewport={"width": 390, "height": 844}, reduced_motion="reduce"))
    phone.page.goto(link)
    first = shipped.scenes[0]
    assert first.ask is not None
    expect(phone.page.get_by_text(first.ask.text).first).to_be_visible(timeout=SOON)
    assert given(lab).clock_since is None, "the class is still coming in"

    leads.get_by_role("button", name=GIVING("talk.begin")).click()
    expect(leads.get_by_role("button", name=TEXT("bar.previous"))).to_be_visible(timeout=SOON)
    expect(leads.get_by_text(first.ask.text).first).to_be_visible(timeout=SOON)
    assert given(lab).clock_since is not None

    # One guess; it is shown when the presenter says so.
    choices(phone.page).nth(4).click(timeout=SOON)
    expect(phone.page.get_by_text(wording(TEXT("guess.made")))).to_be_visible(timeout=SOON)
    assert lab.store.guess_count(first.id) == 1
    leads.get_by_role("button", name=TEXT("bar.guesses", count=1)).click(timeout=SOON)
    expect(phone.page.get_by_text(wording(TEXT("guess.final")))).to_be_visible(timeout=SOON)
    expect(phone.page.locator("[data-testid=stVegaLiteChart]").first).to_be_visible(timeout=SOON)

    # The whole talk by keys, and nobody stays behind.
    main = leads.locator("[data-testid=stMain]")
    for place, scene in enumerate(shipped.scenes[1:], 1):
        main.evaluate("main => main.scrollTo(0, 300)")
        leads.keyboard.press("ArrowRight")
        wait_until(lambda place=place: given(lab).place == place, 30, f"scene {place} was not reached")
        for watched in (presenter, phone):
            at = "" if scene.page == "race" else scene.page
            wait_until(watched.at(at, scene.id), 30, f"somebody is not at {scene.id}: {watched.address}")
        wait_until(
            lambda: main.evaluate("main => main.scrollTop") == 0, 30, f"{scene.id} is not seen from its beginning"
        )
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


@pytest.fixture
def training_store(training_server: Server) -> Iterator[Store]:
    """The store of `training_server`, where no talk is given after the test."""
    store = Store.open(training_server.home)
    yield store
    end_talk(store)
    store.close()


def test_the_whole_talk_by_keys_with_two_trainings(person, training_server: Server, training_store: Store) -> None:
    talk, server, store = shipped_talk(), training_server, training_store
    seconds = READY / 1000
    presenter = Watched(person(viewport={"width": 1920, "height": 1080}, reduced_motion="reduce"))
    leads = presenter.page
    leads.goto(f"{server.address}/teach#key={kept_key(server.home)}")
    leads.get_by_role("button", name=GIVING("talk.open")).click(timeout=SOON)
    leads.get_by_role("button", name=GIVING("talk.begin")).click(timeout=SOON)
    said = len(server.log.read_text(errors="replace"))
    sizes = ({"width": 390, "height": 844}, {"width": 1280, "height": 720}, {"width": 1440, "height": 900})
    class_ = [Watched(person(viewport=size, reduced_motion="reduce")) for size in sizes]
    link = f"{server.address}/?talk={wait_for_talk(store).id}"
    for one in class_:
        one.page.goto(link)

    trained = 0
    for place, scene in enumerate(talk.scenes):
        if place:
            leads.keyboard.press("ArrowRight")
        at = "" if scene.page == "race" else scene.page
        for one in (presenter, *class_):
            wait_until(one.at(at, scene.id), 60, f"somebody is not at {scene.id}: {one.address}")
        if scene.live:
            can(leads, "train")
            leads.keyboard.press("Space")
            for one in (presenter, *class_):
                wait_until(lambda page=one.page: batches_done(page) > 0, seconds, f"no batch is seen: {one.address}")
            trained += 1
        if scene.ask is not None:
            for number, one in enumerate(class_):
                guess(one.page, scene.ask, number)
            counted = TEXT("bar.guesses", count=len(class_))
            expect(leads.get_by_role("button", name=counted)).to_be_visible(timeout=SOON)
            leads.keyboard.press("g")
            for one in class_:
                expect(one.page.get_by_text(TEXT("chart.count", count=len(class_)))).to_be_visible(timeout=SOON)
            assert store.guesses(scene.id).count == len(class_)
            assert set(store.guesses(scene.id).choices.values()) <= {1}
        if scene.live:
            leads.keyboard.press("s")
            now = store.presentation()
            assert now is not None
            run = now.run_id
            assert run is not None
            wait_until(lambda run=run: not store.run(run).active, 60, "the training does not stop")
    assert trained == 2
    assert [one.problems for one in (presenter, *class_)] == [[], [], [], []]
    lines = server.log.read_text(errors="replace")[said:].splitlines()
    assert [line for line in lines if line.strip()] == []


def wait_for_talk(store: Store) -> Presentation:
    wait_until(lambda: store.presentation() is not None, 60, "no talk is given")
    now = store.presentation()
    assert now is not None
    return now


def guess(page, ask: Question, number: int) -> None:
    """Guess as one of the class does: each chooses another of the answers."""
    if ask.choices:
        choices(page).nth(number).click(timeout=SOON)
    else:
        # Until the page has been drawn to its end, the question of the scene before may be there, too.
        field = page.locator(".st-key-scene-question").get_by_label(ask.text, exact=True)
        field.fill(f"{number + 2}", timeout=SOON)
        field.press("Enter")
    expect(page.get_by_text(wording(TEXT("guess.made")))).to_be_visible(timeout=SOON)


def test_a_guess_is_seen_in_the_browsers_other_tab(presenter: Watched, person, server: Server, lab: Lab) -> None:
    link = f"{server.address}/?talk={given(lab).id}"
    one = person(viewport={"width": 390, "height": 844}, reduced_motion="reduce")
    other = one.context.new_page()
    for tab in (one, other):
        tab.goto(link)
        expect(tab.get_by_text(wording(TEXT("guess.none")))).to_be_visible(timeout=SOON)
    choices(one).nth(1).click(timeout=SOON)
    for tab in (one, other):
        expect(tab.get_by_text(wording(TEXT("guess.made")))).to_be_visible(timeout=SOON)


def test_the_notes_are_for_whoever_presents(presenter: Watched, person, server: Server, shipped: Talk) -> None:
    notes = presenter.page.context.new_page()
    notes.goto(f"{server.address}/?notes=1")
    expect(notes.get_by_text(shipped.scenes[0].say[0])).to_be_visible(timeout=SOON)
    stranger = person()
    stranger.goto(f"{server.address}/?notes=1")
    expect(stranger.get_by_text(wording(TEXT("notes.stranger")))).to_be_visible(timeout=SOON)
    expect(stranger.get_by_text(shipped.scenes[0].say[0])).to_have_count(0)
    expect(presenter.page.get_by_text(shipped.scenes[0].say[0])).to_have_count(0)


def test_a_talk_outlives_a_server_that_is_killed(
    presenter: Watched, person, server: Server, lab: Lab, shipped: Talk
) -> None:
    leads = presenter.page
    link = f"{server.address}/?talk={given(lab).id}"
    phone = Watched(person(viewport={"width": 390, "height": 844}, reduced_motion="reduce"))
    phone.page.goto(link)
    leads.get_by_role("button", name=GIVING("talk.begin")).click()
    expect(leads.get_by_role("button", name=TEXT("bar.previous"))).to_be_visible(timeout=SOON)
    choices(phone.page).nth(2).click(timeout=SOON)
    expect(phone.page.get_by_text(wording(TEXT("guess.made")))).to_be_visible(timeout=SOON)
    place, scene = next((i, one) for i, one in enumerate(shipped.scenes) if one.ask is not None and not one.ask.choices)
    for _ in range(place):
        leads.keyboard.press("ArrowRight")
    for watched in (presenter, phone):
        wait_until(watched.at(scene.page, scene.id), 60, f"somebody is not at {scene.id}: {watched.address}")
    field = phone.page.locator(".st-key-scene-question input")
    field.fill("7", timeout=SOON)
    field.press("Enter")
    expect(phone.page.get_by_text(wording(TEXT("guess.made")))).to_be_visible(timeout=SOON)
    expect(leads.get_by_role("button", name=TEXT("bar.guesses", count=1))).to_be_visible(timeout=SOON)

    server.kill()
    server.start()
    # Nobody presses anything. That somebody else guesses meanwhile tells the new server's page from the old one's.
    lab.store.guess(given(lab).id, scene.id, "a-browser-that-came-later", 9, choices=0)
    expect(leads.get_by_role("button", name=TEXT("bar.guesses", count=2))).to_be_visible(timeout=SOON)
    for watched in (presenter, phone):
        assert watched.at(scene.page, scene.id)()
    assert given(lab).scene == scene.id
    assert [lab.store.guess_count(one.id) for one in (shipped.scenes[0], scene)] == [1, 2]
    # Shown by the presenter, it is on the follower's page: the follower is back, too, with what was guessed there.
    leads.get_by_role("button", name=TEXT("bar.guesses", count=2)).click()
    expect(phone.page.get_by_text(TEXT("chart.count", count=2))).to_be_visible(timeout=SOON)
    expect(phone.page.get_by_text(wording(TEXT("guess.final")))).to_be_visible(timeout=SOON)
    assert float(field.input_value()) == 7
    assert phone.at(scene.page, scene.id)()
    leads.keyboard.press("ArrowRight")
    after = shipped.scenes[place + 1]
    for watched in (presenter, phone):
        wait_until(watched.at(after.page, after.id), 60, f"somebody is not at {after.id}: {watched.address}")
